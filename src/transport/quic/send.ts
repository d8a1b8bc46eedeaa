// The sending half of a stream (RFC 9000 section 3.1). A write is pending while flow control or
// congestion control keep the engine from taking all of it.

import { checkCode } from "../close.ts";
import { deferred, rejected } from "../promises.ts";
import { type ConnectionError, type QuicSend, StreamError } from "../transport.ts";
import { EMPTY, SHUTDOWN_WRITE, type StreamHost, stoppedCode } from "./half.ts";

interface PendingWrite {
  bytes: Uint8Array;
  readonly fin: boolean;
  readonly done: PromiseWithResolvers<void>;
}

const WRITTEN = Promise.resolve();

export class SendHalf implements QuicSend {
  readonly id: number;
  readonly #host: StreamHost;
  readonly #pending: PendingWrite[] = [];
  /** Why nothing more may be written, unless it is because of `finish`. */
  #refusal: Error | undefined;
  #finishing = false;
  #over = false;
  #stopped: PromiseWithResolvers<number> | undefined;
  #stopCode: number | undefined;
  #nudged = false;

  constructor(host: StreamHost, id: number) {
    this.#host = host;
    this.id = id;
  }

  /** over is true once FIN was taken, the half was reset, or the peer stopped it. */
  get over(): boolean {
    return this.#over;
  }

  get stopped(): Promise<number> {
    if (!this.#stopped) {
      this.#stopped = Promise.withResolvers();
      if (this.#stopCode !== undefined) this.#stopped.resolve(this.#stopCode);
    }
    return this.#stopped.promise;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#write(bytes, false);
  }

  finish(last: Uint8Array = EMPTY): Promise<void> {
    const written = this.#write(last, true);
    this.#finishing = true;
    return written;
  }

  reset(code: number): void {
    checkCode(code);
    if (this.#over || this.#host.ended) return;
    this.#host.engine.streamShutdown(this.id, SHUTDOWN_WRITE, code);
    this.#host.touch();
    this.#end(new StreamError("closed", code));
  }

  /** poll carries on with pending writes, and notices STOP_SENDING. False once the half is over. */
  poll(): boolean {
    if (this.#over) return false;
    try {
      // Asked first because a write that cannot be taken makes the engine send a BLOCKED frame,
      // whose acknowledgement would bring us back here.
      while (this.#host.engine.streamCapacity(this.id) > 0 || this.#onlyFinPending()) {
        const [first] = this.#pending;
        if (!first || !this.#push(first)) return true;
        this.#pending.shift();
        first.done.resolve();
        if (this.#over) return false;
      }
      return true;
    } catch (error) {
      this.#stoppedBy(error);
      return false;
    }
  }

  /** fail ends the half with the connection. */
  fail(error: ConnectionError): void {
    this.#refuse(error);
    this.#over = true;
  }

  /**
   * nudge has the engine send the end of this half once more, and says whether the engine has
   * forgotten the stream: it looks at a stream when an acknowledgement for it arrives, which may
   * have been before the peer ended its own half.
   */
  nudge(): boolean {
    const { engine } = this.#host;
    let stopCode: number | undefined;
    try {
      engine.streamCapacity(this.id);
    } catch (error) {
      stopCode = stoppedCode(error);
      if (stopCode === undefined) return true;
    }
    if (this.#nudged) return false;
    this.#nudged = true;
    if (stopCode === undefined) engine.streamSend(this.id, EMPTY, true);
    else engine.streamShutdown(this.id, SHUTDOWN_WRITE, stopCode);
    this.#host.touch();
    return false;
  }

  #write(bytes: Uint8Array, fin: boolean): Promise<void> {
    const refusal = this.#refusal ?? this.#host.ended;
    if (refusal) return rejected(refusal);
    if (this.#finishing) return rejected(new StreamError("closed", 0));
    const write = { bytes, fin };
    try {
      if (this.#pending.length === 0 && this.#push(write)) return WRITTEN;
    } catch (error) {
      return rejected(this.#stoppedBy(error));
    }
    const done = deferred<void>();
    this.#pending.push({ ...write, done });
    return done.promise;
  }

  /** Hands over what the engine takes. True when it took all. */
  #push(write: { bytes: Uint8Array; readonly fin: boolean }): boolean {
    if (write.bytes.length === 0 && !write.fin) return true;
    const taken = this.#host.engine.streamSend(this.id, write.bytes, write.fin);
    this.#host.touch();
    // The engine forgets a stream whose last byte is acknowledged, with a FIN that it was given since and
    // has not sent; the acknowledgement may come in this very turn.
    if (write.fin && write.bytes.length === 0) this.#host.transmit();
    if (taken === null) return false;
    if (taken < write.bytes.length) {
      write.bytes = write.bytes.subarray(taken);
      return false;
    }
    if (write.fin) {
      this.#over = true;
      this.#host.halfOver(this.id);
    }
    return true;
  }

  #onlyFinPending(): boolean {
    const [first] = this.#pending;
    return first?.fin === true && first.bytes.length === 0;
  }

  // The engine has answered the peer's STOP_SENDING with a RESET_STREAM already. It may even have
  // forgotten the stream and its code with it, when the other half was read to its end first.
  #stoppedBy(error: unknown): Error {
    const code = stoppedCode(error) ?? 0;
    const reason = new StreamError("stopped", code);
    this.#stopCode = code;
    this.#stopped?.resolve(code);
    this.#end(reason);
    return reason;
  }

  #end(reason: Error): void {
    this.#refuse(reason);
    this.#over = true;
    this.#host.halfOver(this.id);
  }

  #refuse(reason: Error): void {
    this.#refusal = reason;
    for (const { done } of this.#pending.splice(0)) done.reject(reason);
  }
}
