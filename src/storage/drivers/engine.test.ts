// The edge where values pass between operations and engines.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Param } from "../sql/statement.ts";
import { fromEngine, toEngine } from "./engine.ts";

test("integers are bound as bigints, everything else as it is", () => {
  assert.equal(toEngine(1_700_000_000_000), 1_700_000_000_000n);
  assert.equal(toEngine(-1), -1n);
  for (const param of [null, "text", 5n, new Uint8Array(2)]) assert.equal(toEngine(param), param);
});

test("what engines disagree about is refused", () => {
  const refused: readonly unknown[] = [
    undefined,
    true,
    false,
    1.5,
    Number.NaN,
    2 ** 53,
    {},
    new Date(),
  ];
  for (const param of refused) assert.throws(() => toEngine(param as Param), TypeError);
});

test("rows hold plain Uint8Arrays of their own", () => {
  const pooled = Buffer.from("abc");
  const row = fromEngine({
    pooled,
    view: new Uint8Array(8).subarray(2, 4),
    own: new Uint8Array(2),
  });
  for (const value of Object.values(row)) {
    assert.ok(value instanceof Uint8Array);
    assert.equal(value.constructor, Uint8Array);
    assert.equal(value.buffer.byteLength, value.byteLength);
  }
  assert.deepEqual(row.pooled, new Uint8Array([97, 98, 99]));
});

test("a number in a row is refused: it would be a fraction, or an integer that lost its type", () => {
  assert.deepEqual(fromEngine({ a: 1n, b: null, c: "x" }), { a: 1n, b: null, c: "x" });
  for (const value of [1, 1.5, undefined, true])
    assert.throws(() => fromEngine({ value }), TypeError);
});
