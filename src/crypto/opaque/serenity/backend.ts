// The edge of @serenity-kit/opaque (opaque-ke compiled to WASM): it speaks unpadded base64url and
// throws errors of text; our side has raw bytes and OpaqueError [opaque.parameters].

import { ready } from "@serenity-kit/opaque";
import { OpaqueError, type OpaqueFault } from "../error.ts";
import { ARGON2ID } from "../parameters.ts";

// Whoever imports this module finds the WASM loaded, so that no call has to wait for it.
await ready;

/** KEY_STRETCHING is Argon2id of the spec; the backend's own default logs in to none of our records. */
export const KEY_STRETCHING = {
  "argon2id-custom": {
    iterations: ARGON2ID.passes,
    memory: ARGON2ID.memoryKiB,
    parallelism: ARGON2ID.parallelism,
  },
};

export function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url");
}

export function toBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64url"));
}

/**
 * guarded runs a call of the backend. The backend names the step that failed, as in `at "deserialize
 * loginResponse"`; `faults` says which steps the peer's bytes can break. Any other failure is
 * OpaqueError("backend").
 */
export function guarded<T>(faults: Readonly<Record<string, OpaqueFault>>, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    const step = /at "([^"]*)"/.exec(cause instanceof Error ? cause.message : "")?.[1] ?? "";
    const fault = Object.hasOwn(faults, step) ? faults[step] : undefined;
    throw new OpaqueError(fault ?? "backend", step || "the call failed", { cause });
  }
}
