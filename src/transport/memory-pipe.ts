// One direction of a stream in memory, with the flow control and the early ends of RFC 9000.

import { checkCode } from "./close.ts";
import { deferred, rejected } from "./promises.ts";
import { type ConnectionError, type QuicReceive, type QuicSend, StreamError } from "./transport.ts";

type Chunk = IteratorResult<Uint8Array, undefined>;

/** Bytes that may be on their way before somebody reads. */
const WINDOW = 256 << 10;

const END: Chunk = { done: true, value: undefined };
const NOTHING = new Uint8Array(0);

interface PendingWrite {
  readonly bytes: Uint8Array;
  readonly fin: boolean;
  readonly done: PromiseWithResolvers<void>;
}

export interface PipeHooks {
  /** Called by everything that a peer would notice. */
  readonly onActivity: () => void;
  /** Called once when both ends are done. */
  readonly onOver: () => void;
}

/** Pipe carries bytes from its sending end to its receiving end. */
export class Pipe {
  readonly id: number;
  readonly #hooks: PipeHooks;
  #arrived: Uint8Array[] = [];
  #arrivedBytes = 0;
  #finArrived = false;
  readonly #pending: PendingWrite[] = [];
  #reader: PromiseWithResolvers<Chunk> | undefined;
  readonly #stopped = Promise.withResolvers<number>();
  /** Why nothing more may be written. */
  #refusal: Error | undefined;
  /** What every further read answers. */
  #outcome: Chunk | Error | undefined;
  #sent = false;
  #over = false;
  #iterated = false;

  constructor(id: number, hooks: PipeHooks) {
    this.id = id;
    this.#hooks = hooks;
  }

  get send(): QuicSend {
    return {
      id: this.id,
      stopped: this.#stopped.promise,
      write: (bytes) => this.#write(bytes, false),
      finish: (last = NOTHING) => this.#write(last, true),
      reset: (code) => this.#reset(code),
    };
  }

  get receive(): QuicReceive {
    return {
      id: this.id,
      chunks: () => this.#chunks(),
      stopSending: (code) => this.#stopSending(code),
    };
  }

  /** failSending ends the sending end with its connection. */
  failSending(error: ConnectionError): void {
    this.#refuse(error);
  }

  /** failReading ends the receiving end with its connection. */
  failReading(error: ConnectionError): void {
    this.#finishReading(error);
  }

  #write(bytes: Uint8Array, fin: boolean): Promise<void> {
    if (this.#refusal) return rejected(this.#refusal);
    if (fin) this.#refusal = new StreamError("closed", 0);
    const done = deferred<void>();
    this.#pending.push({ bytes, fin, done });
    this.#hooks.onActivity();
    this.#move();
    return done.promise;
  }

  /** Moves what the window allows from the writers to the reader. */
  #move(): void {
    do this.#fill();
    while (this.#serveReader());
  }

  #fill(): void {
    for (;;) {
      const first = this.#pending[0];
      if (!first) return;
      const room = Math.max(WINDOW - this.#arrivedBytes, 0);
      const taken = first.bytes.slice(0, room);
      if (taken.length > 0) this.#arrived.push(taken);
      this.#arrivedBytes += taken.length;
      if (taken.length < first.bytes.length) {
        this.#pending[0] = { ...first, bytes: first.bytes.subarray(taken.length) };
        return;
      }
      this.#pending.shift();
      if (first.fin) this.#finArrived = this.#sent = true;
      first.done.resolve();
    }
  }

  /** Serves the pending read; true when there was one and something to serve. */
  #serveReader(): boolean {
    const chunk = this.#reader && this.#take();
    if (!chunk) return false;
    const reader = this.#reader;
    this.#reader = undefined;
    if (chunk instanceof Error) reader?.reject(chunk);
    else reader?.resolve(chunk);
    return true;
  }

  #take(): Chunk | Error | undefined {
    if (this.#outcome) return this.#outcome;
    const value = this.#arrived.shift();
    if (value) {
      this.#arrivedBytes -= value.length;
      return { done: false, value };
    }
    if (this.#finArrived) this.#finishReading(END);
    return this.#outcome;
  }

  #next(): Promise<Chunk> {
    if (this.#reader) return rejected(new TypeError("the last read is still pending"));
    const chunk = this.#take();
    if (chunk instanceof Error) return rejected(chunk);
    if (chunk) {
      this.#hooks.onActivity();
      this.#move();
      return Promise.resolve(chunk);
    }
    this.#reader = deferred();
    return this.#reader.promise;
  }

  #chunks(): AsyncIterableIterator<Uint8Array> {
    if (this.#iterated) throw new TypeError("chunks() may be called once");
    this.#iterated = true;
    const iterator: AsyncIterableIterator<Uint8Array> = {
      next: () => this.#next(),
      return: () => Promise.resolve(END),
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  #reset(code: number): void {
    checkCode(code);
    if (this.#sent) return;
    this.#refuse(new StreamError("closed", code));
    this.#hooks.onActivity();
    this.#finishReading(new StreamError("reset", code));
  }

  #stopSending(code: number): void {
    checkCode(code);
    if (this.#outcome) return;
    if (!this.#sent) {
      this.#stopped.resolve(code);
      this.#refuse(new StreamError("stopped", code));
    }
    this.#hooks.onActivity();
    this.#finishReading(new StreamError("closed", code));
  }

  #refuse(reason: Error): void {
    this.#sent = true;
    this.#refusal = reason;
    for (const { done } of this.#pending.splice(0)) done.reject(reason);
    this.#checkOver();
  }

  #finishReading(outcome: Chunk | Error): void {
    this.#outcome ??= outcome;
    this.#arrived = [];
    this.#arrivedBytes = 0;
    this.#checkOver();
    this.#serveReader();
  }

  #checkOver(): void {
    if (this.#over || !this.#sent || !this.#outcome) return;
    this.#over = true;
    this.#hooks.onOver();
  }
}
