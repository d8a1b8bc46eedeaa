// Two backends side by side: equal values, or both refuse with an error that is documented.

import assert from "node:assert/strict";
import { type CryptoBackend, CryptoError } from "../../src/crypto/backend/backend.ts";
import { HybridError } from "../../src/crypto/hybrid/error.ts";
import type { Source } from "./source.ts";

/** Pair is two backends that must not differ. */
export type Pair = readonly [CryptoBackend, CryptoBackend];

/** Comparison is one kind of case. It throws when the backends differ. */
export interface Comparison {
  readonly name: string;
  /** How often this kind comes before all start again. */
  readonly share: number;
  run(pair: Pair, source: Source): void;
}

type Outcome<T> = { readonly value: T } | { readonly refusal: string };

/**
 * same calls `work` with both backends and answers what both answered, undefined when both refused. It
 * throws when they differ, and when one fails in a way that is not documented.
 */
export function same<T>(
  [left, right]: Pair,
  what: string,
  work: (backend: CryptoBackend) => T,
): T | undefined {
  const [one, other] = [outcomeOf(() => work(left)), outcomeOf(() => work(right))];
  assert.deepEqual(other, one, `${what}: ${right.name} differs from ${left.name}`);
  return "value" in one ? one.value : undefined;
}

/** bothWays calls `work` with each backend as the maker and the other as the taker. */
export function bothWays(
  [left, right]: Pair,
  work: (maker: CryptoBackend, taker: CryptoBackend) => void,
): void {
  work(left, right);
  work(right, left);
}

function outcomeOf<T>(work: () => T): Outcome<T> {
  try {
    return { value: work() };
  } catch (error) {
    if (error instanceof CryptoError) return { refusal: error.message };
    if (error instanceof HybridError) return { refusal: error.fault };
    throw error;
  }
}
