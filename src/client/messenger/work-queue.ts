// One piece of work at a time: the state of groups is read, changed and stored in steps that await, and
// two of them must never interleave (spec/client/client.md).

export interface WorkQueue {
  /** run starts `work` when everything queued before has settled, and answers what it answers. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** idle resolves when all that is queued now has settled. */
  idle(): Promise<void>;
}

export function createWorkQueue(): WorkQueue {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(work) {
      const result = last.then(work);
      last = result.catch(() => {});
      return result;
    },
    async idle() {
      await last;
    },
  };
}
