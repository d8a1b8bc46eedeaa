// The random inputs of a case. A seed and the number of the case repeat them.

import { createHash } from "node:crypto";
import { mutate } from "../mutate.ts";
import { createRandom } from "../random.ts";

export interface Source {
  /** below answers a whole number from 0 to `bound`, `bound` not included. */
  below(bound: number): number;
  bytes(length: number): Uint8Array;
  /** someBytes has a random length, 0 and `most` included. */
  someBytes(most: number): Uint8Array;
  pick<T>(choices: readonly T[]): T;
  /** changed answers other bytes than it got, of another length at times. */
  changed(bytes: Uint8Array): Uint8Array;
  /** flipped answers the bytes with one bit changed. */
  flipped(bytes: Uint8Array): Uint8Array;
}

/** sourceOf is the source of case `index` under `seed`. */
export function sourceOf(seed: number, index: number): Source {
  const digest = createHash("sha256").update(`${seed}/${index}`).digest();
  const below = createRandom(digest.readUInt32BE());
  const bytes = (length: number) => Uint8Array.from({ length }, () => below(256));
  return {
    below,
    bytes,
    someBytes: (most) => bytes(below(most + 1)),
    pick(choices) {
      const chosen = choices[below(choices.length)];
      if (chosen === undefined) throw new Error("there is nothing to pick from");
      return chosen;
    },
    changed(before) {
      const after = Uint8Array.from(mutate(before, bytes(32), below));
      return Buffer.compare(before, after) === 0 ? bytes(before.length + 1) : after;
    },
    flipped(before) {
      const after = before.slice();
      const at = below(after.length);
      after[at] = (after[at] ?? 0) ^ (1 << below(8));
      return after;
    },
  };
}
