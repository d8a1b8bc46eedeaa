// treekem.json: update paths of the ratchet tree, RFC 9420 sections 7.4 to 7.6. Every member reads the
// path of the vector, and one that is made here.

import assert from "node:assert/strict";
import type { CiphersuiteImpl, GroupContext, PrivateKeyPath, RatchetTree } from "ts-mls";
import { applyUpdatePathSecret } from "ts-mls/createCommit.js";
import { deriveSecret } from "ts-mls/crypto/kdf.js";
import { verifyParentHashes } from "ts-mls/parentHash.js";
import { getCommitSecret } from "ts-mls/pathSecrets.js";
import { toPrivateKeyPath, updateLeafKey } from "ts-mls/privateKeyPath.js";
import { getHpkePublicKey } from "ts-mls/ratchetTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { toLeafIndex } from "ts-mls/treemath.js";
import {
  applyUpdatePath,
  createUpdatePath,
  decodeUpdatePath,
  type UpdatePath,
} from "ts-mls/updatePath.js";
import { equal, hex } from "../case.ts";
import { ciphersuite, signatureKey } from "./ciphersuite.ts";
import { decode, decodeTree } from "./decode.ts";
import { checkHpkeKeys, checkSignatureKeys } from "./key-match.ts";

interface Leaf {
  readonly index: number;
  readonly encryption_priv: string;
  readonly signature_priv: string;
  readonly path_secrets: readonly { readonly node: number; readonly path_secret: string }[];
}

interface Path {
  readonly sender: number;
  readonly update_path: string;
  readonly path_secrets: readonly (string | null)[];
  readonly commit_secret: string;
  readonly tree_hash_after: string;
}

interface TreeKem {
  readonly cipher_suite: number;
  readonly group_id: string;
  readonly epoch: number;
  readonly confirmed_transcript_hash: string;
  readonly ratchet_tree: string;
  readonly leaves_private: readonly Leaf[];
  readonly update_paths: readonly Path[];
}

export async function checkTreeKem(vector: TreeKem): Promise<void> {
  const suite = await ciphersuite(vector.cipher_suite);
  const tree = decodeTree(vector.ratchet_tree);
  const members = await Promise.all(vector.leaves_private.map((leaf) => keysOf(leaf, tree, suite)));
  const context: GroupContext = {
    version: "mls10",
    cipherSuite: suite.name,
    groupId: hex(vector.group_id),
    epoch: BigInt(vector.epoch),
    treeHash: await treeHashRoot(tree, suite.hash),
    confirmedTranscriptHash: hex(vector.confirmed_transcript_hash),
    extensions: [],
  };
  for (const path of vector.update_paths) {
    const sender = vector.leaves_private.find(({ index }) => index === path.sender);
    assert.ok(sender, `no keys of sender ${path.sender}`);
    const others = members.filter(({ leafIndex }) => leafIndex !== path.sender);
    const group = { suite, tree, context, others, sender: path.sender };
    await checkGivenPath(group, path);
    await checkOwnPath(group, signatureKey(suite, sender.signature_priv));
  }
}

/** keysOf answers a member's private keys, each of which fits the tree. */
async function keysOf(
  leaf: Leaf,
  tree: RatchetTree,
  suite: CiphersuiteImpl,
): Promise<PrivateKeyPath> {
  const secrets = leaf.path_secrets.map(({ node, path_secret }) => [node, hex(path_secret)]);
  const path = await toPrivateKeyPath(Object.fromEntries(secrets), leaf.index, suite);
  const keys = updateLeafKey(path, hex(leaf.encryption_priv));
  assert.equal(Object.keys(keys.privateKeys).length, secrets.length + 1);
  for (const [index, key] of Object.entries(keys.privateKeys)) {
    const node = tree[Number(index)];
    assert.ok(node, `node ${index} is blank`);
    await checkHpkeKeys(getHpkePublicKey(node), key, suite.hpke);
  }
  const own = tree[2 * leaf.index];
  assert.ok(own?.nodeType === "leaf");
  const { signaturePublicKey } = own.leaf;
  await checkSignatureKeys(
    signaturePublicKey,
    signatureKey(suite, leaf.signature_priv),
    suite.signature,
  );
  return keys;
}

interface Group {
  readonly suite: CiphersuiteImpl;
  readonly tree: RatchetTree;
  readonly context: GroupContext;
  readonly others: readonly PrivateKeyPath[];
  readonly sender: number;
}

async function checkGivenPath(group: Group, path: Path): Promise<void> {
  const { suite, tree, others } = group;
  const updatePath = decode(decodeUpdatePath, path.update_path);
  // Refuses a path whose parent hashes do not fit the tree.
  const after = await applyUpdatePath(tree, toLeafIndex(path.sender), updatePath, suite.hash);
  assert.ok(await verifyParentHashes(after, suite.hash), "parent hashes");
  const treeHash = await treeHashRoot(after, suite.hash);
  equal(treeHash, path.tree_hash_after, "tree_hash_after");
  assert.equal(path.path_secrets[path.sender], null);
  const context = { ...group.context, treeHash };
  for (const member of others) {
    const { pathSecret, commitSecret } = await read(group, member, context, updatePath);
    equal(pathSecret, path.path_secrets[member.leafIndex] ?? "", `path of ${member.leafIndex}`);
    equal(commitSecret, path.commit_secret, "commit_secret");
  }
}

async function checkOwnPath(group: Group, signatureKey: Uint8Array): Promise<void> {
  const { suite, tree, others } = group;
  const [after, updatePath, secrets] = await createUpdatePath(
    tree,
    toLeafIndex(group.sender),
    group.context,
    signatureKey,
    suite,
  );
  const root = secrets.at(-1);
  assert.ok(root, "the path has no secret");
  const commitSecret = await deriveSecret(root.secret, "path", suite.kdf);
  // The secrets are encrypted for the epoch that the commit begins.
  const epoch = group.context.epoch + 1n;
  const context = { ...group.context, epoch, treeHash: await treeHashRoot(after, suite.hash) };
  for (const member of others) {
    const got = await read(group, member, context, updatePath);
    assert.deepEqual(got.commitSecret, commitSecret, "commit secret of the own path");
  }
}

async function read(
  { suite, tree, sender }: Group,
  member: PrivateKeyPath,
  context: GroupContext,
  path: UpdatePath,
) {
  const { nodeIndex, pathSecret } = await applyUpdatePathSecret(
    tree,
    member,
    toLeafIndex(sender),
    context,
    path,
    [],
    suite,
  );
  // The type is that of the index a tree has; the library's declaration says number.
  const at = nodeIndex as Parameters<typeof getCommitSecret>[1];
  return { pathSecret, commitSecret: await getCommitSecret(tree, at, pathSecret, suite.kdf) };
}
