// Hybrid keys: X25519 (RFC 7748) and ML-KEM-768 (FIPS 203) side by side, spec/crypto/hybrid-envelope.md
// and C-47.

import {
  type CryptoBackend,
  checkLength,
  MLKEM_KEY_BYTES,
  MLKEM_SEED_BYTES,
  X25519_KEY_BYTES,
} from "../backend/backend.ts";
import { defaultBackend } from "../backend/default.ts";
import { checkEncapsulationKey } from "../backend/key-checks.ts";
import { HybridError } from "./error.ts";

/** Length of a private key: X25519 private key (32 bytes) and ML-KEM seed d || z (64 bytes). */
export const HYBRID_PRIVATE_KEY_BYTES = X25519_KEY_BYTES + MLKEM_SEED_BYTES;
/** Length of a public key: X25519 public key (32 bytes) and encapsulation key (1184 bytes). */
export const HYBRID_PUBLIC_KEY_BYTES = X25519_KEY_BYTES + MLKEM_KEY_BYTES;

/** newHybridKey makes a private key, 96 bytes. */
export function newHybridKey(backend: CryptoBackend = defaultBackend): Uint8Array {
  return backend.randomBytes(HYBRID_PRIVATE_KEY_BYTES);
}

/** hybridPublicKey derives the public key, 1216 bytes. Throws CryptoError unless it gets 96 bytes. */
export function hybridPublicKey(
  privateKey: Uint8Array,
  backend: CryptoBackend = defaultBackend,
): Uint8Array {
  const { x25519, mlKemSeed } = splitPrivateKey(privateKey);
  const publicKey = new Uint8Array(HYBRID_PUBLIC_KEY_BYTES);
  publicKey.set(backend.x25519.publicKey(x25519));
  publicKey.set(backend.mlKem768.keygen(mlKemSeed), X25519_KEY_BYTES);
  return publicKey;
}

/**
 * checkHybridPublicKey throws HybridError("public-key") for a key that nothing may be sealed for: another
 * length than 1216 bytes, an X25519 point of low order, or an encapsulation key with a coefficient
 * that is not below q.
 */
export function checkHybridPublicKey(
  publicKey: Uint8Array,
  backend: CryptoBackend = defaultBackend,
): void {
  try {
    const { x25519, encapsulationKey } = splitPublicKey(publicKey);
    checkEncapsulationKey(encapsulationKey);
    backend.x25519.sharedSecret(ANY_SCALAR, x25519);
  } catch {
    throw new HybridError("public-key");
  }
}

/** splitPrivateKey throws CryptoError unless it gets 96 bytes. The parts are windows. */
export function splitPrivateKey(privateKey: Uint8Array) {
  checkLength("hybrid private key", privateKey, HYBRID_PRIVATE_KEY_BYTES);
  return {
    x25519: privateKey.subarray(0, X25519_KEY_BYTES),
    mlKemSeed: privateKey.subarray(X25519_KEY_BYTES),
  };
}

/** splitPublicKey throws CryptoError unless it gets 1216 bytes. The parts are windows. */
export function splitPublicKey(publicKey: Uint8Array) {
  checkLength("hybrid public key", publicKey, HYBRID_PUBLIC_KEY_BYTES);
  return {
    x25519: publicKey.subarray(0, X25519_KEY_BYTES),
    encapsulationKey: publicKey.subarray(X25519_KEY_BYTES),
  };
}

// X25519 makes every scalar a multiple of 8, so a point of low order gives zero with any of them.
const ANY_SCALAR = new Uint8Array(X25519_KEY_BYTES).fill(1);
