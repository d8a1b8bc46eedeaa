// Delivery queues: enqueue, view, acknowledge.
// Spec: services/delivery.md; C-30 to C-39, I-01 to I-05.

import type { Enqueued, Inbox, Outgoing, StoredEnvelope, ViewBounds } from "../stores.ts";
import {
  type InboxRow,
  inboxKey,
  lockInboxes,
  makeRoom,
  type StoreLimits,
  saveInbox,
} from "./inboxes.ts";
import { blob, count, integer, type Operation, q, type Row } from "./statement.ts";
import { findPosition, hasView } from "./views.ts";

/** enqueue stores a batch; InboxFull, thrown for any of its messages, leaves nothing of it behind (I-02). */
export function* enqueue(
  batch: readonly Outgoing[],
  limits: StoreLimits,
  now: number,
): Operation<readonly Enqueued[]> {
  const inboxes = yield* lockInboxes(batch);
  const changed = new Set<InboxRow>();
  const answers: Enqueued[] = [];
  for (const message of batch) {
    const inbox = inboxes.get(inboxKey(message));
    if (inbox === undefined) throw new Error("an inbox of the batch was not locked");
    // Looked up under the lock: of two copies in flight, one has to see the other's hash.
    const first = yield* findCopy(inbox, message, now);
    if (first !== undefined) {
      answers.push({ ...first, duplicate: true });
      continue;
    }
    yield* makeRoom(inbox, message.payload.length, limits, now);
    yield* store(inbox, message);
    changed.add(inbox);
    answers.push({ seq: inbox.lastSeq, duplicate: false, ...receiptOf(message) });
  }
  for (const inbox of changed) yield* saveInbox(inbox);
  return answers;
}

function receiptOf({ receipt }: Outgoing): Pick<Enqueued, "receipt"> {
  return receipt ? { receipt } : {};
}

/** findCopy answers what is left of the message that carried the same message_id within the window (C-37). */
function* findCopy(
  inbox: InboxRow,
  message: Outgoing,
  now: number,
): Operation<Omit<Enqueued, "duplicate"> | undefined> {
  if (message.dedup === undefined) return undefined;
  const [row] = yield q(
    "SELECT seq, receipt FROM delivery_dedup WHERE inbox_id = ? AND hash = ? AND kept_until > ?",
    inbox.id,
    message.dedup.hash,
    now,
  );
  if (row === undefined) return undefined;
  const seq = integer(row, "seq");
  return row.receipt === null ? { seq } : { seq, receipt: blob(row, "receipt") };
}

function* store(inbox: InboxRow, message: Outgoing): Operation<void> {
  inbox.lastSeq += 1n;
  inbox.messages += 1;
  inbox.bytes += message.payload.length;
  yield q(
    "INSERT INTO deliveries (inbox_id, seq, payload, expires_at) VALUES (?, ?, ?, ?)",
    inbox.id,
    inbox.lastSeq,
    message.payload,
    message.expiresAt,
  );
  if (message.dedup === undefined) return;
  yield q(
    `INSERT INTO delivery_dedup (inbox_id, hash, seq, receipt, kept_until) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (inbox_id, hash) DO UPDATE
     SET seq = excluded.seq, receipt = excluded.receipt, kept_until = excluded.kept_until`,
    inbox.id,
    message.dedup.hash,
    inbox.lastSeq,
    message.receipt ?? null,
    message.dedup.until,
  );
}

/**
 * viewInbox answers the longest prefix of what this view may see, within `bounds` (C-38, I-05), or
 * undefined when the account has no such view.
 */
export function* viewInbox(
  inbox: Inbox,
  deviceId: Uint8Array,
  bounds: ViewBounds,
): Operation<readonly StoredEnvelope[] | undefined> {
  if (!(yield* hasView(inbox.recipient, deviceId))) return undefined;
  const position = yield* findPosition(inbox, deviceId);
  if (position === undefined) return [];
  // Sizes first: a prefix of payloads up to the limit could be a hundred times what fits one answer.
  const sizes = yield q(
    `SELECT seq, length(payload) AS size FROM deliveries
     WHERE inbox_id = ? AND seq > ? AND expires_at > ? ORDER BY seq LIMIT ?`,
    position.inboxId,
    position.after,
    bounds.now,
    bounds.limit,
  );
  const last = lastThatFits(sizes, bounds.maxBytes);
  if (last === undefined) return [];
  const rows = yield q(
    `SELECT seq, payload FROM deliveries
     WHERE inbox_id = ? AND seq > ? AND seq <= ? AND expires_at > ? ORDER BY seq`,
    position.inboxId,
    position.after,
    last,
    bounds.now,
  );
  return rows.map((row) => ({ seq: integer(row, "seq"), data: blob(row, "payload") }));
}

function lastThatFits(sizes: readonly Row[], maxBytes: number): bigint | undefined {
  let last: bigint | undefined;
  let total = 0;
  for (const row of sizes) {
    const seq = integer(row, "seq");
    total += envelopeSize(seq, count(row, "size"));
    if (last !== undefined && total > maxBytes) break;
    last = seq;
  }
  return last;
}

/**
 * envelopeSize is what one Envelope adds to a FetchResponse: a tag and a length around seq and data,
 * both tagged with one byte. At most 21 bytes above the payload (I-05).
 */
export function envelopeSize(seq: bigint, payload: number): number {
  const inner = 1 + varintSize(seq) + 1 + varintSize(BigInt(payload)) + payload;
  return 1 + varintSize(BigInt(inner)) + inner;
}

function varintSize(value: bigint): number {
  let size = 1;
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) size += 1;
  return size;
}
