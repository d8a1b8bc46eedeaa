import assert from "node:assert/strict";
import { test } from "node:test";
import { fromLine, fromWords } from "./operands.ts";

test("words fit when none is missing and none is left", () => {
  assert.deepEqual(fromWords([], []), []);
  assert.deepEqual(fromWords(["A", "[B]"], ["1"]), ["1"]);
  assert.deepEqual(fromWords(["A", "[B]"], ["1", "2"]), ["1", "2"]);
  assert.equal(fromWords(["A", "[B]"], []), undefined);
  assert.equal(fromWords(["A", "[B]"], ["1", "2", "3"]), undefined);
});

test("the last operand may take all that is left", () => {
  assert.deepEqual(fromWords(["TO", "TEXT…"], ["bob", "good", "day"]), ["bob", "good day"]);
  assert.equal(fromWords(["TO", "TEXT…"], ["bob"]), undefined);
  assert.deepEqual(fromWords(["NAME", "[USER…]"], ["team"]), ["team"]);
  assert.deepEqual(fromWords(["NAME", "[USER…]"], ["team", "a", "b"]), ["team", "a b"]);
});

test("a line keeps its spaces in the last operand alone", () => {
  assert.deepEqual(fromLine(["INDEX", "TEXT…"], " 3   two  words "), ["3", "two  words"]);
  assert.deepEqual(fromLine(["[N]"], ""), []);
  assert.equal(fromLine(["[N]"], "1 2"), undefined);
  assert.equal(fromLine(["INDEX", "TEXT…"], "3"), undefined);
});
