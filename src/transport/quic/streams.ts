// The streams of one connection: opening, accepting, and clearing away (RFC 9000 sections 2 and 4.6).

import { StreamOpener } from "../opener.ts";
import { AsyncQueue } from "../queue.ts";
import type { ConnectionError, QuicBidi, QuicReceive, QuicSend } from "../transport.ts";
import { Arrivals } from "./arrivals.ts";
import type { Engine } from "./binding.ts";
import { EMPTY, type StreamHost } from "./half.ts";
import { ReceiveHalf } from "./receive.ts";
import { SendHalf } from "./send.ts";
import {
  BidiStream,
  failStream,
  isCollected,
  isOver,
  SERVER_INITIATED,
  type Stream,
  UNIDIRECTIONAL,
} from "./stream.ts";

/** StreamSignals is how a table of streams moves its connection. */
export type StreamSignals = Pick<StreamHost, "touch" | "transmit">;

// Looking whether the engine forgot a stream can cost an exception; the rest wait for the next turn.
const COLLECTED_PER_TURN = 16;

/**
 * StreamTable holds the living streams. What the peer opens and nobody accepts or ends stays here,
 * as many as the credit allows: the engine returns credit only for streams that are over.
 */
export class StreamTable implements StreamHost {
  readonly engine: Engine;
  readonly touch: () => void;
  readonly transmit: () => void;
  readonly incomingBidi = new AsyncQueue<QuicBidi>();
  readonly incomingUni = new AsyncQueue<QuicReceive>();
  readonly bidiOpener: StreamOpener<QuicBidi>;
  readonly uniOpener: StreamOpener<QuicSend>;
  ended: ConnectionError | undefined;
  readonly #ourBit: number;
  readonly #bidiArrivals: Arrivals;
  readonly #uniArrivals: Arrivals;
  readonly #streams = new Map<number, Stream>();
  /** Halves that may still be written, or stopped by the peer: the engine reports neither. */
  readonly #sending = new Set<SendHalf>();
  /** Streams that are over here and not in the engine. */
  readonly #lingering = new Set<Stream>();

  constructor(engine: Engine, server: boolean, { touch, transmit }: StreamSignals) {
    this.engine = engine;
    this.touch = touch;
    this.transmit = transmit;
    this.#ourBit = server ? SERVER_INITIATED : 0;
    const theirBit = this.#ourBit ^ SERVER_INITIATED;
    this.#bidiArrivals = new Arrivals(theirBit);
    this.#uniArrivals = new Arrivals(theirBit | UNIDIRECTIONAL);
    this.bidiOpener = new StreamOpener(
      this.#ourBit,
      () => engine.peerStreamsLeftBidi(),
      (id) => this.#openBidi(id),
    );
    this.uniOpener = new StreamOpener(
      this.#ourBit | UNIDIRECTIONAL,
      () => engine.peerStreamsLeftUni(),
      (id) => this.#openUni(id),
    );
  }

  /** deliver passes on what the last datagrams brought. */
  deliver(): void {
    // Before anything is read: the engine forgets a stopped stream when it is read to its end.
    for (const half of this.#sending) {
      if (!half.poll()) this.#sending.delete(half);
    }
    if (this.engine.isReadable()) {
      for (const id of this.engine.readable()) {
        const stream = this.#streams.get(id) ?? this.#accept(id);
        stream?.receive?.deliver();
      }
    } else {
      for (const { receive } of this.#streams.values()) receive?.lookForEnd();
    }
    if (this.#lingering.size > 0) this.#collect();
    this.bidiOpener.wake();
    this.uniOpener.wake();
  }

  /** fail ends everything with the connection. */
  fail(error: ConnectionError): void {
    this.ended = error;
    for (const stream of this.#streams.values()) failStream(stream, error);
    this.#streams.clear();
    this.#sending.clear();
    this.#lingering.clear();
    this.bidiOpener.fail(error);
    this.uniOpener.fail(error);
    this.incomingBidi.end();
    this.incomingUni.end();
  }

  halfOver(id: number): void {
    const stream = this.#streams.get(id);
    if (!stream || !isOver(stream)) return;
    this.#streams.delete(id);
    if (stream.receive?.cutShort) this.#lingering.add(stream);
  }

  // The empty send makes the engine count the stream; the peer hears of it with the first byte.
  #openBidi(id: number): QuicBidi {
    this.engine.streamSend(id, EMPTY, false);
    return this.#add(new BidiStream(this, id));
  }

  #openUni(id: number): QuicSend {
    this.engine.streamSend(id, EMPTY, false);
    const send = new SendHalf(this, id);
    this.#add({ id, receive: undefined, send });
    return send;
  }

  /** Takes in a stream of the peer. Undefined for an id that is over already, or one of ours. */
  #accept(id: number): Stream | undefined {
    if ((id & SERVER_INITIATED) === this.#ourBit) return undefined;
    if ((id & UNIDIRECTIONAL) === 0) {
      if (!this.#bidiArrivals.isNew(id)) return undefined;
      const stream = this.#add(new BidiStream(this, id));
      stream.send.poll();
      this.incomingBidi.push(stream);
      return stream;
    }
    if (!this.#uniArrivals.isNew(id)) return undefined;
    const receive = new ReceiveHalf(this, id);
    this.incomingUni.push(receive);
    return this.#add({ id, receive, send: undefined });
  }

  #add<Added extends Stream>(stream: Added): Added {
    this.#streams.set(stream.id, stream);
    if (stream.send) this.#sending.add(stream.send);
    return stream;
  }

  #collect(): void {
    let budget = Math.min(this.#lingering.size, COLLECTED_PER_TURN);
    for (const stream of this.#lingering) {
      if (budget === 0) return;
      budget -= 1;
      // Deleted and added again, a stream waits behind all others.
      this.#lingering.delete(stream);
      if (!isCollected(stream)) this.#lingering.add(stream);
    }
  }
}
