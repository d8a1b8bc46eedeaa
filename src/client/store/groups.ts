// MLS groups: the state of each, and the commit that waits for its turn. Spec: crypto/mls.md; MLS-006.

import { blob, type Operation, q, type Row } from "../../storage/sql/statement.ts";
import { blobOrAbsent, u64, u64Of } from "./columns.ts";

export interface StoredGroup {
  readonly groupId: Uint8Array;
  /** The conversation has to be stored first. One that is direct may have several groups. */
  readonly conversationId: Uint8Array;
  /** Identity key of whoever made the group, 32 bytes. */
  readonly creator: Uint8Array;
  /** The encoded GroupMember. */
  readonly state: Uint8Array;
  readonly epoch: bigint;
  /** The encoded PendingCommit while an own commit is under way. */
  readonly pending?: Uint8Array;
  /** By which the own commit is known again when it comes back. */
  readonly pendingHash?: Uint8Array;
}

const FIELDS = "group_id, conversation_id, creator, state, epoch, pending, pending_hash";

export function* findGroup(groupId: Uint8Array): Operation<StoredGroup | undefined> {
  const [row] = yield q(`SELECT ${FIELDS} FROM groups WHERE group_id = ?`, groupId);
  return row && groupOf(row);
}

/** groupsOf answers the groups of a conversation by group_id, in a direct one therefore by generation. */
export function* groupsOf(conversationId: Uint8Array): Operation<readonly StoredGroup[]> {
  const rows = yield q(
    `SELECT ${FIELDS} FROM groups WHERE conversation_id = ? ORDER BY group_id`,
    conversationId,
  );
  return rows.map(groupOf);
}

/** saveGroup replaces every field of the one with this group_id; without `pending`, none is under way. */
export function* saveGroup(group: StoredGroup): Operation<void> {
  yield q(
    `INSERT INTO groups (${FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (group_id) DO UPDATE SET
       conversation_id = excluded.conversation_id, creator = excluded.creator,
       state = excluded.state, epoch = excluded.epoch,
       pending = excluded.pending, pending_hash = excluded.pending_hash`,
    group.groupId,
    group.conversationId,
    group.creator,
    group.state,
    u64(group.epoch),
    group.pending ?? null,
    group.pendingHash ?? null,
  );
}

/** deleteGroup also drops what is held for the group. */
export function* deleteGroup(groupId: Uint8Array): Operation<void> {
  yield q("DELETE FROM held_messages WHERE group_id = ?", groupId);
  yield q("DELETE FROM groups WHERE group_id = ?", groupId);
}

function groupOf(row: Row): StoredGroup {
  const pending = blobOrAbsent(row, "pending");
  const pendingHash = blobOrAbsent(row, "pending_hash");
  return {
    groupId: blob(row, "group_id"),
    conversationId: blob(row, "conversation_id"),
    creator: blob(row, "creator"),
    state: blob(row, "state"),
    epoch: u64Of(row, "epoch"),
    ...(pending && { pending }),
    ...(pendingHash && { pendingHash }),
  };
}
