// Entering a group unasked, by an external commit (RFC 9420 section 12.4.3.2), with a GroupInfo that a member
// made. The library's own way in has the faults of its check of the tree (tree.ts) and of external_pub.

import type { CiphersuiteImpl, ClientState, Proposal } from "ts-mls";
import { encodeMlsMessage } from "ts-mls";
import { exportSecret, nextEpochContext } from "ts-mls/clientState.js";
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { protectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { addLeafNode, removeLeafNode } from "ts-mls/ratchetTree.js";
import { createSecretTree } from "ts-mls/secretTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { leafWidth, nodeToLeafIndex, toLeafIndex } from "ts-mls/treemath.js";
import { CLIENT_CONFIG } from "./credentials.ts";
import { within } from "./errors.ts";
import { checkGroupInfo, externalPub, readGroupInfo } from "./group-info.ts";
import type { KeyPackagePair } from "./key-package.ts";
import { newPath } from "./path.ts";
import { type MemberState, newEpoch } from "./state.ts";
import { findMember } from "./tree.ts";

const NO_AAD = new Uint8Array();
const WIRE_FORMAT = "mls_public_message";

export interface ExternalEntry {
  readonly state: MemberState;
  /** MLSMessage. */
  readonly commit: Uint8Array;
}

/** joinByCommit throws `group-info` for whatever does not lead into a valid group. */
export async function joinByCommit(
  message: Uint8Array,
  { publicPackage, privatePackage }: KeyPackagePair,
  suite: CiphersuiteImpl,
): Promise<ExternalEntry> {
  const info = readGroupInfo(message);
  const { groupContext: oldContext } = info;
  const { leafNode } = publicPackage;
  const { signaturePrivateKey } = privatePackage;
  return within("group-info", async () => {
    const oldTree = await checkGroupInfo(info, suite);
    const { enc, secret: initSecret } = await exportSecret(externalPub(info), suite);

    // A leaf of the same identity is what was lost, and makes way.
    const former = findMember(oldTree, leafNode.signaturePublicKey);
    const without = former === undefined ? oldTree : removeLeafNode(oldTree, toLeafIndex(former));
    const [treeWithLeaf, nodeIndex] = addLeafNode(without, leafNode);
    const leafIndex = nodeToLeafIndex(nodeIndex);
    const path = await newPath(
      { tree: treeWithLeaf, leafIndex, context: oldContext, signaturePrivateKey, added: [] },
      suite,
    );

    const proposals: Proposal[] = [
      { proposalType: "external_init", externalInit: { kemOutput: enc } },
    ];
    if (former !== undefined) {
      proposals.push({ proposalType: "remove", remove: { removed: former } });
    }
    const { signature, framedContent } = await createContentCommitSignature(
      oldContext,
      WIRE_FORMAT,
      {
        proposals: proposals.map((proposal) => ({ proposalOrRefType: "proposal", proposal })),
        path: path.updatePath,
      },
      { senderType: "new_member_commit" },
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
      info.confirmationTag,
      suite.hash,
    );
    const noPsk = new Uint8Array(suite.kdf.size);
    const secrets = await initializeEpoch(
      initSecret,
      path.commitSecret,
      groupContext,
      noPsk,
      suite.kdf,
    );
    const confirmationTag = await createConfirmationTag(
      secrets.keySchedule.confirmationKey,
      groupContext.confirmedTranscriptHash,
      suite.hash,
    );
    const group: ClientState = {
      groupContext,
      ratchetTree: path.tree,
      secretTree: await createSecretTree(
        leafWidth(path.tree.length),
        secrets.encryptionSecret,
        suite.kdf,
      ),
      keySchedule: secrets.keySchedule,
      privatePath: { leafIndex, privateKeys: path.privateKeys },
      signaturePrivateKey,
      confirmationTag,
      unappliedProposals: {},
      historicalReceiverData: new Map(),
      groupActiveState: { kind: "active" },
      clientConfig: CLIENT_CONFIG,
    };
    const auth = { contentType: "commit", signature, confirmationTag } as const;
    const publicMessage = await protectPublicMessage(
      // Only messages of members carry a membership tag.
      new Uint8Array(),
      oldContext,
      { wireformat: WIRE_FORMAT, content: framedContent, auth },
      suite,
    );
    for (const used of [path.commitSecret, initSecret, secrets.encryptionSecret]) used.fill(0);
    secrets.joinerSecret.fill(0);
    return {
      state: newEpoch(group),
      commit: encodeMlsMessage({ version: "mls10", wireformat: WIRE_FORMAT, publicMessage }),
    };
  });
}
