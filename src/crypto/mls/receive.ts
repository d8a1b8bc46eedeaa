// What one message does to a member. Group and epoch are looked at before any key is used, since a message of
// another group or epoch is no attack on this one, and must not look like one.

import type { CiphersuiteImpl, ClientState, PrivateMessage } from "ts-mls";
import { processProposal } from "ts-mls/clientState.js";
import type { EpochReceiverData } from "ts-mls/epochReceiverData.js";
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { decryptSenderData } from "ts-mls/privateMessage.js";
import type { SenderData } from "ts-mls/sender.js";
import { leafToNodeIndex, toLeafIndex } from "ts-mls/treemath.js";
import { decodeMessage, equal } from "./bytes.ts";
import { isCommit } from "./enter-epoch.ts";
import { demand, guarded } from "./errors.ts";
import { MlsError } from "./group-member.ts";
import { checkProposal } from "./proposals.ts";
import { type Committed, receiveCommit, receiveExternalCommit } from "./receive-commit.ts";
import type { MemberState } from "./state.ts";
import { leafAt } from "./tree.ts";

export type Outcome =
  | {
      readonly kind: "application";
      readonly next: MemberState;
      readonly sender: Uint8Array;
      readonly epoch: bigint;
      readonly plaintext: Uint8Array;
    }
  | { readonly kind: "proposal"; readonly next: MemberState; readonly sender: Uint8Array }
  | ({ readonly kind: "commit" } & Committed);

/** receiveMessage throws MlsError for whatever changes nothing. */
export async function receiveMessage(
  state: MemberState,
  bytes: Uint8Array,
  suite: CiphersuiteImpl,
): Promise<Outcome> {
  const message = decodeMessage(bytes);
  if (message.wireformat === "mls_private_message") {
    const { groupId, epoch, contentType } = message.privateMessage;
    checkPlace(state.group, groupId, epoch, contentType === "application");
    return receivePrivate(state, message.privateMessage, suite);
  }
  if (message.wireformat === "mls_public_message") {
    const { content } = message.publicMessage;
    checkPlace(state.group, content.groupId, content.epoch, false);
    const committed = await receiveExternalCommit(state, message.publicMessage, suite);
    return { kind: "commit", ...committed };
  }
  throw new MlsError("malformed", `a ${message.wireformat} is not for a member`);
}

/** Only application messages may be of an epoch that is over. */
function checkPlace(
  { groupContext: own }: ClientState,
  groupId: Uint8Array,
  epoch: bigint,
  isApplication: boolean,
): void {
  demand(equal(groupId, own.groupId), "wrong-group", "a message of another group");
  demand(epoch <= own.epoch, "future-epoch", `epoch ${epoch}, we are in ${own.epoch}`);
  const inTime = epoch === own.epoch || isApplication;
  demand(inTime, "past-epoch", `a handshake of epoch ${epoch}, we are in ${own.epoch}`);
}

async function receivePrivate(
  state: MemberState,
  message: PrivateMessage,
  suite: CiphersuiteImpl,
): Promise<Outcome> {
  const { group } = state;
  const epoch = epochOf(group, message.epoch);
  demand(epoch !== undefined, "past-epoch", `epoch ${message.epoch} is forgotten`);
  const from = await guarded("undecryptable", () =>
    decryptSenderData(message, epoch.senderDataSecret, suite),
  );
  demand(from !== undefined, "undecryptable", "no sender data");
  const leaf = leafAt(epoch.ratchetTree, from.leafIndex);
  demand(leaf !== undefined, "undecryptable", "the sender's leaf is blank");
  demand(from.leafIndex !== group.privatePath.leafIndex, "replayed", "an own message");
  demand(!wasRead(epoch, message, from), "replayed", `generation ${from.generation} was read`);

  const { content, tree: secretTree } = await guarded("undecryptable", () =>
    unprotectPrivateMessage(
      epoch.senderDataSecret,
      message,
      epoch.secretTree,
      epoch.ratchetTree,
      epoch.groupContext,
      group.clientConfig.keyRetentionConfig,
      suite,
    ),
  );
  const sender = Uint8Array.from(leaf.signaturePublicKey);
  const { content: framed } = content;
  if (framed.contentType === "application") {
    const next = { ...state, group: withSecretTree(group, message.epoch, secretTree) };
    const plaintext = Uint8Array.from(framed.applicationData);
    return { kind: "application", next, sender, epoch: message.epoch, plaintext };
  }
  if (isCommit(content)) {
    const opened = { message: content, secretTree, committer: from.leafIndex };
    const committed = await receiveCommit(state, opened, suite);
    return { kind: "commit", ...committed };
  }
  if (framed.contentType !== "proposal") throw new MlsError("malformed", "no proposal");
  return guarded("invalid-commit", async () => {
    await checkProposal(framed.proposal, from.leafIndex, group, suite);
    const read = { ...group, secretTree };
    const next = await processProposal(read, content, framed.proposal, suite.hash);
    return { kind: "proposal", next: { ...state, group: next }, sender };
  });
}

/** What is needed to read messages of an epoch: the current one, or one of the four before it. */
function epochOf(group: ClientState, epoch: bigint): EpochReceiverData | undefined {
  const { groupContext, ratchetTree, secretTree, keySchedule } = group;
  if (epoch !== groupContext.epoch) return group.historicalReceiverData.get(epoch);
  const { senderDataSecret, resumptionPsk } = keySchedule;
  return { groupContext, ratchetTree, secretTree, senderDataSecret, resumptionPsk };
}

/** A generation that the ratchet has passed and that was not skipped was read, or is too old to be kept. */
function wasRead(
  { secretTree }: EpochReceiverData,
  { contentType }: PrivateMessage,
  { leafIndex, generation }: SenderData,
): boolean {
  const node = secretTree[leafToNodeIndex(toLeafIndex(leafIndex))];
  if (node === undefined) return false;
  const ratchet = contentType === "application" ? node.application : node.handshake;
  return generation < ratchet.generation && !(generation in ratchet.unusedGenerations);
}

function withSecretTree(
  group: ClientState,
  epoch: bigint,
  secretTree: ClientState["secretTree"],
): ClientState {
  if (epoch === group.groupContext.epoch) return { ...group, secretTree };
  const data = group.historicalReceiverData.get(epoch);
  if (data === undefined) return group;
  const historicalReceiverData = new Map(group.historicalReceiverData);
  historicalReceiverData.set(epoch, { ...data, secretTree });
  return { ...group, historicalReceiverData };
}
