// Sending a content: the state of the group, the ciphertext and the message are stored together before
// anything goes out (spec/client/client.md, Sending).

import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { type Content, ContentSchema } from "../../gen/qpc/client/v1/content_pb.ts";
import { sameBytes } from "../bytes.ts";
import { encodePadded } from "../content.ts";
import { type Conversation, findConversation } from "../store/conversations.ts";
import { findMessage } from "../store/messages.ts";
import { listOutgoing, putOutgoing } from "../store/outbox.ts";
import { without } from "./bytes.ts";
import { NOTHING_WISHED } from "./change.ts";
import { pursue } from "./changes.ts";
import { storeGroup } from "./commit.ts";
import { type Context, conversationOf, read, write } from "./context.ts";
import { MessengerError, Unreachable } from "./errors.ts";
import { type LiveGroup, saveLive } from "./groups.ts";
import { fetchInbox } from "./inbox.ts";
import { keepContent } from "./keep.ts";
import { flushIfReachable } from "./outbox.ts";
import { applicationEntry } from "./outbox-entries.ts";
import { isBusy } from "./prepare.ts";
import { demandGroup } from "./sending-group.ts";
import { uuidV7 } from "./uuid.ts";

/** Body is what a user sends: a text, a reaction, an edit, a deletion, a file or a timer. */
export type Body = NonNullable<MessageInitShape<typeof ContentSchema>["body"]>;

export interface SentMessage {
  /** The id of the content, 16 bytes, to which reactions, edits and deletions refer. */
  readonly contentId: Uint8Array;
  /**
   * `queued` while the server cannot be reached, or asks for patience; `failed` when it will not take the
   * message, which the next report explains.
   */
  readonly status: "sent" | "queued" | "failed";
}

/**
 * sendContent throws MessengerError `unknown-conversation`, `inactive` and `content`, which is a body that
 * no receiver would take, or an edit or deletion of what is not the sender's own.
 */
export async function sendContent(
  context: Context,
  conversationId: Uint8Array,
  body: Body,
): Promise<SentMessage> {
  const conversation = await conversationOf(context, conversationId);
  await demandGroup(context, conversation);
  const { content, plaintext } = composed(context, conversation.expireSecs, body);
  const isReachable = await becomeFree(context, conversation);
  const group = await demandGroup(context, conversation);

  const outgoing = isBusy(group) ? { group, payload: LATER } : await encrypted(group, plaintext);
  const entry = applicationEntry(
    {
      ...{ group, payload: outgoing.payload, contentId: content.id },
      ...{ expireSecs: content.expireSecs, anonymous: context.sealedSender },
    },
    context.now(),
  );
  const recipients = without(entry.recipients, context.absent.of(conversationId));
  const kept = {
    ...{ senderKey: group.member.identityKey, receivedAt: context.now() },
    status: "queued",
  } as const;
  await write(context, function* () {
    // Read again: what came in meanwhile may have changed the conversation.
    const current = (yield* findConversation(conversationId)) ?? conversation;
    if (!(yield* keepContent(current, content, kept))) throw notAllowed();
    yield* saveLive(outgoing.group);
    yield* putOutgoing({ ...entry, recipients });
  });
  context.groups.remember(outgoing.group);
  if (isReachable) await flushIfReachable(context, [conversationId]);
  return { contentId: content.id, status: await statusOf(context, conversationId, content.id) };
}

/** What cannot be encrypted yet: the entry gets its ciphertext when the group is free. */
const LATER = new Uint8Array(0);

function composed(context: Context, expireSecs: number, body: Body) {
  const id = uuidV7(context.now());
  const sentAtMs = BigInt(context.now());
  const content: Content = create(ContentSchema, { id, sentAtMs, expireSecs, body });
  try {
    return { content, plaintext: encodePadded(content) };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new MessengerError("content", cause.message, { cause });
  }
}

/**
 * becomeFree catches up with the conversation, and finishes what keeps the group from sending: an own commit that is under way, and proposals,
 * which RFC 9420 section 12.4 has everybody commit before he sends. False when the server is out of reach.
 */
async function becomeFree(context: Context, conversation: Conversation): Promise<boolean> {
  try {
    // Whoever is epochs behind would send what nobody can read any more.
    await fetchInbox(context, conversation.id);
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const group = await demandGroup(context, conversation);
      if (!isBusy(group)) return true;
      if (group.change === undefined) await storeGroup(context, { ...group, change: TO_COMMIT });
      await pursue(context, group.member.groupId);
    }
    return true;
  } catch (error) {
    if (error instanceof Unreachable) return false;
    throw error;
  }
}

const TO_COMMIT = { phase: "wanted", ...NOTHING_WISHED } as const;
/** A duty of an earlier change, the proposals that are there, and those of the next epoch. */
const MOST_ATTEMPTS = 3;

async function encrypted(group: LiveGroup, plaintext: Uint8Array) {
  const { next, message } = await group.member.send(plaintext);
  return { group: { ...group, member: next }, payload: message };
}

async function statusOf(
  context: Context,
  conversationId: Uint8Array,
  contentId: Uint8Array,
): Promise<SentMessage["status"]> {
  const message = await read(context, findMessage(conversationId, contentId));
  if (message?.status !== "queued") return "sent";
  const waiting = await read(context, listOutgoing());
  const isWaiting = waiting.some(
    (entry) => entry.contentId && sameBytes(entry.contentId, contentId),
  );
  return isWaiting ? "queued" : "failed";
}

function notAllowed(): MessengerError {
  const message = "a reaction needs its message; an edit or a deletion, one of the same sender";
  return new MessengerError("content", message);
}
