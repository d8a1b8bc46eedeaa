// The reference backend: the noble libraries, written in TypeScript. Given its random values it is
// deterministic, so golden vectors are made with it.

import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE, equalBytes } from "@noble/curves/utils.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { concatBytes, randomBytes } from "@noble/hashes/utils.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { type AeadInput, type CryptoBackend, checkLength, type Encapsulation } from "./backend.ts";
import { checked } from "./checked.ts";
import { checkEncapsulationKey } from "./key-checks.ts";

/** nobleBackend is the CryptoBackend of the noble libraries. */
export const nobleBackend: CryptoBackend = checked({
  name: "noble",
  ed25519: {
    publicKey: ed25519.getPublicKey,
    sign: (seed, message) => ed25519.sign(message, seed),
    verify,
  },
  x25519: { publicKey: x25519.getPublicKey, sharedSecret: x25519.getSharedSecret },
  mlKem768: {
    keygen: (seed) => ml_kem768.keygen(seed).publicKey,
    encapsulate: (key) => named(ml_kem768.encapsulate(key)),
    decapsulate(ciphertext, seed) {
      const { secretKey } = ml_kem768.keygen(seed);
      const secret = ml_kem768.decapsulate(ciphertext, secretKey);
      secretKey.fill(0);
      return secret;
    },
  },
  chacha20Poly1305: { seal: (input, plaintext) => aead(input).encrypt(plaintext), open },
  sha256: (...parts) => sha256(concatBytes(...parts)),
  sha512: (...parts) => sha512(concatBytes(...parts)),
  hkdfSha256: ({ ikm, salt, info, length }) => hkdf(sha256, ikm, salt, info, length),
  randomBytes,
});

/** encapsulateWith is ML-KEM.Encaps_internal (FIPS 203 section 6.2) with its random `m`, 32 bytes. */
export function encapsulateWith(encapsulationKey: Uint8Array, m: Uint8Array): Encapsulation {
  checkEncapsulationKey(encapsulationKey);
  checkLength("m", m, 32);
  return named(ml_kem768.encapsulate(encapsulationKey, m));
}

/**
 * verify is RFC 8032 section 5.1.7 without the cofactor: R = [S]B - [k]A, compared as bytes. ed25519.verify
 * multiplies by the cofactor, and so accepts signatures that OpenSSL refuses.
 */
function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const { Point } = ed25519;
  const r = signature.subarray(0, 32);
  const s = Point.Fn.fromBytes(signature.subarray(32));
  const hash = sha512(concatBytes(r, publicKey, message));
  const k = Point.Fn.create(bytesToNumberLE(hash));
  const key = Point.fromBytes(publicKey, false);
  const expected = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(k));
  return equalBytes(expected.toBytes(), r);
}

function open(input: AeadInput, box: Uint8Array): Uint8Array | undefined {
  try {
    return aead(input).decrypt(box);
  } catch {
    return undefined;
  }
}

function aead({ key, nonce, aad }: AeadInput) {
  return chacha20poly1305(key, nonce, aad);
}

function named(made: { cipherText: Uint8Array; sharedSecret: Uint8Array }): Encapsulation {
  // The library answers a window on an array that is longer than the secret.
  return { ciphertext: made.cipherText, sharedSecret: made.sharedSecret.slice() };
}
