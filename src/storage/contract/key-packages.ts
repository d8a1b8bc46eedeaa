// Contract of KeyPackages: first in, first out, each once. Spec: services/keys.md; C-101, C-107, I-16.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Stores } from "../stores.ts";
import { type Backend, bytes, key, NOW, withStores } from "./harness.ts";

const LIFE = 1_000;
const CAP = 3;

/** upload queues package number `n` of an identity; its bytes and fingerprint follow from the number. */
function upload(stores: Stores, n: number, now = NOW, identity = 1, life = LIFE): Promise<void> {
  const entry = { package: bytes(300, n), fingerprint: key(n), expiresAt: now + life };
  return stores.keyPackages.upload({ identityKey: key(identity), ...entry }, CAP, now);
}

/** drain pops until nothing comes, and answers the numbers of the packages. */
async function drain(stores: Stores, now = NOW, identity = 1): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (;;) {
    const popped = await stores.keyPackages.pop(key(identity), now);
    if (popped === undefined) return numbers;
    assert.equal(popped.length, 300);
    numbers.push(popped[0] ?? -1);
  }
}

export function keyPackagesContract(backend: Backend): void {
  describe("key packages", () => {
    test("come out in the order they went in, per identity", () =>
      withStores(backend, async (stores) => {
        for (const n of [3, 1, 2]) await upload(stores, n);
        await upload(stores, 9, NOW, 2);
        assert.deepEqual(await drain(stores), [3, 1, 2]);
        assert.deepEqual(await drain(stores), []);
        assert.deepEqual(await drain(stores, NOW, 2), [9]);
      }));

    test("beyond the cap the oldest goes, and may be uploaded again", () =>
      withStores(backend, async (stores) => {
        for (const n of [1, 2, 3, 4]) await upload(stores, n);
        await upload(stores, 1);
        assert.deepEqual(await drain(stores), [3, 4, 1]);
      }));

    test("expired ones are skipped and do not count against the cap", () =>
      withStores(backend, async (stores) => {
        for (const n of [1, 2, 3]) await upload(stores, n);
        for (const n of [4, 5, 6]) await upload(stores, n, NOW + LIFE);
        assert.deepEqual(await drain(stores, NOW + LIFE), [4, 5, 6]);
        await upload(stores, 7, NOW);
        assert.equal(await stores.keyPackages.pop(key(1), NOW + LIFE), undefined);
        assert.deepEqual(await drain(stores, NOW + LIFE - 1), [7]);
      }));

    test("an expired one goes before an older one that lives", () =>
      withStores(backend, async (stores) => {
        await upload(stores, 1, NOW, 1, 2 * LIFE);
        for (const n of [2, 3]) await upload(stores, n);
        for (const n of [4, 5]) await upload(stores, n, NOW + LIFE);
        assert.deepEqual(await drain(stores, NOW + LIFE), [1, 4, 5]);
      }));

    test("the same package is queued once, and never again while it lives", () =>
      withStores(backend, async (stores) => {
        await upload(stores, 1);
        await upload(stores, 1, NOW + 1);
        assert.deepEqual(await drain(stores), [1]);
        await upload(stores, 1, NOW + 2);
        await stores.sweep(NOW + LIFE - 1, 100);
        await upload(stores, 1, NOW + LIFE - 1);
        assert.deepEqual(await drain(stores), []);
      }));

    test("an expired package is a new one when it comes again", () =>
      withStores(backend, async (stores) => {
        for (const n of [1, 2]) await upload(stores, n);
        await stores.keyPackages.pop(key(1), NOW);
        for (const n of [1, 2]) await upload(stores, n, NOW + LIFE);
        assert.deepEqual(await drain(stores, NOW + LIFE), [1, 2]);
      }));

    test("another identity may upload the same bytes", () =>
      withStores(backend, async (stores) => {
        await upload(stores, 1);
        await upload(stores, 1, NOW, 2);
        assert.deepEqual(await drain(stores), [1]);
        assert.deepEqual(await drain(stores, NOW, 2), [1]);
      }));

    test("500 pops at once get 500 packages", () =>
      withStores(backend, async ({ keyPackages }) => {
        const numbers = Array.from({ length: 500 }, (_, n) => n);
        const entries = numbers.map((n) => ({
          identityKey: key(1),
          package: bytes(4, n),
          fingerprint: key(n),
          expiresAt: NOW + LIFE,
        }));
        await Promise.all(entries.map((entry) => keyPackages.upload(entry, 500, NOW)));
        const popped = await Promise.all(numbers.map(() => keyPackages.pop(key(1), NOW)));
        assert.deepEqual(
          popped,
          entries.map((entry) => entry.package),
        );
        assert.equal(await keyPackages.pop(key(1), NOW), undefined);
      }));
  });
}
