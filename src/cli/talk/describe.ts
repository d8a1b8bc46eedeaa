// News in words, a line each. Texts of others stand behind a sender in brackets; whatever begins with `*`
// or `!` is told by this program. Nobody is shown as verified but who was compared [client.never-verified].

import { sameBytes } from "../../client/bytes.ts";
import type { HistoryBody, HistoryEntry } from "../../client/messenger/history.ts";
import type {
  FailedOutgoing,
  GroupChange,
  ReceivedMessage,
  ReportedFault,
  SenderTrust,
} from "../../client/messenger/news.ts";
import { TIMER_CHOICES, timerSeconds } from "../../client/timer.ts";
import { keyFingerprint } from "../../crypto/identity/fingerprint.ts";
import type { Content, File, TranscriptRecord } from "../../gen/qpc/client/v1/content_pb.ts";
import { errorWords } from "../qpc-errors.ts";
import { type Labels, personLabel } from "./labels.ts";

/** MARKS are how far a sender is known. */
export const MARKS: Readonly<Record<SenderTrust, string>> = {
  own: "",
  verified: " ✓",
  pinned: " ~",
  unknown: " ?",
  revoked: " ✗",
};

/** MARKS_HELP explains them. */
export const MARKS_HELP =
  "✓ compared by safety number, ~ key from the server's log, ? unknown, ✗ key revoked";

/** Numbering is how messages are referred to, where they have numbers. */
export interface Numbering {
  /** of answers the number of a message, which is a new one for a message not seen before. */
  of(conversationId: Uint8Array, contentId: Uint8Array): number;
  /** find answers undefined for a message not seen before. */
  find(conversationId: Uint8Array, contentId: Uint8Array): number | undefined;
}

/** messageLine words a message that came in. */
export function messageLine(
  { conversationId, sender, trust, content }: ReceivedMessage,
  labels: Labels,
  numbering?: Numbering,
): string {
  const place = labels.isDirect(conversationId) ? "" : ` ${labels.placeOf(conversationId)}`;
  const from = `${labels.person(sender)}${MARKS[trust]}${place}`;
  const refer = (id: Uint8Array) => {
    const number = numbering?.find(conversationId, id);
    return number === undefined ? "a message" : `(${number})`;
  };
  const { body } = content;
  const isItself = body.case === "text" || body.case === "file" || body.case === "timer";
  const number = isItself && numbering ? `(${numbering.of(conversationId, content.id)}) ` : "";
  return `${number}${body.case === "text" ? `[${from}]` : `* ${from}`} ${words(body, refer)}`;
}

/** historyLine words a message of the history. */
export function historyLine(entry: HistoryEntry, labels: Labels, number?: number): string {
  const { sender, trust, receivedAt, status, body, isEdited, reactions } = entry;
  const from = `${labels.person(sender)}${MARKS[trust]}`;
  const notes = [
    ...(isEdited ? ["edited"] : []),
    ...(status === "queued" || status === "failed" ? [status] : []),
    ...reactions.map((reaction) => `${reaction.emoji} ${labels.person(reaction.sender)}`),
  ];
  const note = notes.length > 0 ? ` (${notes.join(", ")})` : "";
  const text = body.kind === "text" ? `[${from}] ${body.text}` : `* ${from} ${entryWords(body)}`;
  return `${number ? `(${number}) ` : ""}${timeWords(receivedAt)} ${text}${note}`;
}

/**
 * recordLine words a record of a transcript, by its number from 1; `refer` answers the number of what it is
 * about. A transcript does not say how far its senders were known.
 */
export function recordLine(
  { senderKey, senderName, receivedAtMs, content }: TranscriptRecord,
  number: number,
  refer: (contentId: Uint8Array) => number | undefined,
): string {
  const name = senderName === keyFingerprint(senderKey) ? undefined : senderName;
  const from = personLabel(name, senderKey);
  const body = content?.body ?? { case: undefined };
  const target = (id: Uint8Array) => {
    const found = refer(id);
    return found === undefined ? "a message" : `(${found})`;
  };
  const sender = body.case === "text" ? `[${from}]` : `* ${from}`;
  return `(${number}) ${timeWords(Number(receivedAtMs))} ${sender} ${words(body, target)}`;
}

/** changeLine words who is in a conversation now, or that somebody has renewed his keys. */
export function changeLine(
  { conversationId, by, added, removed, active }: GroupChange,
  labels: Labels,
): string {
  const place = labels.placeOf(conversationId) ?? "a conversation";
  if (by === undefined) return `* you are in ${place} now`;
  const who = labels.person(by);
  if (!active) return `* ${who} removed you from ${place}`;
  const others = (keys: readonly Uint8Array[], than: readonly Uint8Array[]) =>
    keys.filter((key) => !than.some((other) => sameBytes(key, other)));
  const events = [
    ["added", others(added, removed)],
    ["added anew", others(added, others(added, removed))],
    ["removed", others(removed, added)],
  ] as const;
  const told = events
    .filter(([, keys]) => keys.length > 0)
    .map(([verb, keys]) => `${verb} ${keys.map(labels.person).join(", ")}`);
  return `* ${who} ${told.join(" and ") || "renewed keys"} in ${place}`;
}

/** faultLine words what was wrong with something that came in; it was not shown, and changed nothing. */
export function faultLine({ fault, channelId }: ReportedFault, labels: Labels): string {
  const place = channelId && channelId.length > 0 ? labels.placeOf(channelId) : undefined;
  return `! fault${place ? ` in ${place}` : ""}: ${errorWords(fault)}`;
}

export function failureLine(failure: FailedOutgoing, labels: Labels): string {
  const { conversationId, kind, error } = failure;
  const place = conversationId && labels.placeOf(conversationId);
  const what = kind === "application" ? "a message" : `a ${kind}`;
  return `! ${what}${place ? ` to ${place}` : ""} was not taken: ${errorWords(error)}`;
}

/** durationWords spells the choices of a timer as people type them. */
export function durationWords(seconds: number): string {
  return TIMER_CHOICES.find((choice) => timerSeconds(choice) === seconds) ?? `${seconds} s`;
}

function words(body: Content["body"], refer: (target: Uint8Array) => string): string {
  switch (body.case) {
    case "text":
      return body.value;
    case "reaction": {
      const { emoji, remove, targetId } = body.value;
      return `${remove ? `took back ${emoji} from` : `put ${emoji} to`} ${refer(targetId)}`;
    }
    case "edit":
      return `changed ${refer(body.value.targetId)} to: ${body.value.text}`;
    case "deletion":
      return `deleted ${refer(body.value.targetId)}`;
    case "file":
      return fileWords(body.value);
    case "timer":
      return timerWords(body.value.expireSecs);
    case undefined:
      return "";
  }
}

function entryWords(body: HistoryBody): string {
  switch (body.kind) {
    case "text":
      return body.text;
    case "file":
      return fileWords(body.file);
    case "timer":
      return timerWords(body.expireSecs);
  }
}

function fileWords({ name, size, mimeType }: File): string {
  return `sent the file ${name} (${size} bytes, ${mimeType})`;
}

function timerWords(expireSecs: number): string {
  if (expireSecs === 0) return "set messages to stay from now on";
  return `set messages to disappear after ${durationWords(expireSecs)} from now on`;
}

function timeWords(ms: number): string {
  return new Date(ms).toLocaleString("sv-SE", { dateStyle: "short", timeStyle: "short" });
}
