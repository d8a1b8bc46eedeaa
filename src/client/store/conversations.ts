// Conversations: one for each channel of this client. Spec: client/client.md; CLIENT-010.

import { blob, count, type Operation, q, type Row } from "../../storage/sql/statement.ts";
import { blobOrAbsent, flag, oneOf, utf8, utf8Of } from "./columns.ts";

export interface Conversation {
  /** The channel_id, 16 bytes. */
  readonly id: Uint8Array;
  readonly kind: ConversationKind;
  /** In a direct conversation: the identity key of the other, 32 bytes. */
  readonly peerKey?: Uint8Array;
  /** In a group: the group_id of its record on the server, 32 bytes. */
  readonly groupRecordId?: Uint8Array;
  readonly name: string;
  /** Seconds after which messages disappear; 0 is never. */
  readonly expireSecs: number;
  /** True when this account is no member any more. */
  readonly left: boolean;
}

const KINDS = ["direct", "group"] as const;
export type ConversationKind = (typeof KINDS)[number];

const FIELDS = "conversation_id, kind, peer_key, group_record_id, name, expire_secs, has_left";

export function* findConversation(id: Uint8Array): Operation<Conversation | undefined> {
  const [row] = yield q(`SELECT ${FIELDS} FROM conversations WHERE conversation_id = ?`, id);
  return row && conversationOf(row);
}

/** findByPeer answers the direct conversation with a key, the newest if there are several. */
export function* findByPeer(peerKey: Uint8Array): Operation<Conversation | undefined> {
  const [row] = yield q(
    `SELECT ${FIELDS} FROM conversations WHERE peer_key = ? ORDER BY position DESC LIMIT 1`,
    peerKey,
  );
  return row && conversationOf(row);
}

export function* findByGroupRecord(groupRecordId: Uint8Array): Operation<Conversation | undefined> {
  const [row] = yield q(
    `SELECT ${FIELDS} FROM conversations WHERE group_record_id = ?`,
    groupRecordId,
  );
  return row && conversationOf(row);
}

/** listConversations answers them in the order in which they were saved first. */
export function* listConversations(): Operation<readonly Conversation[]> {
  return (yield q(`SELECT ${FIELDS} FROM conversations ORDER BY position`)).map(conversationOf);
}

/** saveConversation replaces every field of the one with this id. */
export function* saveConversation(conversation: Conversation): Operation<void> {
  yield q(
    `INSERT INTO conversations (${FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (conversation_id) DO UPDATE SET
       kind = excluded.kind, peer_key = excluded.peer_key,
       group_record_id = excluded.group_record_id, name = excluded.name,
       expire_secs = excluded.expire_secs, has_left = excluded.has_left`,
    conversation.id,
    conversation.kind,
    conversation.peerKey ?? null,
    conversation.groupRecordId ?? null,
    utf8(conversation.name),
    conversation.expireSecs,
    Number(conversation.left),
  );
}

function conversationOf(row: Row): Conversation {
  const peerKey = blobOrAbsent(row, "peer_key");
  const groupRecordId = blobOrAbsent(row, "group_record_id");
  return {
    id: blob(row, "conversation_id"),
    kind: oneOf(row, "kind", KINDS),
    ...(peerKey && { peerKey }),
    ...(groupRecordId && { groupRecordId }),
    name: utf8Of(row, "name"),
    expireSecs: count(row, "expire_secs"),
    left: flag(row, "has_left"),
  };
}
