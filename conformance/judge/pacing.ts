// Rate limits of the subject. A declared rate is kept to from the start; RateLimited is obeyed with one
// shared bucket, so that when one call is told to wait, all wait (C-86). The waiting does not count
// against any case.

import { setTimeout as sleep } from "node:timers/promises";

export interface Pacing {
  /** turn waits while calls are held, and for room under the declared rate. */
  turn(): Promise<void>;
  /** hold stops calls for `ms` milliseconds, as a RateLimited asked. */
  hold(ms: number): Promise<void>;
  /** waited is the time spent waiting so far, in milliseconds. */
  waited(): number;
}

export interface PacingOptions {
  /** Declared rate in calls per second; 0 = none. */
  readonly perSecond: number;
  /** Told once, so that a slow run explains itself. */
  readonly onFirst: () => void;
}

// Hints may be tiny while several of us wait for one window, or longer than anybody would wait.
const SHORTEST_HOLD_MS = 250;
const LONGEST_HOLD_MS = 60_000;

/** Part of the declared rate that is used: the subject's window and ours do not start together. */
const SHARE = 0.8;

/** createPacing is shared by everything that calls one subject. */
export function createPacing({ perSecond, onFirst }: PacingOptions): Pacing {
  const most = Math.max(1, Math.floor(perSecond * SHARE));
  const starts: number[] = [];
  let heldUntil = 0;
  let waited = 0;
  let lastWaitEnd = 0;
  let told = false;

  // Several callers wait side by side: the time counts once.
  async function waitUntil(time: number): Promise<void> {
    const now = performance.now();
    const from = Math.max(now, lastWaitEnd);
    if (time > from) waited += time - from;
    lastWaitEnd = Math.max(lastWaitEnd, time);
    if (time > now) await sleep(time - now);
  }

  /** room is when the next call may start: at once, or a second after the oldest of the last `most`. */
  function room(): number {
    const oldest = perSecond === 0 ? undefined : starts.at(-most);
    return Math.max(heldUntil, oldest === undefined ? 0 : oldest + 1000);
  }

  return {
    async turn() {
      for (let at = room(); at > performance.now(); at = room()) {
        if (perSecond > 0 && !told) onFirst();
        told = true;
        await waitUntil(at);
      }
      if (perSecond > 0) starts.push(performance.now());
      if (starts.length > most) starts.shift();
    },
    async hold(ms) {
      if (!told) onFirst();
      told = true;
      const length = Math.min(Math.max(ms, SHORTEST_HOLD_MS), LONGEST_HOLD_MS);
      heldUntil = Math.max(heldUntil, performance.now() + length);
      await waitUntil(heldUntil);
    },
    waited: () => waited,
  };
}
