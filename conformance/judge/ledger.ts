// The ledger: what becomes of every rule. Tested by cases, untested, planned, or excluded with a reason.

import { RULES, type RuleSlug } from "../../src/registry/rules.ts";
import type { CaseMeta } from "./case.ts";

export interface LedgerRow {
  readonly slug: RuleSlug;
  readonly level: "MUST" | "SHOULD" | "MAY";
  readonly state: string;
  readonly cases: readonly string[];
}

/** buildLedger answers a row per rule, in order of the slugs. */
export function buildLedger(cases: readonly CaseMeta[]): readonly LedgerRow[] {
  const testedBy = Map.groupBy(
    cases.flatMap(({ id, rules }) => rules.map((rule) => ({ id, rule }))),
    ({ rule }) => rule,
  );
  return (Object.keys(RULES) as RuleSlug[]).sort().map((slug) => {
    const ids = (testedBy.get(slug) ?? []).map(({ id }) => id);
    const { level, state } = RULES[slug] as { level: LedgerRow["level"]; state?: string };
    return { slug, level, state: ids.length > 0 ? "tested" : (state ?? "untested"), cases: ids };
  });
}

/** untestedMusts are what `list --requirements --check` fails for. */
export function untestedMusts(ledger: readonly LedgerRow[]): readonly LedgerRow[] {
  return ledger.filter(({ level, state }) => level === "MUST" && state === "untested");
}

/**
 * stalePlans are rules that have cases and are still said to be planned for them: an error of the spec,
 * where the state is to go.
 */
export function stalePlans(ledger: readonly LedgerRow[]): readonly LedgerRow[] {
  return ledger.filter(({ slug, cases }) => {
    const { state } = RULES[slug] as { state?: string };
    return cases.length > 0 && (state?.startsWith("planned(") ?? false);
  });
}
