// Hashing and key derivation without WebCrypto, which takes longer to hand a short input to its threads and
// back than the work takes: a tree of 1,000 members needs thousands of both for every epoch.

import type { CiphersuiteImpl } from "ts-mls";
import { defaultBackend } from "../backend/default.ts";

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
const ONE = Uint8Array.of(1);

/** digest is the hash of suite 0x0001: SHA-256. */
export function digest(bytes: Uint8Array): Uint8Array {
  return defaultBackend.sha256(bytes);
}

/**
 * hashingHere is a suite of SHA-256 with the same results, computed at once. A key of another length than the
 * hash stays with the suite, which refuses it: a path secret may have any length that its sender chose.
 */
export function hashingHere(suite: CiphersuiteImpl): CiphersuiteImpl {
  return {
    ...suite,
    hash: { ...suite.hash, digest: async (bytes) => digest(bytes) },
    kdf: {
      ...suite.kdf,
      expand: async (key, info, length) =>
        key.length === HASH_BYTES && length <= HASH_BYTES
          ? expandOnce(key, info, length)
          : suite.kdf.expand(key, info, length),
    },
  };
}

/** HKDF-Expand (RFC 5869 section 2.3) as far as one HMAC goes, which is all that MLS asks for. */
function expandOnce(key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const inner = padded(key, 0x36);
  const outer = padded(key, 0x5c);
  const innerHash = defaultBackend.sha256(inner, info, ONE);
  const output = defaultBackend.sha256(outer, innerHash);
  const derived = output.slice(0, length);
  for (const used of [inner, outer, innerHash, output]) used.fill(0);
  return derived;
}

/** The key in a block of the hash, as RFC 2104 wants it. */
function padded(key: Uint8Array, pad: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES).fill(pad);
  for (const [index, byte] of key.entries()) block[index] = byte ^ pad;
  return block;
}
