// The engine's timer: loss detection, idle timeout, the end of draining, whichever comes first.

import type { Engine } from "./binding.ts";

// setTimeout takes 31 bits and fires at once beyond them.
const MAX_DELAY_MS = 2 ** 31 - 1;

/** EngineTimer calls back once the engine has acted on an expired timer. */
export class EngineTimer {
  readonly #engine: Engine;
  readonly #onExpiry: () => void;
  #timeout: NodeJS.Timeout | undefined;
  /** When the armed timer fires. It may be early, never late: then it is armed again. */
  #firesAt = 0;
  #holdsProcess = true;

  constructor(engine: Engine, onExpiry: () => void) {
    this.#engine = engine;
    this.#onExpiry = onExpiry;
  }

  /** arm follows the engine's deadline, which moves with every datagram. */
  arm(): void {
    const delay = this.#engine.timeout();
    if (delay === null) {
      this.clear();
      return;
    }
    const deadline = performance.now() + delay;
    if (this.#timeout && this.#firesAt <= deadline + 1) return;
    clearTimeout(this.#timeout);
    this.#firesAt = deadline;
    this.#timeout = setTimeout(this.#fire, Math.min(delay + 1, MAX_DELAY_MS));
    if (!this.#holdsProcess) this.#timeout.unref();
  }

  clear(): void {
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
  }

  /** unref lets the process exit although the timer is armed. */
  unref(): void {
    this.#holdsProcess = false;
    this.#timeout?.unref();
  }

  readonly #fire = (): void => {
    this.#timeout = undefined;
    if (this.#engine.timeout() === 0) {
      this.#engine.onTimeout();
      this.#onExpiry();
    } else {
      this.arm();
    }
  };
}
