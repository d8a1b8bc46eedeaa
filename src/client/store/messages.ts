// The history of conversations. Spec: client/client.md, client/content.md; CLIENT-008, CLIENT-010.

import { blob, count, type Operation, q, type Row } from "../../storage/sql/statement.ts";
import { countOrAbsent, oneOf } from "./columns.ts";

export interface Message {
  /** The conversation has to be stored first. */
  readonly conversationId: Uint8Array;
  /** 16 bytes, unique in the conversation. */
  readonly contentId: Uint8Array;
  /** Identity key of the sender, 32 bytes. */
  readonly senderKey: Uint8Array;
  /** The encoded Content. */
  readonly content: Uint8Array;
  /** Unix milliseconds by the sender's clock: whatever the sender claims, at most 2^53 - 1 as stored. */
  readonly sentAt: number;
  /** Unix milliseconds by the own clock. */
  readonly receivedAt: number;
  /** Unix milliseconds; absent when the message stays. */
  readonly expiresAt?: number;
  readonly status: MessageStatus;
}

const STATUSES = ["queued", "sent", "received"] as const;
export type MessageStatus = (typeof STATUSES)[number];

const FIELDS =
  "conversation_id, content_id, sender_key, content, sent_at, received_at, expires_at, status";

/**
 * insertMessage answers false, having stored nothing, when the conversation has had a message with this
 * content_id: a replay, also of one that has expired or was deleted.
 */
export function* insertMessage(message: Message): Operation<boolean> {
  const { conversationId, contentId } = message;
  if (!(yield* rememberContent(conversationId, contentId))) return false;
  yield q(
    `INSERT INTO messages (${FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    conversationId,
    contentId,
    message.senderKey,
    message.content,
    Math.min(message.sentAt, Number.MAX_SAFE_INTEGER),
    message.receivedAt,
    message.expiresAt ?? null,
    message.status,
  );
  return true;
}

/**
 * rememberContent is for a content that leaves no message of its own (a reaction, an edit). It answers false
 * when the conversation has had this content_id.
 */
export function* rememberContent(
  conversationId: Uint8Array,
  contentId: Uint8Array,
): Operation<boolean> {
  const added = yield q(
    `INSERT INTO seen_contents (conversation_id, content_id) VALUES (?, ?)
     ON CONFLICT DO NOTHING RETURNING content_id`,
    conversationId,
    contentId,
  );
  return added.length > 0;
}

export function* findMessage(
  conversationId: Uint8Array,
  contentId: Uint8Array,
): Operation<Message | undefined> {
  const [row] = yield q(
    `SELECT ${FIELDS} FROM messages WHERE conversation_id = ? AND content_id = ?`,
    conversationId,
    contentId,
  );
  return row && messageOf(row);
}

/** setStatus answers false when there is no such message (any more). */
export function* setStatus(
  conversationId: Uint8Array,
  contentId: Uint8Array,
  status: MessageStatus,
): Operation<boolean> {
  const changed = yield q(
    `UPDATE messages SET status = ? WHERE conversation_id = ? AND content_id = ?
     RETURNING position`,
    status,
    conversationId,
    contentId,
  );
  return changed.length > 0;
}

/** history answers the last `limit` messages, in the order in which they were stored here. */
export function* history(conversationId: Uint8Array, limit: number): Operation<readonly Message[]> {
  const rows = yield q(
    `SELECT ${FIELDS} FROM messages WHERE conversation_id = ? ORDER BY position DESC LIMIT ?`,
    conversationId,
    limit,
  );
  return rows.map(messageOf).reverse();
}

export function* deleteMessage(conversationId: Uint8Array, contentId: Uint8Array): Operation<void> {
  yield q(
    "DELETE FROM messages WHERE conversation_id = ? AND content_id = ?",
    conversationId,
    contentId,
  );
}

/** deleteExpired deletes what has expired at `now`, in every conversation, and says how many went. */
export function* deleteExpired(now: number): Operation<number> {
  const gone = yield q("DELETE FROM messages WHERE expires_at <= ? RETURNING position", now);
  return gone.length;
}

function messageOf(row: Row): Message {
  const expiresAt = countOrAbsent(row, "expires_at");
  return {
    conversationId: blob(row, "conversation_id"),
    contentId: blob(row, "content_id"),
    senderKey: blob(row, "sender_key"),
    content: blob(row, "content"),
    sentAt: count(row, "sent_at"),
    receivedAt: count(row, "received_at"),
    ...(expiresAt !== undefined && { expiresAt }),
    status: oneOf(row, "status", STATUSES),
  };
}
