// The ratchet tree of a group: who is in it, and whether it may be believed (RFC 9420 sections 7 and 12.4.3.1).
//
// The library has a check of a received tree, which we must not use: it demands that all nodes above an
// unmerged leaf list the same leaves, while RFC 9420 demands it of the nodes between the leaf and the one
// that lists it. From eight members on it refuses trees of honest groups.

import type { CiphersuiteImpl, ClientState, GroupContext, LeafNode, RatchetTree } from "ts-mls";
import { extensionsSupportedByCapabilities } from "ts-mls/extension.js";
import { verifyLeafNodeSignature, verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js";
import {
  directPath,
  leafToNodeIndex,
  leafWidth,
  toLeafIndex,
  toNodeIndex,
} from "ts-mls/treemath.js";
import { defaultBackend } from "../backend/default.ts";
import { equal } from "./bytes.ts";
import { checkLeaf } from "./credentials.ts";
import { demand } from "./errors.ts";
import { type Member, MlsError } from "./group-member.ts";
import { digest } from "./hashing.ts";
import { parentHashesHold } from "./parent-hash.ts";
import { treeHashes } from "./tree-hash.ts";

/** leafAt is the leaf at an index, undefined when it is blank or beyond the tree. */
export function leafAt(tree: RatchetTree, leafIndex: number): LeafNode | undefined {
  const node = tree[leafToNodeIndex(toLeafIndex(leafIndex))];
  return node?.nodeType === "leaf" ? node.leaf : undefined;
}

/** identityAt is the identity key of a leaf; it throws `invalid-commit` when the leaf is blank. */
export function identityAt(tree: RatchetTree, leafIndex: number): Uint8Array {
  const leaf = leafAt(tree, leafIndex);
  if (leaf === undefined) throw new MlsError("invalid-commit", `leaf ${leafIndex} is blank`);
  return Uint8Array.from(leaf.signaturePublicKey);
}

/** leaves lists the members' leaves with their indices, in ascending order. */
export function leaves(tree: RatchetTree): { leafIndex: number; leaf: LeafNode }[] {
  const found: { leafIndex: number; leaf: LeafNode }[] = [];
  for (let leafIndex = 0; leafIndex < leafWidth(tree.length); leafIndex++) {
    const leaf = leafAt(tree, leafIndex);
    if (leaf !== undefined) found.push({ leafIndex, leaf });
  }
  return found;
}

export function membersOf(tree: RatchetTree): Member[] {
  return leaves(tree).map(({ leafIndex, leaf }) => ({
    leafIndex,
    identityKey: Uint8Array.from(leaf.signaturePublicKey),
  }));
}

/** findMember is the leaf index of an identity, undefined when it is not in the group. */
export function findMember(tree: RatchetTree, identityKey: Uint8Array): number | undefined {
  const found = leaves(tree).find(({ leaf }) => equal(leaf.signaturePublicKey, identityKey));
  return found?.leafIndex;
}

/** checkTree throws for a tree that came with a Welcome or a GroupInfo and may not be believed. */
export async function checkTree(
  tree: RatchetTree,
  context: GroupContext,
  suite: CiphersuiteImpl,
): Promise<void> {
  checkNodes(tree);
  for (const { leafIndex, leaf } of leaves(tree)) {
    const valid =
      leaf.leafNodeSource === "key_package"
        ? await verifyLeafNodeSignatureKeyPackage(leaf, suite.signature)
        : await verifyLeafNodeSignature(leaf, context.groupId, leafIndex, suite.signature);
    demand(valid, "signature", `of leaf ${leafIndex} is wrong`);
  }
  const hashes = treeHashes(tree, digest);
  demand(parentHashesHold(tree, hashes, digest), "signature", "a parent hash is wrong");
  demand(equal(hashes.root(), context.treeHash), "signature", "the tree hash is wrong");
}

/** checkNodes throws for a tree that no sequence of commits leads to, whoever signed it. */
export function checkNodes(tree: RatchetTree): void {
  const identities = new Set<string>();
  const encryptionKeys = new Set<string>();
  const unmerged = tree.map(unmergedAt);
  for (const [index, node] of tree.entries()) {
    if (node === undefined) continue;
    const isLeaf = index % 2 === 0;
    demand(isLeaf === (node.nodeType === "leaf"), "malformed", `node ${index} of the wrong kind`);
    if (node.nodeType === "leaf") {
      checkLeaf(node.leaf);
      const { extensions, capabilities } = node.leaf;
      const supported = extensionsSupportedByCapabilities(extensions, capabilities);
      demand(supported, "malformed", "a leaf has an extension that it does not support");
      addOnce(identities, node.leaf.signaturePublicKey, "two leaves of one identity");
      addOnce(encryptionKeys, node.leaf.hpkePublicKey, "two nodes with one key");
    } else {
      checkUnmerged(tree, index, node.parent.unmergedLeaves, unmerged);
      addOnce(encryptionKeys, node.parent.hpkePublicKey, "two nodes with one key");
    }
  }
}

/** RFC 9420 section 12.4.3.1: unmerged leaves are below the node, and known to all nodes in between. */
function checkUnmerged(
  tree: RatchetTree,
  index: number,
  listed: readonly number[],
  unmerged: readonly Unmerged[],
): void {
  for (const [position, leafIndex] of listed.entries()) {
    const before = listed[position - 1] ?? -1;
    demand(leafIndex > before, "malformed", "unmerged leaves out of order");
    demand(leafAt(tree, leafIndex) !== undefined, "malformed", "a blank leaf is unmerged");
    const path: number[] = directPath(
      leafToNodeIndex(toLeafIndex(leafIndex)),
      leafWidth(tree.length),
    );
    const height = path.indexOf(toNodeIndex(index));
    demand(height >= 0, "malformed", "an unmerged leaf is elsewhere in the tree");
    for (const between of path.slice(0, height)) {
      demand(
        unmerged[between]?.has(leafIndex) ?? true,
        "malformed",
        "a node between leaf and ancestor does not know the unmerged leaf",
      );
    }
  }
}

/** The unmerged leaves of a node for looking them up; a list of all members would be searched too often. */
type Unmerged = ReadonlySet<number> | undefined;

function unmergedAt(node: RatchetTree[number]): Unmerged {
  return node?.nodeType === "parent" ? new Set(node.parent.unmergedLeaves) : undefined;
}

/**
 * checkOwnKeys throws `invalid-commit` unless the member has the private keys of its leaf and of all nodes
 * above it that know it, and all are those of the public keys. RFC 9420 section 7.5 has every receiver of path
 * secrets check the latter; the library does not.
 */
export function checkOwnKeys({ ratchetTree: tree, privatePath }: ClientState): void {
  const { leafIndex, privateKeys } = privatePath;
  const leafNode = leafToNodeIndex(toLeafIndex(leafIndex));
  for (const index of [leafNode, ...directPath(leafNode, leafWidth(tree.length))]) {
    const node = tree[index];
    if (node === undefined) continue;
    if (node.nodeType === "parent" && node.parent.unmergedLeaves.some((l) => l === leafIndex)) {
      continue;
    }
    const { hpkePublicKey } = node.nodeType === "leaf" ? node.leaf : node.parent;
    const privateKey = privateKeys[index];
    demand(privateKey !== undefined, "invalid-commit", `no private key for node ${index}`);
    const fits = equal(defaultBackend.x25519.publicKey(privateKey), hpkePublicKey);
    demand(fits, "invalid-commit", `the path secret of node ${index} is not that of its key`);
  }
}

function addOnce(seen: Set<string>, key: Uint8Array, message: string): void {
  const name = Buffer.from(key).toString("hex");
  if (seen.has(name)) throw new MlsError("invalid-commit", message);
  seen.add(name);
}
