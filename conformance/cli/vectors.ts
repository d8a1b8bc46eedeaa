// `qpc-conformance vectors`: golden vectors against an adapter, or copied out.

import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { plansOf, topicsMatching } from "../adapter/plan/plans.ts";
import { type Hello, isKnownFeature } from "../adapter/protocol.ts";
import { runVectors } from "../adapter/run-vectors.ts";
import { openSession } from "../adapter/session.ts";
import type { Plan } from "../adapter/step.ts";
import { UsageError } from "../judge/errors.ts";
import { type CaseResult, isGreen, VERDICTS } from "../judge/verdict.ts";
import { createProgress, explainResult } from "../report/console.ts";
import { buildResults, type Results, SPEC_VERSION, SUITE_VERSION } from "../report/results.ts";
import { openReports } from "../report/write.ts";
import { ADAPTER_FLAGS, ADAPTER_USAGE, describeAdapter, openAdapter } from "./adapter.ts";
import { Exit, wholeNumber } from "./options.ts";

const FLAGS = {
  ...ADAPTER_FLAGS,
  topic: { type: "string", multiple: true },
  timeout: { type: "string", default: "30" },
  strict: { type: "boolean", default: false },
  out: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const USAGE = `Usage: qpc-conformance vectors ADAPTER [options]
       qpc-conformance vectors export DIR

ADAPTER is one of
${ADAPTER_USAGE}

  --topic GLOB     which vectors, as frames/* or kt/proofs; may be given again (default: all)
  --timeout N      seconds an adapter may take for a request (default 30)
  --strict         warnings are red
  --out DIR        write results.json, results.ndjson and junit.xml there
  --json           print results.json instead of the summary

export copies the vectors, their schemas, their README and the licence into an empty folder, for use
without us.`;

/** vectorsCommand answers the exit code of a run. */
export async function vectorsCommand(argv: readonly string[]): Promise<number> {
  const [word, folder, ...more] = argv;
  if (word === "export" && folder !== "--help") return exportTo(folder, more);
  const { values: flags } = parseArgs({ args: [...argv], options: FLAGS, strict: true });
  if (flags.help) {
    process.stdout.write(`${USAGE}\n`);
    return Exit.AsExpected;
  }
  const timeout = wholeNumber("timeout", flags.timeout, 1) * 1000;
  const open = openAdapter(flags);
  const topics = topicsMatching(flags.topic ?? []);
  const plans = plansOf(topics);
  if (plans.length === 0) {
    process.stderr.write("qpc-conformance: the selection is empty; no topic fits\n");
    return Exit.NothingRan;
  }
  const reports = flags.out === undefined ? undefined : await openReports(REPORTS, flags.out);

  const session = await openSession(open, { suite: SUITE_VERSION, spec: SPEC_VERSION, timeout });
  const { hello } = session;
  const target = describeAdapter(flags);
  process.stderr.write(`${hello.name} ${hello.version}: ${plans.length} vectors\n`);
  const progress = createProgress(plans.length, process.stderr);
  const repro = (plan: Plan) => `npx qpc-conformance vectors ${target} --topic ${plan.topic}`;
  const { results, notes } = await runVectors(session, plans, { repro, onResult: progress.add });
  progress.done();

  const info = { seed: 0, tier: "default", target, preset: { ...hello } } as const;
  const document = buildResults(info, results);
  if (flags.json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else process.stdout.write(summary(plans, document, hello, notes, flags.strict));
  for (const file of (await reports?.finish(document, flags.strict)) ?? []) {
    process.stderr.write(`report: ${file}\n`);
  }
  return exitCode(document, flags.strict);
}

const REPORTS = "json,ndjson,junit";

/** At most so many deviations are told in full; the reports have all of them. */
const MOST_TOLD = 20;

function summary(
  plans: readonly Plan[],
  { cases, totals }: Results,
  hello: Hello,
  notes: readonly string[],
  strict: boolean,
): string {
  const loud = cases.filter(({ verdict }) => verdict !== "pass" && verdict !== "unsupported");
  const more = loud.length - MOST_TOLD;
  const shown = VERDICTS.filter((verdict) => totals[verdict] > 0);
  const byTopic = Map.groupBy(plans.keys(), (at) => plans[at]?.topic ?? "");
  const rows = [...byTopic].map(([topic, places]) => {
    const own = places.map((at) => cases[at]).filter((one) => one !== undefined);
    return [topic, own.length, ...shown.map((one) => countOf(own, one))];
  });
  const total = ["all", cases.length, ...shown.map((one) => totals[one])];
  const table = [["topic", "vectors", ...shown], ...rows, total].map((row) =>
    row
      .map((cell, at) =>
        at === 0 ? String(cell).padEnd(26) : String(cell || "·").padStart(widthOf(shown, at)),
      )
      .join("  "),
  );
  const unknown = hello.features.filter((one) => !isKnownFeature(one));
  return [
    ...loud.slice(0, MOST_TOLD).map((result) => explainResult(result, strict)),
    ...(more > 0 ? [`and ${more} more that are no plain pass\n`] : []),
    ...table,
    ...unsupportedOps(cases),
    ...(unknown.length > 0 ? [`declared and not known here: ${unknown.join(", ")}`] : []),
    ...notes.map((note) => `note: ${note}`),
    "",
  ].join("\n");
}

function widthOf(shown: readonly string[], at: number): number {
  return Math.max(7, shown[at - 2]?.length ?? 0);
}

function countOf(cases: readonly CaseResult[], verdict: string): number {
  return cases.filter((one) => one.verdict === verdict).length;
}

function unsupportedOps(cases: readonly CaseResult[]): string[] {
  const ops = cases.flatMap(({ checks }) =>
    checks.filter(({ verdict }) => verdict === "unsupported").map(({ id }) => id),
  );
  return ops.length > 0 ? [`unsupported: ${[...new Set(ops)].sort().join(", ")}`] : [];
}

function exitCode({ totals, cases }: Results, strict: boolean): number {
  if (totals["harness-error"] > 0) return Exit.Harness;
  if (cases.some(({ verdict }) => !isGreen(verdict, strict))) return Exit.Failure;
  return totals.selected === totals.unsupported ? Exit.NothingRan : Exit.AsExpected;
}

const VECTORS = fileURLToPath(new URL("../../vectors/", import.meta.url));
const LICENSE = fileURLToPath(new URL("../../LICENSE", import.meta.url));

function exportTo(folder: string | undefined, more: readonly string[]): number {
  if (folder === undefined || more.length > 0 || folder.startsWith("-")) {
    throw new UsageError("vectors export takes one folder");
  }
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new UsageError(`vectors export: ${folder} is not empty`);
  }
  const names = readdirSync(VECTORS, { recursive: true, encoding: "utf8" }).filter(
    (name) => name === "README.md" || (name.endsWith(".json") && !name.startsWith("external")),
  );
  try {
    for (const name of names) cpSync(join(VECTORS, name), join(folder, name), { recursive: true });
    cpSync(LICENSE, join(folder, "LICENSE"));
  } catch (error) {
    throw new UsageError(`vectors export: ${(error as Error).message}`);
  }
  process.stdout.write(`${names.length + 1} files in ${folder}\n`);
  return Exit.AsExpected;
}
