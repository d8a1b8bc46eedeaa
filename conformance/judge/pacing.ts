// Rate limits of the subject. A declared rate is kept to from the start; RateLimited is obeyed with one
// shared bucket, so that when one call is told to wait, all wait (C-86); when it is told to wait longer
// than a window of calls per second lasts, a limit of its own method was met, and that method waits.
// The waiting does not count against any case.

import { setTimeout as sleep } from "node:timers/promises";

export interface Pacing {
  /** turn waits while calls of a method are held, and for room under the declared rate. */
  turn(methodId: number): Promise<void>;
  /** hold stops calls for `ms` milliseconds, as a RateLimited to a call of this method asked. */
  hold(ms: number, methodId?: number): Promise<void>;
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

/** A longer hint than this is not about the calls of a second. */
const COMMON_HINT_MS = 2_000;

/** Part of the declared rate that is used: the subject's window and ours do not start together. */
const SHARE = 0.8;

/** createPacing is shared by everything that calls one subject. */
export function createPacing({ perSecond, onFirst }: PacingOptions): Pacing {
  const most = Math.max(1, Math.floor(perSecond * SHARE));
  const starts: number[] = [];
  let heldUntil = 0;
  const methodHeldUntil = new Map<number, number>();
  // Times without a call: those that are over, and the one that goes on until `waitEnd`.
  let waited = 0;
  let waitStart = 0;
  let waitEnd = 0;
  let told = false;

  // Several callers wait side by side: the time counts once, and as it passes, because a case may begin
  // in the middle of a wait.
  async function waitUntil(time: number): Promise<void> {
    const now = performance.now();
    if (now > waitEnd) {
      waited += waitEnd - waitStart;
      waitStart = now;
      waitEnd = now;
    }
    waitEnd = Math.max(waitEnd, time);
    if (time > now) await sleep(time - now);
  }

  /** room is when the next call may start: at once, or a second after the oldest of the last `most`. */
  function room(methodId: number): number {
    const oldest = perSecond === 0 ? undefined : starts.at(-most);
    const held = Math.max(heldUntil, methodHeldUntil.get(methodId) ?? 0);
    return Math.max(held, oldest === undefined ? 0 : oldest + 1000);
  }

  return {
    async turn(methodId) {
      for (let at = room(methodId); at > performance.now(); at = room(methodId)) {
        if (perSecond > 0 && !told) onFirst();
        told = true;
        await waitUntil(at);
      }
      if (perSecond > 0) starts.push(performance.now());
      if (starts.length > most) starts.shift();
    },
    async hold(ms, methodId) {
      if (!told) onFirst();
      told = true;
      const length = Math.min(Math.max(ms, SHORTEST_HOLD_MS), LONGEST_HOLD_MS);
      const until = performance.now() + length;
      if (methodId === undefined || length <= COMMON_HINT_MS)
        heldUntil = Math.max(heldUntil, until);
      else methodHeldUntil.set(methodId, Math.max(methodHeldUntil.get(methodId) ?? 0, until));
      await waitUntil(until);
    },
    waited: () => waited + Math.min(performance.now(), waitEnd) - waitStart,
  };
}
