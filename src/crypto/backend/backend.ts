// What the formats of spec/crypto and spec/client need of a cryptographic library. Two backends offer
// it: noble.ts, the reference, and node.ts, the fast one. Both give equal bytes and equal refusals.

/** CryptoBackend takes and answers fresh byte arrays; a wrong length throws CryptoError. */
export interface CryptoBackend {
  readonly name: "noble" | "node";
  readonly ed25519: Ed25519;
  readonly x25519: X25519;
  readonly mlKem768: MlKem768;
  readonly chacha20Poly1305: ChaCha20Poly1305;
  /** sha256 hashes the parts one after the other (32 bytes). */
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  /** sha512 hashes the parts one after the other (64 bytes). */
  sha512(...parts: readonly Uint8Array[]): Uint8Array;
  /** hkdfSha256 is RFC 5869 with SHA-256. An empty salt counts as 32 zero bytes. */
  hkdfSha256(input: HkdfInput): Uint8Array;
  randomBytes(length: number): Uint8Array;
}

export interface HkdfInput {
  readonly ikm: Uint8Array;
  /** Empty when absent. */
  readonly salt?: Uint8Array;
  /** At most 1,024 bytes. */
  readonly info: Uint8Array;
  /** 1 <= length <= 8160 */
  readonly length: number;
}

/** Ed25519 is RFC 8032 section 5.1. The private key is the seed (32 bytes). */
export interface Ed25519 {
  publicKey(seed: Uint8Array): Uint8Array;
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /**
   * verify answers false for whatever it does not accept, wrong lengths among it, and never throws.
   * Strict: canonical encodings, no key of small order, and the equation without the cofactor.
   */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** X25519 is RFC 7748 section 5. Keys and results are 32 bytes. */
export interface X25519 {
  publicKey(privateKey: Uint8Array): Uint8Array;
  /** sharedSecret throws CryptoError when the result is all zero (RFC 7748 section 6.1). */
  sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
}

/** MlKem768 is FIPS 203. The private key is the seed d || z (64 bytes). */
export interface MlKem768 {
  /** keygen answers the encapsulation key (1184 bytes). */
  keygen(seed: Uint8Array): Uint8Array;
  /** encapsulate throws CryptoError unless the key passes checkEncapsulationKey. */
  encapsulate(encapsulationKey: Uint8Array): Encapsulation;
  /** decapsulate never fails: a wrong ciphertext (1088 bytes) gives an unrelated secret. */
  decapsulate(ciphertext: Uint8Array, seed: Uint8Array): Uint8Array;
}

export interface Encapsulation {
  /** 1088 bytes */
  readonly ciphertext: Uint8Array;
  /** 32 bytes */
  readonly sharedSecret: Uint8Array;
}

/** ChaCha20Poly1305 is RFC 8439 section 2.8. key 32 bytes, nonce 12; a box is ciphertext and tag. */
export interface ChaCha20Poly1305 {
  seal(input: AeadInput, plaintext: Uint8Array): Uint8Array;
  /** open answers undefined when the tag is wrong or the box is shorter than a tag (16 bytes). */
  open(input: AeadInput, box: Uint8Array): Uint8Array | undefined;
}

export interface AeadInput {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
}

/** CryptoError is thrown for a wrong length, an invalid public key and an all-zero shared secret. */
export class CryptoError extends Error {
  override name = "CryptoError";
}

/** checkLength throws CryptoError unless `bytes` has exactly `length` bytes. */
export function checkLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length === length) return;
  throw new CryptoError(`${name} has ${bytes.length} bytes, not ${length}`);
}

/** Lengths in bytes. */
export const ED25519_KEY_BYTES = 32;
export const ED25519_SIGNATURE_BYTES = 64;
export const X25519_KEY_BYTES = 32;
export const MLKEM_SEED_BYTES = 64;
export const MLKEM_KEY_BYTES = 1184;
export const MLKEM_CIPHERTEXT_BYTES = 1088;
export const AEAD_KEY_BYTES = 32;
export const AEAD_NONCE_BYTES = 12;
export const AEAD_TAG_BYTES = 16;
