// Whether parent hashes tie a tree together (RFC 9420 section 7.9.2): every node that is not blank was made
// by somebody below it, who signed for it with the own leaf, and its key went to all others below it.

import type { RatchetTree } from "ts-mls";
import { encodeParentHashInput } from "ts-mls/parentHash.js";
import {
  isLeaf,
  leafToNodeIndex,
  left,
  type NodeIndex,
  right,
  toLeafIndex,
  toNodeIndex,
} from "ts-mls/treemath.js";
import { equal } from "./bytes.ts";
import type { Digest, TreeHashes } from "./tree-hash.ts";

/**
 * parentHashesHold tells whether, for each node, exactly one node below it names it by a parent hash that is
 * valid with respect to it. By induction from the leaves, one chain of them then leads from one leaf to each
 * node. The tree has passed `checkNodes` (tree.ts).
 */
export function parentHashesHold(tree: RatchetTree, hashes: TreeHashes, digest: Digest): boolean {
  for (const [index, node] of tree.entries()) {
    if (node?.nodeType !== "parent") continue;
    const at = toNodeIndex(index);
    const [l, r] = [left(at), right(at)];
    const { hpkePublicKey, parentHash, unmergedLeaves } = node.parent;
    const unmerged = new Set(unmergedLeaves.map(nodeOfLeaf));
    const isNamedFrom = (side: NodeIndex, sibling: NodeIndex): boolean => {
      const given = parentHashBelow(tree, side, unmerged);
      if (given === undefined) return false;
      const expected = digest(
        encodeParentHashInput({
          encryptionKey: hpkePublicKey,
          parentHash,
          originalSiblingTreeHash: hashes.without(sibling, unmergedLeaves),
        }),
      );
      return equal(given, expected);
    };
    if (isNamedFrom(l, r) === isNamedFrom(r, l)) return false;
  }
  return true;
}

/**
 * The parent hash of the one node on this side that can have been made together with the node above. Whoever
 * made both sent the key of the upper one to all others, but the path had only one node of this side: the
 * others here are leaves that came later, and the upper node lists them. A path that skips somebody who was
 * there before is believed by nobody. The library does not look at that.
 */
function parentHashBelow(
  tree: RatchetTree,
  side: NodeIndex,
  unmerged: ReadonlySet<NodeIndex>,
): Uint8Array | undefined {
  const [maker, another] = resolution(tree, side).filter((node) => !unmerged.has(node));
  if (maker === undefined || another !== undefined) return undefined;
  const found = tree[maker];
  if (found?.nodeType === "parent") return found.parent.parentHash;
  // A leaf has a parent hash only since it made a commit.
  return found?.leaf.leafNodeSource === "commit" ? found.leaf.parentHash : undefined;
}

/**
 * The resolution of a node (RFC 9420 section 4.1.1). It passes every blank node and every list of unmerged
 * leaves once for the one node that is next above and not blank.
 */
function resolution(tree: RatchetTree, node: NodeIndex): NodeIndex[] {
  const found = tree[node];
  if (found?.nodeType === "parent") return [node, ...found.parent.unmergedLeaves.map(nodeOfLeaf)];
  if (isLeaf(node)) return found === undefined ? [] : [node];
  return [left(node), right(node)].flatMap((child) => resolution(tree, child));
}

function nodeOfLeaf(leafIndex: number): NodeIndex {
  return leafToNodeIndex(toLeafIndex(leafIndex));
}
