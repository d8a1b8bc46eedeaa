// Groups that the SDK begins: records, Welcomes and members (spec/client/client.md, spec/services/group.md).

import { DeliveryService, GroupService, UserService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { asked, lie } from "../../hostile/world/bends.ts";
import { findRecord } from "../../hostile/world/channels.ts";
import { join } from "../../hostile/world/person.ts";
import { hex } from "../../hostile/world/state.ts";
import { PrerequisiteFailed } from "../../judge/errors.ts";
import { arrive, gets, OPS, talks, textsOf } from "../room.ts";
import { agrees, CHANGE_OPS, creates, ownGroup } from "./own-group.ts";

const { resolveUser } = UserService.method;
const { listGroupMembers } = GroupService.method;
const { enqueue, batchEnqueue } = DeliveryService.method;

export const foundingCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-group.create.honest",
    rules: ["client.group-id", "mls.founding"],
    sends: "honest answers to the user who begins a group with Bob and Carol",
    expects:
      "a record of the three under the ID of the MLS group, Welcomes, and a message for both",
    checks: ["record", "heard", "agreed"],
    ops: CHANGE_OPS,
    async run(trial) {
      const room = await ownGroup(trial);
      const { world, alice, aliceKey, bob, carol, channel } = room;
      const { groupId } = bob.place(channel).member;
      const record = findRecord(world.state, groupId);
      const keys = [aliceKey, bob.identityKey, carol.identityKey].map(hex).sort();
      const members = [...(record?.members.keys() ?? [])].sort();
      trial.check("record", members.join() === keys.join(), {
        expected: keys.join(),
        got: members.join(),
      });
      trial.ok(await alice.send(channel, "hello, both"), "send");
      const texts = [...textsOf(await bob.read()), ...textsOf(await carol.read())].join();
      trial.check("heard", texts === "hello, both,hello, both", {
        expected: "hello, both, twice",
        got: texts,
      });
      await agrees(room, bob);
    },
  }),

  defineClientCase({
    id: "client-group.create.welcomes-sealed",
    rules: ["client.envelope", "client.queues"],
    sends: "honest answers to the user who begins a group with Bob and Carol",
    expects: "a Welcome in an envelope on the default queue of each",
    checks: ["welcomes"],
    ops: OPS.group,
    async run(trial) {
      const guest = await arrive(trial, { publish: true });
      const people = [await join(guest.world, "bob"), await join(guest.world, "carol")];
      await creates(guest, ["bob", "carol"]);
      const got: string[] = [];
      for (const person of people) {
        for (const { kind, sealed, channelId } of await person.read()) {
          got.push(`${person.username} ${kind}${sealed ? " sealed" : ""} ${channelId.length}`);
        }
      }
      const expected = "bob welcome sealed 0, carol welcome sealed 0";
      trial.check("welcomes", got.join(", ") === expected, { expected, got: got.join(", ") });
    },
  }),

  defineClientCase({
    id: "client-group.create.name-not-told",
    rules: ["group.clients-encrypt"],
    sends: "honest answers to the user who begins a group with a name",
    expects: "no request with the name",
    checks: ["wire"],
    ops: OPS.group,
    async run(trial) {
      const guest = await arrive(trial, { publish: true });
      const bob = await join(guest.world, "bob");
      const name = "the secret garden club";
      trial.ok(await guest.alice.ask("group.create", { name, members: ["bob"] }), "group.create");
      if ((await bob.read()).length === 0) {
        throw new PrerequisiteFailed("group.create: Bob gets no Welcome");
      }
      const sent = Buffer.concat(guest.world.requests.map(({ payload }) => payload));
      trial.check("wire", !sent.includes(name), { expected: "no name", got: name });
    },
  }),

  defineClientCase({
    id: "client-group.record.additional-member",
    rules: ["mls.members"],
    sends: "Mallory in the list of the record's members, who is not in the MLS group",
    expects: "no message for her",
    checks: ["heard", "recipients"],
    ops: OPS.group,
    async run(trial) {
      const room = await ownGroup(trial);
      const { world, alice, bob, channel } = room;
      const mallory = await join(world, "mallory");
      world.state.channels.get(hex(channel))?.members.set(hex(mallory.identityKey), 1n);
      lie(world, listGroupMembers, async ({ honest }) => ({ members: (await honest()).members }));
      const start = world.requests.length;
      trial.ok(await alice.send(channel, "for members"), "send");
      const texts = textsOf(await bob.read()).join();
      trial.check("heard", texts === "for members", { expected: "for members", got: texts });
      const sent = Buffer.concat(world.requests.slice(start).map(({ payload }) => payload));
      trial.check("recipients", !sent.includes(Buffer.from(mallory.identityKey)), {
        expected: "nothing for Mallory",
        got: hex(mallory.identityKey),
      });
    },
  }),

  defineClientCase({
    id: "client-group.create.unverified-member",
    rules: ["client.verify-first"],
    sends: "a wrong proof for the second of two members of a new group",
    expects: "err kt.mismatch, nothing sent to anybody, and a group afterwards",
    checks: ["answer", "nothing-sent", "honest-afterwards"],
    twin: "client-group.create.welcomes-sealed",
    ops: OPS.group,
    async run(trial) {
      const guest = await arrive(trial, { publish: true });
      const { world, alice } = guest;
      const bob = await join(world, "bob");
      const carol = await join(world, "carol");
      const undo = lie(world, resolveUser, async ({ request, honest }) => {
        const answer = await honest();
        return request.username === "carol" ? { ...answer, identityKey: bob.identityKey } : answer;
      });
      const args = { name: "a group", members: ["bob", "carol"] };
      trial.refused(await alice.ask("group.create", args), "kt.mismatch");
      const sent = [...asked(world, enqueue), ...asked(world, batchEnqueue)].length;
      trial.check("nothing-sent", sent === 0, { expected: "no Enqueue", got: `${sent}` });
      undo();
      await creates(guest, ["bob", "carol"]);
      const kinds = (await carol.read()).map(({ kind }) => kind).join();
      trial.check("honest-afterwards", kinds === "welcome", { expected: "welcome", got: kinds });
    },
  }),

  defineClientCase({
    id: "client-group.restart.goes-on",
    rules: ["client.faults"],
    sends: "honest answers to a program that ends and begins again in the middle of a group",
    expects: "the messages of before and after, and an answer that Bob reads",
    checks: ["shown", "honest-afterwards"],
    ops: [...OPS.group, "user.reopen", "user.login"],
    async run(trial) {
      const room = await ownGroup(trial);
      const { alice, bob, carol, channel } = room;
      await bob.say(channel, "before");
      trial.ok(await alice.ask("user.reopen"), "user.reopen");
      await alice.login();
      await carol.read();
      await carol.commit(channel);
      await bob.read();
      await carol.say(channel, "after");
      await gets(room, ["before", "after"]);
      await bob.read();
      await talks(room);
    },
  }),
];
