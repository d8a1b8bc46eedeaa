// The coverage-guided loop: changes known inputs, and keeps those that reach code no other has reached.
//   node fuzz/coverage-loop.ts TARGET [--seconds N] [--seed N] [--corpus DIR]
// The corpus (default fuzz/corpus/TARGET) is read first and added to. Exit codes: 0 nothing found, 1 an
// input that the target does not survive, which is kept in the corpus as crash-…, 2 wrong usage.

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startCoverage } from "./coverage.ts";
import { mutate } from "./mutate.ts";
import { createRandom } from "./random.ts";
import type { Target } from "./target.ts";
import { ALL_TARGETS } from "./targets/all.ts";

export interface LoopOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Folder of inputs; it is made when there is none. */
  readonly corpus: string;
}

export interface LoopResult {
  readonly runs: number;
  readonly blocks: number;
  /** Inputs that were kept, those of the corpus and the seeds included. */
  readonly kept: number;
  readonly crash: { readonly input: Uint8Array; readonly error: unknown } | undefined;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const options = {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    corpus: { type: "string" },
  } as const;
  let args: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    args = parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    return wrongUsage((error as Error).message);
  }
  const { positionals, values } = args;
  const target = ALL_TARGETS.find(({ name }) => name === positionals[0]);
  const seconds = Number(values.seconds);
  const seed = Number(values.seed);
  if (target === undefined || positionals.length !== 1) {
    return wrongUsage(`give one of ${ALL_TARGETS.map(({ name }) => name).join(", ")}`);
  }
  if (!(seconds > 0)) return wrongUsage(`--seconds ${values.seconds} is no number above 0`);
  if (!Number.isSafeInteger(seed)) return wrongUsage(`--seed ${values.seed} is no whole number`);
  const corpus = values.corpus ?? fileURLToPath(new URL(`corpus/${target.name}`, import.meta.url));

  const { runs, blocks, kept, crash } = await coverageLoop(target, { seconds, seed, corpus });
  print(`${target.name}: ${runs} runs, ${blocks} blocks, ${kept} inputs kept`);
  if (crash === undefined) return 0;
  print(`found: ${Buffer.from(crash.input).toString("hex")}`);
  print((crash.error as Error).stack ?? String(crash.error));
  return 1;
}

/** coverageLoop runs until the time is over or the target throws. */
export async function coverageLoop(target: Target, options: LoopOptions): Promise<LoopResult> {
  const random = createRandom(options.seed);
  await mkdir(options.corpus, { recursive: true });
  const queue = [...(await readCorpus(options.corpus)), ...target.seeds(), new Uint8Array(0)];
  const inputs: Uint8Array[] = [];
  const coverage = startCoverage(target.covers);
  const end = performance.now() + options.seconds * 1000;
  let runs = 0;
  try {
    while (performance.now() < end) {
      const known = queue.shift();
      const input = known ?? mutate(pickRecent(), pick(), random);
      runs += 1;
      try {
        await target.run(input);
      } catch (error) {
        await keep(options.corpus, "crash-", input);
        return result({ input, error });
      }
      if (!coverage.grew()) continue;
      inputs.push(input);
      if (known === undefined) await keep(options.corpus, "", input);
    }
    return result(undefined);
  } finally {
    coverage.stop();
  }

  function pick(): Uint8Array {
    return inputs[random(inputs.length)] ?? new Uint8Array(0);
  }
  // What was kept last reached furthest, so it gets half of the tries.
  function pickRecent(): Uint8Array {
    return random(2) === 0 ? (inputs.at(-1) ?? pick()) : pick();
  }
  function result(crash: LoopResult["crash"]): LoopResult {
    return { runs, blocks: coverage.blocks(), kept: inputs.length, crash };
  }
}

async function readCorpus(folder: string): Promise<Uint8Array[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith("crash-")).sort();
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}

async function keep(folder: string, prefix: string, input: Uint8Array): Promise<void> {
  const name = createHash("sha256").update(input).digest("hex").slice(0, 16);
  await writeFile(join(folder, prefix + name), input);
}

function wrongUsage(why: string): number {
  process.stderr.write(`coverage-loop: ${why}\n`);
  return 2;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
