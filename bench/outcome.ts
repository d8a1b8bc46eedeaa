// What a benchmark answers, and how it is printed and kept.

import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";

/** Row has a cell per column; numbers are kept as numbers in a saved result. */
export type Row = readonly (string | number)[];

/** Outcome is what one benchmark found out. */
export interface Outcome {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** One line each, below the table. */
  readonly findings: readonly string[];
  /** False when the benchmark has a bar and it was missed; then the command fails. */
  readonly passed: boolean;
}

/** render is a table with aligned columns and the findings below it. */
export function render({ columns, rows, findings }: Outcome): string {
  const cells = [columns, ...rows].map((row) => row.map(spell));
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((row) => (row[index] ?? "").length)),
  );
  const lines = cells.map((row) =>
    row.map((cell, index) => align(cell, widths[index] ?? 0, index)).join("  "),
  );
  return [...lines, "", ...findings].join("\n");
}

/** save writes the outcome with the machine it was measured on to results/NAME.json. */
export async function save(name: string, outcome: Outcome): Promise<void> {
  const machine = {
    node: process.versions.node,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
  };
  const folder = new URL("results/", import.meta.url);
  await mkdir(folder, { recursive: true });
  const text = JSON.stringify({ bench: name, machine, ...outcome }, null, 2);
  await writeFile(new URL(`${name}.json`, folder), `${text}\n`);
}

/** median of at least one number. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** quantile answers the value below which the share `q` (0 to 1) of the values lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

function spell(cell: string | number): string {
  if (typeof cell === "string") return cell;
  return cell.toLocaleString("en", { maximumFractionDigits: cell < 100 ? 2 : 0 });
}

// The first column names the row, the others are figures.
function align(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
