// Commits of others (RFC 9420 section 12.4.2): what the library checks, and around it what it does not.

import type {
  CiphersuiteImpl,
  ClientState,
  Commit,
  LeafNode,
  ProposalWithSender,
  PublicMessage,
  SecretTree,
} from "ts-mls";
import type { AuthenticatedContentCommit } from "ts-mls/authenticatedContent.js";
import { applyProposals } from "ts-mls/clientState.js";
import { unprotectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { emptyPskIndex } from "ts-mls/pskIndex.js";
import { leafToNodeIndex, toLeafIndex } from "ts-mls/treemath.js";
import { equal } from "./bytes.ts";
import { enterEpoch, isCommit } from "./enter-epoch.ts";
import { demand, guarded, within } from "./errors.ts";
import { MlsError } from "./group-member.ts";
import { addedBy, isMemberProposal, removedBy, resolveProposals } from "./proposals.ts";
import { afterRemoval, type MemberState, newEpoch } from "./state.ts";
import { checkNodes, checkOwnKeys, findMember, identityAt, leafAt, leaves } from "./tree.ts";

export interface Committed {
  readonly next: MemberState;
  readonly sender: Uint8Array;
  readonly added: readonly Uint8Array[];
  readonly removed: readonly Uint8Array[];
}

export interface OpenedCommit {
  readonly message: AuthenticatedContentCommit;
  /** As the opening of the message has left it. */
  readonly secretTree: SecretTree;
  /** Leaf index. */
  readonly committer: number;
}

/** receiveCommit takes the commit of a member; its message has been opened and its signature is right. */
export async function receiveCommit(
  state: MemberState,
  { message, secretTree, committer }: OpenedCommit,
  suite: CiphersuiteImpl,
): Promise<Committed> {
  const { group } = state;
  const { commit } = message.content;
  return within("invalid-commit", async () => {
    const proposals = resolveProposals(group, commit.proposals, committer);
    for (const { proposal } of proposals) {
      const allowed = isMemberProposal(proposal);
      demand(allowed, "invalid-commit", `commit of a proposal ${proposal.proposalType}`);
    }
    const names = {
      sender: identityAt(group.ratchetTree, committer),
      added: proposals.flatMap(({ proposal }) => addedBy(proposal)),
      removed: proposals.flatMap(({ proposal }) => removedBy(group, proposal)),
    };
    if (removes(proposals, group.privatePath.leafIndex)) {
      // The path of this commit is closed to us; what it proposes can still be judged.
      demand(commit.path !== undefined, "invalid-commit", "a removal without an UpdatePath");
      const leaf = toLeafIndex(committer);
      await applyProposals(group, commit.proposals, leaf, emptyPskIndex, false, suite);
      return { next: afterRemoval(group), ...names };
    }
    const prepared = { ...withUpdateKey(state, proposals), secretTree };
    const next = newEpoch(await enterEpoch(prepared, message, suite));
    checkSuccession(group, next.group, proposals);
    return { next, ...names };
  });
}

/** receiveExternalCommit takes the one message that comes in the open: somebody enters by own commit. */
export async function receiveExternalCommit(
  state: MemberState,
  message: PublicMessage,
  suite: CiphersuiteImpl,
): Promise<Committed> {
  const { group } = state;
  const { content } = message;
  const isExternal =
    content.sender.senderType === "new_member_commit" && content.contentType === "commit";
  demand(isExternal, "invalid-commit", "a handshake in the open that is no external commit");
  const opened = await guarded("undecryptable", () => {
    const { groupContext, keySchedule, ratchetTree } = group;
    return unprotectPublicMessage(
      keySchedule.membershipKey,
      groupContext,
      ratchetTree,
      message,
      suite,
    );
  });
  return within("invalid-commit", async () => {
    const { joiner, removed, proposals } = checkExternal(group, content.commit);
    const names = {
      sender: Uint8Array.from(joiner.signaturePublicKey),
      added: [Uint8Array.from(joiner.signaturePublicKey)],
      removed: removed.map((leafIndex) => identityAt(group.ratchetTree, leafIndex)),
    };
    if (removes(proposals, group.privatePath.leafIndex)) {
      return { next: afterRemoval(group), ...names };
    }
    demand(isCommit(opened), "invalid-commit", "no commit");
    const next = newEpoch(await enterEpoch(group, opened, suite));
    checkSuccession(group, next.group, proposals);
    return { next, ...names };
  });
}

/** RFC 9420 section 12.4.3.2: one ExternalInit, at most one Remove of the joiner's former leaf, by value. */
function checkExternal(group: ClientState, { proposals: list, path }: Commit) {
  if (path === undefined) throw new MlsError("invalid-commit", "without an UpdatePath");
  const joiner: LeafNode = path.leafNode;
  const removed: number[] = [];
  const proposals: ProposalWithSender[] = [];
  let inits = 0;
  for (const item of list) {
    demand(item.proposalOrRefType === "proposal", "invalid-commit", "a proposal by reference");
    const { proposal } = item;
    if (proposal.proposalType === "external_init") inits++;
    else if (proposal.proposalType === "remove") removed.push(proposal.remove.removed);
    else throw new MlsError("invalid-commit", `an external ${proposal.proposalType}`);
    proposals.push({ proposal, senderLeafIndex: undefined });
  }
  demand(inits === 1, "invalid-commit", `${inits} ExternalInit proposals`);
  const former = findMember(group.ratchetTree, joiner.signaturePublicKey);
  const expected = former === undefined ? [] : [former];
  const onlyItself = removed.length === expected.length && removed[0] === expected[0];
  demand(onlyItself, "invalid-commit", "an external commit replaces its own leaf and no other");
  return { joiner, removed, proposals };
}

/** checkSuccession throws unless the new tree has the same people at the same leaves, but for the changes. */
function checkSuccession(
  old: ClientState,
  next: ClientState,
  proposals: readonly ProposalWithSender[],
): void {
  checkNodes(next.ratchetTree);
  for (const { leafIndex, leaf } of leaves(old.ratchetTree)) {
    if (removes(proposals, leafIndex)) continue;
    const now = leafAt(next.ratchetTree, leafIndex);
    if (now === undefined) throw new MlsError("invalid-commit", `leaf ${leafIndex} is gone`);
    const same = equal(now.signaturePublicKey, leaf.signaturePublicKey);
    demand(same, "invalid-commit", `leaf ${leafIndex} has changed its identity`);
  }
  checkOwnKeys(next);
}

/** withUpdateKey puts the private key in force that belongs to an own Update which is committed now. */
function withUpdateKey(
  { group, updateKeys }: MemberState,
  proposals: readonly ProposalWithSender[],
): ClientState {
  const { leafIndex, privateKeys } = group.privatePath;
  for (const { proposal, senderLeafIndex } of proposals) {
    if (proposal.proposalType !== "update" || senderLeafIndex !== leafIndex) continue;
    const { hpkePublicKey } = proposal.update.leafNode;
    const key = updateKeys.find(({ publicKey }) => equal(publicKey, hpkePublicKey));
    if (key === undefined) throw new MlsError("invalid-commit", "an own update without its key");
    const leafNode = leafToNodeIndex(toLeafIndex(leafIndex));
    const keys = { ...privateKeys, [leafNode]: key.privateKey };
    return { ...group, privatePath: { leafIndex, privateKeys: keys } };
  }
  return group;
}

function removes(proposals: readonly ProposalWithSender[], leafIndex: number): boolean {
  return proposals.some(
    ({ proposal }) => proposal.proposalType === "remove" && proposal.remove.removed === leafIndex,
  );
}
