// Several members change one group at once: the order of the server decides, and all agree in the end
// (spec/client/client.md, Commits).

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { methodById } from "../../registry/methods.ts";
import type { Caller } from "../../rpc/caller.ts";
import {
  assertAgreed,
  faultsOf,
  type Player,
  startCast,
  syncAll,
  texts,
} from "../contract/cast.ts";

test("commits that are made at once all come into force, one after the other", async (t) => {
  const { players, id } = await group(t, ["alice", "bob", "carol", "dave"]);
  const before = (await players[0].messenger.groupView(id)).epoch;
  const done = await Promise.all(players.map(({ messenger }) => messenger.rotateKeys(id)));
  assert.deepEqual(done, ["done", "done", "done", "done"]);
  await syncAll(players);
  await assertAgreed(players, id, 4);
  assert.equal((await players[0].messenger.groupView(id)).epoch, before + 4n);
  await assertTalks(players, id);
});

test("a commit that was made offline loses, is no fault, and is tried again", async (t) => {
  const { players, id } = await group(t, ["alice", "bob"]);
  const [alice, bob] = players;
  alice.network.isDown = true;
  alice.network.cut();
  assert.equal(await alice.messenger.rotateKeys(id), "queued");
  // While its commit is under way, a member sends nothing else in the group.
  assert.equal((await alice.messenger.sendText(id, "after my commit")).status, "queued");
  await assert.rejects(alice.messenger.rotateKeys(id), { name: "Unreachable" });
  assert.equal(await bob.messenger.rotateKeys(id), "done");

  alice.network.isDown = false;
  const { faults, waiting } = await alice.messenger.sync();
  assert.deepEqual([faults, waiting], [[], 0]);
  assert.deepEqual(faultsOf(await bob.messenger.sync()), []);
  await assertAgreed(players, id, 2);
  assert.equal((await bob.messenger.groupView(id)).epoch, 3n);
  assert.deepEqual(await texts(bob, id), ["alice: after my commit"]);
});

test("a commit that lost after it was sent is known when it comes back", async (t) => {
  const { players, id } = await group(t, ["alice", "bob"]);
  const [alice, bob] = players;
  // Bob's commit overtakes the one of Alice on the way.
  let overtake: (() => Promise<unknown>) | undefined = () => bob.messenger.rotateKeys(id);
  await beforeEach(alice, "BatchEnqueue", async () => {
    const first = overtake;
    overtake = undefined;
    await first?.();
  });
  assert.equal(await alice.messenger.rotateKeys(id), "done");
  assert.deepEqual(faultsOf(await alice.messenger.sync()), []);
  // To everybody else the loser is a commit of an epoch that is over.
  assert.deepEqual(faultsOf(await bob.messenger.sync()), ["past-epoch"]);
  await assertAgreed(players, id, 2);
  await assertTalks(players, id);
});

test("two who add the same person add it once", async (t) => {
  const { cast, players, id } = await group(t, ["alice", "bob"]);
  const [alice, bob] = players;
  const carol = await cast.join("carol");
  await Promise.all([alice.messenger.add(id, ["carol"]), bob.messenger.add(id, ["carol"])]);
  await syncAll([...players, carol]);
  await assertAgreed([...players, carol], id, 3);
  await assertTalks([...players, carol], id);
});

test("one is removed while it adds another", async (t) => {
  const { cast, players, id } = await group(t, ["alice", "bob", "carol"]);
  const [alice, bob, carol] = players;
  await cast.join("dave");
  bob.network.isDown = true;
  bob.network.cut();
  assert.equal(await bob.messenger.rotateKeys(id), "queued");
  await bob.messenger.sendText(id, "never to be read");
  assert.equal(await alice.messenger.remove(id, "bob"), "done");
  bob.network.isDown = false;
  const { failed, waiting } = await bob.messenger.sync();
  assert.deepEqual([failed.map(({ kind }) => kind), waiting], [["application"], 0]);
  await assert.rejects(bob.messenger.groupView(id), { fault: "inactive" });
  await syncAll([alice, carol]);
  await assertAgreed([alice, carol], id, 2);
  assert.deepEqual(await texts(carol, id), []);
});

test("a commit under way survives a restart", async (t) => {
  const { cast, players, id } = await group(t, ["alice", "bob"]);
  const [alice, bob] = players;
  const carol = await cast.join("carol");
  let isLost = true;
  await beforeEach(alice, "BatchEnqueue", async () => {
    if (isLost) throw new Error("the network is away");
  });
  assert.equal(await alice.messenger.add(id, ["carol"]), "queued");
  await alice.reopen();
  assert.equal(await bob.messenger.rotateKeys(id), "done");
  isLost = false;
  await syncAll([alice, bob, carol]);
  await assertAgreed([alice, bob, carol], id, 3);
  await assertTalks([alice, bob, carol], id);
});

test("a crash between the merge and the Welcome loses no Welcome", async (t) => {
  const { cast, players, id } = await group(t, ["alice", "bob"]);
  const [alice, bob] = players;
  const carol = await cast.join("carol");
  await beforeEach(alice, "Enqueue", async () => {
    throw new Error("the process is gone");
  });
  assert.equal(await alice.messenger.add(id, ["carol"]), "queued");
  alice.network.tap = (caller) => caller;
  await alice.reopen();
  await syncAll([alice, bob, carol]);
  await assertAgreed([alice, bob, carol], id, 3);
});

test("two who write to each other for the first time at once end up in one group", async (t) => {
  const cast = await startCast(t);
  const players = [await cast.join("alice"), await cast.join("bob")] as const;
  const [alice, bob] = players;
  const [{ id }] = await Promise.all([
    alice.messenger.startDirect("bob").then(async (conversation) => {
      await alice.messenger.sendText(conversation.id, "from alice");
      return conversation;
    }),
    bob.messenger.startDirect("alice").then(async (conversation) => {
      await bob.messenger.sendText(conversation.id, "from bob");
    }),
  ]);
  await syncAll(players);
  await assertAgreed(players, id, 2);
  assert.deepEqual((await texts(alice, id)).sort(), ["alice: from alice", "bob: from bob"]);
  assert.deepEqual((await texts(bob, id)).sort(), ["alice: from alice", "bob: from bob"]);
  await assertTalks(players, id);
});

async function assertTalks(players: readonly Player[], id: Uint8Array): Promise<void> {
  for (const { messenger, username } of players) {
    await messenger.sendText(id, `${username} is here`);
    await syncAll(players, 1);
  }
  const last = players.map(({ username }) => `${username}: ${username} is here`);
  for (const player of players) {
    assert.deepEqual((await texts(player, id)).slice(-players.length), last);
  }
}

async function group(t: TestContext, usernames: readonly [string, string, ...string[]]) {
  const cast = await startCast(t);
  const players: Player[] = [];
  for (const username of usernames) players.push(await cast.join(username));
  const [first, second, third, ...others] = players as [Player, Player, Player];
  const { id } = await first.messenger.createGroup("all", usernames.slice(1));
  await syncAll(players, 1);
  return {
    cast,
    players: [first, second, third, ...others].filter(Boolean) as typeof players &
      [Player, Player, Player],
    id,
  };
}

/** beforeEach runs before each call of a method; what it throws is the end of the call. */
async function beforeEach(
  { network }: Player,
  method: string,
  run: () => Promise<void>,
): Promise<void> {
  network.tap = (caller: Caller) => ({
    ...caller,
    async call(methodId, payload, signal) {
      if (methodById(methodId)?.name === method) await run();
      return caller.call(methodId, payload, signal);
    },
  });
  network.cut();
}
