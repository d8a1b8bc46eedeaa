// Proposals (RFC 9420 section 12.1): Add, Update and Remove of members. What else RFC 9420 knows (pre-shared
// keys, another group in place of this one, extensions of the group, proposals from outside) is refused:
// [mls.proposals].

import type {
  CiphersuiteImpl,
  ClientState,
  LeafNodeUpdate,
  Proposal,
  ProposalWithSender,
} from "ts-mls";
import { signWithLabel } from "ts-mls/crypto/signature.js";
import { verifyKeyPackage } from "ts-mls/keyPackage.js";
import {
  encodeLeafNodeTBS,
  type LeafNodeTBS,
  verifyLeafNodeSignature,
  verifyLeafNodeSignatureKeyPackage,
} from "ts-mls/leafNode.js";
import type { ProposalOrRef } from "ts-mls/proposalOrRefType.js";
import { equal } from "./bytes.ts";
import { checkLeaf } from "./credentials.ts";
import { demand } from "./errors.ts";
import { MlsError } from "./group-member.ts";
import type { UpdateKey } from "./state.ts";
import { identityAt, leafAt } from "./tree.ts";

export type MemberProposal = Extract<Proposal, { proposalType: "add" | "update" | "remove" }>;

/** isMemberProposal tells whether a member may propose this at all. */
export function isMemberProposal(proposal: Proposal): proposal is MemberProposal {
  const type = proposal.proposalType;
  return type === "add" || type === "update" || type === "remove";
}

/** resolveProposals finds the proposals of a commit; it throws `invalid-commit` for one that has not come. */
export function resolveProposals(
  group: ClientState,
  list: readonly ProposalOrRef[],
  committer: number,
): ProposalWithSender[] {
  return list.map((item) => {
    if (item.proposalOrRefType === "proposal") {
      return { proposal: item.proposal, senderLeafIndex: committer };
    }
    const known = group.unappliedProposals[Buffer.from(item.reference).toString("base64")];
    if (known === undefined) throw new MlsError("invalid-commit", "an unknown proposal");
    return known;
  });
}

/** addedBy is the identity that a proposal adds, if it adds one. */
export function addedBy(proposal: Proposal): Uint8Array[] {
  if (proposal.proposalType !== "add") return [];
  return [Uint8Array.from(proposal.add.keyPackage.leafNode.signaturePublicKey)];
}

/** removedBy is the identity that a proposal removes, if it removes one. */
export function removedBy(group: ClientState, proposal: Proposal): Uint8Array[] {
  if (proposal.proposalType !== "remove") return [];
  return [identityAt(group.ratchetTree, proposal.remove.removed)];
}

/** checkProposal throws for a proposal of a member that no commit could include. */
export async function checkProposal(
  proposal: Proposal,
  senderLeaf: number,
  group: ClientState,
  suite: CiphersuiteImpl,
): Promise<void> {
  demand(isMemberProposal(proposal), "invalid-commit", `a proposal ${proposal.proposalType}`);
  if (proposal.proposalType === "remove") {
    const leaf = leafAt(group.ratchetTree, proposal.remove.removed);
    demand(leaf !== undefined, "invalid-commit", "removal of a blank leaf");
  } else if (proposal.proposalType === "update") {
    const { leafNode } = proposal.update;
    checkLeaf(leafNode);
    const old = leafAt(group.ratchetTree, senderLeaf);
    demand(old !== undefined, "invalid-commit", "update of a blank leaf");
    const sameIdentity = equal(old.signaturePublicKey, leafNode.signaturePublicKey);
    demand(sameIdentity, "invalid-commit", "an update to another identity");
    const newKey = !equal(old.hpkePublicKey, leafNode.hpkePublicKey);
    demand(newKey, "invalid-commit", "an update to the key that it had");
    const { groupId } = group.groupContext;
    const valid = await verifyLeafNodeSignature(leafNode, groupId, senderLeaf, suite.signature);
    demand(valid, "invalid-commit", "the signature of the proposed leaf is wrong");
  } else {
    const { keyPackage } = proposal.add;
    checkLeaf(keyPackage.leafNode);
    const leaf = await verifyLeafNodeSignatureKeyPackage(keyPackage.leafNode, suite.signature);
    const whole = await verifyKeyPackage(keyPackage, suite.signature);
    demand(leaf && whole, "invalid-commit", "the signature of the proposed KeyPackage is wrong");
  }
}

/** newUpdate makes an Update proposal for the own leaf, and the key that is to be kept for it. */
export async function newUpdate(
  group: ClientState,
  suite: CiphersuiteImpl,
): Promise<{ proposal: Proposal; key: UpdateKey }> {
  const { leafIndex } = group.privatePath;
  const old = leafAt(group.ratchetTree, leafIndex);
  if (old === undefined) throw new MlsError("not-a-member", "no own leaf");
  const keys = await suite.hpke.generateKeyPair();
  const publicKey = await suite.hpke.exportPublicKey(keys.publicKey);
  const { signaturePublicKey, credential, capabilities, extensions } = old;
  const leaf = {
    leafNodeSource: "update",
    hpkePublicKey: publicKey,
    signaturePublicKey,
    credential,
    capabilities,
    extensions,
  } as const;
  const signed: LeafNodeTBS = { ...leaf, groupId: group.groupContext.groupId, leafIndex };
  const signature = await signWithLabel(
    group.signaturePrivateKey,
    "LeafNodeTBS",
    encodeLeafNodeTBS(signed),
    suite.signature,
  );
  const leafNode: LeafNodeUpdate = { ...leaf, signature };
  const privateKey = await suite.hpke.exportPrivateKey(keys.privateKey);
  return {
    proposal: { proposalType: "update", update: { leafNode } },
    key: { publicKey, privateKey },
  };
}
