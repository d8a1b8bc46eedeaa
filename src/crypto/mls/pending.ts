// An own commit between making and winning (spec/client/client.md [client.merge-own]): its encoding, and what merging keeps.

import { concat } from "../bytes.ts";
import { equal, list, Reader, withLength } from "./bytes.ts";
import { afterCommit } from "./commit.ts";
import { demand } from "./errors.ts";
import { decodeState, encodeState, type MemberState, newEpoch } from "./state.ts";

const PENDING_VERSION = 0x01;
const AUTHENTICATOR_BYTES = 32;

export interface PendingState {
  readonly message: Uint8Array;
  readonly welcome: Uint8Array | undefined;
  readonly added: readonly Uint8Array[];
  readonly removed: readonly Uint8Array[];
  /** Epoch authenticator of the epoch that the commit ends. */
  readonly ends: Uint8Array;
  /** The committer after it, without the epochs before. */
  readonly state: MemberState;
}

/** mergePending is the committer in the new epoch, with all that `current` knows of the epochs before. */
export function mergePending(pending: PendingState, current: MemberState): MemberState {
  const { groupContext: next } = pending.state.group;
  const { groupContext: own, keySchedule, groupActiveState } = current.group;
  demand(equal(own.groupId, next.groupId), "wrong-group", "the commit is of another group");
  demand(groupActiveState.kind === "active", "not-a-member", "this member was removed");
  const ended = next.epoch - 1n;
  demand(own.epoch <= ended, "past-epoch", `the commit ends ${ended}, we are in ${own.epoch}`);
  demand(own.epoch === ended, "future-epoch", `the commit ends ${ended}, we are in ${own.epoch}`);
  const same = equal(keySchedule.epochAuthenticator, pending.ends);
  demand(same, "invalid-commit", "the commit ends another epoch of this number");
  return newEpoch(afterCommit(pending.state.group, current.group));
}

/** encodePending: 0x01, message, welcome (or nothing), added, removed, ended epoch, state. */
export function encodePending(pending: PendingState): Uint8Array {
  return concat(
    Uint8Array.of(PENDING_VERSION),
    withLength(pending.message),
    withLength(pending.welcome ?? new Uint8Array()),
    list(pending.added),
    list(pending.removed),
    pending.ends,
    withLength(encodeState(pending.state)),
  );
}

/** decodePendingState reads what encodePending wrote; it throws `malformed`. */
export function decodePendingState(bytes: Uint8Array): PendingState {
  const reader = new Reader(bytes);
  reader.version(PENDING_VERSION);
  const message = reader.withLength();
  const welcome = reader.withLength();
  const added = reader.list();
  const removed = reader.list();
  const ends = reader.take(AUTHENTICATOR_BYTES);
  const state = decodeState(reader.withLength());
  reader.end();
  return {
    message,
    welcome: welcome.length === 0 ? undefined : welcome,
    added,
    removed,
    ends,
    state,
  };
}
