// Staying in touch: the server's events where it pushes, a FetchWait on the default inbox as the fallback
// where it does not, and a full round after everything that may have been missed (spec/events.md).

import { setTimeout } from "node:timers/promises";
import { isMessage, type Message } from "@bufbuild/protobuf";
import { DeliveryService } from "../../gen/qpc/v1/methods_pb.ts";
import {
  type GroupMembershipChange,
  GroupMembershipChangeSchema,
  NewMessageSchema,
} from "../../gen/qpc/v1/push_pb.ts";
import { Status } from "../../registry/statuses.ts";
import type { Caller } from "../../rpc/caller.ts";
import type { EventFrame } from "../../rpc/event-inbox.ts";
import { CallError } from "../call.ts";
import { createClient, ResponseError } from "../client.ts";
import { EventError, readEvent } from "../events.ts";
import { findConversation } from "../store/conversations.ts";
import { type Context, read } from "./context.ts";
import { Unreachable } from "./errors.ts";
import { hasNews } from "./news.ts";
import { DEFAULT_CHANNEL } from "./outbox-entries.ts";
import { type SyncReport, syncAll, syncChannel, takeReport } from "./sync.ts";
import type { WorkQueue } from "./work-queue.ts";

/**
 * Heard is what a listener is told:
 * - `sync`: something came in, went out or went wrong
 * - `membership`: the server says that the record of a group has changed, or that somebody asks its
 *   members to rotate their keys; what counts is the commit
 * - `away`: the server cannot be reached, or asks for patience; the next attempt follows by itself
 */
export type Heard =
  | { readonly kind: "sync"; readonly report: SyncReport }
  | { readonly kind: "membership"; readonly change: GroupMembershipChange }
  | { readonly kind: "away"; readonly error: Error };

/** How long one FetchWait waits; it also keeps the connection from being idle. */
const WAIT_MS = 25_000;
const RETRY_MS = 1_000;

/** listen yields until `signal` is aborted; it throws the errors of a login. */
export async function* listen(
  context: Context,
  run: WorkQueue["run"],
  signal: AbortSignal,
): AsyncGenerator<Heard, void> {
  while (!signal.aborted) {
    try {
      yield* oneConnection(context, run, signal);
    } catch (error) {
      if (signal.aborted) return;
      const pause = pauseAfter(error);
      if (pause === undefined) throw error;
      yield { kind: "away", error: error as Error };
      await rest(pause, signal);
    }
  }
}

/** Sign is what makes a listener look: an event, the end of a wait, or the end of the connection. */
type Sign =
  | { readonly kind: "event"; readonly frame: EventFrame }
  | { readonly kind: "waited"; readonly found: boolean }
  | { readonly kind: "ended" };

async function* oneConnection(
  context: Context,
  run: WorkQueue["run"],
  signal: AbortSignal,
): AsyncGenerator<Heard, void> {
  const { caller } = await context.link.current();
  const events = caller.events();
  try {
    yield* follow(context, run, caller, events, signal);
  } finally {
    // What comes from now on is for the next listener on this connection. Nobody waits for the answer.
    events.return?.().catch(() => {});
  }
}

/** A connection, with a full round at its beginning (events.client-catch-up). */
async function* follow(
  context: Context,
  run: WorkQueue["run"],
  caller: Pick<Caller, "lostEvents">,
  events: AsyncIterator<EventFrame>,
  signal: AbortSignal,
): AsyncGenerator<Heard, void> {
  const stop = onAbort(signal);
  let event = nextEvent(events);
  let lost = caller.lostEvents();
  let hasPushed = false;
  yield* inTurn(context, run, () => syncAll(context));
  let wait = nextWait(context, signal);
  for (;;) {
    const sign = await Promise.race([event, wait, stop]);
    if (sign.kind === "ended" || signal.aborted) return;
    if (sign.kind === "event") {
      event = nextEvent(events);
      hasPushed = true;
      if (caller.lostEvents() === lost) {
        yield* onEvent(context, run, sign.frame);
        continue;
      }
      lost = caller.lostEvents();
    }
    // A server that pushes has told already what there is.
    const knows = sign.kind === "waited" && !sign.found && hasPushed;
    if (!knows) yield* inTurn(context, run, () => syncAll(context));
    if (sign.kind === "waited") wait = nextWait(context, signal);
  }
}

async function* onEvent(
  context: Context,
  run: WorkQueue["run"],
  frame: EventFrame,
): AsyncGenerator<Heard, void> {
  const message = understood(frame);
  if (isMessage(message, GroupMembershipChangeSchema)) {
    yield { kind: "membership", change: message };
  }
  if (!isMessage(message, NewMessageSchema)) return;
  const { channelId } = message;
  yield* inTurn(context, run, async () => {
    const isKnown =
      channelId.length === 0 || (await read(context, findConversation(channelId))) !== undefined;
    await (isKnown ? syncChannel(context, channelId) : syncAll(context));
  });
}

/** A broken event is no reason to stop: what it announced lies in its queue (events.queue-remains). */
function understood(frame: EventFrame): Message | undefined {
  try {
    return readEvent(frame);
  } catch (error) {
    if (error instanceof EventError) return undefined;
    throw error;
  }
}

async function* inTurn(
  context: Context,
  run: WorkQueue["run"],
  work: () => Promise<void>,
): AsyncGenerator<Heard, void> {
  let failed: { readonly error: unknown } | undefined;
  const report = await run(async () => {
    await work().catch((error) => {
      failed = { error };
    });
    return hasNews(context.news) ? takeReport(context) : undefined;
  });
  // What came in before it failed is here to stay.
  if (report) yield { kind: "sync", report };
  if (failed) throw failed.error;
}

function nextEvent(events: AsyncIterator<EventFrame>): Promise<Sign> {
  return quiet(
    events.next().then(({ done, value }) => {
      return done ? { kind: "ended" } : { kind: "event", frame: value };
    }),
  );
}

function nextWait(context: Context, signal: AbortSignal): Promise<Sign> {
  const delivery = createClient(DeliveryService, context.link.caller);
  const { identityKey: recipientKey, deviceId } = context.account();
  const inbox = { recipientKey, channelId: DEFAULT_CHANNEL, ...(deviceId && { deviceId }) };
  const waiting = delivery.fetchWait(
    { ...inbox, timeoutMs: BigInt(WAIT_MS), limit: 1 },
    { signal },
  );
  return quiet(waiting.then(({ payloads }) => ({ kind: "waited", found: payloads.length > 0 })));
}

/** What nobody waits for any more may fail unheard. */
function quiet(sign: Promise<Sign>): Promise<Sign> {
  sign.catch(() => {});
  return sign;
}

function onAbort(signal: AbortSignal): Promise<Sign> {
  return new Promise((resolve) => {
    const ended = () => resolve({ kind: "ended" });
    if (signal.aborted) ended();
    else signal.addEventListener("abort", ended, { once: true });
  });
}

/** pauseAfter answers how long to wait after an error that passes; undefined for one that does not. */
function pauseAfter(error: unknown): number | undefined {
  if (error instanceof Unreachable || error instanceof ResponseError) return RETRY_MS;
  if (!(error instanceof CallError) || !PASSING.includes(error.status)) return undefined;
  return Math.max(error.retryAfterMs, RETRY_MS);
}

const PASSING: readonly Status[] = [
  Status.RateLimited,
  Status.Unavailable,
  Status.DeadlineExceeded,
  Status.Internal,
];

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => {});
}
