// Contract of recovery bundles. Spec: services/recovery.md; C-66, C-67.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Stores } from "../stores.ts";
import { type Backend, bytes, key, NOW, withStores } from "./harness.ts";

const CAP = 3;

/** put stores bundle number `content` under hash number `hash`. */
function put({ recovery }: Stores, hash: number, content: number, account = 1) {
  const bundle = { tokenHash: key(hash), identityKey: key(account), bundle: bytes(9, content) };
  return recovery.store(bundle, CAP, NOW);
}

export function recoveryContract(backend: Backend): void {
  describe("recovery bundles", () => {
    test("are found by their hash, and replaced by the account that stored them", () =>
      withStores(backend, async (stores) => {
        assert.equal(await put(stores, 11, 1), "stored");
        assert.equal(await put(stores, 12, 2), "stored");
        assert.equal(await put(stores, 11, 3), "stored");
        assert.deepEqual(await stores.recovery.fetch(key(11)), bytes(9, 3));
        assert.deepEqual(await stores.recovery.fetch(key(12)), bytes(9, 2));
        assert.equal(await stores.recovery.fetch(key(13)), undefined);
      }));

    test("of another account are neither replaced nor removed", () =>
      withStores(backend, async (stores) => {
        await put(stores, 11, 1);
        assert.equal(await put(stores, 11, 2, 2), "foreign");
        assert.equal(await stores.recovery.remove(key(11), key(2)), "foreign");
        assert.deepEqual(await stores.recovery.fetch(key(11)), bytes(9, 1));
      }));

    test("are removed once, and their hash is free again", () =>
      withStores(backend, async (stores) => {
        await put(stores, 11, 1);
        assert.equal(await stores.recovery.remove(key(11), key(1)), "removed");
        assert.equal(await stores.recovery.remove(key(11), key(1)), "unknown");
        assert.equal(await stores.recovery.fetch(key(11)), undefined);
        assert.equal(await put(stores, 11, 2, 2), "stored");
      }));

    test("are bounded per account, replacements aside, also when all come at once", () =>
      withStores(backend, async (stores) => {
        const outcomes = await Promise.all(
          [11, 12, 13, 14, 15].map((hash) => put(stores, hash, 1)),
        );
        assert.equal(outcomes.filter((outcome) => outcome === "stored").length, CAP);
        assert.equal(outcomes.filter((outcome) => outcome === "full").length, 2);
        assert.equal(await put(stores, 11, 2), "stored");
        assert.equal(await put(stores, 16, 1, 2), "stored");
        await stores.recovery.remove(key(11), key(1));
        assert.equal(await put(stores, 17, 1), "stored");
      }));
  });
}
