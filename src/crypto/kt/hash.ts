// Hashes of the key-transparency log: RFC 9162 section 2.1.1, as in RFC 6962 (spec/services/kt.md, C-52).

import { hash } from "node:crypto";

/** Length of every hash of the log, in bytes: SHA-256. */
export const HASH_BYTES = 32;

// A leaf and a node can never have the same hash, so that no node passes for an entry.
const LEAF = Uint8Array.of(0x00);
const NODE = Uint8Array.of(0x01);

/** leafHash answers the hash of an entry (32 bytes). */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(LEAF, entry);
}

/** nodeHash answers the hash of the node above two hashes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(NODE, left, right);
}

/** emptyRoot answers the root of a log without leaves. */
export function emptyRoot(): Uint8Array {
  return sha256();
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(hash("sha256", Buffer.concat(parts), "buffer"));
}
