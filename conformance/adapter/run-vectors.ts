// Puts vectors to an adapter and judges. What another request disturbed is asked again alone, so that each
// crash, timeout and breach of the protocol is the verdict of the vector that caused it.

import { RULES, type RuleSlug } from "../../src/registry/rules.ts";
import { type CaseResult, type CheckResult, deviation, type Verdict } from "../judge/verdict.ts";
import { compare } from "./compare.ts";
import { type AdapterError, ERROR_CLASSES, type Reply, show } from "./protocol.ts";
import type { Asked, Session } from "./session.ts";
import type { Expectation, Plan, Step } from "./step.ts";

export interface RunOptions {
  readonly repro: (plan: Plan) => string;
  readonly onResult: (result: CaseResult) => void;
}

export interface VectorRun {
  /** In the order of the plans. */
  readonly results: readonly CaseResult[];
  readonly notes: readonly string[];
}

/** runVectors asks everything, ends the session, and answers one result for each plan. */
export async function runVectors(
  session: Session,
  plans: readonly Plan[],
  options: RunOptions,
): Promise<VectorRun> {
  let ran: ReadonlyMap<Plan, Ran>;
  let notes: readonly string[] = [];
  try {
    ran = await askAll(session, plans, options);
  } finally {
    notes = await session.end();
  }
  const results = plans.map((plan) => {
    const one = ran.get(plan) ?? failed("harness-error", "it was never asked");
    return resultOf(plan, afterwards(one, session), options.repro(plan));
  });
  return { results, notes };
}

async function askAll(
  session: Session,
  plans: readonly Plan[],
  { repro, onResult }: RunOptions,
): Promise<ReadonlyMap<Plan, Ran>> {
  const ran = new Map<Plan, Ran>();
  const disturbed: Plan[] = [];
  // More at once than the adapter takes would only wait, with their bytes in memory.
  await eachAtOnce(16, plans, async (plan) => {
    const one = await runPlan(session, plan, false);
    if (one === "disturbed") {
      disturbed.push(plan);
      return;
    }
    ran.set(plan, one);
    onResult(resultOf(plan, one, repro(plan)));
  });
  session.serially();
  const suspects = session.suspects();
  const suspected = [...ran].flatMap(([plan, { ids }]) =>
    ids.some((id) => suspects.has(id)) ? [plan] : [],
  );
  for (const plan of [...suspected, ...disturbed]) {
    let one = await runPlan(session, plan, true);
    for (let left = ATTEMPTS; one === "disturbed" && left > 0; left--) {
      one = await runPlan(session, plan, true);
    }
    if (one === "disturbed") one = failed("harness-error", "the adapter was gone at each attempt");
    const before = ran.get(plan);
    if (before === undefined) onResult(resultOf(plan, one, repro(plan)));
    // What is known about the first answer stays known.
    ran.set(plan, { ...one, ids: [...(before?.ids ?? []), ...one.ids] });
  }
  return ran;
}

const ATTEMPTS = 2;

interface Ran {
  readonly ids: readonly number[];
  readonly checks: readonly CheckResult[];
  readonly trace: readonly string[];
  readonly ms: number;
}

async function runPlan(session: Session, plan: Plan, alone: boolean): Promise<Ran | "disturbed"> {
  const start = performance.now();
  const steps = plan.steps();
  const ran: { step: Step; asked: Asked }[] = [];
  await eachAtOnce(alone ? 1 : 8, [...steps.entries()], async ([at, step]) => {
    ran[at] = { step, asked: await session.ask(step.op, step.args, plan.id) };
  });
  if (ran.some(({ asked }) => "disturbed" in asked)) return "disturbed";
  const hasLost = ran.some(({ asked }) => "loss" in asked);
  const late = alone && !hasLost ? await session.settle() : undefined;
  if (late) return failed(late.verdict, late.why);
  const judged = ran.map(({ step, asked }) => ({ step, asked, check: judge(plan, step, asked) }));
  // A row of refusals that are as they must be needs no line each.
  const told = judged.filter(({ check }, at) => at < 2 || check.verdict !== "pass").slice(0, 20);
  return {
    ids: ran.map(({ asked }) => asked.id),
    checks: told.map(({ check }) => check),
    trace: told
      .filter(({ check }) => !["pass", "unsupported"].includes(check.verdict))
      .slice(0, 3)
      .flatMap(({ step, asked }) => [
        `-> ${show({ op: step.op, ...step.args }, 1_000)}`,
        `<- ${show("reply" in asked ? asked.reply : asked, 1_000)}`,
      ]),
    ms: Math.round(performance.now() - start),
  };
}

