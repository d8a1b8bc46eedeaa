// Opens streams of one kind as far as the peer's credit reaches (RFC 9000 section 4.6).

import { deferred } from "./promises.ts";
import type { ConnectionError } from "./transport.ts";

/** StreamOpener numbers the streams of one kind, and lets those wait for whom there is no credit. */
export class StreamOpener<Opened> {
  readonly #credit: () => number;
  readonly #open: (id: number) => Opened;
  readonly #waiting: PromiseWithResolvers<Opened>[] = [];
  #nextId: number;

  /** `credit` says how many streams may be opened now, `open` opens one. */
  constructor(firstId: number, credit: () => number, open: (id: number) => Opened) {
    this.#nextId = firstId;
    this.#credit = credit;
    this.#open = open;
  }

  /** open waits for credit; first come, first served. */
  open(): Promise<Opened> {
    const stream = this.tryOpen();
    if (stream) return Promise.resolve(stream);
    const waiter = deferred<Opened>();
    this.#waiting.push(waiter);
    return waiter.promise;
  }

  /** tryOpen opens a stream if there is credit that nobody waits for. */
  tryOpen(): Opened | undefined {
    return this.#waiting.length === 0 && this.#credit() > 0 ? this.#openNext() : undefined;
  }

  /** wake serves those who wait, as far as new credit reaches. */
  wake(): void {
    while (this.#waiting.length > 0 && this.#credit() > 0) {
      this.#waiting.shift()?.resolve(this.#openNext());
    }
  }

  /** fail rejects everybody who waits. */
  fail(error: ConnectionError): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
  }

  #openNext(): Opened {
    const id = this.#nextId;
    this.#nextId += 4;
    return this.#open(id);
  }
}
