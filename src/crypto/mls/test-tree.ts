// Ratchet trees for tests: grown by adds, removes, updates and commits in any order, without the messages.
// Adds leave leaves unmerged here, which a group of ours has seldom: its commits always have a path.

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import type { LeafNode, Node, RatchetTree } from "ts-mls";
import { signWithLabel } from "ts-mls/crypto/signature.js";
import { encodeLeafNodeTBS, type LeafNodeTBS } from "ts-mls/leafNode.js";
import { encodeParentHashInput } from "ts-mls/parentHash.js";
import {
  addLeafNode,
  removeLeafNode,
  removeLeaves,
  resolution,
  updateLeafNode,
} from "ts-mls/ratchetTree.js";
import { treeHash } from "ts-mls/treeHash.js";
import {
  isAncestor,
  leafToNodeIndex,
  left,
  right,
  toLeafIndex,
  toNodeIndex,
} from "ts-mls/treemath.js";
import { equal } from "./bytes.ts";
import { newKeyPackage } from "./key-package.ts";
import { newPath, type PathInput } from "./path.ts";
import { SUITE_NAME, type Suite } from "./suite.ts";
import { hex, identityOf, NOW } from "./test-group.ts";
import { leafAt, leaves } from "./tree.ts";

export const CONTEXT = {
  version: "mls10",
  cipherSuite: SUITE_NAME,
  groupId: new TextEncoder().encode("a tree for tests"),
  epoch: 1n,
  treeHash: new Uint8Array(),
  confirmedTranscriptHash: new Uint8Array(),
  extensions: [],
} as const;

/** Step is one change; `member` counts the members that are there, round and round. */
export interface Step {
  readonly kind: "add" | "remove" | "update" | "commit";
  readonly member: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constant("add" as const) },
    { weight: 4, arbitrary: fc.constant("commit" as const) },
    { weight: 1, arbitrary: fc.constantFrom("remove" as const, "update" as const) },
  ),
  member: fc.nat(30),
});
/** steps are mostly adds and commits. */
export const steps = fc.array(step, { minLength: 1, maxLength: 30, size: "max" });

const seeds = new Map<string, Uint8Array>();

/** grow makes the tree that these steps lead to, from a first member. Nobody is ever added again. */
export async function grow(steps: readonly Step[], suite: Suite): Promise<RatchetTree> {
  let people = 0;
  const newcomer = async () => {
    const identity = identityOf(`person ${people++}`);
    seeds.set(hex(identity.publicKey), identity.privateKey);
    return (await newKeyPackage(identity, NOW, suite)).publicPackage.leafNode;
  };
  let tree: RatchetTree = [{ nodeType: "leaf", leaf: await newcomer() }];
  for (const { kind, member } of steps) {
    const present = leaves(tree);
    const chosen = present[member % present.length];
    assert.ok(chosen);
    const leafIndex = toLeafIndex(chosen.leafIndex);
    if (kind === "add") [tree] = addLeafNode(tree, await newcomer());
    else if (kind === "remove") tree = present.length > 1 ? removeLeafNode(tree, leafIndex) : tree;
    else if (kind === "update") {
      tree = updateLeafNode(tree, await updated(chosen.leaf, leafIndex, suite), leafIndex);
    } else tree = await withPath(tree, leafIndex, suite);
  }
  return tree;
}

/** withPath is the tree after an empty commit of a member. */
export async function withPath(
  tree: RatchetTree,
  leafIndex: number,
  suite: Suite,
): Promise<RatchetTree> {
  const leaf = leafAt(tree, leafIndex);
  assert.ok(leaf);
  const input: PathInput = {
    tree,
    leafIndex: toLeafIndex(leafIndex),
    context: { ...CONTEXT, extensions: [] },
    signaturePrivateKey: seedOf(leaf),
    added: [],
  };
  return (await newPath(input, suite)).tree;
}

async function updated(old: LeafNode, leafIndex: number, suite: Suite): Promise<LeafNode> {
  const keys = await suite.hpke.generateKeyPair();
  const hpkePublicKey = await suite.hpke.exportPublicKey(keys.publicKey);
  const { signaturePublicKey, credential, capabilities, extensions } = old;
  const data = { hpkePublicKey, signaturePublicKey, credential, capabilities, extensions };
  return sign({ ...data, leafNodeSource: "update", signature: new Uint8Array() }, leafIndex, suite);
}

/** sign signs a leaf as whoever has its signature key; a leaf of nobody here stays as it is. */
export async function sign(leaf: LeafNode, leafIndex: number, suite: Suite): Promise<LeafNode> {
  const seed = seeds.get(hex(leaf.signaturePublicKey));
  if (seed === undefined) return leaf;
  const place = { groupId: CONTEXT.groupId, leafIndex };
  const signed: LeafNodeTBS = leaf.leafNodeSource === "key_package" ? leaf : { ...leaf, ...place };
  const bytes = encodeLeafNodeTBS(signed);
  return { ...leaf, signature: await signWithLabel(seed, "LeafNodeTBS", bytes, suite.signature) };
}

function seedOf({ signaturePublicKey }: LeafNode): Uint8Array {
  const seed = seeds.get(hex(signaturePublicKey));
  assert.ok(seed);
  return seed;
}

/** put is the tree with another node at one place. */
export function put(tree: RatchetTree, index: number, node: Node | undefined): RatchetTree {
  const copy = tree.slice();
  copy[index] = node;
  return copy;
}

/**
 * parentHashesValid is RFC 9420 section 7.9.2 word by word, for every parent node P, its children C and S, and
 * every D in the resolution of C.
 */
export async function parentHashesValid(tree: RatchetTree, hash: Suite["hash"]): Promise<boolean> {
  for (const [index, node] of tree.entries()) {
    if (node?.nodeType !== "parent") continue;
    const p = toNodeIndex(index);
    const { hpkePublicKey, parentHash, unmergedLeaves } = node.parent;
    const original = removeLeaves(tree, unmergedLeaves.map(toLeafIndex));
    const listed = unmergedLeaves.map((leaf) => leafToNodeIndex(toLeafIndex(leaf)));
    let valid = 0;
    for (const [c, s] of [[left(p), right(p)] as const, [right(p), left(p)] as const]) {
      const originalSiblingTreeHash = await treeHash(original, s, hash);
      const input = { encryptionKey: hpkePublicKey, parentHash, originalSiblingTreeHash };
      const expected = await hash.digest(encodeParentHashInput(input));
      const unmerged = listed.filter((leaf) => leaf === c || isAncestor(leaf, c, tree.length));
      for (const d of resolution(tree, c)) {
        const others = resolution(tree, c).filter((other) => other !== d);
        const areListed = isDeepStrictEqual(new Set(others), new Set(unmerged));
        if (areListed && equal(parentHashOf(tree[d]), expected)) valid += 1;
      }
    }
    if (valid !== 1) return false;
  }
  return true;
}

/** parentHashOf is empty for a node that has none. */
function parentHashOf(node: Node | undefined): Uint8Array {
  if (node?.nodeType === "parent") return node.parent.parentHash;
  return node?.leaf.leafNodeSource === "commit" ? node.leaf.parentHash : new Uint8Array();
}
