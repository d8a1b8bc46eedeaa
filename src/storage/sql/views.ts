// Views of an inbox: the unscoped one and one per registered device, each with a cursor, and the floor
// below which a message is gone for all of them. Spec: services/delivery.md; C-36, I-03, I-04.

import type { Inbox } from "../stores.ts";
import { higher } from "./inboxes.ts";
import { integer, type Operation, q } from "./statement.ts";

/** The view of a caller that names no device. */
const UNSCOPED = new Uint8Array(0);

/** Position is where a view stands: it sees what lies above `after`. */
export interface Position {
  readonly inboxId: bigint;
  readonly lastSeq: bigint;
  readonly cursor: bigint;
  readonly after: bigint;
}

/** hasView tells whether an account has a view: the unscoped one, or that of a registered device. */
export function* hasView(identityKey: Uint8Array, deviceId: Uint8Array): Operation<boolean> {
  if (deviceId.length === 0) return true;
  const found = yield q(
    "SELECT registered_at FROM devices WHERE identity_key = ? AND device_id = ?",
    identityKey,
    deviceId,
  );
  return found.length === 1;
}

/** findPosition answers undefined for an inbox that never held a message. */
export function* findPosition(inbox: Inbox, deviceId: Uint8Array): Operation<Position | undefined> {
  const [row] = yield q(
    `SELECT inboxes.id, inboxes.last_seq, inboxes.floor, COALESCE(cursors.seq, 0) AS cursor
     FROM inboxes LEFT JOIN cursors ON cursors.inbox_id = inboxes.id AND cursors.device_id = ?
     WHERE inboxes.recipient = ? AND inboxes.channel_id = ?`,
    deviceId,
    inbox.recipient,
    inbox.channelId,
  );
  if (row === undefined) return undefined;
  const floor = integer(row, "floor");
  const cursor = integer(row, "cursor");
  return {
    inboxId: integer(row, "id"),
    lastSeq: integer(row, "last_seq"),
    cursor,
    after: higher(cursor, floor),
  };
}

/**
 * ackInbox moves the cursor of one view, never back and never beyond the highest assigned seq (I-03).
 * It answers false, and moves nothing, when the account has no such view.
 */
export function* ackInbox(inbox: Inbox, deviceId: Uint8Array, seqUpTo: bigint): Operation<boolean> {
  if (!(yield* hasView(inbox.recipient, deviceId))) return false;
  const position = yield* findPosition(inbox, deviceId);
  if (position === undefined) return true;
  const target = seqUpTo < position.lastSeq ? seqUpTo : position.lastSeq;
  if (target <= position.cursor) return true;
  yield q(
    `INSERT INTO cursors (inbox_id, device_id, seq) VALUES (?, ?, ?)
     ON CONFLICT (inbox_id, device_id) DO UPDATE SET seq = excluded.seq
       WHERE excluded.seq > cursors.seq`,
    position.inboxId,
    deviceId,
    target,
  );
  yield* raiseFloor(position.inboxId);
  return true;
}

/** dropCursors forgets how far a device has read, and lets go of what only this device still held. */
export function* dropCursors(identityKey: Uint8Array, deviceId: Uint8Array): Operation<void> {
  const inboxes = yield q(
    "SELECT id FROM inboxes WHERE recipient = ? ORDER BY id /* FOR UPDATE */",
    identityKey,
  );
  for (const row of inboxes) {
    const inboxId = integer(row, "id");
    yield q("DELETE FROM cursors WHERE inbox_id = ? AND device_id = ?", inboxId, deviceId);
    yield* raiseFloor(inboxId);
  }
}

// I-04: the floor follows the lowest device, or the unscoped view where no device is registered. A device
// without a cursor stands at the floor that it found, which cannot have moved since: it counts as 0,
// because the floor never goes down.
function* raiseFloor(inboxId: bigint): Operation<void> {
  const [row] = yield q(
    `SELECT COALESCE(
       (SELECT MIN(COALESCE(cursors.seq, 0)) FROM devices
        LEFT JOIN cursors
          ON cursors.inbox_id = inboxes.id AND cursors.device_id = devices.device_id
        WHERE devices.identity_key = inboxes.recipient),
       (SELECT seq FROM cursors WHERE inbox_id = inboxes.id AND device_id = ?),
       0) AS target
     FROM inboxes WHERE id = ?`,
    UNSCOPED,
    inboxId,
  );
  const target = row === undefined ? 0n : integer(row, "target");
  yield q("UPDATE inboxes SET floor = ? WHERE id = ? AND floor < ?", target, inboxId, target);
}
