// Contract of the end of an account: what goes, what stays, and that it goes at once.
// Spec: services/account.md; C-73, I-08, I-09.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AccountGone, type Stores } from "../stores.ts";
import {
  type Backend,
  bytes,
  device,
  inbox,
  key,
  LATER,
  message,
  NO_DEVICE,
  NOW,
  register,
  seen,
  send,
  withStores,
} from "./harness.ts";

const LEAF = key(98);
const HELD_UNTIL = NOW + 1000;
const CHANNEL = device(50);
const GROUP = key(60);

export function deletionContract(backend: Backend): void {
  describe("the end of an account", () => {
    test("what belonged to it is gone", () =>
      withStores(backend, async (stores) => {
        await furnish(stores);
        assert.notEqual(await remove(stores, 1), undefined);
        assert.equal(await stores.users.find("user 1"), undefined);
        assert.equal(await stores.users.findByKey(key(1)), undefined);
        assert.equal(await stores.sessions.find(key(71), NOW), undefined);
        assert.equal(await stores.keyPackages.pop(key(1), NOW), undefined);
        assert.deepEqual(await stores.hybridKeys.getMany([key(1)]), [undefined]);
        assert.deepEqual(await stores.devices.list(key(1)), []);
        assert.equal(await stores.endpoints.resolve(key(1)), undefined);
        assert.equal(await stores.recovery.fetch(key(5)), undefined);
        assert.deepEqual(await seen(stores, inbox(1)), []);
        assert.equal(await send(stores, message(inbox(1), "anew", 41)), 1);
      }));

    test("a call that the deletion overtook leaves nothing", () =>
      withStores(backend, async (stores) => {
        await furnish(stores);
        await remove(stores, 1);
        await tooLate(stores);
        assert.equal(await stores.sessions.find(key(72), NOW), undefined);
        assert.equal(await stores.endpoints.resolve(key(1)), undefined);
        assert.equal(await stores.recovery.fetch(key(6)), undefined);
        assert.equal(await stores.channels.find(device(51)), undefined);
        assert.equal(await stores.groups.isMember(key(61), key(1)), undefined);
        assert.equal(await stores.keyPackages.pop(key(1), NOW), undefined);
        assert.deepEqual(await stores.hybridKeys.getMany([key(1)]), [undefined]);
      }));

    test("what it sent, its log entries and the other member of its channel stay", () =>
      withStores(backend, async (stores) => {
        await furnish(stores);
        await remove(stores, 1);
        assert.deepEqual(await seen(stores, inbox(2)), ["1:to 2"]);
        assert.deepEqual(await seen(stores, { ...inbox(2), channelId: CHANNEL }), ["1:on it"]);
        const standings = await stores.channels.standings(CHANNEL, [key(1), key(2)]);
        assert.deepEqual(standings, ["stranger", "member"]);
        assert.deepEqual(await stores.kt.leaves(0, 10), [key(1001), key(1002), LEAF]);
        const revoked = { reason: "user_revoked", leafIndex: 2, revokedAt: NOW };
        assert.deepEqual(await stores.kt.findRevocation(key(1)), revoked);
        assert.equal((await stores.users.findByKey(key(2)))?.username, "user 2");
      }));

    test("the groups that lose it are answered with their members, one that it left is not", () =>
      withStores(backend, async (stores) => {
        await furnish(stores);
        await openGroup(stores, key(61), 1, [2]);
        await stores.groups.remove(key(61), key(1), NOW);
        const left = await remove(stores, 1);
        assert.deepEqual(left, [{ groupId: GROUP, members: [key(2), key(3)] }]);
        assert.equal(await stores.groups.isMember(GROUP, key(1)), false);
        assert.equal(await stores.groups.isMember(GROUP, key(2)), true);
      }));

    test("of deletions at once one does it, and none of an unknown key", () =>
      withStores(backend, async (stores) => {
        await furnish(stores);
        const outcomes = await Promise.all([1, 1, 1, 7].map((number) => remove(stores, number)));
        assert.deepEqual(
          outcomes.map((outcome) => outcome !== undefined),
          [true, false, false, false],
        );
        assert.equal((await stores.kt.leaves(0, 10)).length, 3);
      }));

    test("a key that was revoked before keeps its revocation and gets no second leaf", () =>
      withStores(backend, async (stores) => {
        await furnish(stores);
        const reason = "compromised";
        await stores.kt.revoke({ identityKey: key(1), reason, leafHash: key(97) }, NOW);
        assert.notEqual(await remove(stores, 1), undefined);
        assert.equal((await stores.kt.findRevocation(key(1)))?.reason, reason);
        assert.equal((await stores.kt.leaves(0, 10)).length, 3);
      }));

    test("the key never comes back, the name when its time is over", () =>
      withStores(backend, async (stores) => {
        await furnish(stores);
        await remove(stores, 1);
        assert.equal(await enter(stores, "another", 1, HELD_UNTIL), false);
        assert.equal(await enter(stores, "user 1", 9, HELD_UNTIL - 1), false);
        assert.equal(await enter(stores, "user 1", 9, HELD_UNTIL), true);
        assert.deepEqual(await seen(stores, inbox(9)), []);
      }));
  });
}

