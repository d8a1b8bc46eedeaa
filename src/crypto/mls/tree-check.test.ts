// The check of a tree against a slow one, made of the library's parts after the words of RFC 9420: both have
// the same verdict on trees of every shape, honest or changed in one place.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { GroupContext, LeafNode, Node, RatchetTree } from "ts-mls";
import { verifyLeafNodeSignature, verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js";
import { calculateParentHash, verifyParentHashes } from "ts-mls/parentHash.js";
import type { ParentNode } from "ts-mls/parentNode.js";
import { removeLeaves } from "ts-mls/ratchetTree.js";
import { treeHash, treeHashRoot } from "ts-mls/treeHash.js";
import { directPath, leafWidth, toLeafIndex, toNodeIndex } from "ts-mls/treemath.js";
import { equal } from "./bytes.ts";
import { demand } from "./errors.ts";
import { digest } from "./hashing.ts";
import { parentHashesHold } from "./parent-hash.ts";
import { randomSuite } from "./suite.ts";
import { hex } from "./test-group.ts";
import { CONTEXT, grow, parentHashesValid, put, type Step, sign, steps } from "./test-tree.ts";
import { checkNodes, checkTree, leafAt, leaves } from "./tree.ts";
import { treeHashes } from "./tree-hash.ts";

const suite = await randomSuite();

/** What one change may need: which node, which other node or leaf, and whether a leaf is signed again. */
const mutation = fc.record({
  at: fc.nat(),
  other: fc.nat(),
  kind: fc.nat(),
  signs: fc.boolean(),
  isHashed: fc.boolean(),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never;

/** checkSlowly is checkTree with the parent hashes of `parentHashesValid` and the library's tree hashes. */
async function checkSlowly(tree: RatchetTree, context: GroupContext): Promise<void> {
  checkNodes(tree);
  for (const { leafIndex, leaf } of leaves(tree)) {
    const valid =
      leaf.leafNodeSource === "key_package"
        ? await verifyLeafNodeSignatureKeyPackage(leaf, suite.signature)
        : await verifyLeafNodeSignature(leaf, context.groupId, leafIndex, suite.signature);
    demand(valid, "signature", `of leaf ${leafIndex} is wrong`);
  }
  demand(await parentHashesValid(tree, suite.hash), "signature", "a parent hash is wrong");
  const hash = await treeHashRoot(tree, suite.hash);
  demand(equal(hash, context.treeHash), "signature", "the tree hash is wrong");
}

/** unmergedHold is the rule of RFC 9420 section 12.4.3.1 word by word. */
function unmergedHold(tree: RatchetTree): boolean {
  const lists = tree.map((node) => (node?.nodeType === "parent" ? node.parent.unmergedLeaves : []));
  return lists.every((list, index) =>
    list.every((leafIndex, position) => {
      const path: number[] = directPath(toNodeIndex(2 * leafIndex), leafWidth(tree.length));
      const between = path.slice(0, Math.max(0, path.indexOf(index)));
      return (
        list.slice(0, position).every((before) => before < leafIndex) &&
        leafAt(tree, leafIndex) !== undefined &&
        path.includes(index) &&
        between.every((node) => tree[node] === undefined || lists[node]?.includes(leafIndex))
      );
    }),
  );
}

async function verdictOf(check: () => void | Promise<void>): Promise<string> {
  try {
    await check();
    return "believed";
  } catch (error) {
    return String(error);
  }
}

/** bothVerdicts checks that the two agree, about a tree and about its parent hashes alone. */
async function bothVerdicts(tree: RatchetTree, treeHash: Uint8Array): Promise<string> {
  const context: GroupContext = { ...CONTEXT, extensions: [], treeHash };
  const verdict = await verdictOf(() => checkTree(tree, context, suite));
  assert.equal(verdict, await verdictOf(() => checkSlowly(tree, context)));
  const ofNodes = await verdictOf(() => checkNodes(tree));
  if (/unmerged/.test(ofNodes)) assert.equal(unmergedHold(tree), false);
  if (ofNodes === "believed") {
    assert.equal(unmergedHold(tree), true);
    const hashes = treeHashes(tree, digest);
    const ours = parentHashesHold(tree, hashes, digest);
    assert.equal(ours, await parentHashesValid(tree, suite.hash));
    assert.equal(hex(hashes.root()), hex(await treeHashRoot(tree, suite.hash)));
  }
  return verdict;
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(1);
  return bytes.map((byte, index) => (index === at % bytes.length ? byte ^ 1 : byte));
}

/** changed is the tree with one thing changed in one of its nodes. */
async function changed(tree: RatchetTree, mutation: Mutation): Promise<RatchetTree> {
  const filled = [...tree.keys()].filter((index) => tree[index] !== undefined);
  const index = filled[mutation.at % filled.length] ?? 0;
  const node = tree[index];
  assert.ok(node);
  const named = await calculateParentHash(tree, toNodeIndex(index), suite.hash);
  if (node.nodeType === "parent") {
    const parents = changesOfParent(tree, node.parent, named[0], mutation);
    return put(tree, index, parents[mutation.kind % parents.length]);
  }
  const changes = changesOfLeaf(tree, node.leaf, named[0], mutation);
  const chosen = changes[mutation.kind % changes.length];
  if (chosen?.nodeType !== "leaf" || !mutation.signs) return put(tree, index, chosen);
  return put(tree, index, { nodeType: "leaf", leaf: await sign(chosen.leaf, index / 2, suite) });
}

function changesOfParent(
  tree: RatchetTree,
  parent: ParentNode,
  named: Uint8Array,
  { other }: Mutation,
): (Node | undefined)[] {
  const { hpkePublicKey, parentHash, unmergedLeaves } = parent;
  const anyLeaf = other % ((tree.length + 1) / 2);
  const lists = [
    [],
    unmergedLeaves.filter((_, position) => position !== other % unmergedLeaves.length),
    [...unmergedLeaves, anyLeaf],
    [...new Set([...unmergedLeaves, anyLeaf])].toSorted((a, b) => a - b),
  ];
  const parents: ParentNode[] = [
    { ...parent, hpkePublicKey: flip(hpkePublicKey, other) },
    { ...parent, parentHash: flip(parentHash, other) },
    { ...parent, parentHash: new Uint8Array() },
    { ...parent, parentHash: named },
    ...lists.map((list) => ({ ...parent, unmergedLeaves: list })),
  ];
  const nodes = parents.map((one): Node => ({ nodeType: "parent", parent: one }));
  return [...nodes, undefined, tree[other % tree.length]];
}

function changesOfLeaf(
  tree: RatchetTree,
  leaf: LeafNode,
  named: Uint8Array,
  { other }: Mutation,
): (Node | undefined)[] {
  const { hpkePublicKey, signaturePublicKey, signature, capabilities, ...rest } = leaf;
  const { credential, extensions } = rest;
  const data = {
    hpkePublicKey,
    signaturePublicKey,
    credential,
    capabilities,
    extensions,
    signature,
  };
  const committed = (parentHash: Uint8Array): LeafNode => ({
    ...data,
    leafNodeSource: "commit",
    parentHash,
  });
  const { parentHash = new Uint8Array() } = leaf.leafNodeSource === "commit" ? leaf : {};
  const changes: LeafNode[] = [
    { ...leaf, hpkePublicKey: flip(hpkePublicKey, other) },
    { ...leaf, signature: flip(signature, other) },
    { ...leaf, signaturePublicKey: flip(signaturePublicKey, other) },
    { ...leaf, capabilities: { ...capabilities, ciphersuites: [] } },
    { ...leaf, extensions: [{ extensionType: 0xf123, extensionData: new Uint8Array() }] },
    { ...data, leafNodeSource: "update" },
    committed(flip(parentHash, other)),
    committed(named),
    committed(named),
  ];
  const nodes = changes.map((one): Node => ({ nodeType: "leaf", leaf: one }));
  return [...nodes, undefined, tree[other % tree.length]];
}

test("honest trees are believed, and every tree hash is the library's", async () => {
  const property = fc.asyncProperty(steps, async (taken) => {
    const tree = await grow(taken, suite);
    const hashes = treeHashes(tree, digest);
    for (const [index, node] of tree.entries()) {
      const at = toNodeIndex(index);
      assert.equal(hex(hashes.of(at)), hex(await treeHash(tree, at, suite.hash)));
      if (node?.nodeType !== "parent") continue;
      const { unmergedLeaves } = node.parent;
      const before = await treeHash(
        removeLeaves(tree, unmergedLeaves.map(toLeafIndex)),
        at,
        suite.hash,
      );
      assert.equal(hex(hashes.without(at, unmergedLeaves)), hex(before));
    }
    assert.equal(await bothVerdicts(tree, hashes.root()), "believed");
    assert.equal(await verifyParentHashes(tree, suite.hash), true);
  });
  await fc.assert(property, { numRuns: 25 });
});

test("the verdict on trees with one change is that of the words of RFC 9420", async () => {
  const mutations = fc.array(mutation, { minLength: 10, maxLength: 10 });
  const property = fc.asyncProperty(steps, mutations, async (taken, changes) => {
    const honest = await grow(taken, suite);
    const before = await treeHashRoot(honest, suite.hash);
    for (const change of changes) {
      const tree = await changed(honest, change);
      // A change of the kind of a node has no hash; there the one from before does as well.
      const isTree = (await verdictOf(() => checkNodes(tree))) === "believed";
      const after = isTree && change.isHashed ? await treeHashRoot(tree, suite.hash) : before;
      await bothVerdicts(tree, after);
    }
  });
  await fc.assert(property, { numRuns: 30 });
});

test("the work grows with the tree: each tree hash once, and two parent hashes for a node", async () => {
  const add: Step = { kind: "add", member: 0 };
  const commit: Step = { kind: "commit", member: 0 };
  const tree = await grow([...Array.from({ length: 99 }, () => add), commit], suite);
  let count = 0;
  const counting = (bytes: Uint8Array) => {
    count += 1;
    return digest(bytes);
  };
  const hashes = treeHashes(tree, counting);
  assert.equal(parentHashesHold(tree, hashes, counting), true);
  assert.equal(hex(hashes.root()), hex(await treeHashRoot(tree, suite.hash)));
  const parents = tree.filter((node) => node?.nodeType === "parent").length;
  assert.ok(count <= tree.length + 2 * parents, `${count} hashes`);
});
