// Verdicts, and which of them are green.

import type { Severity } from "./case.ts";

export const VERDICTS = [
  "pass",
  "pass-unattributed",
  "warn",
  "info",
  "unsupported",
  "disputed",
  "fail",
  "crash",
  "timeout",
  "inconclusive",
  "flaky",
  "harness-error",
] as const;

export type Verdict = (typeof VERDICTS)[number];

const GREEN: readonly Verdict[] = [
  "pass",
  "pass-unattributed",
  "warn",
  "info",
  "unsupported",
  "disputed",
];

/** isGreen: everything but a deviation from a MUST; with `strict`, warnings are red too. */
export function isGreen(verdict: Verdict, strict: boolean): boolean {
  return GREEN.includes(verdict) && !(strict && verdict === "warn");
}

/** deviation is the verdict of a failed check: MUST fails, SHOULD warns, MAY informs. */
export function deviation(severity: Severity): Verdict {
  if (severity === "MUST") return "fail";
  return severity === "SHOULD" ? "warn" : "info";
}

/** CheckResult is one statement about what came back. */
export interface CheckResult {
  readonly id: string;
  readonly verdict: Verdict;
  readonly expected?: string;
  readonly got?: string;
  /** Status that came back, where the check is about one; in a passed check too. */
  readonly observed?: string;
}

/** CaseResult is what results.json holds of one case. */
export interface CaseResult {
  readonly id: string;
  /** Permutation: the axes of a case that ran in several forms. */
  readonly perm: Readonly<Record<string, string>>;
  verdict: Verdict;
  readonly severity: Severity;
  readonly rules: readonly string[];
  readonly contradictions: readonly string[];
  readonly provenance: string;
  readonly checks: readonly CheckResult[];
  twin: { readonly id: string; readonly verdict: Verdict } | null;
  readonly mutants: readonly string[];
  readonly ms: number;
  /** The sentence of the first rule. */
  readonly clause: string;
  readonly repro: string;
  /** Why the case did not run, which reading was taken, or what broke. */
  note: string | null;
  /** Frames of a case that is not a plain pass: the bytes that prove it. */
  readonly trace: readonly string[];
}
