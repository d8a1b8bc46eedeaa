// The judge's own view of the log: entries and hashes from all leaves, by the recursive definitions of
// RFC 9162 section 2.1 (spec/services/kt.md, C-52). It shares no code with what it judges.

import { createHash } from "node:crypto";

/** REASON_BYTES are the reasons of a revocation entry. */
export const REASON_BYTES = { compromised: 1, superseded: 2, user_revoked: 3 } as const;

export type Reason = keyof typeof REASON_BYTES;

/** bindingLeaf is the leaf of a registration. */
export function bindingLeaf(username: string, key: Uint8Array, timeMs: bigint): Uint8Array {
  const name = Buffer.from(username);
  const length = Uint8Array.of(name.length >> 8, name.length & 0xff);
  return sha256([0x00, 0x01], length, name, key, uint64(timeMs));
}

/** revocationLeaf is the leaf of a revocation. */
export function revocationLeaf(key: Uint8Array, reason: Reason, timeMs: bigint): Uint8Array {
  return sha256([0x00, 0x02], key, [REASON_BYTES[reason]], uint64(timeMs));
}

/** rootOf is the root of a log with these leaves. */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return sha256();
  if (leaves.length === 1) return only;
  const half = leftOf(leaves.length);
  return sha256([0x01], rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)));
}

/** pathOf is the way of one leaf to the root: the sibling hashes, that of the leaf first. */
export function pathOf(index: number, leaves: readonly Uint8Array[]): readonly Uint8Array[] {
  if (leaves.length <= 1) return [];
  const half = leftOf(leaves.length);
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)];
  return index < half
    ? [...pathOf(index, left), rootOf(right)]
    : [...pathOf(index - half, right), rootOf(left)];
}

/** leftOf is how many of at least two leaves are in the left subtree: the largest power of two below. */
function leftOf(count: number): number {
  return 2 ** (Math.ceil(Math.log2(count)) - 1);
}

function sha256(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part instanceof Uint8Array ? part : Uint8Array.from(part));
  return hash.digest();
}

function uint64(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(16, "0"), "hex");
}
