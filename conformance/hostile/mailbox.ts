// What clients send and a case has not looked at yet. Whoever waits for it first gets it.

import { NoAnswer } from "../judge/errors.ts";

export interface Mailbox<T> {
  put(item: T): void;
  /** take answers the first item that fits. Throws NoAnswer with `what` after `ms` milliseconds. */
  take(what: string, ms: number, fits?: (item: T) => boolean, signal?: AbortSignal): Promise<T>;
  /** each gives every item that fits to `handler` from now on, those that wait first. */
  each(fits: (item: T) => boolean, handler: (item: T) => void): void;
}

interface Taker<T> {
  readonly fits: (item: T) => boolean;
  /** give answers false when the taker wants no more. */
  readonly give: (item: T) => boolean;
}

export function createMailbox<T>(): Mailbox<T> {
  const items: T[] = [];
  const takers: Taker<T>[] = [];

  function put(item: T): void {
    const at = takers.findIndex(({ fits }) => fits(item));
    const taker = takers[at];
    if (taker === undefined) items.push(item);
    else if (!taker.give(item)) takers.splice(at, 1);
  }

  return {
    put,
    take(what, ms, fits = () => true, signal) {
      const at = items.findIndex(fits);
      if (at >= 0) return Promise.resolve(items.splice(at, 1)[0] as T);
      return new Promise((resolve, reject) => {
        const leave = () => {
          const place = takers.indexOf(taker);
          if (place >= 0) takers.splice(place, 1);
          clearTimeout(timer);
          reject(new NoAnswer(`${what} within ${ms / 1000} s`));
        };
        const timer = setTimeout(leave, ms);
        signal?.addEventListener("abort", leave, { once: true });
        const taker: Taker<T> = {
          fits,
          give(item) {
            clearTimeout(timer);
            signal?.removeEventListener("abort", leave);
            resolve(item);
            return false;
          },
        };
        takers.push(taker);
      });
    },
    each(fits, handler) {
      const waiting = items.filter(fits);
      for (const item of waiting) items.splice(items.indexOf(item), 1);
      takers.push({
        fits,
        give(item) {
          handler(item);
          return true;
        },
      });
      for (const item of waiting) handler(item);
    },
  };
}
