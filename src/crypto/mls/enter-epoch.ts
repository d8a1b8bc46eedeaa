// The epoch that a commit of somebody else begins, for those who stay in the group (RFC 9420 section 12.4.2).
// As the library has it, but for the secrets of the path (path-secrets.ts).

import type { CiphersuiteImpl, ClientState, Commit, RatchetTree, UpdatePath } from "ts-mls";
import type {
  AuthenticatedContent,
  AuthenticatedContentCommit,
} from "ts-mls/authenticatedContent.js";
import {
  type ApplyProposalsResult,
  addHistoricalReceiverData,
  applyProposals,
  nextEpochContext,
  throwIfDefined,
  validateLeafNodeCredentialAndKeyUniqueness,
  validateLeafNodeUpdateOrCommit,
} from "ts-mls/clientState.js";
import { applyUpdatePathSecret } from "ts-mls/createCommit.js";
import { verifyConfirmationTag } from "ts-mls/framedContent.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { toPrivateKeyPath } from "ts-mls/privateKeyPath.js";
import { emptyPskIndex } from "ts-mls/pskIndex.js";
import { addLeafNode } from "ts-mls/ratchetTree.js";
import { createSecretTree } from "ts-mls/secretTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import {
  type LeafIndex,
  leafToNodeIndex,
  leafWidth,
  type NodeIndex,
  toLeafIndex,
} from "ts-mls/treemath.js";
import { applyUpdatePath } from "ts-mls/updatePath.js";
import { demand } from "./errors.ts";
import { MlsError } from "./group-member.ts";
import { secretsFrom } from "./path-secrets.ts";

/** isCommit narrows an opened message. */
export function isCommit(content: AuthenticatedContent): content is AuthenticatedContentCommit {
  return content.content.contentType === "commit" && content.auth.contentType === "commit";
}

/**
 * enterEpoch answers the state in the new epoch, with the old one among those that can still be read. The
 * message is of the current epoch, its signature is right, and it leaves the own leaf in the group. It throws
 * MlsError, and whatever the library throws for an invalid commit.
 */
export async function enterEpoch(
  group: ClientState,
  message: AuthenticatedContentCommit,
  suite: CiphersuiteImpl,
): Promise<ClientState> {
  const { content, auth, wireformat } = message;
  if (auth.contentType !== "commit") throw new MlsError("malformed", "a commit without its tag");
  const { sender, commit } = content;
  const committer = sender.senderType === "member" ? toLeafIndex(sender.leafIndex) : undefined;
  const psk = emptyPskIndex;
  const applied = await applyProposals(group, commit.proposals, committer, psk, false, suite);
  const path = await followPath(group, applied, commit, committer, suite);

  const groupContext = await nextEpochContext(
    group.groupContext,
    wireformat,
    content,
    auth.signature,
    await treeHashRoot(path.tree, suite.hash),
    group.confirmationTag,
    suite.hash,
  );
  const { additionalResult: result } = applied;
  const isExternal = result.kind === "externalCommit";
  const initSecret = isExternal ? result.externalInitSecret : group.keySchedule.initSecret;
  const { commitSecret } = path;
  const { pskSecret } = applied;
  const secrets = await initializeEpoch(
    ...([initSecret, commitSecret, groupContext, pskSecret, suite.kdf] as const),
  );
  const { keySchedule, encryptionSecret, joinerSecret } = secrets;
  const isConfirmed = await verifyConfirmationTag(
    keySchedule.confirmationKey,
    auth.confirmationTag,
    groupContext.confirmedTranscriptHash,
    suite.hash,
  );
  demand(isConfirmed, "invalid-commit", "the confirmation tag is wrong");
  const width = leafWidth(path.tree.length);
  const secretTree = await createSecretTree(width, encryptionSecret, suite.kdf);
  const [historicalReceiverData] = addHistoricalReceiverData(group);
  for (const used of [commitSecret, joinerSecret, encryptionSecret]) used.fill(0);
  return {
    ...group,
    ...{ groupContext, ratchetTree: path.tree, keySchedule, secretTree, historicalReceiverData },
    privatePath: {
      ...group.privatePath,
      privateKeys: { ...group.privatePath.privateKeys, ...path.privateKeys },
    },
    confirmationTag: auth.confirmationTag,
    unappliedProposals: {},
  };
}

interface Followed {
  readonly tree: RatchetTree;
  /** Of the nodes above the own leaf that are new, by node index. */
  readonly privateKeys: Record<number, Uint8Array>;
  readonly commitSecret: Uint8Array;
}

async function followPath(
  group: ClientState,
  applied: ApplyProposalsResult,
  { path }: Commit,
  member: LeafIndex | undefined,
  suite: CiphersuiteImpl,
): Promise<Followed> {
  if (path === undefined) {
    demand(!applied.needsUpdatePath, "invalid-commit", "without an UpdatePath");
    const commitSecret = new Uint8Array(suite.kdf.size);
    return { tree: applied.tree, privateKeys: {}, commitSecret };
  }
  const { additionalResult: result } = applied;
  const committer =
    member ?? (result.kind === "externalCommit" ? result.newMemberLeafIndex : undefined);
  if (committer === undefined) throw new MlsError("invalid-commit", "a path of nobody");
  await checkLeaf(group, applied.tree, path, committer, suite);

  const isExternal = member === undefined;
  const [before, added] = isExternal
    ? withNewcomer(applied.tree, path)
    : [applied.tree, newLeaves(applied)];
  const tree = await applyUpdatePath(before, committer, path, suite.hash, isExternal);
  const { groupContext, privatePath } = group;
  const treeHash = await treeHashRoot(tree, suite.hash);
  const context = { ...groupContext, treeHash, epoch: groupContext.epoch + 1n };
  const received = await applyUpdatePathSecret(
    ...([tree, privatePath, committer, context, path, added, suite] as const),
  );
  const { nodeIndex, pathSecret } = received;
  const { secrets, commitSecret } = await secretsFrom(tree, nodeIndex, pathSecret, suite);
  const { privateKeys } = await toPrivateKeyPath(secrets, privatePath.leafIndex, suite);
  return { tree, privateKeys, commitSecret };
}

async function checkLeaf(
  { groupContext, clientConfig }: ClientState,
  tree: RatchetTree,
  { leafNode }: UpdatePath,
  committer: LeafIndex,
  { signature }: CiphersuiteImpl,
): Promise<void> {
  const { authService } = clientConfig;
  throwIfDefined(
    await validateLeafNodeUpdateOrCommit(leafNode, committer, groupContext, authService, signature),
  );
  throwIfDefined(await validateLeafNodeCredentialAndKeyUniqueness(tree, leafNode, committer));
}

/** Whoever is new learns the secret of the path from the Welcome, or made it. */
function newLeaves({ additionalResult }: ApplyProposalsResult): NodeIndex[] {
  if (additionalResult.kind !== "memberCommit") return [];
  return additionalResult.addedLeafNodes.map(([leaf]) => leafToNodeIndex(toLeafIndex(leaf)));
}

function withNewcomer(tree: RatchetTree, { leafNode }: UpdatePath): [RatchetTree, NodeIndex[]] {
  const [grown, node] = addLeafNode(tree, leafNode);
  return [grown, [node]];
}
