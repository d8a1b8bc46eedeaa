// Random bytes that a seed decides.

import { createHash } from "node:crypto";

/** draw answers the same bytes for the same label. */
export function draw(label: string, length: number): Uint8Array {
  return createHash("shake256", { outputLength: length }).update(label).digest();
}
