// Puts a load on a connection: calls in parallel lanes, each lane one call after the other.

/** Load is what a client process measured: calls per second, and each call's time in milliseconds. */
export interface Load {
  readonly perSecond: number;
  readonly latencies: readonly number[];
}

/** putLoad keeps `inFlight` calls under way for `ms` milliseconds, then lets them finish. */
export async function putLoad(
  call: () => Promise<unknown>,
  inFlight: number,
  ms: number,
): Promise<Load> {
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + ms;
  const lane = async () => {
    for (let begun = performance.now(); begun < end; ) {
      await call();
      const now = performance.now();
      latencies.push(now - begun);
      begun = now;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const seconds = (performance.now() - start) / 1000;
  return { perSecond: latencies.length / seconds, latencies };
}
