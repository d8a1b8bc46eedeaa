// Messages of an epoch whose commit has not come yet. Spec: client/client.md, crypto/mls.md.

import { blob, count, type Operation, q } from "../../storage/sql/statement.ts";
import { u64, u64Of } from "./columns.ts";

export interface FutureMessage {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  /** The MLSMessage. */
  readonly payload: Uint8Array;
}

export interface HeldMessage extends FutureMessage {
  readonly id: number;
}

/**
 * HELD_PER_CONVERSATION and HELD_BYTES bound what somebody can make a client keep by naming epochs that
 * never come, or groups: a direct conversation may have 2^32 of them.
 */
export const HELD_PER_CONVERSATION = 256;
export const HELD_BYTES = 16 << 20;

/** The groups of a conversation have the first 16 bytes of their IDs in common [client.direct-group-id]. */
const COMMON_BYTES = 16;
/** Longer than any group_id, so that all that begin alike come before it. */
const MOST_BYTES = 33;

/** hold keeps a message; of more than a conversation may hold, those that were held first are dropped. */
export function* hold({ groupId, epoch, payload }: FutureMessage): Operation<void> {
  const common = groupId.slice(0, COMMON_BYTES);
  const last = new Uint8Array(MOST_BYTES).fill(0xff);
  last.set(common);
  yield q(
    "INSERT INTO held_messages (group_id, epoch, payload) VALUES (?, ?, ?)",
    groupId,
    u64(epoch),
    payload,
  );
  yield q(
    `DELETE FROM held_messages WHERE id IN (
       SELECT id FROM (
         SELECT id, ROW_NUMBER() OVER newest AS place, SUM(LENGTH(payload)) OVER newest AS bytes
         FROM held_messages WHERE group_id BETWEEN ? AND ? WINDOW newest AS (ORDER BY id DESC))
       WHERE place > ? OR bytes > ?)`,
    common,
    last,
    HELD_PER_CONVERSATION,
    HELD_BYTES,
  );
}

/** held answers the held messages of a group by epoch, within one in the order of their arrival. */
export function* held(groupId: Uint8Array): Operation<readonly HeldMessage[]> {
  const rows = yield q(
    "SELECT id, epoch, payload FROM held_messages WHERE group_id = ? ORDER BY epoch, id",
    groupId,
  );
  return rows.map((row) => ({
    id: count(row, "id"),
    groupId,
    epoch: u64Of(row, "epoch"),
    payload: blob(row, "payload"),
  }));
}

export function* dropHeld(id: number): Operation<void> {
  yield q("DELETE FROM held_messages WHERE id = ?", id);
}
