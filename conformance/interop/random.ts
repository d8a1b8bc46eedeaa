// Choices drawn from a seed: the same in every run.

import { createHash } from "node:crypto";

export interface Random {
  /** below answers a whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
  /** weighted picks by weight. */
  weighted<T>(items: readonly (readonly [T, number])[]): T;
}

export function createRandom(seed: number): Random {
  let drawn = 0;
  const random: Random = {
    below(limit) {
      const hash = createHash("sha256").update(`${seed}/${drawn++}`).digest();
      return hash.readUInt32BE(0) % limit;
    },
    pick(items) {
      const item = items[random.below(items.length)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
    weighted(items) {
      let left = random.below(items.reduce((sum, [, weight]) => sum + weight, 0));
      for (const [item, weight] of items) {
        left -= weight;
        if (left < 0) return item;
      }
      throw new Error("nothing to pick from");
    },
  };
  return random;
}
