// What a person sees of a run: progress on stderr, then a summary table and every deviation with the
// bytes that prove it.

import { type CaseResult, isGreen, VERDICTS, type Verdict } from "../judge/verdict.ts";
import { groupsOf, type Results, totalsOf } from "./results.ts";

export interface Progress {
  add(result: CaseResult): void;
  done(): void;
}

const QUIET_EVERY_MS = 5_000;

/** createProgress rewrites one line on a terminal, and prints a line every few seconds elsewhere. */
export function createProgress(total: number, stream: NodeJS.WriteStream): Progress {
  let finished = 0;
  let red = 0;
  let last = performance.now();
  const line = (id: string) =>
    `${String(finished).padStart(String(total).length)}/${total} cases, ${red} red  ${id}`;
  return {
    add({ id, verdict }) {
      finished += 1;
      if (!isGreen(verdict, false)) red += 1;
      if (stream.isTTY) {
        stream.write(`\r\u001b[2K${line(id).slice(0, stream.columns - 1)}`);
      } else if (performance.now() - last > QUIET_EVERY_MS) {
        last = performance.now();
        stream.write(`${line("")}\n`);
      }
    },
    done() {
      if (stream.isTTY) stream.write("\r\u001b[2K");
    },
  };
}

/** summary is the table and everything that is not a plain pass. */
export function summary(results: Results, strict: boolean): string {
  const { cases } = results;
  const shown: Verdict[] = VERDICTS.filter((verdict) => results.totals[verdict] > 0);
  const rows = [
    ["chapter", "cases", ...shown],
    ...groupsOf(cases).map(([chapter, members]) => row(chapter, members, shown)),
    row("all", cases, shown),
  ];
  const notes = cases.filter(({ verdict }) => verdict !== "pass" && verdict !== "unsupported");
  return [
    ...notes.map((result) => explainResult(result, strict)),
    ...unsupportedLines(cases),
    table(rows),
  ].join("\n");
}

/** explainResult says what a case found, with clause, checks, trace and how to run it again. */
export function explainResult(result: CaseResult, strict: boolean): string {
  const mark = isGreen(result.verdict, strict) ? "-" : "✗";
  const checks = result.checks
    .filter(({ verdict }) => verdict !== "pass")
    .map(
      ({ id, expected, got }) =>
        `    ${id}: expected ${expected}\n    ${" ".repeat(id.length)}  got ${got}`,
    );
  const trace = isGreen(result.verdict, strict) ? [] : result.trace.map((line) => `    | ${line}`);
  return [
    `${mark} ${result.verdict}  ${result.id}`,
    `    [${result.rules[0]}] ${result.severity}: ${result.clause}`,
    ...checks,
    ...(result.note ? [`    ${result.note}`] : []),
    ...trace,
    `    again: ${result.repro}`,
    "",
  ].join("\n");
}

function unsupportedLines(cases: readonly CaseResult[]): string[] {
  const unsupported = cases.filter(({ verdict }) => verdict === "unsupported");
  const byReason = Map.groupBy(unsupported, ({ note }) => note ?? "no reason given");
  return [...byReason].map(
    ([reason, members]) => `unsupported, ${reason}: ${members.map(({ id }) => id).join(", ")}\n`,
  );
}

function row(name: string, members: readonly CaseResult[], shown: readonly Verdict[]): string[] {
  const totals = totalsOf(members);
  return [name, String(members.length), ...shown.map((verdict) => String(totals[verdict] || "·"))];
}

function table(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ");
  const rule = "-".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  const [head, ...body] = rows.map(line);
  return [head, rule, ...body.slice(0, -1), rule, body.at(-1)].join("\n");
}
