// `qpc-conformance server`: judge a server and report.

import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { defaultProfile } from "../../src/registry/profile.ts";
import { RULES } from "../../src/registry/rules.ts";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import { ALL_MUTANTS } from "../broken/all.ts";
import { ALL_CASES } from "../cases/all.ts";
import { UsageError } from "../judge/errors.ts";
import { runPlan } from "../judge/run.ts";
import { selectCases } from "../judge/select.ts";
import { isGreen } from "../judge/verdict.ts";
import { createProgress, summary } from "../report/console.ts";
import { buildResults, type Results } from "../report/results.ts";
import { openReports, REPORTERS } from "../report/write.ts";
import { Exit, profileOf, tierOf, wholeNumber } from "./options.ts";
import { describeSubject, resolveSubject, SUBJECT_FLAGS } from "./subject.ts";

const FLAGS = {
  ...SUBJECT_FLAGS,
  run: { type: "string", multiple: true },
  skip: { type: "string", multiple: true },
  group: { type: "string", multiple: true },
  tier: { type: "string", default: "default" },
  provenance: { type: "string", default: "all" },
  profile: { type: "string", multiple: true },
  seed: { type: "string" },
  parallel: { type: "string", default: "8" },
  "timeout-scale": { type: "string", default: "1" },
  strict: { type: "boolean", default: false },
  "fail-fast": { type: "boolean", default: false },
  cleanup: { type: "boolean", default: false },
  out: { type: "string", default: "conformance-report" },
  reporter: { type: "string", default: "console,json" },
  help: { type: "boolean", default: false },
} as const;

const USAGE = `Usage: qpc-conformance server SUBJECT [options]

SUBJECT is one of
  --reference              the reference server of this package
  --command CMD            a program that reads QPC_TEST_CONFIG and prints a ready line
  --target HOST:PORT --ca FILE [--preset FILE] [--server-name NAME]
                           a server that is already running; the preset says what it declares, and
                           may hold "operator_token" and "admin": {username, password, identity_key}

Selection
  --run GLOB, --skip GLOB  case ids; * stays within a segment, ** crosses dots
  --group NAME             first segment of case ids (delivery, framing …)
  --tier TIER              smoke, default or full (default: default)
  --provenance WHICH       documented or all (default: all)

Judging
  --profile FLAG=VALUE     declare a reading; wins over what the subject declares
  --seed N                 seed of the case data (default: random, and printed)
  --parallel N             shared cases at once (default 8)
  --timeout-scale X        multiply every time limit (default 1)
  --strict                 warnings are red
  --fail-fast              stop at the first red case
  --cleanup                delete the accounts of the run at its end, where account is declared

Report
  --out DIR                where reports go (default conformance-report)
  --reporter LIST          ${REPORTERS.join(", ")} (default console,json)`;

/** serverCommand answers the exit code of a run. */
export async function serverCommand(argv: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({ args: [...argv], options: FLAGS, strict: true });
  if (flags.help) {
    process.stdout.write(`${USAGE}\n`);
    return Exit.AsExpected;
  }
  const tier = tierOf(flags.tier);
  const seed = flags.seed === undefined ? randomInt(2 ** 31) : wholeNumber("seed", flags.seed, 0);
  const parallel = wholeNumber("parallel", flags.parallel, 1);
  const timeoutScale = scaleOf(flags["timeout-scale"]);
  const cases = selectCases(
    ALL_CASES,
    {
      run: flags.run ?? [],
      skip: flags.skip ?? [],
      groups: flags.group ?? [],
      tier,
      documentedOnly: provenanceOf(flags.provenance) === "documented",
    },
    (spec) => RULES[spec.rules[0]].provenance,
  );
  if (cases.length === 0) {
    process.stderr.write("qpc-conformance: the selection is empty; `list` shows the cases\n");
    return Exit.NothingRan;
  }
  const overrides = profileOf(flags.profile ?? []);
  const subject = await resolveSubject(flags, overrides);
  const reports = await openReports(flags.reporter, flags.out);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  say(`${describeSubject(flags)}, ${cases.length} cases, tier ${tier}, seed ${seed}`);

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
    repro: (id) => `npx qpc-conformance server ${reproFlags(argv)} --run ${id} --seed ${seed}`,
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

function provenanceOf(text: string): "documented" | "all" {
  if (text === "documented" || text === "all") return text;
  throw new UsageError(`--provenance is documented or all, not ${text}`);
}

function scaleOf(text: string): number {
  const scale = Number(text);
  if (scale > 0 && Number.isFinite(scale)) return scale;
  throw new UsageError(`--timeout-scale takes a number above 0, not ${text}`);
}

// The words that name the subject and its readings; selection and seed are set anew.
function reproFlags(argv: readonly string[]): string {
  const { tokens } = parseArgs({ args: [...argv], options: FLAGS, strict: true, tokens: true });
  const kept = [...Object.keys(SUBJECT_FLAGS), "tier", "profile", "timeout-scale"];
  return tokens
    .filter((token) => token.kind === "option" && kept.includes(token.name))
    .map((token) => token as { rawName: string; value?: string })
    .map(({ rawName, value }) => (value === undefined ? rawName : `${rawName} ${quote(value)}`))
    .join(" ");
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function exitCode({ totals, cases }: Results, strict: boolean): number {
  if (totals["harness-error"] > 0) return Exit.Harness;
  if (cases.some(({ verdict }) => verdict !== "inconclusive" && !isGreen(verdict, strict))) {
    return Exit.Failure;
  }
  const conclusive = totals.selected - totals.unsupported - totals.inconclusive;
  return totals.inconclusive > 0 || conclusive === 0 ? Exit.NothingRan : Exit.AsExpected;
}
