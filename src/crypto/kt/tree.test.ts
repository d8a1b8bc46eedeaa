// The incremental tree and the verifiers against the recursive definitions of RFC 9162 section 2.1.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { leafHash, nodeHash } from "./hash.ts";
import { MerkleTree } from "./tree.ts";
import { verifyConsistency, verifyInclusion } from "./verify.ts";

const MOST = 200;
const entries = Array.from({ length: MOST }, (_, i) => new TextEncoder().encode(`entry ${i}`));

function treeOf(size: number): MerkleTree {
  const tree = new MerkleTree();
  for (const entry of entries.slice(0, size)) tree.append(leafHash(entry));
  return tree;
}

const full = treeOf(MOST);

/** MTH of section 2.1.1, as it is written there. */
function naiveRoot(data: readonly Uint8Array[]): Uint8Array {
  const [first] = data;
  if (first === undefined) return sha256();
  if (data.length === 1) return sha256(Uint8Array.of(0), first);
  const k = splitPoint(data.length);
  return sha256(Uint8Array.of(1), naiveRoot(data.slice(0, k)), naiveRoot(data.slice(k)));
}

/** PATH of section 2.1.3.1. */
function naivePath(m: number, data: readonly Uint8Array[]): Uint8Array[] {
  if (data.length === 1) return [];
  const k = splitPoint(data.length);
  const [left, right] = [data.slice(0, k), data.slice(k)];
  return m < k
    ? [...naivePath(m, left), naiveRoot(right)]
    : [...naivePath(m - k, right), naiveRoot(left)];
}

/** SUBPROOF of section 2.1.4.1. */
function naiveSubproof(m: number, data: readonly Uint8Array[], whole: boolean): Uint8Array[] {
  if (m === data.length) return whole ? [] : [naiveRoot(data)];
  const k = splitPoint(data.length);
  const [left, right] = [data.slice(0, k), data.slice(k)];
  return m <= k
    ? [...naiveSubproof(m, left, whole), naiveRoot(right)]
    : [...naiveSubproof(m - k, right, false), naiveRoot(left)];
}

function splitPoint(n: number): number {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(createHash("sha256").update(Buffer.concat(parts)).digest());
}

describe("roots", () => {
  test("every root of 0 to 64 leaves is the one of the definition", () => {
    for (let size = 0; size <= 64; size += 1) {
      const expected = naiveRoot(entries.slice(0, size));
      assert.deepEqual(treeOf(size).root(), expected, `${size} leaves`);
      assert.deepEqual(full.root(size), expected, `the first ${size} of ${MOST}`);
    }
  });

  test("the empty log has the hash of nothing", () => {
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert.equal(Buffer.from(new MerkleTree().root()).toString("hex"), empty);
  });

  test("the eight leaves that every implementation tests with", () => {
    const tree = new MerkleTree();
    const leaves = " 00 10 2021 3031 40414243 5051525354555657 606162636465666768696a6b6c6d6e6f";
    for (const hex of leaves.split(" ")) tree.append(leafHash(Buffer.from(hex, "hex")));
    const root = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";
    assert.equal(Buffer.from(tree.root()).toString("hex"), root);
  });
});

