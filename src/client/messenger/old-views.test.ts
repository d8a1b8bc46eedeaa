// Members who act on what they knew long ago: they catch up first, and what is of an older epoch is made anew
// (spec/client/client.md, Commits and Sending).

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { BatchEnqueueRequestSchema } from "../../gen/qpc/v1/delivery_pb.ts";
import { GroupService } from "../../gen/qpc/v1/methods_pb.ts";
import { methodById } from "../../registry/methods.ts";
import { createClient } from "../client.ts";
import {
  assertAgreed,
  faultsOf,
  type Player,
  startCast,
  syncAll,
  texts,
} from "../contract/cast.ts";

test("who is many epochs behind catches up before sending", async (t) => {
  const { alice, bob, carol, id } = await trio(t);
  for (let epoch = 0; epoch < 6; epoch++) await alice.messenger.rotateKeys(id);
  assert.equal((await bob.messenger.sendText(id, "late, and readable")).status, "sent");
  assert.deepEqual(faultsOf(await carol.messenger.sync()), []);
  assert.deepEqual(await texts(carol, id), ["bob: late, and readable"]);
});

test("what was written offline is encrypted anew when the epoch has moved on", async (t) => {
  const { cast, alice, bob, carol, id } = await trio(t);
  const dave = await cast.join("dave");
  down(bob, true);
  await bob.messenger.sendText(id, "written in an old epoch");
  for (let epoch = 0; epoch < 5; epoch++) await alice.messenger.rotateKeys(id);
  await alice.messenger.add(id, ["dave"]);
  down(bob, false);
  const { waiting } = await bob.messenger.sync();
  assert.equal(waiting, 0);
  await syncAll([alice, carol, dave]);
  for (const player of [alice, carol, dave]) {
    assert.deepEqual(await texts(player, id), ["bob: written in an old epoch"]);
  }
});

test("a member whom the own view does not have yet is removed all the same", async (t) => {
  const { cast, alice, bob, carol, id } = await trio(t);
  const dave = await cast.join("dave");
  await alice.messenger.add(id, ["dave"]);
  await dave.messenger.sync();
  await bob.messenger.resolve("dave");
  assert.equal(await bob.messenger.remove(id, "dave"), "done");
  await syncAll([alice, bob, carol, dave]);
  await assertAgreed([alice, bob, carol], id, 3);
  await assert.rejects(dave.messenger.groupView(id), { fault: "inactive" });
});

test("a change that a removal has overtaken is told, not called done", async (t) => {
  const { cast, alice, bob, id } = await trio(t);
  await cast.join("dave");
  let overtake: (() => Promise<unknown>) | undefined = () => alice.messenger.remove(id, "bob");
  bob.network.tap = (caller) => ({
    ...caller,
    async call(methodId, payload, signal) {
      const isCommit = methodById(methodId)?.name === "BatchEnqueue";
      const first = isCommit ? overtake : undefined;
      if (first) overtake = undefined;
      await first?.();
      return caller.call(methodId, payload, signal);
    },
  });
  bob.network.cut();
  await assert.rejects(bob.messenger.add(id, ["dave"]), { fault: "inactive" });
  assert.equal((await alice.messenger.groupView(id)).members.length, 2);
});

test("somebody who is about to leave is added again after he has left", async (t) => {
  const { alice, bob, carol, id } = await trio(t);
  await carol.messenger.leave(id);
  assert.equal(await bob.messenger.add(id, ["carol"]), "done");
  await syncAll([alice, bob, carol]);
  await assertAgreed([alice, bob, carol], id, 3);
  await carol.messenger.sendText(id, "here again");
  await syncAll([alice, bob]);
  assert.deepEqual(await texts(alice, id), ["carol: here again"]);
});

test("the duty of an old removal spares whoever was added since", async (t) => {
  const { alice, bob, carol, id } = await trio(t);
  alice.network.tap = (caller) => ({
    ...caller,
    async call(methodId, payload, signal) {
      if (methodById(methodId)?.name === "RemoveMember") throw new Error("the network is away");
      return caller.call(methodId, payload, signal);
    },
  });
  alice.network.cut();
  assert.equal(await alice.messenger.remove(id, "carol"), "queued");
  assert.equal(await bob.messenger.add(id, ["carol"]), "done");
  alice.network.tap = (caller) => caller;
  await syncAll([alice, bob, carol]);
  await assertAgreed([alice, bob, carol], id, 3);
  const groups = createClient(GroupService, bob.messenger.session.caller);
  const { groupId } = await bob.messenger.groupView(id);
  assert.equal((await groups.listGroupMembers({ groupId })).members.length, 3);
  await carol.messenger.sendText(id, "still here");
  await alice.messenger.sync();
  assert.deepEqual(await texts(alice, id), ["carol: still here"]);
});

test("a wish to leave that is of an old epoch is made anew, and sent to nobody else", async (t) => {
  const { alice, bob, carol, id } = await trio(t);
  const other = await carol.messenger.startDirect("alice");
  let isAway = false;
  const sent: bigint[] = [];
  carol.network.tap = (caller) => ({
    ...caller,
    async call(methodId, payload, signal) {
      if (methodById(methodId)?.name !== "BatchEnqueue") {
        return caller.call(methodId, payload, signal);
      }
      if (isAway) throw new Error("the network is away");
      const request = fromBinary(BatchEnqueueRequestSchema, payload);
      sent.push(BigInt(request.recipientKeys.length));
      return caller.call(methodId, payload, signal);
    },
  });
  carol.network.cut();
  isAway = true;
  await carol.messenger.leave(id);
  await alice.messenger.rotateKeys(id);
  isAway = false;
  // What she says elsewhere does not take the old wish along.
  await carol.messenger.sendText(other.id, "elsewhere");
  assert.deepEqual(sent, []);
  await carol.messenger.sync();
  assert.deepEqual(sent, [2n]);
  for (const player of [alice, bob]) {
    assert.deepEqual(faultsOf(await player.messenger.sync()), []);
  }
  await syncAll([alice, bob, carol]);
  await assertAgreed([alice, bob], id, 2);
});

async function trio(t: TestContext) {
  const cast = await startCast(t);
  const [alice, bob] = [await cast.join("alice"), await cast.join("bob")];
  const carol = await cast.join("carol");
  const { id } = await alice.messenger.createGroup("three", ["bob", "carol"]);
  await syncAll([bob, carol], 1);
  return { cast, alice, bob, carol, id };
}

function down({ network }: Player, isDown: boolean): void {
  network.isDown = isDown;
  network.cut();
}
