import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { defaultProfile, isProfileFlag, PROFILE_FLAGS } from "./profile.ts";

test("the default of a flag is its first value", () => {
  const profile = defaultProfile();
  assert.deepEqual(Object.keys(profile), Object.keys(PROFILE_FLAGS));
  for (const [flag, values] of Object.entries(PROFILE_FLAGS)) {
    assert.equal(profile[flag as keyof typeof PROFILE_FLAGS], values[0], flag);
    assert.equal(new Set<string>(values).size, values.length, flag);
  }
});

test("a word is a flag only when it stands in the table", () => {
  assert.ok(isProfileFlag("unknown-method"));
  for (const word of ["", "toString", "unknown_method", "__proto__"]) {
    assert.ok(!isProfileFlag(word), word);
  }
});

test("every flag and its values, the default first, stand in the errata", () => {
  const errata = readFileSync(new URL("../../spec/errata.md", import.meta.url), "utf8");
  for (const [flag, values] of Object.entries(PROFILE_FLAGS)) {
    const row = errata.split("\n").find((line) => line.startsWith(`| \`${flag}\``));
    assert.ok(row, `${flag} has no row in spec/errata.md`);
    assert.equal(row.split("|")[2]?.trim(), values.join(", "), flag);
  }
});
