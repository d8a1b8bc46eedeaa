// How the result of a run is printed, and when it is green.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cell, Part } from "./cell.ts";
import { isAllGreen, matrix } from "./table.ts";

const cell = (
  part: Part,
  row: string,
  column: string,
  passed: number,
  red: string[] = [],
): Cell => ({
  part,
  row,
  column,
  passed,
  total: passed + red.length,
  unsupported: 0,
  red: red.map((id) => ({ id, why: "fail: because" })),
  ms: 1,
});

test("rows are clients, columns servers and suites; the rest stands below", () => {
  const cells = [
    cell("pairs", "go", "reference", 30),
    cell("pairs", "go", "rust", 28, ["pair-calls.a.b"]),
    cell("client", "go", "", 600),
    cell("vectors", "python", "", 0),
    cell("doctor", "go", "", 14),
    cell("group", "of 5", "", 109),
  ];
  assert.equal(
    matrix(cells),
    `client  reference     rust  client suite  vectors  doctor
go          30/30  28/29 ✗       600/600        ·   14/14
python          ·        ·             ·        –       ·

group of 5  109/109

✗ pairs go rust: pair-calls.a.b
    fail: because`,
  );
});

test("green: something ran, and nothing is red", () => {
  const good = cell("client", "go", "", 600);
  assert.equal(isAllGreen([good]), true);
  assert.equal(isAllGreen([good, cell("group", "of 5", "", 1, ["x"])]), false);
  assert.equal(isAllGreen([cell("vectors", "rust", "", 0)]), false);
  assert.equal(isAllGreen([]), false);
});
