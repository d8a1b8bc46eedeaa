// `qpc-conformance selftest`: the intact reference server is clean, and every mutant of it is caught by
// each case that it names.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { defaultProfile } from "../../src/registry/profile.ts";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import { ALL_MUTANTS } from "../broken/all.ts";
import { MUTANT_VARIABLE, type Mutant } from "../broken/mutant.ts";
import { ALL_CASES } from "../cases/all.ts";
import { HarnessError, SubjectUnusable, UsageError } from "../judge/errors.ts";
import { runPlan } from "../judge/run.ts";
import { withTwins } from "../judge/select.ts";
import type { Launch } from "../judge/subject.ts";
import type { CaseResult, Verdict } from "../judge/verdict.ts";
import { explainResult } from "../report/console.ts";
import { Exit, wholeNumber } from "./options.ts";
import { launchOf, REFERENCE } from "./subject.ts";

const FLAGS = {
  mutants: { type: "string", default: "all" },
  seed: { type: "string", default: "1" },
  parallel: { type: "string", default: "2" },
  help: { type: "boolean", default: false },
} as const;

const USAGE = `Usage: qpc-conformance selftest [options]

  --mutants ID,…           only these mutants, and not the intact server (default: all)
  --seed N                  seed of the case data (default 1)
  --parallel N              mutants at once (default 2)`;

const HOOK = fileURLToPath(new URL("../broken/hook.ts", import.meta.url));
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
  const mutants = selectMutants(flags.mutants);
  const seed = wholeNumber("seed", flags.seed, 0);
  const parallel = wholeNumber("parallel", flags.parallel, 1);
  for (const mutant of mutants) checkMutant(mutant);

  const intactIsClean = flags.mutants !== "all" || (await runIntact(seed));
  const queue = [...mutants];
  const survivors: string[] = [];
  const lifeless: string[] = [];
  let finished = 0;
  const lane = async () => {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const missed = await tryMutant(mutant, seed);
      finished += 1;
      const outcome = spell(missed);
      print(`${String(finished).padStart(3)}/${mutants.length} ${mutant.id}: ${outcome}`);
      if (missed === "does not start") lifeless.push(mutant.id);
      else if (missed.length > 0) survivors.push(mutant.id);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));

  const proven = new Set(mutants.flatMap(({ kills }) => kills));
  const unproven = ALL_CASES.filter(({ id }) => !proven.has(id)).map(({ id }) => id);
  if (flags.mutants === "all") {
    print(`\ncases that no mutant has proven yet (${unproven.length} of ${ALL_CASES.length}):`);
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

function selectMutants(list: string): readonly Mutant[] {
  if (list === "all") return ALL_MUTANTS;
  return list.split(",").map((id) => {
    const mutant = ALL_MUTANTS.find((one) => one.id === id);
    if (mutant === undefined) throw new UsageError(`there is no mutant ${id}`);
    return mutant;
  });
}

// A mutant whose text has moved would be the intact server, and survive for the wrong reason.
function checkMutant({ id, file, find, replace, kills }: Mutant): void {
  const count = readFileSync(new URL(file, ROOT), "utf8").split(find).length - 1;
  if (count !== 1)
    throw new HarnessError(`mutant ${id}: its text stands ${count} times in ${file}`);
  if (find === replace) throw new HarnessError(`mutant ${id} changes nothing`);
  const strange = kills.find((name) => !ALL_CASES.some((spec) => spec.id === name));
  if (strange) throw new HarnessError(`mutant ${id} names ${strange}, which is no case`);
}

async function runIntact(seed: number): Promise<boolean> {
  print(`the intact server, ${ALL_CASES.length} cases`);
  const results = await run(await launchOf(REFERENCE), ALL_CASES, seed, 8);
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

/** tryMutant judges a mutant; one that does not start is no fault of the server's, and never killed. */
async function tryMutant(mutant: Mutant, seed: number): Promise<Missed> {
  const [program, ...args] = REFERENCE;
  const launch = await launchOf([program, "--import", HOOK, ...args], {
    [MUTANT_VARIABLE]: JSON.stringify(mutant),
  });
  const named = ALL_CASES.filter(({ id }) => mutant.kills.includes(id));
  const missedOf = async (cases: typeof ALL_CASES) => {
    const results = await run(launch, withTwins(cases, ALL_CASES), seed, 4);
    return cases.filter(({ id }) => {
      const result = results.find((one) => one.id === id);
      return result === undefined || !isCaught(result, mutant);
    });
  };
  try {
    const missed = await missedOf(named);
    // Whatever a busy machine kept from being seen gets one more look.
    const again = missed.length === 0 ? [] : await missedOf(missed);
    return again.map(({ id }) => id);
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

async function run(launch: Launch, cases: typeof ALL_CASES, seed: number, parallel: number) {
  const { results } = await runPlan({
    cases,
    transport: createQuicTransport(),
    launch,
    overrides: {},
    defaults: defaultProfile(),
    seed,
    parallel,
    timeoutScale: 1,
    mutantsOf: () => [],
    repro: (id) => `npx qpc-conformance server --reference --run ${id} --seed ${seed}`,
    onResult: () => {},
    onNote: print,
  });
  return results as readonly CaseResult[];
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
