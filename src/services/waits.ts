// Pending FetchWaits: who waits on which inbox, and what can end a wait (C-104, I-06).

import type { Clock } from "../rpc/clock.ts";
import { keyOf } from "../rpc/connection.ts";
import type { Inbox } from "../storage/stores.ts";

/** Wake says why a wait ended: look again, or give up. */
export type Wake = "signal" | "timeout" | "drain" | "gone";

export interface Waiter {
  /** next resolves at the first signal since the last look, or when waiting is over. */
  next(): Promise<Wake>;
  /** done forgets the waiter. */
  done(): void;
}

export interface Waits {
  /**
   * register starts a wait of at most `ms` milliseconds. Register before the first look at the inbox:
   * a message that arrives in between must be noticed (C-104).
   */
  register(inbox: Inbox, ms: number, gone: AbortSignal): Waiter;
  /** signal wakes every waiter of an inbox. */
  signal(inbox: Inbox): void;
  /**
   * recheck wakes every waiter on an inbox of a recipient, so that it looks at its session again. Call
   * it after the commit that ended a session of that key (I-06).
   */
  recheck(recipient: Uint8Array): void;
  /** drain ends all waits, those to come included. */
  drain(): void;
}

/** createWaits keeps one entry per pending wait and nothing for an inbox without one. */
export function createWaits(clock: Clock): Waits {
  const waiting = new Map<string, Set<(wake: Wake) => void>>();
  let drained = false;

  return {
    register(inbox, ms, gone) {
      const key = inboxKey(inbox);
      const over = Promise.withResolvers<Wake>();
      let signalled = Promise.withResolvers<Wake>();
      const wake = (reason: Wake) => (reason === "signal" ? signalled : over).resolve(reason);
      const wakers = waiting.get(key) ?? new Set();
      waiting.set(key, wakers.add(wake));
      const cancelTimer = clock.after(ms, () => wake("timeout"));
      const onGone = () => wake("gone");
      gone.addEventListener("abort", onGone);
      if (drained) wake("drain");
      if (gone.aborted) wake("gone");

      return {
        async next() {
          const reason = await Promise.race([over.promise, signalled.promise]);
          if (reason === "signal") signalled = Promise.withResolvers<Wake>();
          return reason;
        },
        done() {
          cancelTimer();
          gone.removeEventListener("abort", onGone);
          wakers.delete(wake);
          if (wakers.size === 0 && waiting.get(key) === wakers) waiting.delete(key);
        },
      };
    },
    signal(inbox) {
      for (const wake of waiting.get(inboxKey(inbox)) ?? []) wake("signal");
    },
    recheck(recipient) {
      const prefix = keyOf(recipient);
      for (const [key, wakers] of waiting) {
        if (key.startsWith(prefix)) for (const wake of wakers) wake("signal");
      }
    },
    drain() {
      drained = true;
      for (const wakers of waiting.values()) for (const wake of wakers) wake("drain");
    },
  };
}

function inboxKey({ recipient, channelId }: Inbox): string {
  return keyOf(recipient) + keyOf(channelId);
}
