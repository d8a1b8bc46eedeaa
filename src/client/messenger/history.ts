// Conversations as people see them: edits and reactions are part of the message that they are about, and
// each message says how far its sender is known (spec/client/content.md, spec/client/client.md).

import type { Content, File } from "../../gen/qpc/client/v1/content_pb.ts";
import type { Operation } from "../../storage/sql/statement.ts";
import { hexOf } from "../bytes.ts";
import { decodeContent } from "../content.ts";
import { history, type Message } from "../store/messages.ts";
import { listOutgoing } from "../store/outbox.ts";
import type { Context } from "./context.ts";
import type { SenderTrust } from "./news.ts";
import { describeSender } from "./people.ts";

export interface HistoryEntry {
  /** The id of the content, 16 bytes. */
  readonly contentId: Uint8Array;
  /** Identity key, 32 bytes. */
  readonly sender: Uint8Array;
  /** Username of a contact; undefined when the key is nobody's that we know. */
  readonly senderName: string | undefined;
  readonly trust: SenderTrust;
  /** Unix milliseconds by the sender's clock. */
  readonly sentAt: number;
  /** Unix milliseconds by the own clock. */
  readonly receivedAt: number;
  /** Unix milliseconds; undefined when the message stays. */
  readonly expiresAt: number | undefined;
  /** `failed`: the server will not take it. */
  readonly status: "queued" | "sent" | "received" | "failed";
  readonly body: HistoryBody;
  readonly isEdited: boolean;
  /** In the order in which they came. */
  readonly reactions: readonly Reaction[];
}

export type HistoryBody =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly file: File }
  | { readonly kind: "timer"; readonly expireSecs: number };

export interface Reaction {
  readonly emoji: string;
  readonly sender: Uint8Array;
  readonly senderName: string | undefined;
}

/** readHistory answers the last `limit` messages, oldest first. */
export function* readHistory(
  context: Context,
  conversationId: Uint8Array,
  limit: number,
): Operation<readonly HistoryEntry[]> {
  const waiting = new Set(
    (yield* listOutgoing()).map(({ contentId }) => contentId && hexOf(contentId)),
  );
  // Nothing is shown beyond its time, even where no sync has deleted it yet.
  const now = context.now();
  const isThere = ({ expiresAt }: Message) => expiresAt === undefined || expiresAt > now;
  // What is about a message was stored after it, so the rows from a message on hold all of it.
  for (let rows = limit; ; rows *= 2) {
    const stored = yield* history(conversationId, rows);
    const contents = stored.filter(isThere).map((message) => ({
      message,
      content: decodeContent(message.content),
    }));
    const shown = contents.flatMap(({ message, content }) => {
      const body = bodyOf(content);
      return body ? [{ message, body }] : [];
    });
    if (shown.length < limit && stored.length === rows) continue;
    const changes = changesIn(contents);
    const entries: HistoryEntry[] = [];
    for (const { message, body } of limit > 0 ? shown.slice(-limit) : []) {
      const isWaiting = waiting.has(hexOf(message.contentId));
      entries.push(yield* entryOf(context, message, body, changes, isWaiting));
    }
    return entries;
  }
}

interface Changes {
  /** The last edit of each message, by its id in hexadecimal. */
  readonly edits: ReadonlyMap<string, string>;
  readonly reactions: ReadonlyMap<
    string,
    readonly { readonly emoji: string; sender: Uint8Array }[]
  >;
}

type Read = { readonly message: Message; readonly content: Content };

function changesIn(contents: readonly Read[]): Changes {
  const edits = new Map<string, string>();
  const reactions = new Map<string, { emoji: string; sender: Uint8Array }[]>();
  for (const { message, content } of contents) {
    const { body } = content;
    if (body.case === "edit") edits.set(hexOf(body.value.targetId), body.value.text);
    if (body.case !== "reaction") continue;
    const { targetId, emoji, remove } = body.value;
    const sender = message.senderKey;
    const isSame = (other: { emoji: string; sender: Uint8Array }) =>
      other.emoji === emoji && hexOf(other.sender) === hexOf(sender);
    const others = (reactions.get(hexOf(targetId)) ?? []).filter((other) => !isSame(other));
    reactions.set(hexOf(targetId), remove ? others : [...others, { emoji, sender }]);
  }
  return { edits, reactions };
}

function* entryOf(
  context: Context,
  message: Message,
  body: HistoryBody,
  { edits, reactions }: Changes,
  isWaiting: boolean,
): Operation<HistoryEntry> {
  const { contentId, senderKey: sender, sentAt, receivedAt, expiresAt, status } = message;
  const key = hexOf(contentId);
  const edited = edits.get(key);
  const named: Reaction[] = [];
  for (const reaction of reactions.get(key) ?? []) {
    const { senderName } = yield* describeSender(context, reaction.sender);
    named.push({ ...reaction, senderName });
  }
  return {
    ...{ contentId, sender, sentAt, receivedAt, expiresAt, reactions: named },
    ...(yield* describeSender(context, sender)),
    status: status === "queued" && !isWaiting ? "failed" : status,
    body: edited !== undefined && body.kind === "text" ? { kind: "text", text: edited } : body,
    isEdited: edited !== undefined,
  };
}

/** Only these are messages of their own. */
function bodyOf({ body }: Content): HistoryBody | undefined {
  switch (body.case) {
    case "text":
      return { kind: "text", text: body.value };
    case "file":
      return { kind: "file", file: body.value };
    case "timer":
      return { kind: "timer", expireSecs: body.value.expireSecs };
    default:
      return undefined;
  }
}
