// Contract of the key-transparency log: what appends a leaf, what revokes a key, and what that takes
// with it. Spec: services/kt.md; I-09, I-10, I-20.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Stores } from "../stores.ts";
import { type Backend, bytes, device, key, LATER, NO_DEVICE, NOW, withStores } from "./harness.ts";

const leaf = (number: number) => bytes(32, 1_000 + number);

export function ktContract(backend: Backend): void {
  appends(backend);
  revocations(backend);
  survives(backend);
}

function appends(backend: Backend): void {
  describe("the log", () => {
    test("a registration appends its leaf, a refused one appends nothing", () =>
      withStores(backend, async (stores) => {
        assert.deepEqual(await stores.kt.leaves(0, 10), []);
        assert.equal(await register(stores, 1), true);
        assert.equal(await register(stores, 2, { username: "user 1" }), false);
        assert.equal(await register(stores, 3, { identityKey: key(1) }), false);
        assert.equal(await register(stores, 4), true);
        assert.deepEqual(await stores.kt.leaves(0, 10), [leaf(1), leaf(4)]);
        assert.equal((await stores.users.find("user 1"))?.leafIndex, 0);
        assert.equal((await stores.users.findByKey(key(4)))?.leafIndex, 1);
      }));

    test("leaves come by index, as many as asked for", () =>
      withStores(backend, async (stores) => {
        for (const number of [1, 2, 3, 4, 5]) await register(stores, number);
        assert.deepEqual(await stores.kt.leaves(1, 2), [leaf(2), leaf(3)]);
        assert.deepEqual(await stores.kt.leaves(4, 9), [leaf(5)]);
        assert.deepEqual(await stores.kt.leaves(5, 9), []);
      }));

    test("writers that arrive together get indices without gaps", () =>
      withStores(backend, async (stores) => {
        const numbers = Array.from({ length: 50 }, (_, i) => i + 1);
        await register(stores, 0);
        const calls = numbers.map((n) =>
          n % 5 === 0 ? revoke(stores, 0, { leafHash: leaf(n) }) : register(stores, n),
        );
        await Promise.all(calls);
        // One revocation of five counted, so 41 leaves and the one before.
        const leaves = await stores.kt.leaves(0, 100);
        assert.equal(leaves.length, 42);
        for (const n of numbers.filter((n) => n % 5 !== 0)) {
          const { leafIndex = -1 } = (await stores.users.findByKey(key(n))) ?? {};
          assert.deepEqual(leaves[leafIndex], leaf(n));
        }
      }));
  });
}

function revocations(backend: Backend): void {
  describe("revocations", () => {
    test("a revocation appends a leaf and is found; other keys are not revoked", () =>
      withStores(backend, async (stores) => {
        await register(stores, 1);
        const revoked = { reason: "compromised", leafIndex: 1, revokedAt: NOW };
        assert.deepEqual(await revoke(stores, 1), revoked);
        assert.deepEqual(await stores.kt.findRevocation(key(1)), revoked);
        assert.equal(await stores.kt.findRevocation(key(2)), undefined);
        assert.deepEqual(await stores.kt.leaves(0, 10), [leaf(1), leaf(101)]);
      }));

    test("the first revocation stays, of two at once as well", () =>
      withStores(backend, async (stores) => {
        await register(stores, 1);
        const first = { reason: "compromised", leafIndex: 1, revokedAt: NOW };
        const other = { reason: "superseded", leafHash: leaf(7) };
        const both = [revoke(stores, 1), revoke(stores, 1, other, NOW + 1)];
        assert.deepEqual(await Promise.all(both), [first, first]);
        assert.deepEqual(await revoke(stores, 1, other, NOW + 2), first);
        assert.deepEqual(await stores.kt.findRevocation(key(1)), first);
        assert.equal((await stores.kt.leaves(0, 10)).length, 2);
      }));

    test("a key without an account is not revoked", () =>
      withStores(backend, async (stores) => {
        await register(stores, 1);
        assert.equal(await revoke(stores, 2), undefined);
        assert.equal(await stores.kt.findRevocation(key(2)), undefined);
        assert.equal((await stores.kt.leaves(0, 10)).length, 1);
      }));

    test("sessions and key material of the key go, those of others stay", () =>
      withStores(backend, async (stores) => {
        for (const number of [1, 2]) {
          await register(stores, number);
          await equip(stores, number);
        }
        await revoke(stores, 1);
        assert.deepEqual(await equipment(stores, 1), [undefined, undefined, undefined, undefined]);
        assert.deepEqual(await equipment(stores, 2), [key(20), key(25), bytes(300, 2), key(2)]);
      }));

    test("uploads that a revocation overtook leave nothing", () =>
      withStores(backend, async (stores) => {
        await register(stores, 1);
        await Promise.all([revoke(stores, 1), equip(stores, 1)]);
        const [, , queued, hybrid] = await equipment(stores, 1);
        assert.deepEqual([queued, hybrid], [undefined, undefined]);
      }));

    test("the account stays and a new session is possible; its key is never registered again", () =>
      withStores(backend, async (stores) => {
        await register(stores, 1);
        await revoke(stores, 1);
        assert.equal((await stores.users.find("user 1"))?.leafIndex, 0);
        await stores.sessions.create(sessionOf(1, key(30), NO_DEVICE), NOW);
        assert.notEqual(await stores.sessions.find(key(30), NOW), undefined);
        assert.equal(await register(stores, 2, { identityKey: key(1) }), false);
        assert.equal((await stores.kt.leaves(0, 10)).length, 2);
      }));
  });
}

