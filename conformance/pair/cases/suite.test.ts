// The pair cases as a list: ids, and rules that exist.

import assert from "node:assert/strict";
import { test } from "node:test";
import { RULES } from "../../../src/registry/rules.ts";
import { ALL_CASES } from "../../cases/all.ts";
import { ALL_CLIENT_CASES } from "../../client-cases/all.ts";
import { ALL_PAIR_CASES } from "./all.ts";

test("every id stands once, here and elsewhere", () => {
  const all = [...ALL_CASES, ...ALL_CLIENT_CASES, ...ALL_PAIR_CASES].map(({ id }) => id);
  const own = ALL_PAIR_CASES.map(({ id }) => id);
  assert.equal(new Set(own).size, own.length);
  assert.equal(new Set(all).size, all.length);
});

test("every case names rules, and checks the frames", () => {
  for (const { id, rules, checks } of ALL_PAIR_CASES) {
    assert.ok(
      rules.every((rule) => Object.hasOwn(RULES, rule)),
      id,
    );
    assert.equal(checks.at(-1), "frames", id);
    assert.ok(checks.length > 1, id);
  }
});
