// Inboxes: the counter row of each (recipient, channel), and its cap.
// Spec: services/delivery.md; C-34, C-106, I-03.

import { type Inbox, InboxFull } from "../stores.ts";
import { count, integer, type Operation, q, type Row } from "./statement.ts";

/** StoreLimits bound one inbox (C-106): messages by number, their payloads by bytes. */
export interface StoreLimits {
  readonly inboxMessages: number;
  readonly inboxBytes: number;
}

/** InboxRow is the counter row as the running operation has changed it; saveInbox writes it back. */
export interface InboxRow {
  readonly id: bigint;
  /** Highest seq assigned so far; 0 in a new inbox. */
  lastSeq: bigint;
  /** Messages up to here are gone for every view. It never goes down. */
  readonly floor: bigint;
  /** Stored messages and payload bytes, including dead ones that nothing has deleted yet. */
  messages: number;
  bytes: number;
}

/** lockInboxes answers the rows of the inboxes named in `wanted` by inboxKey, created where missing. */
export function* lockInboxes(wanted: readonly Inbox[]): Operation<Map<string, InboxRow>> {
  const named = new Map(wanted.map((inbox) => [inboxKey(inbox), inbox]));
  // One order for all writers, so that two batches never wait for each other.
  const ordered = [...named].sort(([a], [b]) => (a < b ? -1 : 1));
  const locked = new Map<string, InboxRow>();
  for (const [key, inbox] of ordered) locked.set(key, yield* lockInbox(inbox));
  return locked;
}

/** inboxKey is unambiguous because every recipient has 32 bytes. */
export function inboxKey(inbox: Inbox): string {
  return String.fromCharCode(...inbox.recipient, ...inbox.channelId);
}

function* lockInbox({ recipient, channelId }: Inbox): Operation<InboxRow> {
  const select = q(
    `SELECT id, last_seq, floor, messages, bytes FROM inboxes
     WHERE recipient = ? AND channel_id = ? /* FOR UPDATE */`,
    recipient,
    channelId,
  );
  const [known] = yield select;
  if (known !== undefined) return inboxRow(known);
  yield q(
    "INSERT INTO inboxes (recipient, channel_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
    recipient,
    channelId,
  );
  const [created] = yield select;
  if (created === undefined) throw new Error("the inbox row was not created");
  return inboxRow(created);
}

function inboxRow(row: Row): InboxRow {
  return {
    id: integer(row, "id"),
    lastSeq: integer(row, "last_seq"),
    floor: integer(row, "floor"),
    messages: count(row, "messages"),
    bytes: count(row, "bytes"),
  };
}

export function* saveInbox(inbox: InboxRow): Operation<void> {
  yield q(
    "UPDATE inboxes SET last_seq = ?, messages = ?, bytes = ? WHERE id = ?",
    inbox.lastSeq,
    inbox.messages,
    inbox.bytes,
    inbox.id,
  );
}

/**
 * makeRoom deletes what it takes to store `size` more bytes as one message: first what no view can see
 * any more, then the oldest messages that at least one view has acknowledged (C-106). It throws InboxFull.
 */
export function* makeRoom(
  inbox: InboxRow,
  size: number,
  limits: StoreLimits,
  now: number,
): Operation<void> {
  const fits = () =>
    inbox.messages + 1 <= limits.inboxMessages && inbox.bytes + size <= limits.inboxBytes;
  while (!fits()) {
    const victims = yield* findVictims(inbox, now);
    if (victims.length === 0) throw new InboxFull("the inbox is at its cap");
    for (const victim of victims) {
      if (fits()) break;
      yield* deleteMessage(inbox, integer(victim, "seq"), count(victim, "size"));
    }
  }
}

const VICTIMS_AT_ONCE = 64;

function* findVictims(inbox: InboxRow, now: number): Operation<readonly Row[]> {
  // The unary plus keeps SQLite on the expiry index: a full inbox is not to be read through per refusal.
  const expired = yield q(
    `SELECT seq, length(payload) AS size FROM deliveries
     WHERE expires_at <= ? AND +inbox_id = ? ORDER BY expires_at LIMIT ?`,
    now,
    inbox.id,
    VICTIMS_AT_ONCE,
  );
  if (expired.length > 0) return expired;
  const [furthest] = yield q(
    "SELECT COALESCE(MAX(seq), 0) AS seq FROM cursors WHERE inbox_id = ?",
    inbox.id,
  );
  const cursor = furthest === undefined ? 0n : integer(furthest, "seq");
  return yield q(
    `SELECT seq, length(payload) AS size FROM deliveries
     WHERE inbox_id = ? AND seq <= ? ORDER BY seq LIMIT ?`,
    inbox.id,
    higher(cursor, inbox.floor),
    VICTIMS_AT_ONCE,
  );
}

function* deleteMessage(inbox: InboxRow, seq: bigint, size: number): Operation<void> {
  yield q("DELETE FROM deliveries WHERE inbox_id = ? AND seq = ?", inbox.id, seq);
  inbox.messages -= 1;
  inbox.bytes -= size;
}

/** higher is Math.max for seqs. */
export function higher(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}
