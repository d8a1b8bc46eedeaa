// Two people, then three, from registration to a conversation that survives what happens to them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAgreed, type Player, startCast, syncAll, texts } from "./contract/cast.ts";

test("two people talk", async (t) => {
  const cast = await startCast(t);
  const [alice, bob] = [await cast.join("alice"), await cast.join("bob")];

  const { id } = await alice.messenger.startDirect("bob");
  const sent = await alice.messenger.sendText(id, "hello bob");
  assert.equal(sent.status, "sent");
  const { received, faults } = await bob.messenger.sync();
  assert.deepEqual(faults, []);
  assert.deepEqual(
    received.map(({ senderName, trust, content }) => [senderName, trust, content.body.value]),
    [["alice", "pinned", "hello bob"]],
  );
  const { groupId } = await bob.messenger.groupView(id);
  assert.deepEqual((await bob.messenger.startDirect("alice")).id, id);
  assert.deepEqual((await bob.messenger.groupView(id)).groupId, groupId);
  await bob.messenger.sendText(id, "hello alice");
  await alice.messenger.sync();
  assert.deepEqual(await texts(alice, id), ["alice: hello bob", "bob: hello alice"]);
  assert.deepEqual(await texts(bob, id), ["alice: hello bob", "bob: hello alice"]);
});

test("three people talk in a group, one leaves, one is removed and comes back", async (t) => {
  const cast = await startCast(t);
  const players = [await cast.join("alice"), await cast.join("bob"), await cast.join("carol")];
  const [alice, bob, carol] = players as [Player, Player, Player];

  const { id } = await alice.messenger.createGroup("friends", ["bob"]);
  await bob.messenger.sync();
  assert.equal(await bob.messenger.add(id, ["carol"]), "done");
  await syncAll(players);
  await carol.messenger.sendText(id, "I am here");
  await syncAll(players);
  for (const player of players) assert.deepEqual(await texts(player, id), ["carol: I am here"]);
  await assertAgreed(players, id, 3);

  assert.equal(await alice.messenger.remove(id, "bob"), "done");
  await syncAll(players);
  await assert.rejects(bob.messenger.sendText(id, "still?"), { fault: "inactive" });
  await alice.messenger.sendText(id, "without bob");
  await syncAll(players);
  await assertAgreed([alice, carol], id, 2);
  assert.deepEqual(await texts(bob, id), ["carol: I am here"]);

  assert.equal(await carol.messenger.add(id, ["bob"]), "done");
  await syncAll(players);
  await bob.messenger.sendText(id, "back again");
  await syncAll(players);
  await assertAgreed(players, id, 3);
  assert.equal((await texts(alice, id)).at(-1), "bob: back again");

  await carol.messenger.leave(id);
  await syncAll(players);
  await assertAgreed([alice, bob], id, 2);
  await assert.rejects(carol.messenger.groupView(id), { fault: "inactive" });
});

test("keys are renewed", async (t) => {
  const cast = await startCast(t);
  const players = [await cast.join("alice"), await cast.join("bob")];
  const [alice, bob] = players as [Player, Player];
  const { id } = await alice.messenger.startDirect("bob");
  await syncAll(players);
  const before = await alice.messenger.groupView(id);
  assert.equal(await bob.messenger.rotateKeys(id), "done");
  await syncAll(players);
  const after = await alice.messenger.groupView(id);
  assert.equal(after.epoch, before.epoch + 1n);
  await assertAgreed(players, id, 2);
});
