// Joined bytes are alone in their memory, however many parts there are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, concatAll } from "./bytes.ts";

test("parts are joined in an array of their own", () => {
  const joined = concat(Uint8Array.of(1, 2, 3), new Uint8Array(0), Buffer.from([4]));
  assert.deepEqual(joined, Uint8Array.of(1, 2, 3, 4));
  assert.equal(joined.buffer.byteLength, 4);
  assert.deepEqual(concat(), new Uint8Array(0));
});

test("a list may be longer than a call takes arguments", () => {
  assert.equal(concatAll(Array(500_000).fill(Uint8Array.of(7))).length, 500_000);
});
