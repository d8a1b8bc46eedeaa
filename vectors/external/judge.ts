// Judges one set of files, in this thread or in two others.

import { Worker } from "node:worker_threads";
import { readFiles, type VectorSet } from "./manifest.ts";
import { SUITES } from "./suites.ts";

/** Verdict is what one set came to. It passed when all its cases did and there is no fault. */
export interface Verdict {
  readonly set: VectorSet;
  readonly passed: number;
  readonly total: number;
  readonly ms: number;
  /** One line each: files that are not as published, failed cases, a wrong number of cases. */
  readonly faults: readonly string[];
}

/** Job is what a worker is told. */
export interface Job {
  readonly folder: string;
  readonly set: VectorSet;
}

/** X448, which some vectors of RFC 9420 use, is experimental in Node. */
const QUIET = ["--disable-warning=ExperimentalWarning"];

/** judge runs all cases of a set, one after the other. It does not throw. */
export async function judge({ folder, set }: Job): Promise<Verdict> {
  const begun = performance.now();
  const faults: string[] = [];
  let [passed, total] = [0, 0];
  try {
    const casesOf = SUITES[set.suite]?.[set.set];
    if (casesOf === undefined) throw new Error("nothing here judges this set");
    for (const { name, check } of casesOf(readFiles(folder, set))) {
      total += 1;
      try {
        await check();
        passed += 1;
      } catch (error) {
        faults.push(`${name}: ${firstLine(error)}`);
      }
    }
    if (total !== set.cases) faults.push(`there are ${total} cases, ${set.cases} were published`);
  } catch (error) {
    faults.push(...(error as Error).message.split("\n"));
  }
  return { set, passed, total, ms: performance.now() - begun, faults };
}

/**
 * judgeAll judges in `threads` workers and tells `done` of each set as it ends. Rejects when a worker dies.
 */
export async function judgeAll(
  jobs: readonly Job[],
  threads: number,
  done: (verdict: Verdict) => void,
): Promise<void> {
  const waiting = [...jobs];
  const lane = async () => {
    await using worker = new Worker(new URL("worker.ts", import.meta.url), { execArgv: QUIET });
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      // What comes back is a copy; the set is the one that was asked for.
      done({ ...(await ask(worker, job)), set: job.set });
    }
  };
  await Promise.all(Array.from({ length: threads }, lane));
}

function ask(worker: Worker, job: Job): Promise<Verdict> {
  const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
  worker.once("message", resolve);
  worker.once("error", reject);
  worker.postMessage(job);
  return promise.finally(() => worker.off("error", reject).off("message", resolve));
}

function firstLine(error: unknown): string {
  return String((error as Error).message).split("\n")[0] ?? "";
}
