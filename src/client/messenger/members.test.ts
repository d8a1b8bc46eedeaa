// Members who leave, vanish, lose their state and come back (spec/client/client.md, Commits).

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { AccountService, GroupService } from "../../gen/qpc/v1/methods_pb.ts";
import { createClient } from "../client.ts";
import {
  assertAgreed,
  faultsOf,
  type Player,
  startCast,
  syncAll,
  texts,
} from "../contract/cast.ts";
import { openMessenger } from "../messenger.ts";
import { saveAccount } from "../store/account.ts";
import { openClientStore } from "../store/open.ts";

test("a member who leaves stays readable for nobody, and his place is gone", async (t) => {
  const { players, id } = await group(t, ["alice", "bob", "carol"]);
  const [alice, bob, carol] = players;
  await bob.messenger.leave(id);
  await assert.rejects(bob.messenger.sendText(id, "one more thing"), { fault: "inactive" });
  await assert.rejects(bob.messenger.leave(id), { fault: "inactive" });
  await syncAll(players);
  await assertAgreed([alice, carol], id, 2);
  await alice.messenger.sendText(id, "without bob");
  await syncAll(players);
  assert.deepEqual(await texts(bob, id), []);
  assert.deepEqual(await recordOf(alice, id), keysOf([alice, carol]));
});

test("whoever writes first commits the proposals that wait", async (t) => {
  const { players, id } = await group(t, ["alice", "bob", "carol"]);
  const [alice, bob, carol] = players;
  await bob.messenger.leave(id);
  // Alice, whose turn it is, is away.
  await carol.messenger.sync();
  assert.equal((await carol.messenger.sendText(id, "now")).status, "sent");
  assert.equal((await carol.messenger.groupView(id)).members.length, 2);
  await syncAll([alice, bob]);
  await assertAgreed([alice, carol], id, 2);
  assert.deepEqual(await texts(bob, id), []);
});

test("two leave at once, each of whom should commit for the other", async (t) => {
  const { players, id } = await group(t, ["alice", "bob", "carol"]);
  const [alice, bob, carol] = players;
  await Promise.all([alice.messenger.leave(id), bob.messenger.leave(id)]);
  await syncAll(players, 6);
  await assertAgreed([carol], id, 1);
  await carol.messenger.sendText(id, "alone");
  assert.deepEqual(await recordOf(carol, id), keysOf([carol]));
  await carol.messenger.leave(id);
  await assert.rejects(carol.messenger.groupView(id), { fault: "inactive" });
  assert.equal((await carol.messenger.sync()).waiting, 0);
});

test("a commit that did not know of the wish to leave is followed by another try", async (t) => {
  const { players, id } = await group(t, ["alice", "bob", "carol"]);
  const [alice, bob, carol] = players;
  alice.network.isDown = true;
  alice.network.cut();
  await alice.messenger.leave(id);
  await carol.messenger.rotateKeys(id);
  alice.network.isDown = false;
  await syncAll(players, 4);
  await assertAgreed([bob, carol], id, 2);
  await assert.rejects(alice.messenger.groupView(id), { fault: "inactive" });
});

test("a member whose account is gone holds nobody up", async (t) => {
  const { players, id } = await group(t, ["alice", "bob", "carol"]);
  const [alice, bob, carol] = players;
  await createClient(AccountService, carol.messenger.session.caller).deleteAccount({});
  assert.equal((await alice.messenger.sendText(id, "to whoever is there")).status, "sent");
  assert.equal(await alice.messenger.rotateKeys(id), "done");
  assert.equal(await alice.messenger.remove(id, "carol"), "done");
  assert.deepEqual(faultsOf(await bob.messenger.sync()), []);
  assert.deepEqual(await texts(bob, id), ["alice: to whoever is there"]);
  await assertAgreed([alice, bob], id, 2);
});

test("whoever lost his state is added again, in place of his old leaf", async (t) => {
  const { cast, players, id } = await group(t, ["alice", "bob", "carol"]);
  const [alice, bob, carol] = players;
  await bob.messenger.close();
  const store = await openClientStore({ kind: "memory" });
  t.after(() => store.close());
  const { hybridKey: _, ...account } = bob.messenger.account;
  await store.database.write(saveAccount(account));
  const { username } = bob;
  const connect = async () => ({
    caller: await cast.reference.connect(),
    close: async () => {},
  });
  const messenger = await openMessenger({
    ...{ store, connect, username, password: `password of ${username}` },
  });
  await messenger.publishKeys();
  const again: Player = { ...bob, store, messenger };
  await messenger.sync();
  assert.deepEqual(await messenger.conversations(), []);

  await alice.messenger.add(id, ["bob"]);
  // The commit that took his old leaf away is of an epoch before his own.
  assert.deepEqual(faultsOf(await messenger.sync()), ["past-epoch"]);
  await syncAll([alice, carol, again]);
  await assertAgreed([alice, carol, again], id, 3);
  await messenger.sendText(id, "back");
  await syncAll([alice, carol]);
  assert.deepEqual(await texts(carol, id), ["bob: back"]);
});

async function recordOf({ messenger }: Player, id: Uint8Array): Promise<string[]> {
  const groups = createClient(GroupService, messenger.session.caller);
  const { groupId } = await messenger.groupView(id);
  const { members } = await groups.listGroupMembers({ groupId });
  return members.map(({ identityKey }) => Buffer.from(identityKey).toString("hex"));
}

function keysOf(players: readonly Player[]): string[] {
  const keys = players.map(({ messenger }) => messenger.account.identityKey);
  return keys.map((key) => Buffer.from(key).toString("hex")).sort();
}

type Trio = [Player, Player, Player];

async function group(t: TestContext, usernames: readonly [string, string, string]) {
  const cast = await startCast(t);
  const players: Player[] = [];
  for (const username of usernames) players.push(await cast.join(username));
  const [first, second, third] = players as Trio;
  const { id } = await first.messenger.createGroup("all", usernames.slice(1));
  await syncAll(players, 1);
  return { cast, players: [first, second, third] as Trio, id };
}
