// Tree hashes (RFC 9420 section 7.8), each computed once. The library computes the hashes of a whole subtree
// again for every leaf beside it, one WebCrypto call each: a Welcome of 1,000 members took it half a minute.

import type { RatchetTree } from "ts-mls";
import { encodeLeafNodeHashInput, encodeParentNodeHashInput } from "ts-mls/treeHash.js";
import {
  isLeaf,
  left,
  type NodeIndex,
  nodeToLeafIndex,
  right,
  rootFromNodeWidth,
} from "ts-mls/treemath.js";

/** Digest is the hash of the ciphersuite. */
export type Digest = (bytes: Uint8Array) => Uint8Array;

export interface TreeHashes {
  /** root is the tree hash of the group. */
  root(): Uint8Array;
  /** of is the tree hash of the subtree under a node. */
  of(node: NodeIndex): Uint8Array;
  /**
   * without is what the tree hash of a subtree would be if these leaves had not been added: they are blank,
   * and no node lists them as unmerged.
   */
  without(node: NodeIndex, leaves: readonly number[]): Uint8Array;
}

/**
 * treeHashes answers the hashes of one tree, which must not change after; it remembers every hash of `of`.
 * The tree has passed `checkNodes` (tree.ts): leaves at even places, unmerged leaves below their node.
 */
export function treeHashes(tree: RatchetTree, digest: Digest): TreeHashes {
  const known = new Map<number, Uint8Array>();

  const of = (node: NodeIndex): Uint8Array => {
    const before = known.get(node);
    if (before !== undefined) return before;
    const hash = isLeaf(node)
      ? leafHash(node, false)
      : parentHash(node, of(left(node)), of(right(node)), []);
    known.set(node, hash);
    return hash;
  };

  const without = (node: NodeIndex, leaves: readonly number[]): Uint8Array => {
    const below = leaves.filter((leaf) => isBelow(leaf, node));
    if (below.length === 0) return of(node);
    if (isLeaf(node)) return leafHash(node, true);
    return parentHash(node, without(left(node), below), without(right(node), below), below);
  };

  const leafHash = (node: NodeIndex, isRemoved: boolean): Uint8Array => {
    const found = isRemoved ? undefined : tree[node];
    const leafNode = found?.nodeType === "leaf" ? found.leaf : undefined;
    const leafIndex = nodeToLeafIndex(node);
    return digest(encodeLeafNodeHashInput({ nodeType: "leaf", leafIndex, leafNode }));
  };

  const parentHash = (
    node: NodeIndex,
    leftHash: Uint8Array,
    rightHash: Uint8Array,
    removed: readonly number[],
  ): Uint8Array => {
    const found = tree[node];
    let parentNode = found?.nodeType === "parent" ? found.parent : undefined;
    if (parentNode !== undefined && removed.length > 0) {
      const gone = new Set(removed);
      const unmergedLeaves = parentNode.unmergedLeaves.filter((leaf) => !gone.has(leaf));
      parentNode = { ...parentNode, unmergedLeaves };
    }
    const input = { nodeType: "parent", parentNode, leftHash, rightHash } as const;
    return digest(encodeParentNodeHashInput(input));
  };

  return { root: () => of(rootFromNodeWidth(tree.length)), of, without };
}

/** A node with k one bits at its end is the middle of 2^(k+1) − 1 places (RFC 9420 appendix C). */
function isBelow(leafIndex: number, node: NodeIndex): boolean {
  const reach = node & ~(node + 1);
  return Math.abs(2 * leafIndex - node) <= reach;
}
