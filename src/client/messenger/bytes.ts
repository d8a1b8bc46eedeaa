// Keys and identifiers as values: looked up, left out.

import { sameBytes } from "../bytes.ts";

export function includesKey(keys: readonly Uint8Array[], key: Uint8Array): boolean {
  return keys.some((other) => sameBytes(other, key));
}

/** without answers the keys that are not among `others`, in their order. */
export function without(keys: readonly Uint8Array[], others: readonly Uint8Array[]): Uint8Array[] {
  return keys.filter((key) => !includesKey(others, key));
}
