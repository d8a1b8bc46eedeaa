// New keys on the way from a leaf to the root (RFC 9420 section 7.5), as every one of our commits has them.

import type { CiphersuiteImpl, GroupContext, RatchetTree, UpdatePath } from "ts-mls";
import { deriveSecret } from "ts-mls/crypto/kdf.js";
import { signLeafNodeCommit } from "ts-mls/leafNode.js";
import { pathToPathSecrets } from "ts-mls/pathSecrets.js";
import { toPrivateKeyPath } from "ts-mls/privateKeyPath.js";
import { updateLeafNode } from "ts-mls/ratchetTree.js";
import { type LeafIndex, leafToNodeIndex, type NodeIndex } from "ts-mls/treemath.js";
import { createUpdatePath, type PathSecret } from "ts-mls/updatePath.js";
import { MlsError } from "./group-member.ts";
import { leafAt } from "./tree.ts";

export interface NewPath {
  readonly tree: RatchetTree;
  readonly updatePath: UpdatePath;
  /** One for every node of the path, without the leaf. */
  readonly secrets: readonly PathSecret[];
  /** By node index, the leaf among them. */
  readonly privateKeys: Record<number, Uint8Array>;
  readonly commitSecret: Uint8Array;
}

export interface PathInput {
  /** The tree with all proposals applied. */
  readonly tree: RatchetTree;
  readonly leafIndex: LeafIndex;
  readonly context: GroupContext;
  readonly signaturePrivateKey: Uint8Array;
  /** Leaves that this commit adds: they learn their secret from the Welcome. */
  readonly added: readonly NodeIndex[];
}

/** newPath renews the keys of a leaf and of all nodes above it. */
export async function newPath(input: PathInput, suite: CiphersuiteImpl): Promise<NewPath> {
  const { leafIndex, context, signaturePrivateKey } = input;
  const [tree, updatePath, secrets, leafKey] = await createUpdatePath(
    input.tree,
    leafIndex,
    context,
    signaturePrivateKey,
    suite,
    [...input.added],
  );
  const last = secrets.at(-1);
  if (last === undefined) return pathOfOne(input, suite);
  const path = await toPrivateKeyPath(pathToPathSecrets(secrets), leafIndex, suite);
  const leafPrivateKey = await suite.hpke.exportPrivateKey(leafKey);
  return {
    tree,
    updatePath,
    secrets,
    privateKeys: { ...path.privateKeys, [leafToNodeIndex(leafIndex)]: leafPrivateKey },
    commitSecret: await deriveSecret(last.secret, "path", suite.kdf),
  };
}

/**
 * pathOfOne is the path of the only member of a group: its leaf. The library takes zeros for the commit
 * secret then, which hands the epoch to the member that was just removed: it knows all the rest.
 */
async function pathOfOne(input: PathInput, suite: CiphersuiteImpl): Promise<NewPath> {
  const { tree, leafIndex, context, signaturePrivateKey } = input;
  const old = leafAt(tree, leafIndex);
  if (old === undefined) throw new MlsError("invalid-commit", "the committer has no leaf");
  const pathSecret = suite.rng.randomBytes(suite.kdf.size);
  const nodeSecret = await deriveSecret(pathSecret, "node", suite.kdf);
  const keys = await suite.hpke.deriveKeyPair(nodeSecret);
  const { signaturePublicKey, credential, capabilities, extensions } = old;
  const leafNode = await signLeafNodeCommit(
    {
      leafNodeSource: "commit",
      hpkePublicKey: await suite.hpke.exportPublicKey(keys.publicKey),
      signaturePublicKey,
      credential,
      capabilities,
      extensions,
      parentHash: new Uint8Array(),
      groupId: context.groupId,
      leafIndex,
    },
    signaturePrivateKey,
    suite.signature,
  );
  const privateKey = await suite.hpke.exportPrivateKey(keys.privateKey);
  return {
    tree: updateLeafNode(tree, leafNode, leafIndex),
    updatePath: { leafNode, nodes: [] },
    secrets: [],
    privateKeys: { [leafToNodeIndex(leafIndex)]: privateKey },
    commitSecret: await deriveSecret(pathSecret, "path", suite.kdf),
  };
}
