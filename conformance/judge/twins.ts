// F15: a refusal proves something only when the same request with one field put right succeeds in the
// same run.

import type { CaseMeta } from "./case.ts";
import type { CaseResult, Verdict } from "./verdict.ts";

const PROVEN: readonly Verdict[] = ["pass", "pass-unattributed", "warn", "info", "disputed"];

const PASSED: readonly Verdict[] = ["pass", "pass-unattributed"];

/** judgeTwins makes a passed case inconclusive unless its twin succeeded. */
export function judgeTwins(cases: readonly CaseMeta[], results: readonly CaseResult[]): void {
  // Verdicts as they were before any of them is changed here.
  const verdicts = new Map(results.map(({ id, verdict }) => [id, verdict]));
  for (const { id, twin } of cases) {
    const result = results.find((one) => one.id === id);
    if (!result || twin === undefined) continue;
    const verdict = verdicts.get(twin) ?? "inconclusive";
    result.twin = { id: twin, verdict };
    if (PASSED.includes(result.verdict) && !PROVEN.includes(verdict)) {
      result.verdict = "inconclusive";
      result.note = `its twin ${twin} is ${verdict}`;
    }
  }
}
