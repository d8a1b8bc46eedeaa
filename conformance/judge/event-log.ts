// Push events that a peer received: one frame per server-initiated stream.

import { LIMITS } from "../../src/registry/limits.ts";
import type { QuicConnection } from "../../src/transport/transport.ts";
import { PUSH } from "../../src/wire/frame.ts";
import { decodeFrame } from "../../src/wire/reader.ts";
import type { Trace } from "./trace.ts";

export interface ReceivedEvent {
  /** Undefined when the stream did not carry one push frame. */
  readonly eventType: number | undefined;
  readonly payload: Uint8Array;
  readonly raw: Uint8Array;
  readonly at: number;
}

const MOST_BYTES = PUSH.size + LIMITS.framePayload.value;
const MOST_EVENTS = 1000;

export interface EventLog {
  /** all answers what came so far, in order of arrival. */
  all(): readonly ReceivedEvent[];
  /** find waits at most `ms` milliseconds for an event that fits. */
  find(fits: (event: ReceivedEvent) => boolean, ms: number): Promise<ReceivedEvent | undefined>;
  /** clear forgets what came so far. */
  clear(): void;
}

/** createEventLog reads every unidirectional stream of a connection until it ends. */
export function createEventLog(quic: QuicConnection, trace: () => Trace): EventLog {
  const events: ReceivedEvent[] = [];
  const watchers = new Set<(event: ReceivedEvent) => void>();

  async function read(stream: AsyncIterable<Uint8Array>): Promise<void> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const chunk of stream) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > MOST_BYTES) break; // more than a push frame holds: kept as a broken event
      }
    } catch {
      return; // an abandoned push is no event
    }
    const event = toEvent(Buffer.concat(chunks));
    trace().add("got", "push", event.raw);
    events.push(event);
    if (events.length > MOST_EVENTS) events.shift();
    for (const watcher of watchers) watcher(event);
  }

  async function readAll(): Promise<void> {
    for await (const stream of quic.acceptUni()) void read(stream.chunks());
  }
  void readAll();

  return {
    all: () => [...events],
    clear: () => events.splice(0),
    async find(fits, ms) {
      const known = events.find(fits);
      if (known) return known;
      const found = Promise.withResolvers<ReceivedEvent | undefined>();
      const watcher = (event: ReceivedEvent) => {
        if (fits(event)) found.resolve(event);
      };
      watchers.add(watcher);
      const timer = setTimeout(() => found.resolve(undefined), ms);
      const event = await found.promise;
      clearTimeout(timer);
      watchers.delete(watcher);
      return event;
    },
  };
}

function toEvent(raw: Uint8Array): ReceivedEvent {
  const at = performance.now();
  try {
    const { eventType, payload } = decodeFrame(raw, PUSH);
    return { eventType, payload, raw, at };
  } catch {
    return { eventType: undefined, payload: new Uint8Array(0), raw, at };
  }
}
