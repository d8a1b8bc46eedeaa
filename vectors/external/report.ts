// What a run prints: a row for each set, what is wrong, and the sum of each suite.

import type { Verdict } from "./judge.ts";

/** More faults of one set than these are only counted. */
const FAULTS_SHOWN = 5;

export function render(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ set, passed, total, ms, faults }) => [
    set.suite,
    set.set,
    describeFiles(Object.keys(set.files)),
    `${passed}/${total}`,
    `${(ms / 1000).toFixed(1)} s`,
    faults.length === 0 ? "" : "FAILED",
  ]);
  return [
    ...align([["suite", "set", "file", "passed", "time", ""], ...rows]),
    "",
    ...verdicts.flatMap(describeFaults),
    ...align(sums(verdicts)),
    "",
    conclusion(verdicts),
  ].join("\n");
}

function describeFiles(paths: readonly string[]): string {
  return paths.length === 1 ? (paths[0] ?? "") : `${paths.length} files`;
}

function describeFaults({ set, faults }: Verdict): string[] {
  if (faults.length === 0) return [];
  const name = `${set.suite}/${set.set}`;
  const shown = faults.slice(0, FAULTS_SHOWN).map((fault) => `${name}: ${fault}`);
  const rest = faults.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${name}: and ${rest} more`] : []), ""];
}

/** Cases of a suite against what was published, not against what was found. */
function sums(verdicts: readonly Verdict[]): string[][] {
  const suites = [...new Set(verdicts.map(({ set }) => set.suite))];
  return suites.map((suite) => {
    const own = verdicts.filter(({ set }) => set.suite === suite);
    return [suite, `${sum(own, ({ passed }) => passed)}/${sum(own, ({ set }) => set.cases)}`];
  });
}

function conclusion(verdicts: readonly Verdict[]): string {
  const failed = verdicts.filter(({ faults }) => faults.length > 0);
  if (failed.length > 0) return `FAILED: ${failed.length} of ${verdicts.length} sets`;
  return `passed: ${sum(verdicts, ({ passed }) => passed)} cases`;
}

function sum(verdicts: readonly Verdict[], count: (verdict: Verdict) => number): number {
  return verdicts.reduce((total, verdict) => total + count(verdict), 0);
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
