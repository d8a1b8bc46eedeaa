// `qpc-conformance list`: the cases, or with --requirements the ledger of all rules.

import { parseArgs } from "node:util";
import { ALL_CASES } from "../cases/all.ts";
import { ALL_CLIENT_CASES } from "../client-cases/all.ts";
import type { CaseMeta } from "../judge/case.ts";
import { buildLedger, type LedgerRow, stalePlans, untestedMusts } from "../judge/ledger.ts";
import { selectCases } from "../judge/select.ts";
import { Exit, tierOf } from "./options.ts";

const EVERY_CASE: readonly CaseMeta[] = [...ALL_CASES, ...ALL_CLIENT_CASES];

const FLAGS = {
  run: { type: "string", multiple: true },
  group: { type: "string", multiple: true },
  tier: { type: "string", default: "full" },
  requirements: { type: "boolean", default: false },
  check: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const USAGE = `Usage: qpc-conformance list [options]

  --run GLOB, --group NAME, --tier TIER   which cases (default: all)
  --requirements                          the ledger: every rule with its state and its cases
  --check                                 with --requirements: fail when a MUST is untested
  --json                                  as JSON`;

/** listCommand prints, and answers 1 when --check finds an untested MUST. */
export async function listCommand(argv: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({ args: [...argv], options: FLAGS, strict: true });
  if (flags.help) {
    print(USAGE);
    return Exit.AsExpected;
  }
  if (flags.requirements) return listRequirements(flags.check, flags.json);
  const cases = selectCases(
    EVERY_CASE,
    {
      run: flags.run ?? [],
      skip: [],
      groups: flags.group ?? [],
      tier: tierOf(flags.tier),
      documentedOnly: false,
    },
    () => "all",
  );
  if (flags.json) {
    print(JSON.stringify(cases, null, 2)); // functions are left out
  } else {
    for (const { id, severity, sends, expects } of cases) {
      print(`${id}\n    ${severity}  ${sends} -> ${expects}`);
    }
    print(`${cases.length} cases`);
  }
  return Exit.AsExpected;
}

function listRequirements(check: boolean, asJson: boolean): number {
  const ledger = buildLedger(EVERY_CASE);
  const missing = untestedMusts(ledger);
  if (asJson) print(JSON.stringify(ledger, null, 2));
  else printLedger(ledger);
  if (!check) return Exit.AsExpected;
  for (const { slug } of missing) process.stderr.write(`untested MUST: ${slug}\n`);
  const stale = stalePlans(ledger);
  for (const { slug } of stale) process.stderr.write(`planned still, and tested: ${slug}\n`);
  return missing.length + stale.length > 0 ? Exit.Failure : Exit.AsExpected;
}

function printLedger(ledger: readonly LedgerRow[]): void {
  const width = Math.max(...ledger.map(({ slug }) => slug.length));
  for (const { slug, level, state, cases } of ledger) {
    const by = cases.length > 0 ? ` by ${cases.length}: ${cases.slice(0, 3).join(", ")}` : "";
    const more = cases.length > 3 ? " …" : "";
    print(`${slug.padEnd(width)}  ${level.padEnd(6)}  ${state}${by}${more}`);
  }
  const states = Map.groupBy(ledger, ({ state }) => state.replace(/\(.*/s, ""));
  const counts = [...states].map(([state, rows]) => `${rows.length} ${state}`).join(", ");
  print(`${ledger.length} rules: ${counts}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
