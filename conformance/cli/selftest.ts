// `qpc-conformance selftest`: the intact reference is clean, and every mutant of it is caught by each case
// that it names. The reference is this repository's server, or its client behind an adapter.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Mutant } from "../broken/mutant.ts";
import type { CaseMeta } from "../judge/case.ts";
import { HarnessError, SubjectUnusable, UsageError } from "../judge/errors.ts";
import type { CaseResult, Verdict } from "../judge/verdict.ts";
import { explainResult } from "../report/console.ts";
import { Exit, wholeNumber } from "./options.ts";

const FLAGS = {
  clients: { type: "boolean", default: false },
  mutants: { type: "string", default: "all" },
  seed: { type: "string", default: "1" },
  parallel: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

const USAGE = `Usage: qpc-conformance selftest [options]

  --clients                 cases for clients and mutants of the client, not those of the server
  --mutants ID,…           only these mutants, and not the intact reference (default: all)
  --seed N                  seed of the case data (default 1)
  --parallel N              mutants at once (default 2, of clients 4: they mostly wait)`;

const ROOT = new URL("../../", import.meta.url);

/** A case that found the fault: by a check, or by an answer that did not come. */
const CAUGHT: readonly Verdict[] = ["fail", "warn", "info"];

/** selftestCommand answers 0 when every mutant is killed by name, 1 otherwise, 6 for a bad mutant. */
export async function selftestCommand(argv: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({ args: [...argv], options: FLAGS, strict: true });
  if (flags.help) {
    print(USAGE);
    return Exit.AsExpected;
  }
  const { sideOf } = flags.clients
    ? await import("./selftest-client.ts")
    : await import("./selftest-server.ts");
  const side = sideOf(wholeNumber("seed", flags.seed, 0));
  const mutants = selectMutants(flags.mutants, side);
  const parallel = wholeNumber("parallel", flags.parallel ?? (flags.clients ? "4" : "2"), 1);
  for (const mutant of mutants) checkMutant(mutant, side);

  const intactIsClean = flags.mutants !== "all" || (await runIntact(side));
  const queue = [...mutants];
  const survivors: string[] = [];
  const lifeless: string[] = [];
  let finished = 0;
  const lane = async () => {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const missed = await tryMutant(mutant, side);
      finished += 1;
      const outcome = spell(missed);
      print(`${String(finished).padStart(3)}/${mutants.length} ${mutant.id}: ${outcome}`);
      if (missed === "does not start") lifeless.push(mutant.id);
      else if (missed.length > 0) survivors.push(mutant.id);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));

  const proven = new Set(mutants.flatMap(({ kills }) => kills));
  const unproven = side.cases.filter(({ id }) => !proven.has(id)).map(({ id }) => id);
  if (flags.mutants === "all") {
    print(`\ncases that no mutant has proven yet (${unproven.length} of ${side.cases.length}):`);
    print(unproven.map((id) => `  ${id}`).join("\n"));
  }
  const killed = mutants.length - survivors.length - lifeless.length;
  print(`\n${killed} of ${mutants.length} mutants killed by name`);
  if (survivors.length > 0) print(`survivors: ${survivors.join(", ")}`);
  if (lifeless.length > 0) {
    throw new HarnessError(`mutants that do not start: ${lifeless.join(", ")}`);
  }
  return survivors.length === 0 && intactIsClean ? Exit.AsExpected : Exit.Failure;
}

/** Side is a reference with its cases and its mutants. */
export interface Side {
  readonly name: string;
  readonly cases: readonly CaseMeta[];
  readonly mutants: readonly Mutant[];
  /** intact runs all cases. */
  intact(): Promise<readonly CaseResult[]>;
  /** mutated runs these cases with their twins. Throws SubjectUnusable when the mutant does not start. */
  mutated(mutant: Mutant, ids: readonly string[]): Promise<readonly CaseResult[]>;
}

function selectMutants(list: string, side: Side): readonly Mutant[] {
  if (list === "all") return side.mutants;
  return list.split(",").map((id) => {
    const mutant = side.mutants.find((one) => one.id === id);
    if (mutant === undefined) throw new UsageError(`there is no mutant ${id}`);
    return mutant;
  });
}

// A mutant whose text has moved would be the intact reference, and survive for the wrong reason.
function checkMutant({ id, file, find, replace, kills }: Mutant, { cases }: Side): void {
  const count = readFileSync(new URL(file, ROOT), "utf8").split(find).length - 1;
  if (count !== 1)
    throw new HarnessError(`mutant ${id}: its text stands ${count} times in ${file}`);
  if (find === replace) throw new HarnessError(`mutant ${id} changes nothing`);
  const strange = kills.find((name) => !cases.some((spec) => spec.id === name));
  if (strange) throw new HarnessError(`mutant ${id} names ${strange}, which is no case`);
}

async function runIntact(side: Side): Promise<boolean> {
  print(`the intact ${side.name}, ${side.cases.length} cases`);
  const results = await side.intact();
  const red = results.filter(({ verdict }) => verdict !== "pass" && verdict !== "unsupported");
  const excused = results.filter(({ verdict }) => verdict === "unsupported");
  if (excused.length > 0) print(`unsupported: ${excused.map(({ id }) => id).join(", ")}`);
  for (const result of red) print(explainResult(result, false));
  print(red.length === 0 ? "clean\n" : `${red.length} red\n`);
  return red.length === 0;
}

function spell(missed: Missed): string {
  if (missed === "does not start") return missed.toUpperCase();
  return missed.length === 0 ? "killed" : `SURVIVED ${missed.join(", ")}`;
}

/** Missed is the named cases that did not catch a mutant. */
type Missed = readonly string[] | "does not start";

/** tryMutant judges a mutant; one that does not start is no fault of the reference, and never killed. */
async function tryMutant(mutant: Mutant, side: Side): Promise<Missed> {
  const missedOf = async (ids: readonly string[]) => {
    const results = await side.mutated(mutant, ids);
    return ids.filter((id) => {
      const result = results.find((one) => one.id === id);
      return result === undefined || !isCaught(result, mutant);
    });
  };
  try {
    const missed = await missedOf(mutant.kills);
    // Whatever a busy machine kept from being seen gets one more look.
    return missed.length === 0 ? [] : await missedOf(missed);
  } catch (error) {
    if (!(error instanceof SubjectUnusable)) throw error;
    print(error.message);
    return "does not start";
  }
}

// A crash and a timeout count only where the mutant says so: a busy machine must not kill mutants.
function isCaught({ verdict, checks, note }: CaseResult, { by }: Mutant): boolean {
  if (by !== undefined) return verdict === by;
  const evidence = checks.some((check) => check.verdict !== "pass") || note !== null;
  return CAUGHT.includes(verdict) && evidence;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
