// Removals, departures and proposals in groups of the SDK (spec/client/client.md, spec/services/group.md).

import { DeliveryService, GroupService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { hex } from "../../hostile/world/state.ts";
import { groupRoom, OPS, textsOf } from "../room.ts";
import { agrees, CHANGE_OPS, change, hexOf, ownGroup, READS } from "./own-group.ts";

const { removeMember } = GroupService.method;
const { batchEnqueue } = DeliveryService.method;

export const leavingCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-group.remove.commit-first",
    rules: ["group.clients-commit-first"],
    sends: "honest answers to the user who removes Carol from a group",
    expects: "the Commit before RemoveMember, and one epoch without Carol",
    checks: ["order", "removed", "agreed"],
    ops: [...CHANGE_OPS, "group.remove"],
    async run(trial) {
      const room = await ownGroup(trial);
      const start = room.world.requests.length;
      await change(room, "group.remove", { username: "carol" });
      const methods = room.world.requests.slice(start).map(({ method }) => method);
      const commit = methods.indexOf(methodOf(batchEnqueue).id);
      const removal = methods.indexOf(methodOf(removeMember).id);
      trial.check("order", commit >= 0 && (removal < 0 || removal > commit), {
        expected: "205 before 410",
        got: methods.join(", "),
      });
      const { active } = room.carol.place(room.channel).member;
      trial.check("removed", !active, { expected: "Carol is out", got: `active: ${active}` });
      await agrees(room, room.bob);
    },
  }),

  defineClientCase({
    id: "client-group.remove.reads-no-more",
    rules: ["mls.removed"],
    sends: "honest answers to the user who removes Carol and writes on",
    expects: "the message for Bob alone",
    checks: ["heard", "recipients"],
    ops: [...CHANGE_OPS, "group.remove"],
    async run(trial) {
      const room = await ownGroup(trial);
      const { alice, bob, carol, channel, world } = room;
      await change(room, "group.remove", { username: "carol" });
      const start = world.requests.length;
      trial.ok(await alice.send(channel, "between us"), "send");
      const texts = textsOf(await bob.read()).join();
      trial.check("heard", texts === "between us", { expected: "between us", got: texts });
      const sent = Buffer.concat(world.requests.slice(start).map(({ payload }) => payload));
      trial.check("recipients", !sent.includes(Buffer.from(carol.identityKey)), {
        expected: "nothing for Carol",
        got: hex(carol.identityKey),
      });
    },
  }),

  defineClientCase({
    id: "client-group.remove.then-add-again",
    rules: ["client.welcome-again", "mls.single-use"],
    sends: "honest answers to the user who removes Carol and adds her again",
    expects: "a Welcome for a fresh KeyPackage, and a message that she reads",
    checks: ["welcome", "heard"],
    ops: [...CHANGE_OPS, "group.remove", "group.add"],
    async run(trial) {
      const room = await ownGroup(trial);
      const { alice, bob, carol, channel } = room;
      await change(room, "group.remove", { username: "carol" });
      trial.ok(await alice.ask("group.add", { channel: hexOf(channel), usernames: ["carol"] }));
      await bob.read();
      const kinds = (await carol.read()).map(({ kind }) => kind);
      trial.check("welcome", kinds.includes("welcome"), {
        expected: "a Welcome",
        got: kinds.join(),
      });
      trial.ok(await alice.send(channel, "again"), "send");
      const texts = textsOf(await carol.read()).join();
      trial.check("heard", texts === "again", { expected: "again", got: texts });
    },
  }),

  defineClientCase({
    id: "client-group.leave.proposed",
    rules: ["client.leave"],
    sends: "honest answers to the user who leaves a group, and a Commit of Bob",
    expects: "a proposal for both others, which Bob commits",
    checks: ["proposed", "gone"],
    ops: [...OPS.group, "group.leave"],
    async run(trial) {
      const room = await ownGroup(trial);
      const { alice, bob, carol, channel, aliceKey } = room;
      trial.ok(await alice.ask("group.leave", { channel: hexOf(channel) }), "group.leave");
      const kinds = [...(await bob.read()), ...(await carol.read())].map(({ kind }) => kind).join();
      trial.check("proposed", kinds === "proposal,proposal", {
        expected: "proposal, twice",
        got: kinds,
      });
      await bob.commit(channel);
      const keys = bob.place(channel).member.members.map(({ identityKey }) => hex(identityKey));
      trial.check("gone", !keys.includes(hex(aliceKey)), {
        expected: "a group without the user",
        got: keys.join(),
      });
    },
  }),

  defineClientCase({
    id: "client-group.leave.committed-by-the-user",
    rules: ["client.leave", "mls.commit-waiting"],
    sends: "a proposal of Carol to remove her own leaf",
    expects: "a Commit of the user, whose leaf has the lowest index, with that proposal",
    checks: ["gone"],
    ops: CHANGE_OPS,
    async run(trial) {
      const room = await ownGroup(trial);
      const { alice, bob, carol, channel } = room;
      const { message } = await carol.place(channel).member.leave();
      carol.deliver(channel, message);
      await bob.read();
      for (let times = 0; times < 2; times++) {
        await alice.ask("group.state", { channel: hexOf(channel) });
      }
      await bob.read();
      const keys = bob.place(channel).member.members.map(({ identityKey }) => hex(identityKey));
      trial.check("gone", !keys.includes(hex(carol.identityKey)), {
        expected: "a group without Carol",
        got: keys.join(),
      });
    },
  }),

  defineClientCase({
    id: "client-group.proposal.committed-before-sending",
    rules: ["mls.commit-waiting"],
    sends: "an Update proposal of Carol, which Bob does not commit, before the user writes",
    expects: "no message in an epoch in which a proposal waits: a Commit of it first",
    checks: ["order", "heard"],
    ops: OPS.group,
    async run(trial) {
      const room = await groupRoom(trial);
      const { alice, bob, carol, channel } = room;
      room.world.announces = false;
      const place = carol.place(channel);
      const { next, message } = await place.member.proposeUpdate();
      place.member = next;
      carol.deliver(channel, message);
      await bob.read();
      const start = room.world.requests.length;
      await alice.send(channel, "in the next epoch");
      const kinds = (await bob.read()).map(({ kind }) => kind).join();
      // Who sends without reading first knows of no proposal.
      const hasRead = room.world.requests.slice(start).some(({ method }) => READS.includes(method));
      trial.check("order", kinds === "commit,application" || !hasRead, {
        expected: "commit, application",
        got: kinds,
      });
      const texts = textsOf(await carol.read()).join();
      trial.check("heard", texts === "in the next epoch", {
        expected: "in the next epoch",
        got: texts,
      });
    },
  }),
];
