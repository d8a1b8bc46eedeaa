// Do the two cryptographic backends agree? Random cases of every primitive and of hybrid envelopes.
//   node fuzz/agreement.ts [--cases N] [--seed N] [--case N]
// --case runs that one case. Exit codes: 0 no difference, 1 a difference, 2 wrong usage. All inputs come
// from the seed, except what a backend draws itself when it encapsulates.

import { parseArgs } from "node:util";
import { nobleBackend } from "../src/crypto/backend/noble.ts";
import { nodeBackend } from "../src/crypto/backend/node.ts";
import type { Comparison, Pair } from "./agreement/compare.ts";
import { ENVELOPES } from "./agreement/envelopes.ts";
import { KEY_EXCHANGE } from "./agreement/key-exchange.ts";
import { SIGNATURES } from "./agreement/signatures.ts";
import { sourceOf } from "./agreement/source.ts";
import { SYMMETRIC } from "./agreement/symmetric.ts";

export interface AgreementOptions {
  /** Number of the first case. */
  readonly first: number;
  readonly cases: number;
  readonly seed: number;
  readonly pair?: Pair;
  readonly onCase?: (done: number) => void;
}

export interface AgreementResult {
  /** Cases by kind. */
  readonly totals: ReadonlyMap<string, number>;
  readonly difference:
    | { readonly index: number; readonly name: string; readonly error: unknown }
    | undefined;
}

const COMPARISONS = [...SYMMETRIC, ...SIGNATURES, ...KEY_EXCHANGE, ...ENVELOPES];
/** A kind stands here as often as its share says, so the number of a case gives its kind. */
const TURNS = COMPARISONS.flatMap((kind) => Array.from({ length: kind.share }, () => kind));

if (import.meta.main) process.exitCode = main(process.argv.slice(2));

/** agreement compares until a case differs or all are done. */
export function agreement(options: AgreementOptions): AgreementResult {
  const { first, cases, seed, pair = [nobleBackend, nodeBackend], onCase } = options;
  const totals = new Map(COMPARISONS.map(({ name }) => [name, 0]));
  for (let done = 0; done < cases; done++) {
    const index = first + done;
    const { name, run } = TURNS[index % TURNS.length] as Comparison;
    try {
      run(pair, sourceOf(seed, index));
    } catch (error) {
      return { totals, difference: { index, name, error } };
    }
    totals.set(name, (totals.get(name) ?? 0) + 1);
    onCase?.(done + 1);
  }
  return { totals, difference: undefined };
}

/** main answers the exit code. */
export function main(argv: readonly string[]): number {
  const options = {
    cases: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    case: { type: "string" },
  } as const;
  let values: { cases: string; seed: string; case?: string };
  try {
    ({ values } = parseArgs({ args: [...argv], options }));
  } catch (error) {
    return wrongUsage((error as Error).message);
  }
  const seed = Number(values.seed);
  const first = Number(values.case ?? 0);
  const cases = values.case === undefined ? Number(values.cases) : 1;
  if (!Number.isSafeInteger(seed)) return wrongUsage(`--seed ${values.seed} is no whole number`);
  if (!isCount(first)) return wrongUsage(`--case ${values.case} is no whole number from 0`);
  if (!isCount(cases)) return wrongUsage(`--cases ${values.cases} is no whole number from 0`);

  const started = performance.now();
  const { totals, difference } = agreement({ first, cases, seed, onCase: report });
  for (const [name, total] of totals) print(`${String(total).padStart(8)}  ${name}`);
  if (difference === undefined) {
    print(`noble and node agree in ${cases} cases, ${seconds()} s, seed ${seed}`);
    return 0;
  }
  print(`${difference.name} differs in case ${difference.index}, seed ${seed}`);
  print((difference.error as Error).stack ?? String(difference.error));
  print(`again: node fuzz/agreement.ts --seed ${seed} --case ${difference.index}`);
  return 1;

  function report(done: number): void {
    if (done % 1000 === 0) print(`${done} of ${cases} cases, ${seconds()} s`);
  }
  function seconds(): string {
    return ((performance.now() - started) / 1000).toFixed(1);
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function wrongUsage(message: string): number {
  console.error(message);
  return 2;
}

function print(line: string): void {
  console.log(line);
}
