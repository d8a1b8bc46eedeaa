// npm run groups: random groups on a real server, judged by what their members agree on in the end.
//   node fuzz/groups/main.ts [--seeds N] [--seed N] [--operations N] [--members N] [--quiet]
// Exit codes: 0 nothing found, 1 something was, 2 wrong usage. Without --quiet every operation is told.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fileDisk } from "./disk.ts";
import type { PlanOptions } from "./plan.ts";
import { type RunResult, run, type Summary } from "./run.ts";
import { startProcess } from "./site.ts";

/** How many of the last operations a failure shows. */
const SHOWN = 30;

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(argv);
  } catch (error) {
    process.stderr.write(`groups: ${(error as Error).message}\n`);
    return 2;
  }
  const { seeds, seed: first, quiet, ...size } = options;
  const began = performance.now();
  let failed = 0;
  const all: Summary[] = [];
  for (let seed = first; seed < first + seeds; seed++) {
    const started = performance.now();
    const result = await runSeed({ seed, ...size });
    all.push(result.summary);
    const ok = result.findings.length === 0;
    if (!ok) failed += 1;
    if (!ok || !quiet) tell(seed, result, quiet ? SHOWN : result.log.length);
    print(`seed ${seed}: ${ok ? "ok" : "FAILED"}, ${describe(result.summary)}, ${since(started)}`);
  }
  const verdict = failed === 0 ? "all agree" : `${failed} failed`;
  print(`${seeds} seeds, ${verdict}: ${describe(total(all))}, ${since(began)}`);
  return failed === 0 ? 0 : 1;
}

async function runSeed(options: PlanOptions): Promise<RunResult> {
  const folder = await mkdtemp(join(tmpdir(), "qpc-groups-"));
  const site = await startProcess(folder);
  try {
    const newDisk = (member: number) => fileDisk(join(folder, `member-${member}`));
    return await run({ ...options, site, newDisk });
  } finally {
    await site.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function tell(seed: number, { findings, log }: RunResult, lines: number): void {
  for (const line of log.slice(-lines)) print(`  ${line}`);
  for (const { check, what, operation } of findings) {
    print(`FOUND seed ${seed}, operation ${operation}: ${check}: ${what}`);
  }
}

function describe(summary: Summary): string {
  const { epochs, texts, read, won, lost, restarts, refused, tries } = summary;
  return (
    `${epochs} epochs, ${texts} messages read ${read} times, ${won} commits won and ${lost} lost, ` +
    `${refused} operations refused, ${restarts} restarts, ${tries} tries with old secrets`
  );
}

function total(all: readonly Summary[]): Summary {
  const sum = (of: keyof Summary) => all.reduce((so, summary) => so + summary[of], 0);
  return {
    ...{ epochs: sum("epochs"), texts: sum("texts"), read: sum("read"), won: sum("won") },
    ...{ lost: sum("lost"), restarts: sum("restarts"), refused: sum("refused") },
    tries: sum("tries"),
  };
}

function readOptions(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seeds: { type: "string", default: "20" },
      seed: { type: "string", default: "1" },
      operations: { type: "string", default: "500" },
      members: { type: "string", default: "8" },
      quiet: { type: "boolean", default: false },
    },
  });
  const number = (name: "seeds" | "seed" | "operations" | "members", least: number) => {
    const value = Number(values[name]);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new Error(`--${name} takes a whole number of at least ${least}, not ${values[name]}`);
  };
  return {
    ...{ seeds: number("seeds", 1), seed: number("seed", 1) },
    ...{ operations: number("operations", 1), members: number("members", 3), quiet: values.quiet },
  };
}

function since(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
