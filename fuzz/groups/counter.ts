// Counts what happens, for whoever waits until it has happened often enough.

export interface Counter {
  count(): void;
  /** reached resolves when it has happened `times` more times. */
  reached(times: number): Promise<void>;
}

export function createCounter(): Counter {
  let total = 0;
  let waiting: { readonly at: number; go(): void }[] = [];
  return {
    count() {
      total += 1;
      for (const { at, go } of waiting) if (at <= total) go();
      waiting = waiting.filter(({ at }) => at > total);
    },
    reached(times) {
      return new Promise((go) => waiting.push({ at: total + times, go }));
    },
  };
}
