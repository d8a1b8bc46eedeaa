// How a failure inside the library becomes an MlsError: its errors tell kinds (ValidationError, CodecError,
// CryptoError …) but not steps, so every step names its fault itself.

import { MlsError, type MlsFault } from "./group-member.ts";

/** demand throws MlsError unless the condition holds. */
export function demand(condition: boolean, fault: MlsFault, message: string): asserts condition {
  if (!condition) throw new MlsError(fault, message);
}

/** guarded runs one step; what it throws becomes an MlsError with this fault, unless it is one already. */
export async function guarded<T>(fault: MlsFault, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw asMlsError(fault, error);
  }
}

/** within runs steps that are parts of one thing; whatever goes wrong is the fault of the whole. */
export async function within<T>(fault: MlsFault, steps: () => T | Promise<T>): Promise<T> {
  try {
    return await steps();
  } catch (error) {
    if (error instanceof MlsError && error.fault === fault) throw error;
    throw new MlsError(fault, reasonOf(error), { cause: error });
  }
}

/** asMlsError leaves an MlsError alone and wraps everything else. */
export function asMlsError(fault: MlsFault, error: unknown): MlsError {
  if (error instanceof MlsError) return error;
  return new MlsError(fault, reasonOf(error), { cause: error });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
