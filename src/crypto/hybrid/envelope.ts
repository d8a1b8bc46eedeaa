// The hybrid envelope: spec/crypto/hybrid-envelope.md (C-48). Whoever breaks only one of X25519 and
// ML-KEM-768 does not open it.

import {
  AEAD_KEY_BYTES,
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  type CryptoBackend,
  CryptoError,
  type Encapsulation,
  MLKEM_CIPHERTEXT_BYTES,
  X25519_KEY_BYTES,
} from "../backend/backend.ts";
import { defaultBackend } from "../backend/default.ts";
import { concat } from "../bytes.ts";
import { HybridError } from "./error.ts";
import { checkHybridPublicKey, splitPrivateKey, splitPublicKey } from "./keys.ts";

/** First byte of every envelope; an MLSMessage begins with 0x00. */
export const ENVELOPE_VERSION = 0x01;

// The name of the project has changed since, the label has not (HYBRID-007).
const INFO = new TextEncoder().encode("quicnprotochat-hybrid-v1");

// version, ephemeral X25519 key, ML-KEM ciphertext, nonce
const KEM_AT = 1 + X25519_KEY_BYTES;
const NONCE_AT = KEM_AT + MLKEM_CIPHERTEXT_BYTES;
const HEADER_BYTES = NONCE_AT + AEAD_NONCE_BYTES;

/** How many bytes an envelope is longer than its plaintext: 1149. */
export const ENVELOPE_OVERHEAD = HEADER_BYTES + AEAD_TAG_BYTES;

export interface EnvelopeOptions {
  /** Bytes that are authenticated and not sent; both sides must give the same. Empty when absent. */
  readonly aad?: Uint8Array;
  readonly backend?: CryptoBackend;
}

/** SealRandomness is everything random in an envelope. Given by hand for golden vectors only. */
export interface SealRandomness {
  /** X25519 private key, 32 bytes. */
  readonly ephemeralKey: Uint8Array;
  /** For the ML-KEM part of the recipient's key. */
  readonly encapsulation: Encapsulation;
  /** 12 bytes */
  readonly nonce: Uint8Array;
}

/**
 * sealEnvelope seals for the public key (1216 bytes). Throws HybridError("public-key") for a key that
 * checkHybridPublicKey refuses.
 */
export function sealEnvelope(
  publicKey: Uint8Array,
  plaintext: Uint8Array,
  options: EnvelopeOptions = {},
): Uint8Array {
  const { backend = defaultBackend } = options;
  checkHybridPublicKey(publicKey, backend);
  const { encapsulationKey } = splitPublicKey(publicKey);
  const ephemeralKey = backend.randomBytes(X25519_KEY_BYTES);
  const encapsulation = backend.mlKem768.encapsulate(encapsulationKey);
  const nonce = backend.randomBytes(AEAD_NONCE_BYTES);
  const random = { ephemeralKey, encapsulation, nonce };
  const envelope = sealEnvelopeWith(random, publicKey, plaintext, options);
  wipe(ephemeralKey, encapsulation.sharedSecret);
  return envelope;
}

/** sealEnvelopeWith is sealEnvelope without randomness of its own and without its check of the key. */
export function sealEnvelopeWith(
  { ephemeralKey, encapsulation, nonce }: SealRandomness,
  publicKey: Uint8Array,
  plaintext: Uint8Array,
  { aad = NOTHING, backend = defaultBackend }: EnvelopeOptions = {},
): Uint8Array {
  const envelope = new Uint8Array(ENVELOPE_OVERHEAD + plaintext.length);
  envelope[0] = ENVELOPE_VERSION;
  envelope.set(backend.x25519.publicKey(ephemeralKey), 1);
  envelope.set(encapsulation.ciphertext, KEM_AT);
  envelope.set(nonce, NONCE_AT);
  const header = envelope.subarray(0, HEADER_BYTES);
  const x25519Secret = backend.x25519.sharedSecret(ephemeralKey, splitPublicKey(publicKey).x25519);
  const key = combine(x25519Secret, encapsulation.sharedSecret, backend);
  const input = { key, nonce, aad: concat(header, aad) };
  envelope.set(backend.chacha20Poly1305.seal(input, plaintext), HEADER_BYTES);
  wipe(x25519Secret, key);
  return envelope;
}

/**
 * openEnvelope answers the plaintext. Throws HybridError("envelope") whatever is wrong with the envelope,
 * and CryptoError when the private key has not 96 bytes.
 */
export function openEnvelope(
  privateKey: Uint8Array,
  envelope: Uint8Array,
  { aad = NOTHING, backend = defaultBackend }: EnvelopeOptions = {},
): Uint8Array {
  const { x25519, mlKemSeed } = splitPrivateKey(privateKey);
  if (envelope.length < ENVELOPE_OVERHEAD || envelope[0] !== ENVELOPE_VERSION) {
    throw new HybridError("envelope");
  }
  const header = envelope.subarray(0, HEADER_BYTES);
  const x25519Secret = sharedSecret(x25519, header.subarray(1, KEM_AT), backend);
  // A wrong ciphertext gives another secret, so the tag below is what refuses it (FIPS 203 section 6.3).
  const mlKemSecret = backend.mlKem768.decapsulate(header.subarray(KEM_AT, NONCE_AT), mlKemSeed);
  const key = combine(x25519Secret, mlKemSecret, backend);
  const input = { key, nonce: header.subarray(NONCE_AT), aad: concat(header, aad) };
  const plaintext = backend.chacha20Poly1305.open(input, envelope.subarray(HEADER_BYTES));
  wipe(x25519Secret, mlKemSecret, key);
  if (plaintext === undefined) throw new HybridError("envelope");
  return plaintext;
}

function sharedSecret(own: Uint8Array, peer: Uint8Array, backend: CryptoBackend): Uint8Array {
  try {
    return backend.x25519.sharedSecret(own, peer);
  } catch (error) {
    if (error instanceof CryptoError) throw new HybridError("envelope");
    throw error;
  }
}

/** combine derives the key of the box from the two secrets, X25519 first (HYBRID-002). */
function combine(x25519: Uint8Array, mlKem: Uint8Array, backend: CryptoBackend): Uint8Array {
  const ikm = concat(x25519, mlKem);
  const key = backend.hkdfSha256({ ikm, info: INFO, length: AEAD_KEY_BYTES });
  wipe(ikm);
  return key;
}

function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

const NOTHING = new Uint8Array(0);
