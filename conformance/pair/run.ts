// Runs pair cases: starts the server with a certificate of the judge's, starts the adapter, and puts a tap
// of its own between them for each case.

import type { QuicTransport } from "../../src/transport/transport.ts";
import type { OpenChannel } from "../adapter/channel.ts";
import type { Hello } from "../adapter/protocol.ts";
import { openSession } from "../adapter/session.ts";
import type { ClientCase } from "../client/case.ts";
import { runClients } from "../client/run.ts";
import type { ClientTrial } from "../client/trial.ts";
import { type Declaration, readDeclaration } from "../judge/declaration.ts";
import { emptyResult } from "../judge/ending.ts";
import { type Launch, startSubject } from "../judge/subject.ts";
import { createTarget, type Target } from "../judge/target.ts";
import type { CaseResult } from "../judge/verdict.ts";
import { SPEC_VERSION, SUITE_VERSION } from "../report/results.ts";
import type { PairCase } from "./case.ts";
import { openPairTrial } from "./trial.ts";

export interface PairPlan {
  readonly cases: readonly PairCase[];
  readonly client: OpenChannel;
  readonly server: Launch;
  readonly transport: QuicTransport;
  readonly seed: number;
  readonly parallel: number;
  readonly timeoutScale: number;
  readonly repro: (id: string) => string;
  readonly onResult: (result: CaseResult) => void;
}

export interface PairOutcome {
  /** Sorted by id. */
  readonly results: readonly CaseResult[];
  readonly notes: readonly string[];
  readonly hello: Hello;
  readonly declaration: Declaration;
}

const PAIR = { side: "pair" } as const;
const CALL_MS = 10_000;
const ASK_MS = 60_000;

/** runPair answers one result per case. Throws SubjectUnusable when a side does not start. */
export async function runPair(plan: PairPlan): Promise<PairOutcome> {
  const { transport, timeoutScale } = plan;
  const subject = await startSubject(plan.server);
  const declaration = subject.declaration ?? readDeclaration({});
  const { profile } = declaration;
  const onPaced = () => {};
  const around = { stage: undefined, other: undefined, callMs: CALL_MS * timeoutScale, onPaced };
  const target = createTarget(subject, { transport, profile, ...around });
  try {
    const versions = { suite: SUITE_VERSION, spec: SPEC_VERSION };
    const session = await openSession(plan.client, { ...versions, timeout: ASK_MS * timeoutScale });
    const { hello } = session;
    const labels = (id: string) => ({ mutants: [], repro: plan.repro(id) });
    const excused: CaseResult[] = [];
    const cases: ClientCase[] = [];
    for (const spec of plan.cases) {
      const missing = spec.features.filter((feature) => !declaration.features.has(feature));
      if (missing.length === 0) cases.push(forClients(spec, target, transport));
      else {
        const note = `needs ${missing.join(", ")} of the server`;
        excused.push(emptyResult(spec, PAIR, "unsupported", note, labels(spec.id)));
      }
    }
    for (const result of excused) plan.onResult(result);
    const { results, notes } = await runClients({
      ...plan,
      cases,
      session,
      mutantsOf: () => [],
    });
    const all = [...excused, ...results.map((result) => ({ ...result, perm: PAIR }))];
    all.sort((a, b) => (a.id < b.id ? -1 : 1));
    return { results: all, notes, hello, declaration };
  } finally {
    await target.close();
    await subject.stop();
  }
}

/** forClients makes a case for clients of it, which the machinery for clients can run. */
function forClients(spec: PairCase, target: Target, transport: QuicTransport): ClientCase {
  const { features: _, ...meta } = spec;
  return {
    ...meta,
    quiet: false,
    async run(trial: ClientTrial) {
      const { pair, finish } = await openPairTrial(trial, target, transport);
      let passed = false;
      try {
        await spec.run(pair);
        passed = true;
      } finally {
        await finish(passed);
      }
    },
  };
}
