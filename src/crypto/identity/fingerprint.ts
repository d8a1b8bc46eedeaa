// Fingerprints of identity keys for people to read, spec/crypto/identity.md.

import type { CryptoBackend } from "../backend/backend.ts";
import { defaultBackend } from "../backend/default.ts";
import { checkLength, IDENTITY_KEY_BYTES } from "./error.ts";

/**
 * keyFingerprint answers the first 16 bytes of the SHA-256 of a key (32 bytes) as 8 groups of 4
 * hexadecimal digits. Throws IdentityError("length") for another length.
 */
export function keyFingerprint(
  identityKey: Uint8Array,
  backend: CryptoBackend = defaultBackend,
): string {
  checkLength("identity key", identityKey, IDENTITY_KEY_BYTES);
  const shown = backend.sha256(identityKey).subarray(0, 16);
  const digits = Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return (digits.match(/.{4}/g) ?? []).join(" ");
}