describe("inclusion", () => {
  test("every path in every log of 1 to 64 leaves is the one of the definition, and verifies", () => {
    for (let size = 1; size <= 64; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const path = full.inclusionProof(index, size);
        assert.deepEqual(path, naivePath(index, entries.slice(0, size)), `${index} of ${size}`);
        assert.equal(verifyInclusion(inclusion(index, size)), true, `${index} of ${size}`);
      }
    }
  });

  test("a proof is good for its leaf, index, size and root alone", () => {
    fc.assert(
      fc.property(placeInLog, fc.nat(), fc.nat(), (place, which, bit) => {
        const proof = inclusion(place.index, place.size);
        assert.equal(verifyInclusion(proof), true);
        const hashes = [proof.leafHash, proof.root, ...proof.auditPath];
        const bad = flipped(hashes, which, bit);
        const [leaf, root, ...auditPath] = bad as [Uint8Array, Uint8Array];
        assert.equal(verifyInclusion({ ...proof, leafHash: leaf, root, auditPath }), false);
      }),
    );
  });

  test("another index or size does not verify", () => {
    for (const size of [1, 2, 3, 7, 8, 9, 33]) {
      for (let index = 0; index < size; index += 1) {
        const proof = inclusion(index, size);
        for (let other = 0; other < size; other += 1) {
          const claim = { ...proof, leafIndex: BigInt(other) };
          assert.equal(verifyInclusion(claim), other === index, `${other} for ${index} of ${size}`);
        }
        const [larger, none] = [
          { ...proof, treeSize: 2n ** 63n },
          { ...proof, treeSize: 0n },
        ];
        assert.equal(verifyInclusion(larger), false);
        assert.equal(verifyInclusion(none), false);
        assert.equal(verifyInclusion({ ...proof, leafIndex: proof.treeSize }), false);
        assert.equal(verifyInclusion({ ...proof, leafIndex: -1n }), false);
      }
    }
  });

  test("a path that is too short, too long or of odd hashes does not verify", () => {
    const proof = inclusion(5, 13);
    const [first = new Uint8Array(), ...rest] = proof.auditPath;
    const paths = [rest, [...proof.auditPath, first], [first.subarray(1), ...rest], []];
    for (const auditPath of paths) assert.equal(verifyInclusion({ ...proof, auditPath }), false);
    assert.equal(verifyInclusion({ ...proof, root: proof.root.subarray(1) }), false);
  });

  test("hashes whose borders moved do not verify, although their bytes are the same", () => {
    const proof = inclusion(0, 2);
    const [sibling = new Uint8Array()] = proof.auditPath;
    const both = Buffer.concat([proof.leafHash, sibling]);
    const [leaf, rest] = [both.subarray(0, 31), both.subarray(31)];
    assert.equal(verifyInclusion({ ...proof, leafHash: leaf, auditPath: [rest] }), false);
    const step = { oldSize: 1n, newSize: 2n, newRoot: proof.root };
    assert.equal(verifyConsistency({ ...step, oldRoot: leaf, path: [rest] }), false);
    const unmoved = { ...step, oldRoot: proof.leafHash, path: [sibling] };
    assert.equal(verifyConsistency(unmoved), true);
  });
});

describe("consistency", () => {
  test("every pair of sizes of 1 to 64 has the path of the definition, and verifies", () => {
    for (let newSize = 1; newSize <= 64; newSize += 1) {
      for (let oldSize = 1; oldSize <= newSize; oldSize += 1) {
        const name = `${oldSize} to ${newSize}`;
        const path = full.consistencyProof(oldSize, newSize);
        assert.deepEqual(path, naiveSubproof(oldSize, entries.slice(0, newSize), true), name);
        assert.equal(verifyConsistency(consistency(oldSize, newSize)), true, name);
      }
    }
  });

  test("a proof is good for its two sizes and roots alone", () => {
    fc.assert(
      fc.property(placeInLog, fc.nat(), fc.nat(), ({ index, size }, which, bit) => {
        const proof = consistency(index + 1, size);
        assert.equal(verifyConsistency(proof), true);
        const bad = flipped([proof.oldRoot, proof.newRoot, ...proof.path], which, bit);
        const [oldRoot, newRoot, ...path] = bad as [Uint8Array, Uint8Array];
        assert.equal(verifyConsistency({ ...proof, oldRoot, newRoot, path }), false);
      }),
    );
  });

  test("from the empty log nothing is proved", () => {
    const proof = consistency(3, 7);
    const fromEmpty = { ...proof, oldSize: 0n, oldRoot: full.root(0), path: [] };
    assert.equal(verifyConsistency(fromEmpty), false);
    assert.equal(verifyConsistency({ ...fromEmpty, path: proof.path }), false);
    assert.throws(() => full.consistencyProof(0, 7), RangeError);
  });

  test("a log that shrank or has another root at the same size does not verify", () => {
    const proof = consistency(3, 7);
    const { oldSize, newSize, oldRoot, newRoot } = proof;
    const shrunk = { ...proof, oldSize: newSize, newSize: oldSize };
    assert.equal(verifyConsistency(shrunk), false);
    const [left = oldRoot, right = oldRoot] = proof.path;
    const root = nodeHash(left, right);
    const backwards = {
      oldSize: 3n,
      newSize: 2n,
      oldRoot: left,
      newRoot: root,
      path: [left, right],
    };
    assert.equal(verifyConsistency(backwards), false);
    const forked = { ...proof, newSize: oldSize, path: [] };
    assert.equal(verifyConsistency(forked), false);
    const same = { ...forked, newRoot: oldRoot };
    assert.equal(verifyConsistency(same), true);
    assert.equal(verifyConsistency({ ...same, path: [newRoot] }), false);
  });
});

