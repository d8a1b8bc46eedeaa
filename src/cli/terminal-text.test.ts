import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { oneLine, printable } from "./terminal-text.ts";

test("what steers a terminal is shown, not obeyed", () => {
  assert.equal(printable("\u001b[2Jhi\u0007\u009b31m"), "\ufffd[2Jhi\ufffd\ufffd31m");
  assert.equal(printable("photo\u202egpj.exe"), "photo\ufffdgpj.exe");
  assert.equal(printable("one\r\n[bob ✓] two\u2028three"), "one⏎[bob ✓] two⏎three");
  assert.equal(printable("👩‍👩‍👧 é می‌خواهم"), "👩‍👩‍👧 é می‌خواهم");
  assert.equal(printable("\ud800"), "\ufffd");
});

test("no text whatever leaves a control character or a second line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.doesNotMatch(printable(text), /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e]/u);
      assert.doesNotMatch(oneLine(text), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});
