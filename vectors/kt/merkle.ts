// The hash tree as RFC 9162 section 2.1 defines it, recursively and slowly, so that the vectors rest on
// nothing but the definitions. Spec: crypto/key-transparency.md.

import { createHash } from "node:crypto";

/** leafHash is the hash of an entry, given as hex; so are all hashes here. */
export function leafHash(entry: string): string {
  return sha256(`00${entry}`);
}

/** rootOf is MTH of section 2.1.1, over leaf hashes. */
export function rootOf(leaves: readonly string[]): string {
  const [only = sha256("")] = leaves;
  if (leaves.length < 2) return only;
  const k = splitOf(leaves);
  return sha256(`01${rootOf(leaves.slice(0, k))}${rootOf(leaves.slice(k))}`);
}

/** inclusionPath is PATH(m, D) of section 2.1.3.1. */
export function inclusionPath(m: number, leaves: readonly string[]): string[] {
  if (leaves.length < 2) return [];
  const k = splitOf(leaves);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m < k
    ? [...inclusionPath(m, left), rootOf(right)]
    : [...inclusionPath(m - k, right), rootOf(left)];
}

/** consistencyPath is PROOF(m, D) of section 2.1.4.1; m > 0. */
export function consistencyPath(m: number, leaves: readonly string[], whole = true): string[] {
  if (m === leaves.length) return whole ? [] : [rootOf(leaves)];
  const k = splitOf(leaves);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m <= k
    ? [...consistencyPath(m, left, whole), rootOf(right)]
    : [...consistencyPath(m - k, right, false), rootOf(left)];
}

/** splitOf is the largest power of two below the number of leaves, of which there are two or more. */
function splitOf({ length }: readonly string[]): number {
  let k = 1;
  while (2 * k < length) k *= 2;
  return k;
}

function sha256(hex: string): string {
  return createHash("sha256").update(hex, "hex").digest("hex");
}
