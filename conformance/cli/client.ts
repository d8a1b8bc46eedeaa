// `qpc-conformance client`: judge a client SDK through its adapter, and report.

import { parseArgs } from "node:util";
import { RULES } from "../../src/registry/rules.ts";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import type { OpenChannel } from "../adapter/channel.ts";
import { isDeclared, isKnownFeature, LEAST_PARALLEL } from "../adapter/protocol.ts";
import { openSession, type Session } from "../adapter/session.ts";
import { ALL_CLIENT_MUTANTS } from "../broken-clients/all.ts";
import { runClients } from "../client/run.ts";
import { ALL_CLIENT_CASES } from "../client-cases/all.ts";
import { SubjectUnusable } from "../judge/errors.ts";
import { selectCases } from "../judge/select.ts";
import { isGreen } from "../judge/verdict.ts";
import { createProgress, summary } from "../report/console.ts";
import { buildResults, SPEC_VERSION, SUITE_VERSION } from "../report/results.ts";
import { openReports } from "../report/write.ts";
import { ADAPTER_FLAGS, ADAPTER_USAGE, describeAdapter, openAdapter } from "./adapter.ts";
import { Exit, wholeNumber } from "./options.ts";
import {
  exitCode,
  keptWords,
  REPORT_USAGE,
  RUN_FLAGS,
  SELECTION_USAGE,
  sayNothingRan,
  seedOf,
  selectionOf,
  timeoutScaleOf,
} from "./running.ts";

const FLAGS = {
  ...ADAPTER_FLAGS,
  ...RUN_FLAGS,
  parallel: { type: "string", default: "4" },
} as const;

/** The words that name the adapter; selection and seed are set anew. */
const KEPT = [...Object.keys(ADAPTER_FLAGS), "tier", "timeout-scale"];

const USAGE = `Usage: qpc-conformance client ADAPTER [options]

ADAPTER is one of
${ADAPTER_USAGE}

${SELECTION_USAGE}

Judging
  --seed N                 seed of the case data (default: random, and printed)
  --parallel N             cases at once (default 4)
  --timeout-scale X        multiply every time limit (default 1)
  --strict                 warnings are red
  --fail-fast              stop at the first red case

${REPORT_USAGE}`;

/** clientCommand answers the exit code of a run. */
export async function clientCommand(argv: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({ args: [...argv], options: FLAGS, strict: true });
  if (flags.help) {
    process.stdout.write(`${USAGE}\n`);
    return Exit.AsExpected;
  }
  const selection = selectionOf(flags);
  const seed = seedOf(flags);
  const parallel = wholeNumber("parallel", flags.parallel, 1);
  const timeoutScale = timeoutScaleOf(flags);
  const open = openAdapter(flags);
  const provenanceOf = ({ rules }: (typeof ALL_CLIENT_CASES)[number]) => RULES[rules[0]].provenance;
  const cases = selectCases(ALL_CLIENT_CASES, selection, provenanceOf);
  if (cases.length === 0) return sayNothingRan();
  const reports = await openReports(flags.reporter, flags.out);

  const session = await openClient(open);
  const { hello } = session;
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const { tier } = selection;
  say(`${hello.name} ${hello.version}, ${cases.length} cases, tier ${tier}, seed ${seed}`);

  const again = keptWords(argv, FLAGS, KEPT);
  const progress = createProgress(cases.length, process.stderr);
  const { results, notes } = await runClients({
    cases,
    session,
    transport: createQuicTransport(),
    seed,
    parallel,
    timeoutScale,
    failFast: ({ verdict }) => flags["fail-fast"] && !isGreen(verdict, flags.strict),
    mutantsOf: (id) =>
      ALL_CLIENT_MUTANTS.filter(({ kills }) => kills.includes(id)).map((m) => m.id),
    repro: (id) => `npx qpc-conformance client ${again} --run ${id} --seed ${seed}`,
    onResult: progress.add,
  });
  progress.done();
  const unknown = hello.features.filter((one) => !isKnownFeature(one));
  if (unknown.length > 0) say(`declared and not known here: ${unknown.join(", ")}`);
  for (const note of notes) say(`note: ${note}`);

  const info = { seed, tier, target: describeAdapter(flags), preset: { ...hello } };
  const document = buildResults(info, results);
  const written = await reports.finish(document, flags.strict);
  if (reports.has("console")) process.stdout.write(`${summary(document, flags.strict)}\n`);
  for (const file of written) process.stdout.write(`report: ${file}\n`);
  return exitCode(document, flags.strict);
}

/** Milliseconds for a request that does not say otherwise. */
const ASK_MS = 30_000;

/** A client that crashes over many cases is still judged over all of them. */
const RESTARTS = 200;

/** openClient starts an adapter that is to be judged. Throws SubjectUnusable. */
export async function openClient(open: OpenChannel): Promise<Session> {
  const versions = { suite: SUITE_VERSION, spec: SPEC_VERSION };
  const session = await openSession(open, { ...versions, timeout: ASK_MS, restarts: RESTARTS });
  const { maxParallel } = session.hello;
  if (isDeclared(session.hello, "call") && maxParallel < LEAST_PARALLEL) {
    await session.end();
    const why = `"call" is declared, and "max_parallel" is ${maxParallel}`;
    throw new SubjectUnusable(`hello: ${why}; it must be at least ${LEAST_PARALLEL}`);
  }
  return session;
}
