// Making a commit (RFC 9420 section 12.4.1), always with an UpdatePath ([mls.update-path]). The library makes
// commits too, but leaves the path away when members are only added, and judges lifetimes by its own clock.

import type { CiphersuiteImpl, ClientState, KeyPackage, Welcome } from "ts-mls";
import { encodeMlsMessage } from "ts-mls";
import { addHistoricalReceiverData, applyProposals, nextEpochContext } from "ts-mls/clientState.js";
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js";
import { type GroupInfo, signGroupInfo } from "ts-mls/groupInfo.js";
import { makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { type EpochSecrets, initializeEpoch } from "ts-mls/keySchedule.js";
import { protect } from "ts-mls/messageProtection.js";
import type { ProposalOrRef } from "ts-mls/proposalOrRefType.js";
import { emptyPskIndex } from "ts-mls/pskIndex.js";
import { encodeRatchetTree } from "ts-mls/ratchetTree.js";
import { createSecretTree } from "ts-mls/secretTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { type LeafIndex, leafToNodeIndex, leafWidth, toLeafIndex } from "ts-mls/treemath.js";
import { firstCommonAncestor } from "ts-mls/updatePath.js";
import { encryptGroupInfo, encryptGroupSecrets } from "ts-mls/welcome.js";
import { MlsError } from "./group-member.ts";
import { type NewPath, newPath } from "./path.ts";

const NO_AAD = new Uint8Array();
const WIRE_FORMAT = "mls_private_message";

export interface MadeCommit {
  /** MLSMessage. */
  readonly message: Uint8Array;
  /** MLSMessage, undefined when nobody is added. */
  readonly welcome: Uint8Array | undefined;
  /** The committer in the new epoch, without the epochs before it. */
  readonly group: ClientState;
}

/** makeCommit commits these proposals; it throws whatever the library throws for an invalid list. */
export async function makeCommit(
  old: ClientState,
  proposals: ProposalOrRef[],
  suite: CiphersuiteImpl,
): Promise<MadeCommit> {
  const leafIndex = toLeafIndex(old.privatePath.leafIndex);
  const applied = await applyProposals(old, proposals, leafIndex, emptyPskIndex, false, suite);
  const { additionalResult: result } = applied;
  if (result.kind !== "memberCommit") throw new MlsError("invalid-commit", result.kind);
  const added = result.addedLeafNodes;

  const { groupContext: oldContext, signaturePrivateKey } = old;
  const path = await newPath(
    {
      tree: applied.tree,
      leafIndex,
      context: oldContext,
      signaturePrivateKey,
      added: added.map(([leaf]) => leafToNodeIndex(leaf)),
    },
    suite,
  );
  const { signature, framedContent } = await createContentCommitSignature(
    oldContext,
    WIRE_FORMAT,
    { proposals, path: path.updatePath },
    { senderType: "member", leafIndex },
    NO_AAD,
    signaturePrivateKey,
    suite.signature,
  );
  const groupContext = await nextEpochContext(
    oldContext,
    WIRE_FORMAT,
    framedContent,
    signature,
    await treeHashRoot(path.tree, suite.hash),
    old.confirmationTag,
    suite.hash,
  );
  const secrets = await initializeEpoch(
    old.keySchedule.initSecret,
    path.commitSecret,
    groupContext,
    applied.pskSecret,
    suite.kdf,
  );
  const confirmationTag = await createConfirmationTag(
    secrets.keySchedule.confirmationKey,
    groupContext.confirmedTranscriptHash,
    suite.hash,
  );

  const group: ClientState = {
    ...old,
    groupContext,
    ratchetTree: path.tree,
    secretTree: await createSecretTree(
      leafWidth(path.tree.length),
      secrets.encryptionSecret,
      suite.kdf,
    ),
    keySchedule: secrets.keySchedule,
    privatePath: {
      leafIndex,
      privateKeys: { ...old.privatePath.privateKeys, ...path.privateKeys },
    },
    unappliedProposals: {},
    historicalReceiverData: new Map(),
    confirmationTag,
  };
  const auth = { contentType: "commit", signature, confirmationTag } as const;
  const { privateMessage } = await protect(
    old.keySchedule.senderDataSecret,
    NO_AAD,
    oldContext,
    old.secretTree,
    { ...framedContent, auth },
    leafIndex,
    old.clientConfig.paddingConfig,
    suite,
  );
  const welcome = await makeWelcome(group, added, path, secrets, suite);
  for (const secret of [path.commitSecret, secrets.encryptionSecret, secrets.joinerSecret]) {
    secret.fill(0);
  }
  return {
    message: encodeMlsMessage({ version: "mls10", wireformat: WIRE_FORMAT, privateMessage }),
    welcome: welcome && encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome }),
    group,
  };
}

/** afterCommit gives the committer's new epoch the epochs that the member can still read. */
export function afterCommit(group: ClientState, current: ClientState): ClientState {
  const [historicalReceiverData] = addHistoricalReceiverData(current);
  return { ...group, historicalReceiverData };
}

/** The Welcome of RFC 9420 section 12.4.3.1, with the ratchet tree. */
async function makeWelcome(
  group: ClientState,
  added: readonly [LeafIndex, KeyPackage][],
  path: NewPath,
  epoch: EpochSecrets,
  suite: CiphersuiteImpl,
): Promise<Welcome | undefined> {
  if (added.length === 0) return undefined;
  const { leafIndex } = group.privatePath;
  const groupInfo: GroupInfo = await signGroupInfo(
    {
      groupContext: group.groupContext,
      extensions: [
        { extensionType: "ratchet_tree", extensionData: encodeRatchetTree(group.ratchetTree) },
      ],
      confirmationTag: group.confirmationTag,
      signer: leafIndex,
    },
    group.signaturePrivateKey,
    suite.signature,
  );
  const encryptedGroupInfo = await encryptGroupInfo(groupInfo, epoch.welcomeSecret, suite);
  const secrets = await Promise.all(
    added.map(async ([leaf, keyPackage]) => {
      const ancestor = firstCommonAncestor(group.ratchetTree, leaf, toLeafIndex(leafIndex));
      const pathSecret = path.secrets.find(({ nodeIndex }) => nodeIndex === ancestor)?.secret;
      const sealed = await encryptGroupSecrets(
        await suite.hpke.importPublicKey(keyPackage.initKey),
        encryptedGroupInfo,
        { joinerSecret: epoch.joinerSecret, pathSecret, psks: [] },
        suite.hpke,
      );
      return {
        newMember: await makeKeyPackageRef(keyPackage, suite.hash),
        encryptedGroupSecrets: { kemOutput: sealed.enc, ciphertext: sealed.ct },
      };
    }),
  );
  return { cipherSuite: group.groupContext.cipherSuite, secrets, encryptedGroupInfo };
}