describe("the tree", () => {
  test("an append answers its index, and leaves are those that were appended", () => {
    const tree = new MerkleTree();
    for (let i = 0; i < 70; i += 1) assert.equal(tree.append(leafHash(entryOf(i))), i);
    assert.equal(tree.size, 70);
    assert.deepEqual(tree.leaf(69), leafHash(entryOf(69)));
  });

  test("what comes out is a copy", () => {
    const tree = treeOf(5);
    const before = tree.root();
    for (const hash of [tree.leaf(0), tree.root(1), ...tree.inclusionProof(4)]) hash.fill(0);
    assert.deepEqual(tree.root(), before);
    assert.deepEqual(tree.leaf(0), leafHash(entryOf(0)));
  });

  test("what it does not hold is refused", () => {
    const tree = treeOf(5);
    assert.throws(() => tree.leaf(5), RangeError);
    assert.throws(() => tree.leaf(-1), RangeError);
    assert.throws(() => tree.root(6), RangeError);
    assert.throws(() => tree.root(1.5), RangeError);
    assert.throws(() => tree.inclusionProof(3, 3), RangeError);
    assert.throws(() => tree.inclusionProof(0, 6), RangeError);
    assert.throws(() => tree.consistencyProof(4, 3), RangeError);
    assert.throws(() => tree.consistencyProof(5, 6), RangeError);
    assert.throws(() => tree.append(new Uint8Array(31)), RangeError);
    assert.equal(tree.size, 5);
  });
});

const placeInLog = fc
  .integer({ min: 1, max: MOST })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat({ max: size - 1 }) }));

function entryOf(index: number): Uint8Array {
  return entries[index] ?? assert.fail(`no entry ${index}`);
}

function inclusion(index: number, size: number) {
  return {
    leafIndex: BigInt(index),
    treeSize: BigInt(size),
    leafHash: leafHash(entryOf(index)),
    auditPath: full.inclusionProof(index, size),
    root: naiveRoot(entries.slice(0, size)),
  };
}

function consistency(oldSize: number, newSize: number) {
  return {
    oldSize: BigInt(oldSize),
    newSize: BigInt(newSize),
    oldRoot: naiveRoot(entries.slice(0, oldSize)),
    newRoot: naiveRoot(entries.slice(0, newSize)),
    path: full.consistencyProof(oldSize, newSize),
  };
}

/** flipped inverts one bit of one of the hashes. */
function flipped(hashes: readonly Uint8Array[], which: number, bit: number): Uint8Array[] {
  return hashes.map((hash, i) => {
    if (i !== which % hashes.length) return hash;
    const copy = Uint8Array.from(hash);
    const at = bit % 256;
    copy[at >> 3] = (copy[at >> 3] ?? 0) ^ (1 << (at & 7));
    return copy;
  });
}
