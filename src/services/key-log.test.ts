// The log in memory follows the store. Spec: services/kt.md; C-52, I-20.

import assert from "node:assert/strict";
import { test } from "node:test";
import { leafHash } from "../crypto/kt/hash.ts";
import { MerkleTree } from "../crypto/kt/tree.ts";
import { createKeyLog } from "./key-log.ts";

test("it has every leaf that was stored before it is asked", async () => {
  const { leaves, store } = growing(3);
  const keyLog = createKeyLog(store);
  for (const size of [3, 4, 9]) {
    while (leaves.length < size) leaves.push(leafOf(leaves.length));
    const log = await keyLog.current();
    assert.equal(log.size, size);
    assert.deepEqual(log.root(), rootOf(size));
  }
});

test("many who ask at once get the same log, and each leaf once", async () => {
  const { leaves, store } = growing(20);
  const keyLog = createKeyLog(store);
  const asking = Array.from({ length: 20 }, async () => {
    const log = await keyLog.current();
    assert.deepEqual(log.root(), rootOf(log.size));
    return log.size;
  });
  leaves.push(leafOf(20));
  assert.equal(Math.max(...(await Promise.all(asking))), 21);
  assert.equal((await keyLog.current()).size, 21);
});

test("a long log is read in pages, each leaf once", async () => {
  const { store, asked } = growing(25_000);
  const log = await createKeyLog(store).current();
  assert.equal(log.size, 25_000);
  assert.deepEqual(asked, [0, 10_000, 20_000]);
  assert.deepEqual(log.root(), rootOf(25_000));
});

test("a store that fails is asked again by the next call, from where it stopped", async () => {
  const { store, asked } = growing(15_000);
  const keyLog = createKeyLog({
    leaves(from, limit) {
      if (from > 0 && asked.length === 1) {
        asked.push(-1);
        return Promise.reject(new Error("no database"));
      }
      return store.leaves(from, limit);
    },
  });
  await assert.rejects(keyLog.current(), /no database/);
  assert.deepEqual((await keyLog.current()).root(), rootOf(15_000));
  assert.deepEqual(asked, [0, -1, 10_000]);
});

function growing(size: number) {
  const leaves = Array.from({ length: size }, (_, i) => leafOf(i));
  const asked: number[] = [];
  const store = {
    async leaves(from: number, limit: number) {
      asked.push(from);
      return leaves.slice(from, from + limit);
    },
  };
  return { leaves, store, asked };
}

function leafOf(index: number): Uint8Array {
  return leafHash(Buffer.from(`${index}`));
}

function rootOf(size: number): Uint8Array {
  const tree = new MerkleTree();
  for (let index = 0; index < size; index += 1) tree.append(leafOf(index));
  return tree.root();
}
