// GroupMember and PendingCommit over the state of one member.

import { createApplicationMessage, createProposal, encodeMlsMessage, type Proposal } from "ts-mls";
import { makeCommit } from "./commit.ts";
import { demand, guarded } from "./errors.ts";
import { makeGroupInfo } from "./group-info.ts";
import {
  type GroupChange,
  type GroupMember,
  type Member,
  MlsError,
  type PendingCommit,
  type Received,
  type Sent,
} from "./group-member.ts";
import { encodePending, mergePending, type PendingState } from "./pending.ts";
import { addedBy, newUpdate, removedBy, resolveProposals } from "./proposals.ts";
import { receiveMessage } from "./receive.ts";
import { selectProposals } from "./selection.ts";
import { encodeState, type MemberState, ownIdentity, type UpdateKey } from "./state.ts";
import type { Suite } from "./suite.ts";
import { checkNodes, membersOf } from "./tree.ts";

/** Surroundings: what a member needs that is no part of its state. */
export interface Surroundings {
  readonly suite: Suite;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A member's state by the value that stands for it outside, for `merge`. */
const states = new WeakMap<GroupMember, MemberState>();

/** createMember is the member with this state. */
export function createMember(state: MemberState, around: Surroundings): GroupMember {
  const { group } = state;
  const { suite } = around;
  const active = group.groupActiveState.kind === "active";
  const hasProposals = Object.keys(group.unappliedProposals).length > 0;
  let members: readonly Member[] | undefined;
  const demandActive = () => demand(active, "not-a-member", "this member was removed");

  const propose = async (proposal: Proposal, updateKeys: readonly UpdateKey[]): Promise<Sent> => {
    const { newState, message } = await createProposal(group, false, proposal, suite);
    const next = createMember({ group: newState, updateKeys }, around);
    return { next, message: encodeMlsMessage(message) };
  };

  const member: GroupMember = {
    groupId: Uint8Array.from(group.groupContext.groupId),
    epoch: group.groupContext.epoch,
    identityKey: Uint8Array.from(ownIdentity(state)),
    leafIndex: group.privatePath.leafIndex,
    active,
    get members() {
      members ??= membersOf(group.ratchetTree);
      return members;
    },
    epochAuthenticator: Uint8Array.from(group.keySchedule.epochAuthenticator),
    hasProposals,

    async send(plaintext) {
      demandActive();
      demand(!hasProposals, "invalid-commit", "proposals have to be committed first");
      const copy = Uint8Array.from(plaintext);
      const { newState, privateMessage } = await createApplicationMessage(group, copy, suite);
      const message = encodeMlsMessage({
        version: "mls10",
        wireformat: "mls_private_message",
        privateMessage,
      });
      return { next: createMember({ ...state, group: newState }, around), message };
    },

    async receive(message): Promise<Received> {
      demandActive();
      const outcome = await receiveMessage(state, message, suite);
      return { ...outcome, next: createMember(outcome.next, around) };
    },

    async commit(change = {}) {
      demandActive();
      return createPending(await commitChange(state, change, around), around);
    },

    async proposeUpdate() {
      demandActive();
      const { proposal, key } = await newUpdate(group, suite);
      return propose(proposal, [...state.updateKeys, key]);
    },

    async leave() {
      demandActive();
      const removed = group.privatePath.leafIndex;
      return propose({ proposalType: "remove", remove: { removed } }, state.updateKeys);
    },

    async groupInfo() {
      demandActive();
      return makeGroupInfo(state, suite);
    },

    encode: () => encodeState(state),
  };
  states.set(member, state);
  return member;
}

/** createPending is the pending commit with this content. */
export function createPending(pending: PendingState, around: Surroundings): PendingCommit {
  const { message, welcome, added, removed } = pending;
  return {
    message,
    welcome,
    added,
    removed,
    merge(current) {
      const state = states.get(current);
      if (state === undefined) throw new MlsError("wrong-group", "not a member of this library");
      return createMember(mergePending(pending, state), around);
    },
    encode: () => encodePending(pending),
  };
}

async function commitChange(
  { group }: MemberState,
  change: GroupChange,
  { suite, now }: Surroundings,
): Promise<PendingState> {
  const proposals = await selectProposals(group, change, now(), suite);
  const own = group.privatePath.leafIndex;
  const chosen = resolveProposals(group, proposals, own).map(({ proposal }) => proposal);
  const made = await guarded("invalid-commit", () => makeCommit(group, proposals, suite));
  checkNodes(made.group.ratchetTree);
  return {
    message: made.message,
    welcome: made.welcome,
    added: chosen.flatMap(addedBy),
    removed: chosen.flatMap((proposal) => removedBy(group, proposal)),
    ends: group.keySchedule.epochAuthenticator,
    state: { group: made.group, updateKeys: [] },
  };
}
