// Waiting where a server asks for patience [status.client-backoff]: the rate of a connection is free again
// within a second, and what a user does takes many calls.

import { setTimeout as pause } from "node:timers/promises";
import { Status } from "../../registry/statuses.ts";
import type { Reply } from "../../rpc/caller.ts";
import { readDetail } from "../call.ts";

/** A limit that lasts longer is the business of whoever makes the call. */
const LONGEST_MS = 2_000;
const MOST_WAITS = 4;

/**
 * patiently makes a call again after RateLimited, as late as the server asks, unless it asks for more than
 * two seconds or for no certain time. It answers as `call` does.
 */
export async function patiently(call: () => Promise<Reply>, signal?: AbortSignal): Promise<Reply> {
  for (let waits = 0; ; waits++) {
    const reply = await call();
    if (reply.status !== Status.RateLimited || waits === MOST_WAITS) return reply;
    const { retryAfterMs } = readDetail(reply.payload);
    if (retryAfterMs === 0 || retryAfterMs > LONGEST_MS) return reply;
    await pause(retryAfterMs, undefined, { ...(signal && { signal }) }).catch(() => {});
    signal?.throwIfAborted();
  }
}
