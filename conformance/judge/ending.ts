// How a case ends: its checks and whatever stopped it, put together into one verdict.

import { RULES } from "../../src/registry/rules.ts";
import { ConnectionError, StreamError } from "../../src/transport/transport.ts";
import type { CaseMeta } from "./case.ts";
import {
  NoAnswer,
  PrerequisiteFailed,
  SubjectGone,
  SubjectLost,
  SubjectUnusable,
  Unsupported,
} from "./errors.ts";
import type { CaseResult, CheckResult, Verdict } from "./verdict.ts";

/** Labels are what a result says beside what came out. */
export interface Labels {
  readonly mutants: readonly string[];
  readonly repro: string;
}

/** emptyResult is the result of a case that did not run. */
export function emptyResult(
  spec: CaseMeta,
  perm: CaseResult["perm"],
  verdict: Verdict,
  note: string | null,
  { mutants, repro }: Labels,
): CaseResult {
  const { provenance, text } = RULES[spec.rules[0]];
  return {
    id: spec.id,
    perm,
    verdict,
    severity: spec.severity,
    rules: spec.rules,
    contradictions: spec.errata,
    provenance,
    checks: [],
    twin: null,
    mutants,
    ms: 0,
    clause: text,
    repro,
    note,
    trace: [],
  };
}

const PASSED: readonly Verdict[] = ["pass", "pass-unattributed"];

// F16: what did not run must not read as green, so a declared check that was not made is a failure of
// the suite, and so is one that was made and not declared. After a failed check the rest is missing.
/** misdeclared answers a failed check for each one that was declared or made, and not both. */
export function misdeclared(spec: CaseMeta, made: readonly CheckResult[]): CheckResult[] {
  if (made.some(({ verdict }) => !PASSED.includes(verdict))) return [];
  const ids = made.map(({ id }) => id);
  const missing = spec.checks.filter((id) => !ids.includes(id));
  const strange = ids.filter((id) => !spec.checks.includes(id));
  return [
    ...missing.map((id) => broken(id, "the check is made", "it was not")),
    ...strange.map((id) => broken(id, "a declared check", "one that the case does not declare")),
    ...(made.length === 0 ? [broken("any", "at least one check", "none")] : []),
  ];
}

function broken(id: string, expected: string, got: string): CheckResult {
  return { id, verdict: "harness-error", expected, got };
}

// A failed check is never hidden by how the case ended.
const WORST_FIRST: readonly Verdict[] = [
  "harness-error",
  "crash",
  "fail",
  "timeout",
  "warn",
  "info",
  "unsupported",
  "pass-unattributed",
];

/** worst is the verdict of a case with these parts; `pass` when there are none. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return WORST_FIRST.find((one) => verdicts.includes(one)) ?? "pass";
}

export interface Ending {
  readonly verdict: Verdict;
  readonly note: string;
}

// A missing prerequisite and a missing answer fail whatever the level of the rule is: the case could
// not even ask its question.
/** endingOf says what an error that ended a case means. */
export function endingOf(error: unknown): Ending {
  const note = (error as Error).message;
  if (error instanceof Unsupported) return { verdict: "unsupported", note };
  if (error instanceof SubjectLost) return { verdict: error.verdict, note };
  if (error instanceof SubjectGone || error instanceof SubjectUnusable) {
    return { verdict: "crash", note };
  }
  if (error instanceof CaseTooSlow) return { verdict: "timeout", note };
  const subjects = [NoAnswer, PrerequisiteFailed];
  const fault = subjects.some((kind) => error instanceof kind) || isOfSubject(error);
  if (fault) return { verdict: "fail", note };
  const stack = (error as Error).stack?.split("\n").slice(0, 4).join(" | ");
  return { verdict: "harness-error", note: stack ?? note };
}

function isOfSubject(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.info.by !== "local";
  return error instanceof StreamError && error.kind !== "closed";
}

class CaseTooSlow extends Error {}

/** withTimeout ends a case after `ms` milliseconds; `waited` grows by what does not count. */
export async function withTimeout(
  work: Promise<void>,
  ms: number,
  waited: () => number = () => 0,
): Promise<void> {
  const late = Promise.withResolvers<never>();
  const end = performance.now() + ms - waited();
  let timer: NodeJS.Timeout | undefined;
  // A wait for the rate limit moves the end.
  const look = () => {
    const left = end + waited() - performance.now();
    if (left > 0) timer = setTimeout(look, left);
    else late.reject(new CaseTooSlow(`not finished within ${ms / 1000} s`));
  };
  look();
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
