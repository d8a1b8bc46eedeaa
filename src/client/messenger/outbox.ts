// The outbox on its way to the server: in order within each conversation, the same bytes under the same
// message_id until the server has taken them (spec/client/client.md, Sending).

import { ENVELOPE_VERSION } from "../../crypto/hybrid/envelope.ts";
import { Status } from "../../registry/statuses.ts";
import { hexOf, sameBytes } from "../bytes.ts";
import { CallError } from "../call.ts";
import { ResponseError } from "../client.ts";
import { setStatus } from "../store/messages.ts";
import { listOutgoing, type QueuedOutgoing, removeOutgoing } from "../store/outbox.ts";
import { type Context, read, write } from "./context.ts";
import { Unreachable } from "./errors.ts";
import { saveLive, withoutCommit } from "./groups.ts";
import { fetchInbox } from "./inbox.ts";
import { prepared } from "./prepare.ts";
import { readdressed } from "./readdress.ts";
import { transmit } from "./transmit.ts";

/**
 * Outcome of one attempt:
 * - `sent`: the server has taken it
 * - `waiting`: it stays where it is
 * - `gone`: it left the outbox otherwise
 */
type Outcome = "sent" | "waiting" | "gone";

/** Flushed: the conversations for which something was sent, by their ids in hexadecimal. */
export type Flushed = ReadonlySet<string>;

/**
 * flush sends what waits and may be sent now; `caughtUp` names conversations whose inboxes were read just now. It throws Unreachable and the errors of a login; what the
 * server will never take is dropped, and goes to the news.
 */
export async function flush(
  context: Context,
  caughtUp: readonly Uint8Array[] = [],
): Promise<Flushed> {
  const touched = new Set<string>();
  const current = new Set(caughtUp.map(hexOf));
  const held = new Set<string>();
  let lastId = 0;
  for (;;) {
    // Listed anew each time: what one entry leads to may take others out, or put new ones in.
    const waiting = await read(context, listOutgoing());
    const entry = waiting.find(({ id }) => id > lastId);
    if (entry === undefined) return touched;
    lastId = entry.id;
    const queue = queueOf(entry);
    if (held.has(queue)) continue;
    await catchUp(context, entry, current);
    const outcome = await attempt(context, entry);
    if (outcome === "waiting") held.add(queue);
    if (outcome === "sent" && entry.conversationId) touched.add(hexOf(entry.conversationId));
  }
}

/** Before a message goes out, its sender has seen all that was said before: it may have to be encrypted anew. */
async function catchUp(
  context: Context,
  { kind, channelId, conversationId }: QueuedOutgoing,
  current: Set<string>,
): Promise<void> {
  const isPaused = context.pauses.isPaused(conversationId, context.now());
  const dependsOnEpoch = kind === "application" || kind === "proposal";
  if (!dependsOnEpoch || isPaused || current.has(hexOf(channelId))) return;
  await fetchInbox(context, channelId);
  current.add(hexOf(channelId));
}

/** flushIfReachable is flush for whoever has stored everything and need not know. */
export async function flushIfReachable(
  context: Context,
  caughtUp?: readonly Uint8Array[],
): Promise<void> {
  try {
    await flush(context, caughtUp);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
  }
}

/**
 * A message that waits holds back those behind it, but no other kind: an application message may be waiting
 * for the very commit behind it, and a Welcome goes to another inbox.
 */
function queueOf({ kind, conversationId }: QueuedOutgoing): string {
  return `${kind} ${conversationId ? hexOf(conversationId) : ""}`;
}

async function attempt(context: Context, entry: QueuedOutgoing): Promise<Outcome> {
  if (context.pauses.isPaused(entry.conversationId, context.now())) return "waiting";
  const ready = await prepared(context, entry);
  if (ready === "waiting") return ready;
  if (ready === "over") return drop(context, entry);
  if (ready instanceof Error) return fail(context, entry, ready);
  const refusal = await send(context, ready);
  if (refusal === undefined) return "sent";
  if (!isAboutMembers(ready, refusal)) return judge(context, ready, refusal);

  const changed = await readdressed(context, ready);
  if (changed === "gone") return changed;
  if (changed === undefined) return fail(context, ready, refusal);
  const again = await prepared(context, changed);
  if (again === "waiting") return again;
  if (again === "over") return drop(context, changed);
  const second = again instanceof Error ? again : await send(context, again);
  return second === undefined ? "sent" : judge(context, changed, second);
}

/** send answers what the server, or the payload itself, has against it. */
async function send(context: Context, entry: QueuedOutgoing): Promise<Error | undefined> {
  try {
    await transmit(context, entry);
  } catch (error) {
    const isRefusal = error instanceof CallError || error instanceof RangeError;
    if (!isRefusal && !(error instanceof ResponseError)) throw error;
    return error;
  }
  await write(context, function* () {
    yield* removeOutgoing(entry.id);
    if (entry.contentId && entry.conversationId) {
      yield* setStatus(entry.conversationId, entry.contentId, "sent");
    }
  });
  const enveloped = entry.payload[0] === ENVELOPE_VERSION;
  const { payload, recipients, sealed: anonymous, conversationId } = entry;
  context.trace({
    ...{ kind: "sent", what: entry.kind, conversationId, bytes: payload.length, enveloped },
    ...{ recipients: recipients.length, anonymous, epoch: epochOf(context, payload) },
  });
  return undefined;
}

async function drop(context: Context, { id }: QueuedOutgoing): Promise<Outcome> {
  await write(context, () => removeOutgoing(id));
  return "gone";
}

function epochOf({ mls }: Context, payload: Uint8Array): bigint | undefined {
  if (payload[0] === ENVELOPE_VERSION) return undefined;
  const peeked = mls.peek(payload);
  return "epoch" in peeked ? peeked.epoch : undefined;
}

function isAboutMembers({ channelId }: QueuedOutgoing, error: Error): error is CallError {
  if (channelId.length === 0 || !(error instanceof CallError)) return false;
  return error.status === Status.Forbidden;
}

const SOME_TIME_MS = 1000;

async function judge(context: Context, entry: QueuedOutgoing, error: Error): Promise<Outcome> {
  const wait = (scope: Uint8Array | undefined, ms: number): Outcome => {
    context.pauses.pause(scope, context.now(), ms || SOME_TIME_MS);
    return "waiting";
  };
  if (error instanceof ResponseError) return wait(undefined, SOME_TIME_MS);
  if (!(error instanceof CallError)) return fail(context, entry, error);
  switch (error.status) {
    case Status.RateLimited:
      return wait(entry.conversationId, error.retryAfterMs);
    case Status.Unavailable:
    case Status.DeadlineExceeded:
    case Status.Internal:
      return wait(undefined, error.retryAfterMs);
    default:
      return fail(context, entry, error);
  }
}

/** A commit that the server will never take leaves its group as it is. */
async function fail(context: Context, entry: QueuedOutgoing, error: Error): Promise<Outcome> {
  const { conversationId, kind, contentId } = entry;
  const groups = conversationId ? await context.groups.of(conversationId) : [];
  const live = groups.find(({ pending }) => pending && sameBytes(pending.message, entry.payload));
  const group = live && withoutCommit(live, live.member);
  await write(context, function* () {
    yield* removeOutgoing(entry.id);
    if (group) yield* saveLive(group);
  });
  if (group) context.groups.remember(group);
  context.news.failed.push({ conversationId, kind, contentId, error });
  return "gone";
}
