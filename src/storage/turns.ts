// Turns by name: work under one name runs one after the other, under different names side by side.
// Spec: none, this is inside the server.

/** Turns runs `work` when everything that was asked before under the same name has settled. */
export type Turns = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** createTurns remembers a name only while work under it is pending. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const before = last.get(name);
    const run = before === undefined ? work() : before.then(work, work);
    last.set(name, run);
    try {
      return await run;
    } finally {
      if (last.get(name) === run) last.delete(name);
    }
  };
}
