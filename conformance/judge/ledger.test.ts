// The ledger: what a case does to the state of its rules.

import assert from "node:assert/strict";
import { test } from "node:test";
import { RULES, type RuleSlug } from "../../src/registry/rules.ts";
import { withDefaults } from "./case.ts";
import { buildLedger, stalePlans, untestedMusts } from "./ledger.ts";

const stateOf = (slug: RuleSlug) => (RULES[slug] as { state?: string }).state;
const slugs = Object.keys(RULES) as RuleSlug[];
const tested = slugs.find((slug) => stateOf(slug) === undefined) as RuleSlug;
const planned = slugs.find((slug) => stateOf(slug)?.startsWith("planned("));

const of = (...rules: [RuleSlug, ...RuleSlug[]]) =>
  withDefaults({ id: "judge.fake.one", rules, sends: "nothing", expects: "nothing" });

test("a rule is tested by the cases that name it", () => {
  const row = buildLedger([of(tested)]).find(({ slug }) => slug === tested);
  assert.deepEqual([row?.state, row?.cases], ["tested", ["judge.fake.one"]]);
});

test("a MUST without a case is told", () => {
  const must = slugs.find((slug) => RULES[slug].level === "MUST" && stateOf(slug) === undefined);
  const missing = (ledger: ReturnType<typeof buildLedger>) =>
    untestedMusts(ledger).some(({ slug }) => slug === must);
  assert.ok(missing(buildLedger([])));
  assert.ok(!missing(buildLedger([of(must as RuleSlug)])));
});

test("a planned rule with a case is a plan that is out of date", { skip: !planned }, () => {
  const rule = planned as RuleSlug;
  assert.deepEqual(stalePlans(buildLedger([of(tested)])), []);
  const stale = stalePlans(buildLedger([of(tested, rule)])).map(({ slug }) => slug);
  assert.deepEqual(stale, [rule]);
});
