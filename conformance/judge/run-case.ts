// Runs one case once under each reading it may have, and turns what happened into a result.

import { PROFILE_FLAGS, type ProfileFlag } from "../../src/registry/profile.ts";
import { RULES } from "../../src/registry/rules.ts";
import { ConnectionError, StreamError } from "../../src/transport/transport.ts";
import type { Case } from "./case.ts";
import {
  CheckFailed,
  NoAnswer,
  PrerequisiteFailed,
  SubjectGone,
  SubjectUnusable,
  Unsupported,
} from "./errors.ts";
import type { Target } from "./target.ts";
import { openTrial } from "./trial.ts";
import type { CaseResult, CheckResult, Verdict } from "./verdict.ts";

export interface RunCaseOptions {
  readonly seed: number;
  /** False: nobody declared a reading of this flag, so the others are tried when the default fails. */
  readonly declared: (flag: ProfileFlag) => boolean;
  /** Longest time of a case in milliseconds, waits for a rate limit aside. */
  readonly caseMs: number;
  readonly mutants: readonly string[];
  readonly repro: string;
}

const MOST_HOLDS = 5;

interface Attempt {
  readonly verdict: Verdict;
  readonly checks: readonly CheckResult[];
  readonly trace: readonly string[];
  readonly note: string | null;
}

/** runCase answers the result of a case; it never throws. */
export async function runCase(
  spec: Case,
  target: Target,
  options: RunCaseOptions,
): Promise<CaseResult> {
  const started = performance.now();
  const waited = target.peerContext.pacing.waited();
  const [own, ...others] = readingsOf(spec, target, options);
  let attempt = await attemptCase(spec, target, options, own);
  for (const reading of others) {
    if (attempt.verdict !== "fail") break;
    const other = await attemptCase(spec, target, options, reading);
    if (other.verdict === "pass") attempt = disputed(other, spec, reading);
  }
  const { verdict, checks, trace, note } = attempt;
  const paced = target.peerContext.pacing.waited() - waited;
  return {
    ...emptyResult(spec, verdict, note, options),
    checks,
    ms: Math.max(0, Math.round(performance.now() - started - paced)),
    trace: verdict === "pass" || verdict === "unsupported" ? [] : trace,
  };
}

/** emptyResult is the result of a case that did not run. */
export function emptyResult(
  spec: Case,
  verdict: Verdict,
  note: string | null,
  { mutants, repro }: Pick<RunCaseOptions, "mutants" | "repro">,
): CaseResult {
  const { provenance, text } = RULES[spec.rules[0]];
  return {
    id: spec.id,
    perm: { side: "server" },
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

function readingsOf(
  { reading: flag }: Case,
  target: Target,
  { declared }: RunCaseOptions,
): readonly (string | undefined)[] {
  if (flag === undefined) return [undefined];
  const own = target.profile[flag];
  if (declared(flag)) return [own];
  return [own, ...PROFILE_FLAGS[flag].filter((value) => value !== own)];
}

function disputed(attempt: Attempt, { reading }: Case, value: string | undefined): Attempt {
  const note = `takes the reading ${value}; declare it with --profile ${reading}=${value}`;
  return { ...attempt, verdict: "disputed", note };
}

// A case that drives its streams byte by byte cannot repeat a call that met the rate limit, so the
// whole case is repeated when the window has moved on (C-86).
async function attemptCase(
  spec: Case,
  target: Target,
  options: RunCaseOptions,
  reading: string | undefined,
): Promise<Attempt> {
  for (let held = 0; ; held++) {
    const { wasLimited, ...attempt } = await tryCase(spec, target, options, reading);
    if (!wasLimited || spec.needs === "own-server" || held === MOST_HOLDS) return attempt;
    await target.peerContext.pacing.hold(1000);
  }
}

async function tryCase(
  spec: Case,
  target: Target,
  options: RunCaseOptions,
  reading: string | undefined,
): Promise<Attempt & { readonly wasLimited: boolean }> {
  const trial = openTrial(spec, target, options.seed, reading);
  let end: Ending | undefined;
  try {
    await withTimeout(spec.run(trial), options.caseMs, target.peerContext.pacing.waited);
  } catch (error) {
    if (!(error instanceof CheckFailed)) end = endingOf(error);
  }
  const { checks, trace, note, endedSubject, wasLimited } = await trial.finish(end === undefined);
  const died = !endedSubject && !target.subject.isAlive();
  const all = end ? checks : [...checks, ...misdeclared(spec, checks)];
  const ends: Verdict[] = [...(end ? [end.verdict] : []), ...(died ? (["crash"] as const) : [])];
  const verdict = worst([...all.map((check) => check.verdict), ...ends]);
  return { verdict, checks: all, trace, note: end?.note ?? note, wasLimited };
}

// F16: what did not run must not read as green, so a declared check that was not made is a failure of
// the suite, and so is one that was made and not declared. After a failed check the rest is missing.
function misdeclared(spec: Case, made: readonly CheckResult[]): CheckResult[] {
  if (made.some(({ verdict }) => verdict !== "pass")) return [];
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
];

function worst(verdicts: readonly Verdict[]): Verdict {
  return WORST_FIRST.find((one) => verdicts.includes(one)) ?? "pass";
}

interface Ending {
  readonly verdict: Verdict;
  readonly note: string;
}

// A missing prerequisite and a missing answer fail whatever the level of the rule is: the case could
// not even ask its question.
function endingOf(error: unknown): Ending {
  const note = (error as Error).message;
  if (error instanceof Unsupported) return { verdict: "unsupported", note };
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

async function withTimeout(work: Promise<void>, ms: number, waited: () => number): Promise<void> {
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
