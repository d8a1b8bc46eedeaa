// Runs one case for clients once, and turns what happened into a result.

import {
  type Ending,
  emptyResult,
  endingOf,
  type Labels,
  misdeclared,
  withTimeout,
  worst,
} from "../judge/ending.ts";
import { CheckFailed } from "../judge/errors.ts";
import type { CaseResult, Verdict } from "../judge/verdict.ts";
import type { ClientCase } from "./case.ts";
import { type Ground, openClientTrial } from "./trial.ts";

/** CLIENT marks the results of clients. */
export const CLIENT = { side: "client" } as const;

export interface Ran {
  readonly result: CaseResult;
  /** Ids of the requests of the case: what comes out about them later is the matter of the case. */
  readonly ids: ReadonlySet<number>;
  /** The adapter was lost, and maybe for another case's sake: the result says nothing. */
  readonly disturbed: boolean;
}

/** runClientCase answers the result of a case; it never throws. */
export async function runClientCase(
  spec: ClientCase,
  ground: Ground,
  labels: Labels,
): Promise<Ran> {
  const started = performance.now();
  const trial = openClientTrial(spec, ground);
  let end: Ending | undefined;
  try {
    const work = Promise.race([spec.run(trial), trial.fault]);
    await withTimeout(work, spec.ms * ground.timeoutScale);
  } catch (error) {
    if (!(error instanceof CheckFailed)) end = endingOf(error);
  }
  const { checks, trace, note, ids, disturbed, lost } = await trial.finish();
  end ??= lost && { verdict: lost.verdict, note: lost.why };
  const all = end ? checks : [...checks, ...misdeclared(spec, checks)];
  const verdicts: Verdict[] = all.map((check) => check.verdict);
  const verdict = worst(end ? [...verdicts, end.verdict] : verdicts);
  const result = {
    ...emptyResult(spec, CLIENT, verdict, end?.note ?? note, labels),
    checks: all,
    ms: Math.round(performance.now() - started),
    trace: verdict === "pass" || verdict === "unsupported" ? [] : trace,
  };
  return { result, ids, disturbed };
}

/** unrun is the result of a case that did not run. */
export function unrun(
  spec: ClientCase,
  verdict: Verdict,
  note: string,
  labels: Labels,
): CaseResult {
  return emptyResult(spec, CLIENT, verdict, note, labels);
}