function judge({ rule }: Plan, { op, expect }: Step, asked: Asked): CheckResult {
  const wrong = deviation(RULES[rule as RuleSlug].level);
  if ("loss" in asked) return { id: op, verdict: asked.loss.verdict, got: asked.loss.why };
  if ("disturbed" in asked) return { id: op, verdict: "harness-error" };
  return { id: op, ...judgeReply(expect, asked.reply, wrong) };
}

function judgeReply(expect: Expectation, reply: Reply, wrong: Verdict): Omit<CheckResult, "id"> {
  if ("unsupported" in reply) return { verdict: "unsupported", got: show(reply) };
  if ("crash" in reply) return { verdict: "crash", expected: told(expect), got: show(reply) };
  if ("err" in expect) {
    if ("err" in reply) return judgeError(expect, reply.err, wrong);
    return { verdict: wrong, expected: told(expect), got: show(reply) };
  }
  if ("err" in reply) return { verdict: wrong, expected: told(expect), got: show(reply) };
  const differs =
    "judge" in expect
      ? expect.judge(reply.ok)
      : (compare(expect.ok, reply.ok) ?? compare(given(expect.ifGiven, reply.ok), reply.ok));
  return differs ? { verdict: wrong, ...differs } : { verdict: "pass" };
}

function judgeError(
  expect: Extract<Expectation, { err: unknown }>,
  err: AdapterError,
  wrong: Verdict,
): Omit<CheckResult, "id"> {
  const found = { expected: told(expect), got: show({ err }) };
  if (!(ERROR_CLASSES as readonly string[]).includes(err.class)) {
    return { verdict: "harness-error", expected: "a class of the closed list", got: show({ err }) };
  }
  const details = Object.entries(expect.details);
  const isOther = details.some(([name, value]) => err[name] !== undefined && err[name] !== value);
  if (isOther) return { verdict: wrong, ...found };
  if (err.class === "unspecified") return { verdict: "pass-unattributed", ...found };
  if (!(expect.err as readonly string[]).includes(err.class)) return { verdict: wrong, ...found };
  const isVague = expect.needs !== undefined && err[expect.needs] === undefined;
  return isVague ? { verdict: "pass-unattributed", ...found } : { verdict: "pass" };
}

function told(expect: Expectation): string {
  if ("err" in expect) return `err ${expect.err.join(" or ")} ${show(expect.details)}`;
  return "judge" in expect ? "ok" : `ok ${show(expect.ok)}`;
}

function given(fields: Extract<Expectation, { ok: unknown }>["ifGiven"], ok: object) {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([name]) => name in ok));
}

/** From what decides to what does not; a plan with nothing but unsupported steps is unsupported. */
const WORST_FIRST: readonly Verdict[] = [
  "harness-error",
  "crash",
  "timeout",
  "fail",
  "warn",
  "info",
  "pass-unattributed",
  "pass",
  "unsupported",
];

function resultOf({ id, rule }: Plan, { checks, trace, ms }: Ran, repro: string): CaseResult {
  const { level, text, provenance } = RULES[rule as RuleSlug];
  const verdict = WORST_FIRST.find((one) => checks.some((check) => check.verdict === one));
  const missing = checks.filter((check) => check.verdict === "unsupported").map((one) => one.id);
  return {
    id,
    perm: {},
    verdict: verdict ?? "harness-error",
    severity: level,
    rules: [rule],
    contradictions: [],
    provenance,
    checks,
    twin: null,
    mutants: [],
    ms,
    clause: text,
    repro,
    note: missing.length > 0 ? `not done by the adapter: ${missing.join(", ")}` : null,
    trace: verdict === "pass" || verdict === "unsupported" ? [] : trace,
  };
}

/** afterwards: a second reply, or an end right after the reply, takes the pass away. */
function afterwards(ran: Ran, session: Session): Ran {
  const loss = ran.ids.map((id) => session.blamed().get(id)).find((one) => one !== undefined);
  if (loss === undefined || ran.checks.some(({ got }) => got === loss.why)) return ran;
  const late: CheckResult = { id: "after-the-reply", verdict: loss.verdict, got: loss.why };
  return { ...ran, checks: [...ran.checks, late] };
}

function failed(verdict: Verdict, got: string): Ran {
  return { ids: [], checks: [{ id: "run", verdict, got }], trace: [], ms: 0 };
}

async function eachAtOnce<T>(count: number, items: readonly T[], work: (item: T) => Promise<void>) {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(count, items.length) }, worker));
}
