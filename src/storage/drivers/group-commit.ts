// Group commit: writes that arrive in one turn of the event loop share a transaction, because making
// a commit durable costs far more than any operation in it.
// Spec: none, this is inside the server; it must keep I-25 (what was answered Ok is on disk).

import { type Database, type Operation, q } from "../sql/statement.ts";
import { StorageUnavailable } from "../stores.ts";
import type { Engine } from "./engine.ts";

/**
 * groupCommit makes a Database of an engine, which it owns. A group runs in one synchronous block, each
 * operation in a savepoint of its own; promises settle after the COMMIT, or all reject with
 * StorageUnavailable when BEGIN or COMMIT failed. `groupTime` is in milliseconds; a group that has run
 * for so long takes no further operation, so that reads and streams get their turn.
 */
export function groupCommit(engine: Engine, groupTime = GROUP_TIME): Database {
  let queue: Write[] = [];
  let closed = false;

  const demandOpen = () => {
    if (closed) throw new StorageUnavailable("the database is closed");
  };

  const flush = () => {
    // Emptied by close, after which the engine must be left alone.
    if (queue.length === 0) return;
    const queued = queue;
    queue = [];
    const taken = commitGroup(engine, queued, groupTime);
    queue = [...queued.slice(taken), ...queue];
    if (queue.length > 0 && !closed) setImmediate(flush);
  };

  return {
    async read(operation) {
      demandOpen();
      return drive(engine, operation);
    },
    async write<T>(operation: Operation<T>) {
      demandOpen();
      return new Promise<T>((resolve, reject) => {
        if (queue.length === 0) setImmediate(flush);
        queue.push(pendingWrite(operation, resolve, reject));
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      while (queue.length > 0) flush();
      engine.close();
    },
  };
}

const GROUP_TIME = 20;

/** commitGroup settles the first writes of the queue, at least one, and answers how many. */
function commitGroup(engine: Engine, queue: readonly Write[], groupTime: number): number {
  let taken = 0;
  try {
    engine.run(BEGIN);
    const end = performance.now() + groupTime;
    for (const write of queue) {
      taken += 1;
      write.attempt(engine);
      if (performance.now() >= end) break;
    }
    engine.commit();
  } catch (cause) {
    try {
      engine.rollback();
    } catch {
      // The next BEGIN meets the open transaction, fails, and comes here again.
    }
    const lost = new StorageUnavailable("the transaction was not committed", { cause });
    // Without a transaction there is none to try for the rest of the queue either.
    const failed = taken === 0 ? queue : queue.slice(0, taken);
    for (const write of failed) write.fail(lost);
    return failed.length;
  }
  for (const write of queue.slice(0, taken)) write.settle();
  return taken;
}

interface Write {
  /** attempt runs the operation and keeps its outcome. It throws when the transaction itself is lost. */
  attempt(engine: Engine): void;
  settle(): void;
  fail(error: StorageUnavailable): void;
}

function pendingWrite<T>(
  operation: Operation<T>,
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
): Write {
  let settle = () => {};
  return {
    attempt(engine) {
      engine.run(SAVEPOINT);
      try {
        const value = drive(engine, operation);
        settle = () => resolve(value);
      } catch (error) {
        // Fails when the engine has given up the whole transaction, and with it the neighbours' work.
        engine.run(ROLLBACK_TO);
        settle = () => reject(error);
      }
      engine.run(RELEASE);
    },
    settle: () => settle(),
    fail: reject,
  };
}

const BEGIN = q("BEGIN IMMEDIATE");
const SAVEPOINT = q("SAVEPOINT operation");
const ROLLBACK_TO = q("ROLLBACK TO operation");
const RELEASE = q("RELEASE operation");

function drive<T>(engine: Engine, operation: Operation<T>): T {
  let step = operation.next([]);
  while (!step.done) step = operation.next(engine.run(step.value));
  return step.value;
}
