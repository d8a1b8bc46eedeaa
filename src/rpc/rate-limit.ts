// Sliding-window rate limits (spec/limits.md, C-86, I-23).

/** RateLimiter counts calls per key. */
export interface RateLimiter {
  /** take counts `cost` calls; it answers 0, or how many milliseconds to wait, having counted nothing. */
  take(key: string, cost?: number): number;
  /** giveBack takes the newest counted call of a key out of the count. */
  giveBack(key: string): void;
}

export interface RateWindow {
  /** Calls allowed within the window; 0 switches the limit off. It may change at any time. */
  readonly limit: number;
  readonly windowMs: number;
  readonly now: () => number;
}

/** createRateLimiter keeps the times of the last `limit` calls per key, and forgets idle keys. */
export function createRateLimiter(window: RateWindow): RateLimiter {
  const { windowMs, now } = window;
  const calls = new Map<string, number[]>();
  let nextCleaning = 0;

  // Each key holds at most `limit` times and each cleaning drops keys idle for a whole window, so
  // memory follows the callers of the last two windows.
  function forgetIdle(time: number): void {
    if (time < nextCleaning) return;
    nextCleaning = time + windowMs;
    for (const [key, times] of calls) {
      if ((times.at(-1) ?? 0) <= time - windowMs) calls.delete(key);
    }
  }

  return {
    take(key, cost = 1) {
      const { limit } = window;
      if (limit === 0) return 0;
      const time = now();
      forgetIdle(time);
      const recent = (calls.get(key) ?? []).filter((at) => at > time - windowMs);
      calls.set(key, recent);
      // A batch that costs more than a whole window must still be possible once the window is empty.
      const counted = Math.min(cost, limit);
      if (recent.length + counted > limit) {
        const freed = recent[recent.length + counted - limit - 1] ?? time;
        return Math.max(1, freed + windowMs - time);
      }
      for (let i = 0; i < counted; i++) recent.push(time);
      return 0;
    },
    giveBack(key) {
      calls.get(key)?.pop();
    },
  };
}
