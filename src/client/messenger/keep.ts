// What a content does to the local state (spec/client/content.md): whose edits and deletions count, and when
// a message disappears.

import type { Content } from "../../gen/qpc/client/v1/content_pb.ts";
import type { Operation } from "../../storage/sql/statement.ts";
import { sameBytes } from "../bytes.ts";
import { encodeContent } from "../content.ts";
import { type Conversation, saveConversation } from "../store/conversations.ts";
import {
  deleteMessage,
  findMessage,
  insertMessage,
  type Message,
  type MessageStatus,
  rememberContent,
} from "../store/messages.ts";

export interface Kept {
  readonly senderKey: Uint8Array;
  /** Unix milliseconds by the own clock. */
  readonly receivedAt: number;
  readonly status: MessageStatus;
}

/**
 * keepContent stores a content in its conversation, and does what it says. It answers false, having done
 * nothing, for one that came before, and for one that its sender may not send.
 */
export function* keepContent(
  conversation: Conversation,
  content: Content,
  kept: Kept,
): Operation<boolean> {
  const { body } = content;
  if (body.case === "text" || body.case === "file") {
    return yield* insertMessage(messageOf(conversation, content, kept));
  }
  if (body.case === "timer") {
    const isNew = yield* insertMessage(messageOf(conversation, content, kept));
    const { expireSecs } = body.value;
    if (isNew) yield* saveConversation({ ...conversation, expireSecs });
    return isNew;
  }
  if (body.case === undefined) return false;
  const target = yield* findMessage(conversation.id, body.value.targetId);
  if (target === undefined || !(body.case === "reaction" || isOwn(target, kept))) {
    yield* rememberContent(conversation.id, content.id);
    return false;
  }
  if (body.case === "deletion" && kept.status === "received") {
    if (!(yield* rememberContent(conversation.id, content.id))) return false;
    yield* deleteMessage(conversation.id, target.contentId);
    return true;
  }
  // What is said about a message lasts as long as the message; an own deletion, until it is sent.
  const { expiresAt: _, ...lasting } = messageOf(conversation, content, kept);
  const lifetime = target.expiresAt === undefined ? {} : { expiresAt: target.expiresAt };
  if (!(yield* insertMessage({ ...lasting, ...lifetime }))) return false;
  if (body.case === "deletion") yield* deleteMessage(conversation.id, target.contentId);
  return true;
}

function isOwn(target: Message, { senderKey }: Kept): boolean {
  return sameBytes(target.senderKey, senderKey);
}

function messageOf({ id: conversationId }: Conversation, content: Content, kept: Kept): Message {
  const { id: contentId, expireSecs } = content;
  const { senderKey, receivedAt, status } = kept;
  return {
    ...{ conversationId, contentId, senderKey, receivedAt, status },
    content: encodeContent(content),
    sentAt: Number(content.sentAtMs),
    ...(expireSecs > 0 && { expiresAt: receivedAt + expireSecs * 1000 }),
  };
}
