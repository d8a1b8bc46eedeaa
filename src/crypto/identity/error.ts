// The one error of this folder (spec/crypto/identity.md).

/**
 * IdentityFault says what was refused:
 * - `length`: a key has not 32 bytes, a delivery proof not 72, or a channel ID neither 0 nor 16
 * - `signature`: a delivery proof is not signed by the server's key, or not for this message
 */
export type IdentityFault = "length" | "signature";

export class IdentityError extends Error {
  override name = "IdentityError";
  readonly fault: IdentityFault;
  constructor(fault: IdentityFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** checkLength throws IdentityError("length") unless `bytes` has exactly `length` bytes. */
export function checkLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length === length) return;
  throw new IdentityError("length", `${name} has ${bytes.length} bytes, not ${length}`);
}

/** Length of an identity key: an Ed25519 public key. */
export const IDENTITY_KEY_BYTES = 32;
