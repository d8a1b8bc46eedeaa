// What the two halves of a stream share: the connection as they see it, and how the engine words
// the early end of a stream.

import type { ConnectionError } from "../transport.ts";
import type { Engine } from "./binding.ts";

/** StreamHost is the connection as its streams see it. */
export interface StreamHost {
  readonly engine: Engine;
  /** Why the connection is gone, once it is. */
  readonly ended: ConnectionError | undefined;
  /** touch says that the engine may have something to send. */
  touch(): void;
  /** transmit sends what the engine has to send at once, not at the end of the turn. */
  transmit(): void;
  /** halfOver says that one half of a stream has come to its end. */
  halfOver(id: number): void;
}

export const EMPTY = new Uint8Array(0);

// The engine's Shutdown enum; importing it would load the engine.
export const SHUTDOWN_READ = 0;
export const SHUTDOWN_WRITE = 1;

/** resetCode answers the code of a RESET_STREAM that the engine threw, undefined for other errors. */
export function resetCode(error: unknown): number | undefined {
  return code(/^StreamReset\((\d+)\)$/, error);
}

/** stoppedCode answers the code of a STOP_SENDING that the engine threw. */
export function stoppedCode(error: unknown): number | undefined {
  return code(/^StreamStopped\((\d+)\)$/, error);
}

function code(pattern: RegExp, error: unknown): number | undefined {
  const digits = error instanceof Error ? pattern.exec(error.message)?.[1] : undefined;
  return digits === undefined ? undefined : Number(digits);
}
