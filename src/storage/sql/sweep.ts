// Sweep: deleting in small batches what no call can see any more.
// Spec: services/delivery.md, services/keys.md, services/blob.md, services/account.md, sessions.md;
// C-39, C-73, C-101, I-03, I-04, I-17.

import { sweepUploads } from "./blobs.ts";
import { count, integer, type Operation, q, type Row } from "./statement.ts";

/**
 * sweep deletes at most `batch` rows of each kind: acknowledged messages, expired messages, lapsed
 * message_id hashes, expired uploads, packages, fingerprints, sessions and bans, and names that are held
 * no longer. It answers their number. Counters and cursors stay as long as the account; an inbox that
 * nobody owns goes with the last thing in it.
 */
export function* sweep(now: number, batch: number): Operation<number> {
  let deleted = yield* sweepAcknowledged(batch);
  deleted += yield* sweepExpired(now, batch);
  deleted += yield* sweepHashes(now, batch);
  deleted += yield* sweepUploads(now, batch);
  for (const sql of LAPSED) {
    const rows = yield q(sql, now, batch);
    deleted += rows.length;
  }
  return deleted;
}

/** The tables whose rows are counted nowhere else and die at a time of their own. */
const LAPSED = [
  `DELETE FROM key_packages WHERE id IN (
     SELECT id FROM key_packages WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
   RETURNING id`,
  `DELETE FROM key_package_fingerprints WHERE (identity_key, fingerprint) IN (
     SELECT identity_key, fingerprint FROM key_package_fingerprints
     WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
   RETURNING expires_at`,
  `DELETE FROM held_usernames WHERE username IN (
     SELECT username FROM held_usernames WHERE held_until <= ? ORDER BY held_until LIMIT ?)
   RETURNING held_until`,
  `DELETE FROM sessions WHERE token_hash IN (
     SELECT token_hash FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
   RETURNING expires_at`,
  `DELETE FROM banned_users WHERE (channel_id, identity_key) IN (
     SELECT channel_id, identity_key FROM banned_users
     WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
   RETURNING expires_at`,
];

function* sweepAcknowledged(batch: number): Operation<number> {
  let deleted = 0;
  for (;;) {
    const inboxes = yield q(
      "SELECT id, floor FROM inboxes WHERE purged < floor ORDER BY id LIMIT ? /* FOR UPDATE */",
      batch,
    );
    for (const inbox of inboxes) {
      if (deleted < batch) deleted += yield* purge(inbox, batch - deleted);
    }
    // Inboxes whose messages had expired already must not end the sweep before the others' turn.
    if (deleted > 0 || inboxes.length < batch) return deleted;
  }
}

/** purge deletes at most `room` messages of an inbox that lie below its floor. */
function* purge(inbox: Row, room: number): Operation<number> {
  const dead = yield q(
    `SELECT inbox_id, seq, length(payload) AS size FROM deliveries
     WHERE inbox_id = ? AND seq <= ? ORDER BY seq LIMIT ?`,
    integer(inbox, "id"),
    integer(inbox, "floor"),
    room,
  );
  yield* deleteMessages(dead);
  // With all of the room used there may be more, and the next sweep has to find this inbox again.
  if (dead.length < room) {
    yield q(
      "UPDATE inboxes SET purged = ? WHERE id = ?",
      integer(inbox, "floor"),
      integer(inbox, "id"),
    );
  }
  return dead.length;
}

function* sweepExpired(now: number, batch: number): Operation<number> {
  const dead = yield q(
    `SELECT inbox_id, seq, length(payload) AS size FROM deliveries
     WHERE expires_at <= ? ORDER BY expires_at LIMIT ?`,
    now,
    batch,
  );
  yield* deleteMessages(dead);
  return dead.length;
}

function* sweepHashes(now: number, batch: number): Operation<number> {
  const lapsed = yield q(
    `DELETE FROM delivery_dedup WHERE (inbox_id, hash) IN (
       SELECT inbox_id, hash FROM delivery_dedup WHERE kept_until <= ? ORDER BY kept_until LIMIT ?)
     RETURNING inbox_id`,
    now,
    batch,
  );
  for (const inboxId of new Set(lapsed.map((row) => integer(row, "inbox_id")))) {
    yield* deleteUnowned(inboxId);
  }
  return lapsed.length;
}

// C-106: anybody may enqueue to keys without an account, so that what is left of it must not stay. A
// counter is kept as long as its key exists (I-03), and one that was read belongs to somebody.
function* deleteUnowned(inboxId: bigint): Operation<void> {
  yield q(
    `DELETE FROM inboxes WHERE id = ? AND messages = 0
       AND NOT EXISTS (SELECT 1 FROM users WHERE users.identity_key = inboxes.recipient)
       AND NOT EXISTS (SELECT 1 FROM cursors WHERE cursors.inbox_id = inboxes.id)
       AND NOT EXISTS (SELECT 1 FROM delivery_dedup WHERE delivery_dedup.inbox_id = inboxes.id)`,
    inboxId,
  );
}

/** deleteMessages deletes rows of deliveries and takes them off the totals of their inboxes. */
function* deleteMessages(rows: readonly Row[]): Operation<void> {
  const freed = new Map<bigint, { messages: number; bytes: number }>();
  for (const row of rows) {
    const inboxId = integer(row, "inbox_id");
    yield q("DELETE FROM deliveries WHERE inbox_id = ? AND seq = ?", inboxId, integer(row, "seq"));
    const total = freed.get(inboxId) ?? { messages: 0, bytes: 0 };
    total.messages += 1;
    total.bytes += count(row, "size");
    freed.set(inboxId, total);
  }
  for (const [inboxId, total] of freed) {
    yield q(
      "UPDATE inboxes SET messages = messages - ?, bytes = bytes - ? WHERE id = ?",
      total.messages,
      total.bytes,
      inboxId,
    );
    yield* deleteUnowned(inboxId);
  }
}
