// One turn of the event loop: datagrams come in during its poll phase, then every connection they
// touched is looked at once and answers once, however many datagrams there were.

export interface TurnTaker {
  /** deliver hands what arrived to the application. */
  deliver(): void;
  /** flush sends what the engine has to send. */
  flush(): void;
}

/**
 * Turn calls each scheduled connection back. The microtasks between the two phases let a handler
 * that does not wait for anything answer in the very turn its request arrived in, so that the
 * response travels with the acknowledgement.
 */
export class Turn {
  #due = new Set<TurnTaker>();
  #scheduled = false;

  schedule(taker: TurnTaker): void {
    this.#due.add(taker);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#deliver);
    setImmediate(this.#flush);
  }

  readonly #deliver = (): void => {
    for (const taker of this.#due) taker.deliver();
  };

  readonly #flush = (): void => {
    const due = this.#due;
    this.#due = new Set();
    this.#scheduled = false;
    for (const taker of due) taker.flush();
  };
}
