// Which of the peer's streams are new. The engine may name a stream again that is long over.

/** Arrivals knows the ids of one kind that have been seen. */
export class Arrivals {
  /** The next id that has never been seen or skipped. */
  #next: number;
  /** Ids below #next that have not been seen: their first packets were overtaken by later streams. */
  readonly #skipped = new Set<number>();

  constructor(firstId: number) {
    this.#next = firstId;
  }

  /** isNew answers true the first time it is asked about an id. Ids skipped are bounded by the credit. */
  isNew(id: number): boolean {
    if (id < this.#next) return this.#skipped.delete(id);
    for (let skipped = this.#next; skipped < id; skipped += 4) this.#skipped.add(skipped);
    this.#next = id + 4;
    return true;
  }
}
