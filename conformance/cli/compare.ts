// `qpc-conformance compare`: do two runs agree? Same cases, same verdicts.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { UsageError } from "../judge/errors.ts";
import type { CaseResult } from "../judge/verdict.ts";
import type { Results } from "../report/results.ts";
import { Exit } from "./options.ts";

const FLAGS = {
  "unless-own-server": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const USAGE = `Usage: qpc-conformance compare A/results.json B/results.json [options]

Answers 0 when both runs have the same cases with the same verdicts, otherwise 1 and the differences.

  --unless-own-server   let a case be unsupported in B because it needs a hook or a server of its own`;

/** compareCommand prints the differences. */
export async function compareCommand(argv: readonly string[]): Promise<number> {
  const { values: flags, positionals } = parseArgs({
    args: [...argv],
    options: FLAGS,
    allowPositionals: true,
    strict: true,
  });
  if (flags.help) {
    process.stdout.write(`${USAGE}\n`);
    return Exit.AsExpected;
  }
  const [a, b] = positionals;
  if (a === undefined || b === undefined || positionals.length > 2) {
    throw new UsageError("compare takes two results.json");
  }
  const differences = compare(readCases(a), readCases(b), flags["unless-own-server"]);
  const lines = differences.length > 0 ? differences : ["the runs agree"];
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
  return differences.length > 0 ? Exit.Failure : Exit.AsExpected;
}

function compare(
  first: ReadonlyMap<string, CaseResult>,
  second: ReadonlyMap<string, CaseResult>,
  unlessOwnServer: boolean,
): string[] {
  const ids = [...new Set([...first.keys(), ...second.keys()])].sort();
  return ids.flatMap((id) => {
    const [a, b] = [first.get(id), second.get(id)];
    if (a?.verdict === b?.verdict) return [];
    const needs = b?.verdict === "unsupported" && b.note?.startsWith("needs ");
    if (unlessOwnServer && needs) return [];
    return [`${id}: ${a?.verdict ?? "absent"}, then ${b?.verdict ?? "absent"}`];
  });
}

function readCases(file: string): ReadonlyMap<string, CaseResult> {
  try {
    const { cases } = JSON.parse(readFileSync(file, "utf8")) as Results;
    return new Map(cases.map((result) => [result.id, result]));
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}
