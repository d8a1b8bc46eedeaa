// The authorisation matrix out of the results of a run: what each caller was answered by each method.

import { METHODS } from "../../src/registry/methods.ts";
import { type CaseResult, isGreen } from "../judge/verdict.ts";

export interface Cell {
  /** Status that came back, or why there is none. */
  readonly observed: string;
  readonly asExpected: boolean;
}

export interface Matrix {
  /** The columns. */
  readonly callers: readonly string[];
  readonly rows: readonly {
    readonly id: number;
    readonly method: string;
    readonly cells: Readonly<Record<string, Cell>>;
  }[];
  readonly cells: number;
  readonly red: number;
}

/**
 * matrixOf reads the cases `access.<caller>.<id>-<method>`, and the checks `<id>-<method>` of the cases
 * `access.<caller>.every-method`.
 */
export function matrixOf(results: readonly CaseResult[], callers: readonly string[]): Matrix {
  const known = new Map(results.flatMap(cellsOf));
  const rows = METHODS.map(({ id, name }) => {
    const entries = callers.flatMap((caller) => {
      const cell = known.get(`${caller} ${id}`);
      return cell ? [[caller, cell] as const] : [];
    });
    return { id, method: name, cells: Object.fromEntries(entries) };
  });
  const cells = rows.flatMap((row) => Object.values(row.cells));
  const red = cells.filter(({ asExpected }) => !asExpected).length;
  return { callers, rows, cells: cells.length, red };
}

/** printMatrix is a table of rows for methods; a cell that is not as expected is marked with !. */
export function printMatrix({ callers, rows }: Matrix): string {
  const lines = [
    ["", "", ...callers],
    ...rows.map(({ id, method, cells }) => [
      String(id),
      method,
      ...callers.map((caller) => spell(cells[caller])),
    ]),
  ];
  const widths = lines[0]?.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) => line.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

function spell(cell: Cell | undefined): string {
  if (cell === undefined) return "·";
  return `${cell.observed.replace(/ \(\d+\)$/, "")}${cell.asExpected ? "" : " !"}`;
}

function cellsOf({ id, verdict, checks }: CaseResult): [string, Cell][] {
  const [area, caller, slug = ""] = id.split(".");
  if (area !== "access") return [];
  const key = (name: string) => `${caller} ${Number.parseInt(name, 10)}`;
  if (checks.length === 0) {
    return [[key(slug), { observed: verdict, asExpected: isGreen(verdict, false) }]];
  }
  return checks.map((check) => {
    const observed = check.observed ?? check.got ?? check.verdict;
    const asExpected = isGreen(check.verdict, false);
    return [key(check.id === "answer" ? slug : check.id), { observed, asExpected }];
  });
}
