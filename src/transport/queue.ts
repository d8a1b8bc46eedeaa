// A queue between a producer that never waits and a consumer that does. The producer's bound lies
// elsewhere: stream credit for streams, a limit on connections that nobody fetched.

/** AsyncQueue hands every item to one consumer, in order. */
export class AsyncQueue<T> {
  #items: T[] = [];
  #waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];
  #ended = false;

  /** length is the number of items nobody has fetched yet. */
  get length(): number {
    return this.#items.length;
  }

  push(item: T): void {
    if (this.#ended) return;
    const taker = this.#waiting.shift();
    if (taker) taker({ done: false, value: item });
    else this.#items.push(item);
  }

  /** end lets consumers have what is queued, then ends their iteration. */
  end(): void {
    this.#ended = true;
    for (const taker of this.#waiting.splice(0)) taker({ done: true, value: undefined });
  }

  /** items iterates over the queue. Leaving the loop leaves the rest to the next consumer. */
  items(): AsyncIterableIterator<T> {
    return new QueueIterator(() => this.#next());
  }

  #next(): Promise<IteratorResult<T, undefined>> {
    if (this.#items.length > 0) {
      return Promise.resolve({ done: false, value: this.#items.shift() as T });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

class QueueIterator<T> implements AsyncIterableIterator<T> {
  readonly next: () => Promise<IteratorResult<T, undefined>>;

  constructor(next: () => Promise<IteratorResult<T, undefined>>) {
    this.next = next;
  }

  return(): Promise<IteratorResult<T, undefined>> {
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
