// Reading columns.

import assert from "node:assert/strict";
import { test } from "node:test";
import { blob, count, integer, text } from "./statement.ts";

test("a column of another type, or none, is an error", () => {
  const row = { i: 5n, b: new Uint8Array(1), t: "x", n: null };
  assert.equal(integer(row, "i"), 5n);
  assert.equal(count(row, "i"), 5);
  assert.equal(blob(row, "b"), row.b);
  assert.equal(text(row, "t"), "x");
  for (const column of ["b", "t", "n", "missing"])
    assert.throws(() => integer(row, column), TypeError);
  for (const column of ["i", "t", "n", "missing"])
    assert.throws(() => blob(row, column), TypeError);
  for (const column of ["i", "b", "n", "missing"])
    assert.throws(() => text(row, column), TypeError);
});
