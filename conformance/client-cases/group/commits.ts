// Commits of the SDK: to whom, in which order, and what becomes of those that lose (spec/client/client.md).

import { ChannelService, DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { join } from "../../hostile/world/person.ts";
import { hex } from "../../hostile/world/state.ts";
import { talks, textsOf } from "../room.ts";
import {
  agrees,
  CHANGE_OPS,
  change,
  commitsOf,
  hexOf,
  leafOf,
  ownGroup,
  READS,
} from "./own-group.ts";

const { createChannel } = ChannelService.method;
const { enqueue, batchEnqueue } = DeliveryService.method;

export const commitsCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-group.rotate.one-batch",
    rules: ["client.commit-batch", "mls.handshake-encryption"],
    sends: "honest answers to the user who renews the keys of a group",
    expects: "one BatchEnqueue of a PrivateMessage on the channel, to all three members",
    checks: ["batch", "recipients", "agreed"],
    ops: [...CHANGE_OPS, "group.rotate"],
    async run(trial) {
      const room = await ownGroup(trial);
      const { aliceKey, bob, carol } = room;
      const before = commitsOf(room).length;
      await change(room, "group.rotate");
      const commits = commitsOf(room).slice(before);
      const head = commits.map(({ payload }) => hex(payload.subarray(0, 4))).join();
      trial.check("batch", head === "00010002", {
        expected: "one payload that begins with 00010002",
        got: head,
      });
      const keys = commits.flatMap(({ recipientKeys }) => recipientKeys.map(hex)).sort();
      const expected = [aliceKey, bob.identityKey, carol.identityKey].map(hex).sort();
      trial.check("recipients", keys.join() === expected.join(), {
        expected: expected.join(),
        got: keys.join(),
      });
      await agrees(room, bob);
    },
  }),

  defineClientCase({
    id: "client-group.rotate.new-keys",
    rules: ["mls.rotation", "mls.same-identity"],
    sends: "honest answers to the user who renews the keys of a group",
    expects: "another encryption key in the user's leaf, and the same identity",
    checks: ["key", "identity"],
    ops: [...CHANGE_OPS, "group.rotate"],
    async run(trial) {
      const room = await ownGroup(trial);
      const before = leafOf(room);
      await change(room, "group.rotate");
      const after = leafOf(room);
      trial.check("key", before !== "none" && after !== before, {
        expected: "another key",
        got: after,
      });
      const keys = room.bob.place(room.channel).member.members.map((one) => hex(one.identityKey));
      trial.check("identity", keys.includes(hex(room.aliceKey)), {
        expected: hex(room.aliceKey),
        got: keys.join(),
      });
    },
  }),

  defineClientCase({
    id: "client-group.add.path",
    rules: ["mls.update-path"],
    sends: "honest answers to the user who adds Dave to a group",
    expects: "another encryption key in the user's leaf",
    checks: ["key", "agreed"],
    ops: [...CHANGE_OPS, "group.add"],
    async run(trial) {
      const room = await ownGroup(trial);
      await join(room.world, "dave");
      const before = leafOf(room);
      await change(room, "group.add", { usernames: ["dave"] });
      const after = leafOf(room);
      trial.check("key", after !== before, { expected: "another key", got: after });
      await agrees(room, room.carol);
    },
  }),

  defineClientCase({
    id: "client-group.add.welcome-after-commit",
    rules: ["client.welcome-after", "client.merge-own"],
    sends: "honest answers to the user who adds Dave to a group",
    expects: "the record, then the Commit, and the Welcome after it was read back",
    checks: ["order", "joined"],
    ops: [...CHANGE_OPS, "group.add"],
    async run(trial) {
      const room = await ownGroup(trial);
      const dave = await join(room.world, "dave");
      const start = room.world.requests.length;
      await change(room, "group.add", { usernames: ["dave"] });
      const methods = room.world.requests.slice(start).map(({ method }) => method);
      const commit = methods.indexOf(methodOf(batchEnqueue).id);
      const welcome = methods.indexOf(methodOf(enqueue).id);
      const readBack = methods.slice(commit, welcome).some((id) => READS.includes(id));
      const record = methods.indexOf(methodOf(createChannel).id);
      const isInOrder = record >= 0 && record < commit && commit < welcome && readBack;
      trial.check("order", isInOrder, {
        expected: "400, 205, a read, 200",
        got: methods.join(", "),
      });
      const kinds = (await dave.read()).map(({ kind }) => kind).join();
      trial.check("joined", kinds === "welcome", { expected: "welcome", got: kinds });
    },
  }),

  defineClientCase({
    id: "client-group.add.another-commit-first",
    rules: ["client.first-commit", "client.welcome-after"],
    sends: "a Commit of Bob that comes into all inboxes just before the user's",
    expects: "no Welcome for the Commit that lost; in the end one epoch for all, with Dave in it",
    checks: ["joined", "agreed", "heard"],
    ops: [...CHANGE_OPS, "group.add"],
    async run(trial) {
      const room = await ownGroup(trial);
      const { world, alice, bob, carol, channel } = room;
      const dave = await join(world, "dave");
      let isFirst = true;
      world.bend(methodOf(batchEnqueue).id, async (_, honest) => {
        if (isFirst) {
          isFirst = false;
          const place = bob.place(channel);
          const pending = await place.member.commit();
          place.member = pending.merge(place.member);
          for (const key of [room.aliceKey, carol.identityKey]) {
            world.enqueue(key, channel, pending.message);
          }
        }
        return honest();
      });
      const reply = await alice.ask("group.add", {
        channel: hexOf(channel),
        usernames: ["dave"],
      });
      trial.trace("note", JSON.stringify(reply));
      if ("ok" in reply && reply.ok.lost === true) {
        trial.ok(await alice.ask("group.add", { channel: hexOf(channel), usernames: ["dave"] }));
      }
      await alice.recv(0, 300);
      await bob.read();
      await carol.read();
      const welcomes = (await dave.read()).filter(({ kind }) => kind === "welcome").length;
      trial.check("joined", welcomes === 1, { expected: "1 Welcome", got: `${welcomes}` });
      await agrees(room, bob);
      trial.ok(await alice.send(channel, "all four"), "send");
      const texts = textsOf(await dave.read()).join();
      trial.check("heard", texts === "all four", { expected: "all four", got: texts });
    },
  }),

  defineClientCase({
    id: "client-group.rotate.another-commit-first",
    rules: ["client.merge-own", "client.first-commit"],
    sends: "a Commit of Bob that comes into all inboxes just before the user's",
    expects: "one epoch for all in the end, and a message that Bob reads",
    checks: ["agreed", "honest-afterwards"],
    ops: [...CHANGE_OPS, "group.rotate"],
    async run(trial) {
      const room = await ownGroup(trial);
      const { world, alice, bob, carol, channel } = room;
      let isFirst = true;
      world.bend(methodOf(batchEnqueue).id, async (_, honest) => {
        if (isFirst) {
          isFirst = false;
          const place = bob.place(channel);
          const pending = await place.member.commit();
          place.member = pending.merge(place.member);
          for (const key of [room.aliceKey, carol.identityKey]) {
            world.enqueue(key, channel, pending.message);
          }
        }
        return honest();
      });
      await alice.ask("group.rotate", { channel: hexOf(channel) });
      await alice.recv(0, 300);
      await bob.read();
      await carol.read();
      await agrees(room, bob);
      await talks(room);
    },
  }),
];
