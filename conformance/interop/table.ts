// The matrix as text: a row for each client, a column for each server and for what clients are judged by
// alone; below it what concerns servers or several SDKs; at the end everything that is red.

import type { Cell } from "./cell.ts";

/** matrix prints cells; a part that did not run is a dot. */
export function matrix(cells: readonly Cell[]): string {
  const clients = unique(cells.filter(({ part }) => BY_CLIENT.includes(part)).map((c) => c.row));
  const columns = [
    ...unique(cells.filter(({ part }) => part === "pairs").map(({ column }) => column)),
    ...unique(cells.filter(({ part }) => ALONE.includes(part)).map(nameOf)),
  ];
  const rows = clients.map((client) => [
    client,
    ...columns.map((column) => {
      const cell = cells.find((one) => one.row === client && columnOf(one) === column);
      return cell ? countOf(cell) : "·";
    }),
  ]);
  const others = cells.filter(({ part }) => !BY_CLIENT.includes(part));
  return [
    ...(rows.length > 0 ? [aligned([["client", ...columns], ...rows]), ""] : []),
    ...(others.length > 0
      ? [aligned(others.map((cell) => [titleOf(cell), countOf(cell)])), ""]
      : []),
    ...redLines(cells),
  ].join("\n");
}

/** isAllGreen: something ran, and nothing is red. */
export function isAllGreen(cells: readonly Cell[]): boolean {
  return cells.some(({ total }) => total > 0) && cells.every(({ red }) => red.length === 0);
}

/** summaryOf is a cell in one line. */
export function summaryOf(cell: Cell): string {
  const without = cell.unsupported > 0 ? `, ${cell.unsupported} unsupported` : "";
  const seconds = (cell.ms / 1000).toFixed(1);
  return `${titleOf(cell)}: ${countOf(cell)}${without}, ${seconds} s`;
}

const ALONE: readonly string[] = ["client", "vectors", "doctor"];
const BY_CLIENT: readonly string[] = ["pairs", ...ALONE];

function columnOf(cell: Cell): string {
  return cell.part === "pairs" ? cell.column : nameOf(cell);
}

function nameOf({ part }: Cell): string {
  return part === "client" ? "client suite" : part;
}

function titleOf({ part, row, column }: Cell): string {
  return [part, row, column].filter((word) => word !== "").join(" ");
}

function countOf({ passed, total, red }: Cell): string {
  const mark = red.length > 0 ? " ✗" : "";
  return total === 0 ? `–${mark}` : `${passed}/${total}${mark}`;
}

function redLines(cells: readonly Cell[]): string[] {
  return cells.flatMap((cell) =>
    cell.red.map(({ id, why }) => `✗ ${titleOf(cell)}: ${id}\n    ${why}`),
  );
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((word, at) =>
          at === 0 ? word.padEnd(widths[0] ?? 0) : word.padStart(widths[at] ?? 0),
        )
        .join("  "),
    )
    .join("\n");
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}
