// `qpc-conformance both`: judge a client and a server together, with a tap between them, and report.

import { parseArgs } from "node:util";
import { RULES } from "../../src/registry/rules.ts";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import { stdioChannel } from "../adapter/channel.ts";
import { UsageError } from "../judge/errors.ts";
import { selectCases } from "../judge/select.ts";
import { ALL_PAIR_CASES } from "../pair/cases/all.ts";
import { runPair } from "../pair/run.ts";
import { createProgress, summary } from "../report/console.ts";
import { buildResults } from "../report/results.ts";
import { openReports } from "../report/write.ts";
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
import { launchOf, REFERENCE } from "./subject.ts";

const SIDES = {
  client: { type: "string" },
  server: { type: "string" },
  reference: { type: "boolean", default: false },
} as const;

const { "fail-fast": _, ...COMMON } = RUN_FLAGS;
const FLAGS = { ...SIDES, ...COMMON, parallel: { type: "string", default: "4" } } as const;

const KEPT = [...Object.keys(SIDES), "tier", "timeout-scale"];

const USAGE = `Usage: qpc-conformance both --client CMD (--server CMD | --reference) [options]

Starts both, puts a relay of its own between them, and judges what the two make of each other: the
answers that the client hands out, and every byte that goes through.

  --client CMD             a program that speaks the adapter protocol on stdin and stdout
  --server CMD             a program that reads QPC_TEST_CONFIG and prints a ready line
  --reference              the reference server of this package

${SELECTION_USAGE}

Judging
  --seed N                 seed of the case data (default: random, and printed)
  --parallel N             cases at once (default 4)
  --timeout-scale X        multiply every time limit (default 1)
  --strict                 warnings are red

${REPORT_USAGE}`;

/** bothCommand answers the exit code of a run. */
export async function bothCommand(argv: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({ args: [...argv], options: FLAGS, strict: true });
  if (flags.help) {
    process.stdout.write(`${USAGE}\n`);
    return Exit.AsExpected;
  }
  const { client, server } = flags;
  if (client === undefined) throw new UsageError("give --client CMD");
  if ((server === undefined) !== flags.reference) {
    throw new UsageError("give one of --server CMD, --reference");
  }
  const selection = selectionOf(flags);
  const seed = seedOf(flags);
  const parallel = wholeNumber("parallel", flags.parallel, 1);
  const timeoutScale = timeoutScaleOf(flags);
  const provenanceOf = ({ rules }: (typeof ALL_PAIR_CASES)[number]) => RULES[rules[0]].provenance;
  const cases = selectCases(ALL_PAIR_CASES, selection, provenanceOf);
  if (cases.length === 0) return sayNothingRan();
  const reports = await openReports(flags.reporter, flags.out);
  const say = (line: string) => process.stderr.write(`${line}\n`);

  const again = keptWords(argv, FLAGS, KEPT);
  const progress = createProgress(cases.length, process.stderr);
  const { results, notes, hello, declaration } = await runPair({
    cases,
    client: stdioChannel(client),
    server: await launchOf(server ?? REFERENCE),
    transport: createQuicTransport(),
    seed,
    parallel,
    timeoutScale,
    repro: (id) => `npx qpc-conformance both ${again} --run ${id} --seed ${seed}`,
    onResult: progress.add,
  });
  progress.done();
  for (const note of notes) say(`note: ${note}`);

  const { tier } = selection;
  const target = `${hello.name} ${hello.version} with ${declaration.name} ${declaration.version}`;
  say(`${target}, ${cases.length} cases, tier ${tier}, seed ${seed}`);
  const preset = { client: { ...hello }, server: declaration.name };
  const document = buildResults({ seed, tier, target, preset }, results);
  const written = await reports.finish(document, flags.strict);
  if (reports.has("console")) process.stdout.write(`${summary(document, flags.strict)}\n`);
  for (const file of written) process.stdout.write(`report: ${file}\n`);
  return exitCode(document, flags.strict);
}
