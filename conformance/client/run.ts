// Runs a selection of cases for clients over one adapter: a few at once, quiet ones alone at the end. What
// the loss of the adapter disturbed runs again alone, so that each crash is the verdict of its own case.

import type { QuicTransport } from "../../src/transport/transport.ts";
import { isDeclared } from "../adapter/protocol.ts";
import type { Session } from "../adapter/session.ts";
import type { Labels } from "../judge/ending.ts";
import { pool } from "../judge/pool.ts";
import { judgeTwins } from "../judge/twins.ts";
import type { CaseResult } from "../judge/verdict.ts";
import type { ClientCase } from "./case.ts";
import { type Ran, runClientCase, unrun } from "./run-case.ts";
import type { Ground } from "./trial.ts";

/** ClientPlan is what to run, against which adapter, and how. */
export interface ClientPlan {
  readonly cases: readonly ClientCase[];
  readonly session: Session;
  readonly transport: QuicTransport;
  readonly seed: number;
  readonly parallel: number;
  readonly timeoutScale: number;
  readonly failFast?: (result: CaseResult) => boolean;
  readonly mutantsOf: (id: string) => readonly string[];
  readonly repro: (id: string) => string;
  /** Told of each case as it ends; the verdict may still change when its twin is known. */
  readonly onResult: (result: CaseResult) => void;
}

export interface ClientOutcome {
  /** Sorted by id. */
  readonly results: readonly CaseResult[];
  /** About the adapter over the whole run. */
  readonly notes: readonly string[];
}

/** runClients answers one result per case, and ends the session. */
export async function runClients(plan: ClientPlan): Promise<ClientOutcome> {
  const { session, cases } = plan;
  const leftovers: Promise<unknown>[] = [];
  let notes: readonly string[] = [];
  let ran: Map<ClientCase, Ran>;
  try {
    ran = await runAll(plan, (work) => leftovers.push(work.catch(() => {})));
  } finally {
    notes = await session.end();
    await Promise.all(leftovers);
  }
  const results = [...ran.values()].map(({ result, ids }) => afterwards(result, ids, session));
  judgeTwins(cases, results);
  results.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { results, notes };
}

async function runAll(plan: ClientPlan, later: Ground["later"]): Promise<Map<ClientCase, Ran>> {
  const { session } = plan;
  const ran = new Map<ClientCase, Ran>();
  const disturbed: ClientCase[] = [];
  let isAlone = false;
  let stopped = false;
  const ground: Ground = {
    session,
    transport: plan.transport,
    seed: plan.seed,
    timeoutScale: plan.timeoutScale,
    isAlone: () => isAlone,
    later,
  };
  const labels = ({ id }: ClientCase): Labels => ({
    mutants: plan.mutantsOf(id),
    repro: plan.repro(id),
  });

  function keep(spec: ClientCase, one: Ran): void {
    const before = ran.get(spec);
    // What is known about the first run stays known.
    ran.set(spec, before ? { ...one, ids: new Set([...before.ids, ...one.ids]) } : one);
    if (before === undefined) plan.onResult(one.result);
    stopped ||= plan.failFast?.(one.result) ?? false;
  }

  async function beside(spec: ClientCase): Promise<void> {
    if (stopped) return;
    const one =
      excuse(spec, session, labels(spec)) ?? (await runClientCase(spec, ground, labels(spec)));
    if (one.disturbed) disturbed.push(spec);
    else keep(spec, one);
  }

  async function alone(spec: ClientCase): Promise<void> {
    if (stopped) return;
    const one =
      excuse(spec, session, labels(spec)) ?? (await runClientCase(spec, ground, labels(spec)));
    // One more reply shows that nothing came after the last one that should not.
    const late = one.result.verdict === "unsupported" ? undefined : await session.settle();
    if (late === undefined) keep(spec, one);
    else keep(spec, { ...one, result: { ...one.result, verdict: late.verdict, note: late.why } });
  }

  await pool(
    plan.parallel,
    plan.cases.filter(({ quiet }) => !quiet),
    beside,
  );
  // What the last replies left behind comes out before anything is asked again.
  await session.settle();
  isAlone = true;
  const suspects = session.suspects();
  const suspected = [...ran].flatMap(([spec, { ids }]) =>
    [...ids].some((id) => suspects.has(id)) ? [spec] : [],
  );
  const quiet = plan.cases.filter((spec) => spec.quiet);
  await pool(1, [...suspected, ...disturbed, ...quiet], alone);
  return ran;
}

function excuse(spec: ClientCase, { hello }: Session, labels: Labels): Ran | undefined {
  const missing = spec.ops.filter((op) => !isDeclared(hello, op));
  if (missing.length === 0) return undefined;
  const result = unrun(spec, "unsupported", `needs ${missing.join(", ")}`, labels);
  return { result, ids: new Set(), disturbed: false };
}

/** afterwards: a second reply, or an end right after the last one, takes the pass away. */
function afterwards(result: CaseResult, ids: ReadonlySet<number>, session: Session): CaseResult {
  const loss = [...session.blamed()].find(
    ([id, { verdict }]) => ids.has(id) && verdict === "harness-error",
  )?.[1];
  return loss ? { ...result, verdict: loss.verdict, note: loss.why } : result;
}
