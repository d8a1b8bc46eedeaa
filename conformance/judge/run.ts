// Runs a selection of cases against a subject: shared cases eight at a time, own-server cases beside
// them in processes of their own, quiet cases alone at the end.

import type { ProfileFlag } from "../../src/registry/profile.ts";
import type { QuicTransport } from "../../src/transport/transport.ts";
import type { Case } from "./case.ts";
import type { Declaration } from "./declaration.ts";
import { emptyResult } from "./ending.ts";
import { SubjectUnusable } from "./errors.ts";
import { excuseOf } from "./excuse.ts";
import { openStage, type Stage } from "./federation.ts";
import { startOwn } from "./own-server.ts";
import { pool } from "./pool.ts";
import { runCase, SERVER } from "./run-case.ts";
import { type Launch, READY_MS, type Subject, startSubject } from "./subject.ts";
import { createTarget, type Target, type TargetOptions } from "./target.ts";
import { judgeTwins } from "./twins.ts";
import type { CaseResult } from "./verdict.ts";

/** Plan is what to run, against what, and how. */
export interface Plan {
  readonly cases: readonly Case[];
  readonly transport: QuicTransport;
  /** A process that we start, again and again where needed … */
  readonly launch?: Launch;
  /** … or a server that is already running. */
  readonly running?: Subject;
  /** Readings set on the command line; they win over what the subject declares. */
  readonly overrides: Partial<Record<ProfileFlag, string>>;
  readonly defaults: Readonly<Record<ProfileFlag, string>>;
  readonly seed: number;
  readonly parallel: number;
  readonly timeoutScale: number;
  /** Delete the accounts that the run made on the shared server, where it declares account. */
  readonly cleanUp?: boolean;
  readonly failFast?: (result: CaseResult) => boolean;
  readonly mutantsOf: (id: string) => readonly string[];
  readonly repro: (id: string) => string;
  /** Told of each case as it ends; the verdict may still change when its twin is known. */
  readonly onResult: (result: CaseResult) => void;
  readonly onNote: (note: string) => void;
}

export interface Outcome {
  /** Sorted by id. */
  readonly results: readonly CaseResult[];
  readonly declaration: Declaration | undefined;
  /** Set when the subject could not be started again after it died. */
  readonly broken: SubjectUnusable | undefined;
}

const CALL_MS = 5_000;
const OWN_SERVERS = 3;

/** runPlan answers one result per case. Throws SubjectUnusable when nothing can run. */
export async function runPlan(plan: Plan): Promise<Outcome> {
  const run = createRun(plan);
  const results: CaseResult[] = [];
  let stopped = false;
  const each = (work: (spec: Case) => Promise<CaseResult>) => async (spec: Case) => {
    if (stopped) return;
    const result = run.excuse(spec) ?? (await work(spec));
    results.push(result);
    plan.onResult(result);
    stopped ||= plan.failFast?.(result) ?? false;
  };
  const pick = (needs: Case["needs"]) => plan.cases.filter((spec) => spec.needs === needs);
  try {
    await run.open();
    await Promise.all([
      pool(plan.parallel, pick("shared"), each(run.shared)),
      pool(OWN_SERVERS, pick("own-server"), each(run.ownServer)),
    ]);
    await pool(1, pick("quiet"), each(run.shared));
  } finally {
    await run.close();
  }
  run.blameDeaths(results);
  judgeTwins(plan.cases, results);
  results.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { results, declaration: run.declaration(), broken: run.broken() };
}

