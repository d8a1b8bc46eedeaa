// Time bounds of a call: a deadline for the handler, a floor for auth answers.

import { setTimeout as sleep } from "node:timers/promises";
import { Status } from "../registry/statuses.ts";
import { RpcError } from "./error.ts";

/**
 * withDeadline runs `work` with a signal that is aborted after `ms` milliseconds (0 = never) or with
 * `gone`. It throws DeadlineExceeded at the deadline even if `work` does not listen. Signals are made
 * when they are asked for: joining two costs more than most calls.
 */
export async function withDeadline<T>(
  ms: number,
  gone: () => AbortSignal,
  work: (signal: () => AbortSignal) => Promise<T>,
): Promise<T> {
  if (ms === 0) return work(gone);
  const late = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new RpcError(Status.DeadlineExceeded, "limits.rpc-timeout");
    reject(error);
    late.abort(error);
  }, ms);
  try {
    const signal = () => AbortSignal.any([gone(), late.signal]);
    return await Promise.race([work(signal), promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** withFloor settles no earlier than `ms` milliseconds from now, success or failure [auth.floor]. */
export async function withFloor<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await work();
  } finally {
    // A timer may fire up to a millisecond early.
    const left = ms - (performance.now() - start);
    if (left > 0) await sleep(Math.ceil(left) + 1);
  }
}
