// Runs one case once under each reading it may have, and turns what happened into a result.

import { PROFILE_FLAGS, type ProfileFlag } from "../../src/registry/profile.ts";
import type { Case } from "./case.ts";
import { type Ending, emptyResult, endingOf, misdeclared, withTimeout, worst } from "./ending.ts";
import { CheckFailed } from "./errors.ts";
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

/** SERVER marks the results of servers. */
export const SERVER = { side: "server" } as const;

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
    ...emptyResult(spec, SERVER, verdict, note, options),
    checks,
    ms: Math.max(0, Math.round(performance.now() - started - paced)),
    trace: verdict === "pass" || verdict === "unsupported" ? [] : trace,
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
