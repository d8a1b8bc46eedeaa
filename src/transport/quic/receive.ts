// The receiving half of a stream (RFC 9000 section 3.2). Bytes stay in the engine until the consumer
// asks for them, which is what stops a sender: without reading there is no new flow-control credit.

import { checkCode } from "../close.ts";
import { deferred, rejected } from "../promises.ts";
import { type ConnectionError, type QuicReceive, StreamError } from "../transport.ts";
import { resetCode, SHUTDOWN_READ, type StreamHost } from "./half.ts";

type Chunk = IteratorResult<Uint8Array, undefined>;

// The engine copies into it, and what is handed out is copied from it: one for all streams.
const scratch = Buffer.allocUnsafeSlow(64 << 10);

const END: Chunk = { done: true, value: undefined };

/** ReceiveHalf is its own iterator: chunks() may be called once. */
export class ReceiveHalf implements QuicReceive, AsyncIterableIterator<Uint8Array> {
  readonly id: number;
  readonly #host: StreamHost;
  #iterated = false;
  #reader: PromiseWithResolvers<Chunk> | undefined;
  /** Set when nothing more will be read: END after FIN, otherwise why. */
  #outcome: Chunk | Error | undefined;
  #stopped = false;

  constructor(host: StreamHost, id: number) {
    this.#host = host;
    this.id = id;
  }

  get over(): boolean {
    return this.#outcome !== undefined;
  }

  /** cutShort says that a reset or a stop ended the half, of which the engine needs reminding. */
  get cutShort(): boolean {
    return this.#outcome instanceof StreamError;
  }

  chunks(): AsyncIterableIterator<Uint8Array> {
    if (this.#iterated) throw new TypeError("chunks() may be called once");
    this.#iterated = true;
    return this;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Chunk> {
    if (this.#reader) return rejected(new TypeError("the last read is still pending"));
    const chunk = this.#take();
    if (chunk instanceof Error) return rejected(chunk);
    if (chunk) return Promise.resolve(chunk);
    this.#reader = deferred();
    return this.#reader.promise;
  }

  return(): Promise<Chunk> {
    return Promise.resolve(END);
  }

  /** deliver serves the pending read, if there is one, once bytes, FIN or a reset have arrived. */
  deliver(): void {
    if (!this.#reader) return;
    const chunk = this.#take();
    if (!chunk) return;
    const reader = this.#reader;
    this.#reader = undefined;
    if (chunk instanceof Error) reader.reject(chunk);
    else reader.resolve(chunk);
  }

  /**
   * lookForEnd ends a pending read whose FIN the engine keeps to itself: it reports none that comes with
   * bytes which it has had already, as when a peer sends again what was not acknowledged in time.
   */
  lookForEnd(): void {
    if (!this.#reader || !this.#host.engine.streamFinished(this.id)) return;
    this.#reader.resolve(this.#end(END));
    this.#reader = undefined;
  }

  stopSending(code: number): void {
    checkCode(code);
    if (this.over || this.#host.ended) return;
    // What has arrived is read and thrown away, so that the engine counts it as consumed: it forgets
    // to when a stream is shut, and the connection's window would shrink with every stop.
    while (!this.over && this.#take() !== undefined);
    if (!this.over) {
      this.#host.engine.streamShutdown(this.id, SHUTDOWN_READ, code);
      this.#stopped = true;
      this.#host.touch();
    }
    this.#giveUp(code);
    this.#host.halfOver(this.id);
  }

  /** fail ends the half with the connection. */
  fail(error: ConnectionError): void {
    this.#outcome ??= error;
    this.#reader?.reject(error);
    this.#reader = undefined;
  }

  /**
   * collected asks the engine to forget the half, and says whether it has. After a reset the engine
   * looks at the stream again only when it is read; after a stop, `undefined` says that the peer
   * has ended its side and only an acknowledgement on ours can make the engine look.
   */
  collected(): boolean | undefined {
    const { engine } = this.#host;
    if (this.#stopped) return engine.streamFinished(this.id) ? undefined : false;
    try {
      engine.streamRecv(this.id, scratch);
      return false;
    } catch (error) {
      return resetCode(error) === undefined;
    }
  }

  // stopSending ends chunks() with "closed", even when the peer's FIN had arrived unread.
  #giveUp(code: number): void {
    const error = new StreamError("closed", code);
    this.#outcome = error;
    this.#reader?.reject(error);
    this.#reader = undefined;
  }

  /** Reads once. Undefined when there is nothing yet. */
  #take(): Chunk | Error | undefined {
    if (this.#outcome) return this.#outcome;
    const { engine, ended } = this.#host;
    if (ended) return ended;
    try {
      const read = engine.streamRecv(this.id, scratch);
      if (read === null) return undefined;
      const [length, fin] = read;
      this.#host.touch();
      if (fin) this.#end(END);
      if (length > 0) return { done: false, value: Buffer.from(scratch.subarray(0, length)) };
      return fin ? END : undefined;
    } catch (error) {
      const code = resetCode(error);
      return this.#end(new StreamError(code === undefined ? "closed" : "reset", code ?? 0));
    }
  }

  #end<Outcome extends Chunk | Error>(outcome: Outcome): Outcome {
    this.#outcome = outcome;
    this.#host.halfOver(this.id);
    return outcome;
  }
}
