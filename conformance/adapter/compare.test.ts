// Bytes in every form, what differs, and lines that never end.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Value } from "../../vectors/format.ts";
import { compare } from "./compare.ts";
import { createLineReader } from "./lines.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const SAME: readonly (readonly [expected: Value, got: unknown])[] = [
  [{ hex: "0000" }, { fill: 2, byte: 0 }],
  [{ hex: "0001" }, { parts: [{ hex: "00" }, { fill: 1, byte: 1 }] }],
  [{ hex: "0000" }, { sha256: sha256(new Uint8Array(2)), len: 2 }],
  [{ a: [1, { hex: "" }] }, { a: [1, { hex: "" }], b: 2 }],
  [null, null],
];

const DIFFERENT: readonly (readonly [expected: Value, got: unknown])[] = [
  [{ hex: "0000" }, { fill: 3, byte: 0 }],
  [{ hex: "0000" }, { sha256: sha256(new Uint8Array(2)), len: 3 }],
  [{ hex: "0000" }, { sha256: sha256(new Uint8Array(3)), len: 2 }],
  [{ hex: "ab" }, { hex: "AB" }],
  [{ hex: "ab" }, { hex: "abc" }],
  [{ hex: "" }, undefined],
  [
    { fill: 1, byte: 0 },
    { fill: 1e15, byte: 0 },
  ],
  [null, undefined],
  ["1", 1],
  [[], [1]],
  [{ a: 1 }, []],
];

for (const [expected, got] of SAME) {
  test(`same: ${JSON.stringify(got)}`, () => assert.equal(compare(expected, got), undefined));
}
for (const [expected, got] of DIFFERENT) {
  test(`differs: ${JSON.stringify(expected)} ${JSON.stringify(got)}`, () =>
    assert.ok(compare(expected, got)));
}

test("lines come whole, however they arrive", () => {
  const reader = createLineReader(8);
  assert.deepEqual(reader.push(Buffer.from("ab")), []);
  assert.deepEqual(reader.push(Buffer.from("c\r\n\nd")), ["abc", ""]);
  assert.deepEqual(reader.push(Buffer.from("\n12345678\n")), ["d", "12345678"]);
});

test("a line over the bound is refused, ended or not", () => {
  assert.equal(createLineReader(8).push(Buffer.from("123456789\n")), undefined);
  assert.equal(createLineReader(8).push(Buffer.from("123456789")), undefined);
  const slow = createLineReader(8);
  assert.deepEqual(slow.push(Buffer.from("12345678")), []);
  assert.equal(slow.push(Buffer.from("9")), undefined);
});
