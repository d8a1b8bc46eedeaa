// Which proposals a commit holds (RFC 9420 section 12.2): the waiting ones by reference, those of the
// committer by value, and of two that exclude each other the one that the RFC prefers.

import type { CiphersuiteImpl, ClientState, KeyPackage, ProposalWithSender } from "ts-mls";
import type { ProposalOrRef } from "ts-mls/proposalOrRefType.js";
import { equal } from "./bytes.ts";
import { demand } from "./errors.ts";
import type { GroupChange } from "./group-member.ts";
import { checkKeyPackage, readKeyPackage } from "./key-package.ts";
import { findMember } from "./tree.ts";

/** selectProposals throws what GroupMember.commit throws for a change that cannot be made. */
export async function selectProposals(
  group: ClientState,
  change: GroupChange,
  now: number,
  suite: CiphersuiteImpl,
): Promise<ProposalOrRef[]> {
  const own = group.privatePath.leafIndex;
  const waiting = Object.entries(group.unappliedProposals);

  const removals = new Map<number, ProposalOrRef>();
  for (const [ref, { proposal }] of waiting) {
    if (proposal.proposalType !== "remove") continue;
    const { removed } = proposal.remove;
    demand(removed !== own, "invalid-commit", "the own removal waits for another's commit");
    removals.set(removed, byReference(ref));
  }
  for (const identityKey of change.remove ?? []) {
    const removed = findMember(group.ratchetTree, identityKey);
    demand(removed !== undefined, "not-a-member", "removal of somebody who is not in the group");
    demand(removed !== own, "invalid-commit", "nobody can commit the own removal");
    if (removals.has(removed)) continue;
    removals.set(removed, {
      proposalOrRefType: "proposal",
      proposal: { proposalType: "remove", remove: { removed } },
    });
  }

  // The last Update of a member counts; the committer's own keys come with the path.
  const updates = new Map<number, ProposalOrRef>();
  for (const [ref, { proposal, senderLeafIndex }] of waiting) {
    if (proposal.proposalType !== "update" || senderLeafIndex === undefined) continue;
    if (senderLeafIndex === own || removals.has(senderLeafIndex)) continue;
    updates.set(senderLeafIndex, byReference(ref));
  }

  const additions = await selectAdditions(group, waiting, change.add ?? [], now, suite);
  for (const { keyPackage } of additions) {
    const present = findMember(group.ratchetTree, keyPackage.leafNode.signaturePublicKey);
    const free = present === undefined || removals.has(present);
    demand(free, "invalid-commit", "addition of somebody who is in the group");
  }
  return [...updates.values(), ...removals.values(), ...additions.map(({ choice }) => choice)];
}

interface Addition {
  readonly keyPackage: KeyPackage;
  readonly choice: ProposalOrRef;
}

/** The committer's KeyPackages, and those of waiting proposals that are still good and say nobody twice. */
async function selectAdditions(
  group: ClientState,
  waiting: readonly [string, ProposalWithSender][],
  add: readonly Uint8Array[],
  now: number,
  suite: CiphersuiteImpl,
): Promise<Addition[]> {
  const additions: Addition[] = [];
  const has = (identityKey: Uint8Array) =>
    additions.some(({ keyPackage }) => equal(keyPackage.leafNode.signaturePublicKey, identityKey));
  for (const bytes of add) {
    const keyPackage = readKeyPackage(bytes);
    const { identityKey } = await checkKeyPackage(keyPackage, now, suite);
    demand(!has(identityKey), "invalid-commit", "one identity added twice");
    const choice = { proposalType: "add", add: { keyPackage } } as const;
    additions.push({
      keyPackage,
      choice: { proposalOrRefType: "proposal", proposal: choice },
    });
  }
  for (const [ref, { proposal }] of waiting) {
    if (proposal.proposalType !== "add") continue;
    const { keyPackage } = proposal.add;
    const identityKey = keyPackage.leafNode.signaturePublicKey;
    if (has(identityKey) || findMember(group.ratchetTree, identityKey) !== undefined) continue;
    const good = await checkKeyPackage(keyPackage, now, suite).then(
      () => true,
      () => false,
    );
    if (good) additions.push({ keyPackage, choice: byReference(ref) });
  }
  return additions;
}

function byReference(ref: string): ProposalOrRef {
  return {
    proposalOrRefType: "reference",
    reference: Uint8Array.from(Buffer.from(ref, "base64")),
  };
}
