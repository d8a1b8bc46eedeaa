// Paths that leave somebody out: the committer signs for a tree without a member, who is in the tree after.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RatchetTree } from "ts-mls";
import { verifyParentHashes } from "ts-mls/parentHash.js";
import { resolution } from "ts-mls/ratchetTree.js";
import {
  directPath,
  isAncestor,
  leafToNodeIndex,
  leafWidth,
  left,
  right,
  toLeafIndex,
  toNodeIndex,
} from "ts-mls/treemath.js";
import { digest } from "./hashing.ts";
import { parentHashesHold } from "./parent-hash.ts";
import { randomSuite } from "./suite.ts";
import { grow, parentHashesValid, put, type Step, steps, withPath } from "./test-tree.ts";
import { checkNodes, leaves } from "./tree.ts";
import { treeHashes } from "./tree-hash.ts";

const suite = await randomSuite();

/** hold is the verdict on the parent hashes of a tree that has nothing else wrong; the slow one agrees. */
async function hold(tree: RatchetTree): Promise<boolean> {
  checkNodes(tree);
  const verdict = parentHashesHold(tree, treeHashes(tree, digest), digest);
  assert.equal(verdict, await parentHashesValid(tree, suite.hash));
  return verdict;
}

/** skipping is the tree after a commit whose path lacks a node, as if nobody were below its other child. */
async function skipping(tree: RatchetTree, leafIndex: number, other: number): Promise<RatchetTree> {
  const at = toNodeIndex(other);
  const isSkipped = (index: number) =>
    index === other || isAncestor(toNodeIndex(index), at, tree.length);
  const without = tree.map((node, index) => (isSkipped(index) ? undefined : node));
  const committed = await withPath(without, leafIndex, suite);
  return committed.map((node, index) => (isSkipped(index) ? tree[index] : node));
}

test("a path that skips the committer's neighbour is refused, unless the node above lists it", async () => {
  const add: Step = { kind: "add", member: 0 };
  const four = await grow([add, add, add], suite);
  const skipped = await skipping(four, 0, 2);
  const root = skipped[3];
  assert.ok(root?.nodeType === "parent" && skipped[1] === undefined && skipped[2] !== undefined);
  // The library does not look at it.
  assert.equal(await verifyParentHashes(skipped, suite.hash), true);
  assert.equal(await hold(skipped), false);

  const parent = { ...root.parent, unmergedLeaves: [1] };
  assert.equal(await hold(put(skipped, 3, { nodeType: "parent", parent })), true);
});

test("a path that skips anybody is refused, if it has a node above", async () => {
  const property = fc.asyncProperty(steps, fc.nat(), fc.nat(), async (taken, who, height) => {
    const tree = await grow(taken, suite);
    const present = leaves(tree);
    const { leafIndex = 0 } = present[who % present.length] ?? {};
    const path = directPath(leafToNodeIndex(toLeafIndex(leafIndex)), leafWidth(tree.length));
    const at = path[height % path.length];
    if (at === undefined) return;
    const other = 2 * leafIndex < at ? right(at) : left(at);
    if (resolution(tree, other).length === 0) return;
    const skipped = await skipping(tree, leafIndex, other);
    const above = path.slice(path.indexOf(at) + 1);
    const hasNodeAbove = above.some((node) => skipped[node] !== undefined);
    assert.equal(await hold(skipped), !hasNodeAbove);
  });
  await fc.assert(property, { numRuns: 40 });
});