function survives(backend: Backend): void {
  if (!backend.persistent) return;
  test("leaves, bindings and revocations are there when the stores are opened again", async () => {
    const place = backend.place();
    try {
      const before = await place.open();
      for (const number of [1, 2]) await register(before, number);
      await revoke(before, 1);
      await before.close();
      const after = await place.open();
      assert.deepEqual(await after.kt.leaves(0, 10), [leaf(1), leaf(2), leaf(101)]);
      assert.equal((await after.kt.findRevocation(key(1)))?.leafIndex, 2);
      assert.equal((await after.users.find("user 2"))?.leafIndex, 1);
      assert.equal(await register(after, 3), true);
      assert.deepEqual(await after.kt.leaves(3, 10), [leaf(3)]);
      await after.close();
    } finally {
      place.remove();
    }
  });
}

function register(
  stores: Stores,
  number: number,
  parts: { username?: string; identityKey?: Uint8Array } = {},
): Promise<boolean> {
  const user = { username: `user ${number}`, record: bytes(192, number), identityKey: key(number) };
  return stores.users.register({ ...user, ...parts }, leaf(number), NOW);
}

function revoke(
  stores: Stores,
  number: number,
  parts: { reason?: string; leafHash?: Uint8Array } = {},
  now = NOW,
) {
  const revocation = {
    identityKey: key(number),
    reason: "compromised",
    leafHash: leaf(100 + number),
    ...parts,
  };
  return stores.kt.revoke(revocation, now);
}

function sessionOf(number: number, tokenHash: Uint8Array, deviceId: Uint8Array) {
  return { tokenHash, identityKey: key(number), deviceId, expiresAt: LATER };
}

/** equip gives a key two sessions, a queued package and a hybrid key. */
async function equip({ sessions, keyPackages, hybridKeys }: Stores, number: number): Promise<void> {
  await sessions.create(sessionOf(number, key(10 * number), NO_DEVICE), NOW);
  await sessions.create(sessionOf(number, key(10 * number + 5), device(number)), NOW);
  const entry = {
    identityKey: key(number),
    package: bytes(300, number),
    fingerprint: key(number),
    expiresAt: LATER,
  };
  await keyPackages.upload(entry, 10, NOW);
  await hybridKeys.put(key(number), key(number), NOW);
}

/** equipment answers what is left of it. */
async function equipment({ sessions, keyPackages, hybridKeys }: Stores, number: number) {
  const [hybrid] = await hybridKeys.getMany([key(number)]);
  return [
    (await sessions.find(key(10 * number), NOW))?.tokenHash,
    (await sessions.find(key(10 * number + 5), NOW))?.tokenHash,
    await keyPackages.pop(key(number), NOW),
    hybrid,
  ];
}
