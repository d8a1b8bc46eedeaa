// `qpc-conformance server`: judge a server and report.

import { parseArgs } from "node:util";
import { defaultProfile } from "../../src/registry/profile.ts";
import { RULES } from "../../src/registry/rules.ts";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import { ALL_MUTANTS } from "../broken/all.ts";
import { ALL_CASES } from "../cases/all.ts";
import { runPlan } from "../judge/run.ts";
import { selectCases } from "../judge/select.ts";
import { isGreen } from "../judge/verdict.ts";
import { createProgress, summary } from "../report/console.ts";
import { buildResults } from "../report/results.ts";
import { openReports } from "../report/write.ts";
import { Exit, profileOf, wholeNumber } from "./options.ts";
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
import { describeSubject, resolveSubject, SUBJECT_FLAGS } from "./subject.ts";

const FLAGS = {
  ...SUBJECT_FLAGS,
  ...RUN_FLAGS,
  profile: { type: "string", multiple: true },
  parallel: { type: "string", default: "8" },
  cleanup: { type: "boolean", default: false },
} as const;

/** The words that name the subject and its readings; selection and seed are set anew. */
const KEPT = [...Object.keys(SUBJECT_FLAGS), "tier", "profile", "timeout-scale"];

const USAGE = `Usage: qpc-conformance server SUBJECT [options]

SUBJECT is one of
  --reference              the reference server of this package
  --command CMD            a program that reads QPC_TEST_CONFIG and prints a ready line
  --target HOST:PORT --ca FILE [--preset FILE] [--server-name NAME]
                           a server that is already running; the preset says what it declares, and
                           may hold "operator_token" and "admin": {username, password, identity_key}

${SELECTION_USAGE}

Judging
  --profile FLAG=VALUE     declare a reading; wins over what the subject declares
  --seed N                 seed of the case data (default: random, and printed)
  --parallel N             shared cases at once (default 8)
  --timeout-scale X        multiply every time limit (default 1)
  --strict                 warnings are red
  --fail-fast              stop at the first red case
  --cleanup                delete the accounts of the run at its end, where account is declared

${REPORT_USAGE}`;

/** serverCommand answers the exit code of a run. */
export async function serverCommand(argv: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({ args: [...argv], options: FLAGS, strict: true });
  if (flags.help) {
    process.stdout.write(`${USAGE}\n`);
    return Exit.AsExpected;
  }
  const selection = selectionOf(flags);
  const seed = seedOf(flags);
  const parallel = wholeNumber("parallel", flags.parallel, 1);
  const timeoutScale = timeoutScaleOf(flags);
  const { tier } = selection;
  const cases = selectCases(ALL_CASES, selection, (spec) => RULES[spec.rules[0]].provenance);
  if (cases.length === 0) return sayNothingRan();
  const overrides = profileOf(flags.profile ?? []);
  const subject = await resolveSubject(flags, overrides);
  const reports = await openReports(flags.reporter, flags.out);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  say(`${describeSubject(flags)}, ${cases.length} cases, tier ${tier}, seed ${seed}`);

  const again = keptWords(argv, FLAGS, KEPT);
  const progress = createProgress(cases.length, process.stderr);
  const { results, declaration, broken } = await runPlan({
    cases,
    transport: createQuicTransport(),
    ...subject,
    overrides,
    defaults: defaultProfile(),
    seed,
    parallel,
    timeoutScale,
    cleanUp: flags.cleanup,
    failFast: ({ verdict }) => flags["fail-fast"] && !isGreen(verdict, flags.strict),
    mutantsOf: (id) => ALL_MUTANTS.filter(({ kills }) => kills.includes(id)).map((m) => m.id),
    repro: (id) => `npx qpc-conformance server ${again} --run ${id} --seed ${seed}`,
    onResult: progress.add,
    onNote: say,
  });
  progress.done();
  if (declaration?.unknown.length) say(`declared and not known here: ${declaration.unknown}`);

  const preset = declaration && {
    name: declaration.name,
    version: declaration.version,
    features: [...declaration.features],
    profile: declaration.profile,
  };
  const info = { seed, tier, target: describeSubject(flags), preset: preset ?? null };
  const document = buildResults(info, results);
  const written = await reports.finish(document, flags.strict);
  if (reports.has("console")) process.stdout.write(`${summary(document, flags.strict)}\n`);
  for (const file of written) process.stdout.write(`report: ${file}\n`);
  if (broken) throw broken;
  return exitCode(document, flags.strict);
}
