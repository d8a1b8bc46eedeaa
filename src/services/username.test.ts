import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isUsername } from "./username.ts";

const GOOD = [
  "a",
  "alice",
  "Alice",
  "alice-2",
  "a.b_c",
  "é",
  "日本語",
  "🙂",
  "!#$%",
  "x".repeat(64),
];
const BAD = [
  ["", "nothing"],
  ["x".repeat(65), "65 bytes"],
  ["é".repeat(33), "66 bytes in 33 characters"],
  ["a b", "a space"],
  [" alice", "a space at the front"],
  ["a\u00a0b", "a no-break space"],
  ["a\u2003b", "an em space"],
  ["a\u3000b", "an ideographic space"],
  ["a\tb", "a tab"],
  ["a\nb", "a line feed"],
  ["a\u0000b", "a zero"],
  ["a\u007fb", "DEL"],
  ["a\u0085b", "a control of C1"],
  ["alice@example", "an at sign"],
  ["e\u0301", "not in form NFC"],
  ["\u212b", "the Angstrom sign, whose NFC is another character"],
] as const;

for (const name of GOOD) {
  test(`"${name.slice(0, 12)}" is a username`, () => assert.ok(isUsername(name)));
}

for (const [name, why] of BAD) {
  test(`${why} is no username`, () => assert.ok(!isUsername(name)));
}

test("a username is 1 to 64 bytes, NFC, and neither white space, controls nor @", () => {
  const name = fc.string({ unit: "grapheme", maxLength: 40 });
  fc.assert(
    fc.property(name, (text) => {
      const bytes = Buffer.byteLength(text);
      const plain = [...text].every((character) => !/[\s@\p{Cc}\u0085]/u.test(character));
      const expected = bytes > 0 && bytes <= 64 && plain && text.normalize("NFC") === text;
      assert.equal(isUsername(text), expected, JSON.stringify(text));
    }),
    { numRuns: 1000 },
  );
});
