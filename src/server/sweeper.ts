// Sweeping in turns: what no call can see any more is deleted beside the calls. Spec: the storage rules
// of services/*.md.

import type { Clock } from "../rpc/clock.ts";
import type { Stores } from "../storage/stores.ts";
import type { Log } from "./log.ts";

const BATCH = 1000;

/**
 * createSweeper answers a function that sweeps until nothing is left. While a sweep lasts another one
 * does nothing: a backlog can take longer than the time between two.
 */
export function createSweeper(
  { sweep }: Pick<Stores, "sweep">,
  clock: Clock,
  log: Pick<Log, "error">,
): () => Promise<void> {
  let isSweeping = false;
  return async () => {
    if (isSweeping) return;
    isSweeping = true;
    try {
      while ((await sweep(clock.now(), BATCH)) > 0);
    } catch (error) {
      log.error({ err: error }, "sweep failed");
    } finally {
      isSweeping = false;
    }
  };
}
