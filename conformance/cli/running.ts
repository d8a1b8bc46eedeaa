// What judging servers and judging clients have in common on the command line.

import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { UsageError } from "../judge/errors.ts";
import type { Selection } from "../judge/select.ts";
import { isGreen } from "../judge/verdict.ts";
import type { Results } from "../report/results.ts";
import { REPORTERS } from "../report/write.ts";
import { Exit, tierOf, wholeNumber } from "./options.ts";

export const RUN_FLAGS = {
  run: { type: "string", multiple: true },
  skip: { type: "string", multiple: true },
  group: { type: "string", multiple: true },
  tier: { type: "string", default: "default" },
  provenance: { type: "string", default: "all" },
  seed: { type: "string" },
  "timeout-scale": { type: "string", default: "1" },
  strict: { type: "boolean", default: false },
  "fail-fast": { type: "boolean", default: false },
  out: { type: "string", default: "conformance-report" },
  reporter: { type: "string", default: "console,json" },
  help: { type: "boolean", default: false },
} as const;

export const SELECTION_USAGE = `Selection
  --run GLOB, --skip GLOB  case ids; * stays within a segment, ** crosses dots
  --group NAME             first segment of case ids
  --tier TIER              smoke, default or full (default: default)
  --provenance WHICH       documented or all (default: all)`;

export const REPORT_USAGE = `Report
  --out DIR                where reports go (default conformance-report)
  --reporter LIST          ${REPORTERS.join(", ")} (default console,json)`;

interface RunFlags {
  readonly run?: string[] | undefined;
  readonly skip?: string[] | undefined;
  readonly group?: string[] | undefined;
  readonly tier: string;
  readonly provenance: string;
  readonly seed?: string | undefined;
  readonly "timeout-scale": string;
}

/** selectionOf reads which cases are meant. Throws UsageError. */
export function selectionOf(flags: RunFlags): Selection {
  const { run = [], skip = [], group: groups = [], tier, provenance } = flags;
  if (provenance !== "documented" && provenance !== "all") {
    throw new UsageError(`--provenance is documented or all, not ${provenance}`);
  }
  return { run, skip, groups, tier: tierOf(tier), documentedOnly: provenance === "documented" };
}

/** seedOf reads --seed, or draws one. Throws UsageError. */
export function seedOf({ seed }: RunFlags): number {
  return seed === undefined ? randomInt(2 ** 31) : wholeNumber("seed", seed, 0);
}

/** timeoutScaleOf reads --timeout-scale. Throws UsageError. */
export function timeoutScaleOf({ "timeout-scale": text }: RunFlags): number {
  const scale = Number(text);
  if (scale > 0 && Number.isFinite(scale)) return scale;
  throw new UsageError(`--timeout-scale takes a number above 0, not ${text}`);
}

/** keptWords are the options of a command line that bear these names, to run a case again. */
export function keptWords(
  argv: readonly string[],
  options: NonNullable<Parameters<typeof parseArgs>[0]>["options"] & object,
  names: readonly string[],
): string {
  const { tokens } = parseArgs({ args: [...argv], options, strict: true, tokens: true });
  return tokens
    .filter((token) => token.kind === "option" && names.includes(token.name))
    .map((token) => token as { rawName: string; value?: string })
    .map(({ rawName, value }) => (value === undefined ? rawName : `${rawName} ${quote(value)}`))
    .join(" ");
}

/** quote makes a word of a shell out of any text. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** exitCode is what a judged run answers. */
export function exitCode({ totals, cases }: Results, strict: boolean): number {
  if (totals["harness-error"] > 0) return Exit.Harness;
  if (cases.some(({ verdict }) => verdict !== "inconclusive" && !isGreen(verdict, strict))) {
    return Exit.Failure;
  }
  const conclusive = totals.selected - totals.unsupported - totals.inconclusive;
  return totals.inconclusive > 0 || conclusive === 0 ? Exit.NothingRan : Exit.AsExpected;
}

/** sayNothingRan is for a selection without cases. */
export function sayNothingRan(): number {
  process.stderr.write("qpc-conformance: the selection is empty; `list` shows the cases\n");
  return Exit.NothingRan;
}
