// The size of an Envelope inside a FetchResponse. Spec: services/delivery.md; I-05.

import assert from "node:assert/strict";
import { test } from "node:test";
import { envelopeSize } from "./deliveries.ts";

test("envelope sizes, counted by hand", () => {
  // Outer tag, outer length, seq tag, seq, data tag, data length, data.
  const sizes: readonly [bigint, number, number][] = [
    [1n, 1, 1 + 1 + 1 + 1 + 1 + 1 + 1],
    [127n, 123, 1 + 1 + 1 + 1 + 1 + 1 + 123],
    [127n, 124, 1 + 2 + 1 + 1 + 1 + 1 + 124],
    [128n, 128, 1 + 2 + 1 + 2 + 1 + 2 + 128],
    [2n ** 63n - 1n, 4_194_265, 1 + 4 + 1 + 9 + 1 + 4 + 4_194_265],
    [2n ** 64n - 1n, 4_194_265, 21 + 4_194_265],
  ];
  for (const [seq, payload, size] of sizes) assert.equal(envelopeSize(seq, payload), size);
});
