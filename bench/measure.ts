// How long a call takes: the median of many, or of two sides that take turns.

import { Bench } from "tinybench";
import { median } from "./outcome.ts";

export type Call = () => unknown;

export interface Slice {
  /** How long to measure, at least. */
  readonly ms: number;
  /** Calls per sample, for a call that takes less time than the clock can tell; 1 when absent. */
  readonly calls?: number;
}

/** nanoseconds answers the median of the samples of one slice, after a warm-up a third as long. */
export async function nanoseconds(call: Call, { ms, calls = 1 }: Slice): Promise<number> {
  const bench = new Bench({ time: ms, warmupTime: ms / 3, iterations: 3, warmupIterations: 1 });
  bench.add("calls", await repeat(call, calls));
  const [task] = await bench.run();
  if (task?.result.state !== "completed") throw new Error(`the run ended ${task?.result.state}`);
  return Math.round((task.result.latency.p50 * 1e7) / calls) / 10;
}

/** Duel is the times of two sides in nanoseconds, medians of the rounds, and the median of their ratios. */
export interface Duel {
  readonly first: number;
  readonly second: number;
  /** How many times as long the first takes. */
  readonly ratio: number;
}

const ROUNDS = 5;

/**
 * duel lets two calls take turns: what disturbs the machine mostly disturbs both sides of a round. The one that
 * begins a round alternates.
 */
export async function duel(first: Call, second: Call, slice: Slice): Promise<Duel> {
  const rounds: [number, number][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (round % 2 === 0) {
      const one = await nanoseconds(first, slice);
      rounds.push([one, await nanoseconds(second, slice)]);
    } else {
      const two = await nanoseconds(second, slice);
      rounds.push([await nanoseconds(first, slice), two]);
    }
  }
  return {
    first: median(rounds.map(([one]) => one)),
    second: median(rounds.map(([, two]) => two)),
    ratio: median(rounds.map(([one, two]) => one / two)),
  };
}

/** Awaiting a call that answers at once would cost more than some calls do. */
async function repeat(call: Call, calls: number): Promise<() => void | Promise<void>> {
  const answer = call();
  if (answer instanceof Promise) {
    await answer;
    return async () => {
      for (let i = 0; i < calls; i++) await call();
    };
  }
  return () => {
    for (let i = 0; i < calls; i++) call();
  };
}
