// Identity keys: Ed25519 key pairs (RFC 8032 section 5.1), spec/crypto/identity.md.

import type { CryptoBackend } from "../backend/backend.ts";
import { defaultBackend } from "../backend/default.ts";
import { checkLength, IDENTITY_KEY_BYTES } from "./error.ts";

/** IdentityKey is a key pair; both parts have 32 bytes, the private one is the seed of RFC 8032. */
export interface IdentityKey {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** newIdentityKey makes a key pair. */
export function newIdentityKey(backend: CryptoBackend = defaultBackend): IdentityKey {
  return identityKeyOf(backend.randomBytes(IDENTITY_KEY_BYTES), backend);
}

/** identityKeyOf is the key pair of a seed. Throws IdentityError unless the seed has 32 bytes. */
export function identityKeyOf(
  seed: Uint8Array,
  backend: CryptoBackend = defaultBackend,
): IdentityKey {
  checkLength("identity seed", seed, IDENTITY_KEY_BYTES);
  return { publicKey: backend.ed25519.publicKey(seed), privateKey: seed };
}