async function tooLate(stores: Stores): Promise<void> {
  const chunk = { identityKey: key(1), totalSize: 2, offset: 0, mimeType: "" };
  const upload = { ...chunk, blobId: key(8), bytes: bytes(1, 1) };
  const bounds = { quota: 1000, leastCost: 1, lifetime: 1000 };
  const session = { tokenHash: key(72), identityKey: key(1), deviceId: NO_DEVICE };
  const bundle = { tokenHash: key(6), identityKey: key(1), bundle: key(6) };
  const pair = { channelId: device(51), caller: key(1), peer: key(2) };
  const late: readonly (() => Promise<unknown>)[] = [
    () => stores.sessions.create({ ...session, expiresAt: LATER }, NOW),
    () => stores.endpoints.publish(key(1), bytes(20, 1), NOW),
    () => stores.recovery.store(bundle, 9, NOW),
    () => stores.blobs.upload(upload, bounds, NOW),
    () => stores.channels.openPair(pair, NOW),
    () => openGroup(stores, key(61), 61, []),
  ];
  for (const call of late) await assert.rejects(call(), AccountGone);
  const entry = { package: bytes(300, 9), fingerprint: key(89), expiresAt: LATER };
  await stores.keyPackages.upload({ identityKey: key(1), ...entry }, 10, NOW);
  await stores.hybridKeys.put(key(1), bytes(1216, 1), NOW);
}

/** remove deletes the account of a numbered user. */
function remove(stores: Stores, number: number) {
  const deletion = { identityKey: key(number), leafHash: LEAF, nameHeldUntil: HELD_UNTIL };
  return stores.accounts.delete(deletion, NOW);
}

function enter(stores: Stores, username: string, number: number, now = NOW): Promise<boolean> {
  const user = { username, record: bytes(192, number), identityKey: key(number) };
  return stores.users.register(user, key(1000 + number), now);
}

function openGroup({ groups }: Stores, groupId: Uint8Array, id: number, members: number[]) {
  const memberKeys = members.map(key);
  return groups.open({ groupId, channelId: device(id), caller: key(1), memberKeys }, 100, NOW);
}

/** furnish gives user 1 some of everything, and user 2 what it has from user 1. */
export async function furnish(stores: Stores): Promise<void> {
  for (const number of [1, 2]) await enter(stores, `user ${number}`, number);
  const session = { tokenHash: key(71), identityKey: key(1), deviceId: NO_DEVICE };
  await stores.sessions.create({ ...session, expiresAt: LATER }, NOW);
  await register(stores, 1, 1);
  const token = { platform: 1, token: bytes(20, 1) };
  await stores.devices.setPushToken(key(1), device(1), token);
  for (const number of [1, 2]) {
    const entry = { package: bytes(300, number), fingerprint: key(80 + number), expiresAt: LATER };
    await stores.keyPackages.upload({ identityKey: key(1), ...entry }, 10, NOW);
  }
  await stores.keyPackages.pop(key(1), NOW);
  await stores.hybridKeys.put(key(1), bytes(1216, 1), NOW);
  await stores.endpoints.publish(key(1), bytes(20, 1), NOW);
  await stores.recovery.store({ tokenHash: key(5), identityKey: key(1), bundle: key(6) }, 9, NOW);
  await stores.federation.learn(key(1), "elsewhere.example", NOW);
  await stores.channels.openPair({ channelId: CHANNEL, caller: key(1), peer: key(2) }, NOW);
  await openGroup(stores, GROUP, 60, [2, 3]);
  await send(stores, message(inbox(1), "to 1", 41));
  await send(stores, { ...message(inbox(1), "on it"), channelId: CHANNEL });
  await send(stores, message(inbox(2), "to 2", 42));
  await send(stores, { ...message(inbox(2), "on it"), channelId: CHANNEL });
  await stores.deliveries.ack(inbox(1), device(1), 1n);
}
