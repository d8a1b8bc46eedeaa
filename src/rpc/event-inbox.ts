// Push events on the side that receives them (spec/events.md): every stream is read at once, so that
// an unfinished one holds up no other, and so that events never use up the window of the calls.

import { Status } from "../registry/statuses.ts";
import type { QuicConnection, QuicReceive } from "../transport/transport.ts";
import { PUSH, type PushHeader } from "../wire/frame.ts";
import { type Frame, readFrame } from "../wire/reader.ts";

export type EventFrame = Frame<PushHeader>;

/** Bounds of what is held for a consumer that takes nothing, unfinished streams included. */
export const INBOX_EVENTS = 1024;
export const INBOX_BYTES = 16 << 20;

interface Arrival {
  readonly stream: QuicReceive;
  bytes: number;
  /** Undefined while the stream is unfinished. */
  frame: EventFrame | undefined;
}

interface Taker {
  readonly consumer: object;
  give(result: IteratorResult<EventFrame, undefined>): void;
}

const OVER = { done: true, value: undefined } as const;

/** EventInbox reads the pushes of one connection from its creation to the connection's end. */
export class EventInbox {
  /** Events dropped because the bounds were reached; what they announced has to be fetched. */
  lost = 0;
  /** What is held, oldest stream first. */
  readonly #held = new Set<Arrival>();
  /** The finished ones among #held, in the order in which they were finished. */
  readonly #finished = new Set<Arrival>();
  /** Consumers that wait, in the order in which they asked. */
  readonly #takers = new Set<Taker>();
  #bytes = 0;
  #ended = false;

  constructor(connection: QuicConnection) {
    void this.#readAll(connection);
  }

  /**
   * events iterates over the frames; each goes to one consumer. It ends with the connection. A consumer that
   * leaves while it waits has to say so by `return`, or the next event is his.
   */
  events(): AsyncIterableIterator<EventFrame> {
    const consumer = {};
    return {
      next: () => this.#take(consumer),
      return: async () => {
        this.#endTakers((taker) => taker.consumer === consumer);
        return OVER;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async #readAll(connection: QuicConnection): Promise<void> {
    for await (const stream of connection.acceptUni()) void this.#read(stream);
    this.#ended = true;
    this.#endTakers(() => true);
  }

  async #read(stream: QuicReceive): Promise<void> {
    const arrival: Arrival = { stream, bytes: 0, frame: undefined };
    this.#held.add(arrival);
    this.#dropOldest();
    try {
      this.#offer(arrival, await readFrame(this.#counted(arrival), PUSH));
    } catch {
      // Broken, too long, reset, or dropped: there is nothing to hand out [framing.client-payload-limit].
      stream.stopSending(Status.BadRequest);
      this.#release(arrival);
    }
  }

  async *#counted(arrival: Arrival): AsyncGenerator<Uint8Array> {
    for await (const chunk of arrival.stream.chunks()) {
      if (!this.#held.has(arrival)) return;
      arrival.bytes += chunk.length;
      this.#bytes += chunk.length;
      this.#dropOldest();
      yield chunk;
    }
  }

  #offer(arrival: Arrival, frame: EventFrame): void {
    if (!this.#held.has(arrival)) return;
    const [taker] = this.#takers;
    if (taker) {
      this.#takers.delete(taker);
      this.#release(arrival);
      taker.give({ done: false, value: frame });
    } else {
      arrival.frame = frame;
      this.#finished.add(arrival);
    }
  }

  #take(consumer: object): Promise<IteratorResult<EventFrame, undefined>> {
    const [next] = this.#finished;
    if (next?.frame) {
      this.#release(next);
      return Promise.resolve({ done: false, value: next.frame });
    }
    if (this.#ended) return Promise.resolve(OVER);
    return new Promise((give) => this.#takers.add({ consumer, give }));
  }

  #endTakers(isOver: (taker: Taker) => boolean): void {
    for (const taker of [...this.#takers].filter(isOver)) {
      this.#takers.delete(taker);
      taker.give(OVER);
    }
  }

  // A pushed message stays in its queue [events.queue-remains], so an old event is the one to lose.
  #dropOldest(): void {
    while (this.#held.size > INBOX_EVENTS || this.#bytes > INBOX_BYTES) {
      const [oldest] = this.#held;
      if (oldest === undefined) return;
      this.lost += 1;
      if (oldest.frame === undefined) oldest.stream.stopSending(Status.DeadlineExceeded);
      this.#release(oldest);
    }
  }

  #release(arrival: Arrival): void {
    this.#finished.delete(arrival);
    if (this.#held.delete(arrival)) this.#bytes -= arrival.bytes;
  }
}
