// tree-operations.json and tree-validation.json: the public ratchet tree, RFC 9420 sections 4.1, 7.7 to 7.9.
// Tree hashes and parent hashes of received trees are our own code, which is judged beside the library's; the
// rest of our check of a tree (checkTree) is not, as it demands more of a credential than RFC 9420.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Proposal, RatchetTree } from "ts-mls";
import { verifyLeafNodeSignature } from "ts-mls/leafNode.js";
import { verifyParentHashes } from "ts-mls/parentHash.js";
import { decodeProposal } from "ts-mls/proposal.js";
import {
  addLeafNode,
  encodeRatchetTree,
  removeLeafNode,
  resolution,
  updateLeafNode,
} from "ts-mls/ratchetTree.js";
import { treeHash, treeHashRoot } from "ts-mls/treeHash.js";
import { nodeToLeafIndex, toLeafIndex, toNodeIndex } from "ts-mls/treemath.js";
import { parentHashesHold } from "../../../src/crypto/mls/parent-hash.ts";
import { type Digest, treeHashes } from "../../../src/crypto/mls/tree-hash.ts";
import { equal, hex } from "../case.ts";
import { ciphersuite } from "./ciphersuite.ts";
import { decode, decodeTree } from "./decode.ts";

interface TreeOperation {
  readonly cipher_suite: number;
  readonly proposal: string;
  readonly proposal_sender: number;
  readonly tree_before: string;
  readonly tree_after: string;
  readonly tree_hash_before: string;
  readonly tree_hash_after: string;
}

export async function checkTreeOperation(vector: TreeOperation): Promise<void> {
  const { hash } = await ciphersuite(vector.cipher_suite);
  const before = decodeTree(vector.tree_before);
  equal(await treeHashRoot(before, hash), vector.tree_hash_before, "tree_hash_before");
  const proposal = decode(decodeProposal, vector.proposal);
  const after = applied(proposal, vector.proposal_sender, before);
  equal(encodeRatchetTree(after), vector.tree_after, "tree_after");
  equal(await treeHashRoot(after, hash), vector.tree_hash_after, "tree_hash_after");
}

function applied(proposal: Proposal, sender: number, tree: RatchetTree): RatchetTree {
  switch (proposal.proposalType) {
    case "add":
      return addLeafNode(tree, proposal.add.keyPackage.leafNode)[0];
    case "update":
      return updateLeafNode(tree, proposal.update.leafNode, toLeafIndex(sender));
    case "remove":
      return removeLeafNode(tree, toLeafIndex(proposal.remove.removed));
    default:
      throw new Error(`${proposal.proposalType} does not change the tree`);
  }
}

interface TreeValidation {
  readonly cipher_suite: number;
  readonly tree: string;
  readonly group_id: string;
  readonly tree_hashes: readonly string[];
  readonly resolutions: readonly (readonly number[])[];
}

export async function checkTreeValidation(vector: TreeValidation): Promise<void> {
  const { hash, signature } = await ciphersuite(vector.cipher_suite);
  const tree = decodeTree(vector.tree);
  const digest = digestOf(vector.cipher_suite);
  const own = treeHashes(tree, digest);
  equal(encodeRatchetTree(tree), vector.tree, "tree");
  assert.deepEqual(
    [vector.tree_hashes.length, vector.resolutions.length],
    [tree.length, tree.length],
  );
  for (const [index, node] of tree.entries()) {
    const at = toNodeIndex(index);
    const expected = vector.tree_hashes[index] ?? "";
    equal(await treeHash(tree, at, hash), expected, `tree hash ${index}`);
    equal(own.of(at), expected, `own tree hash ${index}`);
    assert.deepEqual(resolution(tree, at), vector.resolutions[index], `resolution ${index}`);
    if (node?.nodeType !== "leaf") continue;
    const leafIndex = nodeToLeafIndex(at);
    const groupId = hex(vector.group_id);
    const isSigned = await verifyLeafNodeSignature(node.leaf, groupId, leafIndex, signature);
    assert.ok(isSigned, `signature of leaf ${leafIndex}`);
  }
  assert.ok(await verifyParentHashes(tree, hash), "parent hashes");
  assert.ok(parentHashesHold(tree, own, digest), "own check of parent hashes");
}

/** The hash of a ciphersuite (RFC 9420 section 17.1). */
function digestOf(ciphersuite: number): Digest {
  const algorithm = { 4: "sha512", 5: "sha512", 6: "sha512", 7: "sha384" }[ciphersuite] ?? "sha256";
  return (bytes) => new Uint8Array(createHash(algorithm).update(bytes).digest());
}