function createRun(plan: Plan) {
  const { launch, running, overrides } = plan;
  const readyMs = READY_MS * plan.timeoutScale;
  let target: Target | undefined;
  let declaration: Declaration | undefined;
  let stage: Stage | undefined;
  let broken: SubjectUnusable | undefined;
  let reopening: Promise<void> | undefined;
  /** Cases that ran when a shared subject died, per death. */
  const deaths = new Map<Target, string[]>();

  type Aim = Partial<Pick<TargetOptions, "onPaced" | "cleanUp" | "other">>;
  const aim = (
    subject: Subject,
    { onPaced = () => {}, cleanUp = false, other }: Aim = {},
  ): Target =>
    createTarget(subject, {
      cleanUp,
      stage,
      other,
      transport: plan.transport,
      profile: { ...plan.defaults, ...subject.declaration?.profile, ...overrides },
      callMs: CALL_MS * plan.timeoutScale,
      onPaced,
    });

  async function open(): Promise<void> {
    if (!running) stage ??= await openStage(plan.transport);
    const federation = await stage?.section();
    const subject = running ?? (await startSubject({ ...(launch as Launch), federation }, readyMs));
    declaration ??= subject.declaration;
    target = aim(subject, {
      onPaced: () => plan.onNote("the subject limits our rate; the run obeys and takes longer"),
      cleanUp: (plan.cleanUp && declaration?.features.has("account")) ?? false,
    });
    // Reached at all? Otherwise every case would fail for one and the same reason.
    try {
      const probe = await target.connect();
      await probe.close(0, "probe");
    } catch (error) {
      throw new SubjectUnusable(
        `${subject.host}:${subject.port} cannot be reached: ${(error as Error).message}`,
      );
    }
  }

  function judge(spec: Case, at: Target): Promise<CaseResult> {
    return runCase(spec, at, {
      seed: plan.seed,
      declared: (flag) => declaration !== undefined || overrides[flag] !== undefined,
      caseMs: spec.ms * plan.timeoutScale,
      ...labels(spec),
    });
  }

  // When a shared subject dies it is started again, and every case that was running then runs once
  // more alone: the one that kills again is the one that is blamed.
  async function shared(spec: Case): Promise<CaseResult> {
    await reopening;
    if (broken) return refused(spec, "crash", broken.message);
    const at = target as Target;
    const result = await judge(spec, at);
    if (running || at.subject.isAlive()) return result;
    deaths.set(at, [...(deaths.get(at) ?? []), spec.id]);
    if (at === target) reopening ??= reopen();
    await reopening;
    return ownServer(spec);
  }

  async function reopen(): Promise<void> {
    try {
      await target?.subject.stop();
      await open();
    } catch (error) {
      if (!(error instanceof SubjectUnusable)) throw error;
      broken = error;
    } finally {
      reopening = undefined;
    }
  }

  async function ownServer(spec: Case): Promise<CaseResult> {
    let own: Target | undefined;
    let second: Target | undefined;
    try {
      const around = { launch: launch as Launch, stage: stage as Stage, readyMs };
      const { subject, other: peer } = await startOwn(spec.server, around);
      second = peer && aim(peer);
      own = aim(subject, { other: second });
      const other = otherReading(spec, own.profile) ?? notLeftOut(spec, own.subject);
      return other === undefined ? await judge(spec, own) : refused(spec, "unsupported", other);
    } catch (error) {
      if (!(error instanceof SubjectUnusable)) throw error;
      return refused(spec, "crash", `a server of its own: ${error.message}`);
    } finally {
      await own?.close();
      await second?.close();
      await Promise.all([own?.subject.stop(), second?.subject.stop()]);
    }
  }

  const labels = ({ id }: Case) => ({ mutants: plan.mutantsOf(id), repro: plan.repro(id) });

  function refused(spec: Case, verdict: "crash" | "unsupported", note: string): CaseResult {
    return emptyResult(spec, SERVER, verdict, note, labels(spec));
  }

  return {
    open,
    shared,
    ownServer,
    declaration: () => declaration,
    broken: () => broken,
    /** excuse answers the result of a case that cannot run here, or undefined. */
    excuse(spec: Case): CaseResult | undefined {
      const profile = { ...plan.defaults, ...declaration?.profile, ...overrides };
      const reason = excuseOf(spec, profile, declaration, running !== undefined);
      return reason === undefined ? undefined : refused(spec, "unsupported", reason);
    },
    /** blameDeaths: a death that no case repeated alone is on all that were running. */
    blameDeaths(results: readonly CaseResult[]): void {
      for (const ids of deaths.values()) {
        const victims = results.filter(({ id }) => ids.includes(id));
        if (victims.some(({ verdict }) => verdict === "crash")) continue;
        for (const victim of victims) {
          victim.verdict = "crash";
          victim.note = `the server died while these ran: ${ids.join(", ")}`;
        }
      }
    },
    async close() {
      await target?.close();
      if (!running) await target?.subject.stop();
      await stage?.close();
    },
  };
}

// A subject that was asked for a reading and declares another does not have it.
function otherReading(spec: Case, profile: Target["profile"]): string | undefined {
  const asked = Object.entries(spec.server.profile ?? {});
  const other = asked.find(([flag, value]) => profile[flag as ProfileFlag] !== value);
  return (
    other && `was asked for ${other.join("=")} and declares ${profile[other[0] as ProfileFlag]}`
  );
}

function notLeftOut(spec: Case, { declaration }: Subject): string | undefined {
  const there = spec.server.without?.find((family) => declaration?.features.has(family));
  return there && `was asked to leave out ${there} and declares it`;
}
