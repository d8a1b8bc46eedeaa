// npm run vectors:external -- [DIR] [--only NAME]…: the official vectors of what the protocol builds on.
// They are not part of the project; manifest.json says which files there are and what they hash to.
// Exit codes: 0 all passed, or the folder is not there; 1 a case failed or a file is not as published;
// 2 wrong usage.

import { existsSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { judgeAll, type Verdict } from "./judge.ts";
import { loadManifest, type VectorSet } from "./manifest.ts";
import { render } from "./report.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const USAGE = `vectors:external: runs the official vectors of RFC 9420, RFC 9807, Wycheproof, ACVP and Merkle logs

Usage: npm run vectors:external -- [DIR] [--only NAME]…

  DIR          the folder of vectors; $QPC_EXTERNAL_VECTORS or ../shared/external-vectors
  --only NAME  a suite (mls), a set of one (treekem), or both (mls/treekem); may be repeated

Exit codes: 0 all passed, or there is no such folder; 1 a case failed or a file is not as published;
2 wrong usage.`;

/** More than two threads would wait for the one that has the longest file. */
const THREADS = Math.min(2, availableParallelism());

type Print = (line: string) => void;

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2), loadManifest(), console.log);
}

/** main answers the exit code. */
export async function main(
  argv: readonly string[],
  manifest: readonly VectorSet[],
  print: Print,
): Promise<number> {
  let options: ReturnType<typeof read>;
  try {
    options = read(argv, manifest);
  } catch (error) {
    process.stderr.write(`vectors:external: ${(error as Error).message}\n`);
    return 2;
  }
  if (options === "help") {
    print(USAGE);
    return 0;
  }
  const { folder, sets } = options;
  if (!existsSync(folder)) {
    print(`skipped (no vectors in ${folder})`);
    return 0;
  }
  const verdicts: Verdict[] = [];
  const jobs = sets.toSorted((a, b) => size(folder, b) - size(folder, a));
  await judgeAll(
    jobs.map((set) => ({ folder, set })),
    Math.min(THREADS, sets.length),
    (verdict) => verdicts.push(verdict),
  );
  const ordered = verdicts.toSorted((a, b) => sets.indexOf(a.set) - sets.indexOf(b.set));
  print(render(ordered));
  return verdicts.every(({ faults }) => faults.length === 0) ? 0 : 1;
}

function read(argv: readonly string[], manifest: readonly VectorSet[]) {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { only: { type: "string", multiple: true }, help: { type: "boolean" } },
    allowPositionals: true,
  });
  if (values.help) return "help";
  const [given, ...more] = positionals;
  if (more.length > 0) throw new Error("give one folder");
  const { only } = values;
  for (const name of only ?? []) {
    if (manifest.some((set) => namesOf(set).includes(name))) continue;
    const suites = [...new Set(manifest.map(({ suite }) => suite))];
    throw new Error(`there is no ${name}; suites are ${suites.join(", ")}`);
  }
  const usual = resolve(ROOT, process.env.QPC_EXTERNAL_VECTORS ?? "../shared/external-vectors");
  return {
    folder: given === undefined ? usual : resolve(given),
    sets: manifest.filter((set) => !only || namesOf(set).some((name) => only.includes(name))),
  };
}

function namesOf({ suite, set }: VectorSet): readonly string[] {
  return [suite, set, `${suite}/${set}`];
}

/** The longest set first, so that no thread begins it when the other is done; size tells roughly. */
function size(folder: string, { files }: VectorSet): number {
  const sizes = Object.keys(files).map(
    (path) => statSync(join(folder, path), { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, one) => sum + one, 0);
}
