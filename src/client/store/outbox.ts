// The outbox: what still has to reach the server, with the message_id that makes a repeat harmless.
// Spec: client/client.md; CLIENT-011.

import { blob, count, type Operation, q, type Row } from "../../storage/sql/statement.ts";
import { blobOrAbsent, flag, oneOf } from "./columns.ts";

export interface Outgoing {
  readonly conversationId?: Uint8Array;
  readonly kind: OutgoingKind;
  /** Identity keys, 32 bytes each. */
  readonly recipients: readonly Uint8Array[];
  /** 16 bytes, or none for the default inbox. */
  readonly channelId: Uint8Array;
  /** The bytes to enqueue; a repeat sends the same. */
  readonly payload: Uint8Array;
  /** 16 bytes, unique in the outbox. */
  readonly messageId: Uint8Array;
  readonly ttlSecs: number;
  /** True when it goes out on a connection without a session (sealed sender). */
  readonly sealed: boolean;
  /** The message that is sent when this is; absent where none is shown. */
  readonly contentId?: Uint8Array;
}

/** QueuedOutgoing is an Outgoing in its place: ids go up. */
export interface QueuedOutgoing extends Outgoing {
  readonly id: number;
}

const KINDS = ["application", "commit", "proposal", "welcome"] as const;
export type OutgoingKind = (typeof KINDS)[number];

const KEY_BYTES = 32;
const FIELDS =
  "conversation_id, kind, recipients, channel_id, payload, message_id, ttl_secs, sealed, content_id";

/** putOutgoing appends to the outbox and answers the id, which no other entry ever has. */
export function* putOutgoing(outgoing: Outgoing): Operation<number> {
  const [row] = yield q(
    `INSERT INTO outbox (${FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    ...columnsOf(outgoing),
  );
  if (row === undefined) throw new Error("the outbox did not take the entry");
  return count(row, "id");
}

/** listOutgoing answers the outbox in the order in which it was filled. */
export function* listOutgoing(): Operation<readonly QueuedOutgoing[]> {
  return (yield q(`SELECT id, ${FIELDS} FROM outbox ORDER BY id`)).map(outgoingOf);
}

/** removeOutgoing answers false when the entry was not there. */
export function* removeOutgoing(id: number): Operation<boolean> {
  const gone = yield q("DELETE FROM outbox WHERE id = ? RETURNING id", id);
  return gone.length > 0;
}

/** replaceOutgoing keeps the place and the id. It answers false when the entry was not there. */
export function* replaceOutgoing({ id, ...outgoing }: QueuedOutgoing): Operation<boolean> {
  const changed = yield q(
    `UPDATE outbox SET (${FIELDS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ? RETURNING id`,
    ...columnsOf(outgoing),
    id,
  );
  return changed.length > 0;
}

function columnsOf(outgoing: Outgoing) {
  return [
    outgoing.conversationId ?? null,
    outgoing.kind,
    joinKeys(outgoing.recipients),
    outgoing.channelId,
    outgoing.payload,
    outgoing.messageId,
    outgoing.ttlSecs,
    Number(outgoing.sealed),
    outgoing.contentId ?? null,
  ];
}

function outgoingOf(row: Row): QueuedOutgoing {
  const conversationId = blobOrAbsent(row, "conversation_id");
  const contentId = blobOrAbsent(row, "content_id");
  return {
    id: count(row, "id"),
    ...(conversationId && { conversationId }),
    kind: oneOf(row, "kind", KINDS),
    recipients: splitKeys(blob(row, "recipients")),
    channelId: blob(row, "channel_id"),
    payload: blob(row, "payload"),
    messageId: blob(row, "message_id"),
    ttlSecs: count(row, "ttl_secs"),
    sealed: flag(row, "sealed"),
    ...(contentId && { contentId }),
  };
}

function joinKeys(keys: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(keys.length * KEY_BYTES);
  for (const [n, key] of keys.entries()) {
    if (key.length !== KEY_BYTES) throw new RangeError("a recipient key is not 32 bytes long");
    joined.set(key, n * KEY_BYTES);
  }
  return joined;
}

function splitKeys(joined: Uint8Array): readonly Uint8Array[] {
  const starts = Array.from({ length: joined.length / KEY_BYTES }, (_, n) => n * KEY_BYTES);
  return starts.map((start) => joined.slice(start, start + KEY_BYTES));
}
