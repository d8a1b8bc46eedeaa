// Rewrites the tables of spec/ that repeat the registry: methods, statuses, events, limits.
//   node src/registry/generate-tables.ts [--check]
// A table stands between <!-- generated: name --> and <!-- /generated -->. Exits 1 when a marker is wrong
// or, with --check, when a table is stale.

import { readFileSync, writeFileSync } from "node:fs";
import { EVENTS } from "./events.ts";
import { LIMITS, type Limit } from "./limits.ts";
import { METHODS, type Method } from "./methods.ts";
import { STATUSES } from "./statuses.ts";

/** Which chapter holds which table. */
const TABLES = {
  "methods.md": { methods: methodsTable },
  "status.md": { statuses: statusesTable },
  "events.md": { events: eventsTable },
  "limits.md": { limits: limitsTable },
} as const;

/** Larger units, the largest first: used from `from` on, `size` of the small one each. */
const UNITS: Record<string, readonly { from: number; size: number; name: string }[]> = {
  bytes: [{ from: 1_048_576, size: 1_048_576, name: "MiB" }],
  ms: [
    { from: 172_800_000, size: 86_400_000, name: "days" },
    { from: 3_600_000, size: 3_600_000, name: "h" },
    { from: 1_000, size: 1_000, name: "s" },
  ],
};

if (import.meta.main) main(process.argv.slice(2));

function main(options: readonly string[]): void {
  const spec = new URL("../../spec/", import.meta.url);
  for (const [path, tables] of Object.entries(TABLES)) {
    const file = new URL(path, spec);
    const before = readFileSync(file, "utf8");
    const after = Object.entries(tables).reduce(
      (text, [name, table]) => replaceTable(text, name, table()),
      before,
    );
    if (after === before) continue;
    if (options.includes("--check")) {
      console.error(`spec/${path} has a stale table: npm run generate`);
      process.exitCode = 1;
    } else writeFileSync(file, after);
  }
}

/** replaceTable puts a table between the markers of its name. It throws unless they stand once, in order. */
export function replaceTable(text: string, name: string, table: string): string {
  const open = `<!-- generated: ${name} -->\n`;
  const close = "<!-- /generated -->";
  const [before = "", rest, surplus] = text.split(open);
  if (rest === undefined) throw new Error(`no marker "${open.trim()}"`);
  if (surplus !== undefined) throw new Error(`marker "${open.trim()}" stands twice`);
  const end = rest.indexOf(close);
  if (end < 0) throw new Error(`marker "${open.trim()}" is not closed`);
  return `${before}${open}${table}${rest.slice(end)}`;
}

/** renderTable writes a Markdown table; columns whose heading starts with ">" are aligned right. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]) {
  const names = headings.map((heading) => heading.replace(/^>/, ""));
  const rule = headings.map((heading) => (heading.startsWith(">") ? "---:" : "---"));
  return [names, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function methodsTable(): string {
  return renderTable(
    [">ID", "constant", "method", "family", "access", "further statuses", "idempotent", "messages"],
    METHODS.map((method) => [
      `${method.id}`,
      `\`${method.constant}\``,
      method.name,
      `[${method.family}](services/${method.family}.md)`,
      accessOf(method),
      method.errors.length > 0 ? method.errors.toSorted((a, b) => a - b).join(", ") : "–",
      method.idempotent ? "yes" : "no",
      method.provenance,
    ]),
  );
}

function accessOf(method: Method): string {
  const open = method.openWithSealedSender ? "; none with sealed sender" : "";
  if (method.access === "OWNER") return `owner of ${method.ownerField}${open}`;
  const word = method.access === "TOKEN_POSSESSION" ? "token" : method.access.toLowerCase();
  return `${word}${open}`;
}

function statusesTable(): string {
  return renderTable(
    [">status", "name", "rule"],
    STATUSES.map(({ number, name, rule }) => [`${number}`, name, `\`${rule}\``]),
  );
}

function eventsTable(): string {
  return renderTable(
    [">event", "constant", "message", "rule"],
    EVENTS.map(({ id, constant, message, rule }) => [
      `${id}`,
      `\`${constant}\``,
      `\`${message.name}\``,
      `\`${rule}\``,
    ]),
  );
}

function limitsTable(): string {
  return renderTable(
    ["limit", ">default", "rule", "note"],
    Object.entries<Limit>(LIMITS).map(([name, limit]) => [
      `\`${name}\``,
      amount(limit.value, limit.unit),
      `\`${limit.rule}\``,
      limit.note ?? "",
    ]),
  );
}

/** amount writes a bound for people: in days from two days on, and in whole units only. */
export function amount(value: number, unit: string): string {
  if (unit === "s") return amount(value * 1000, "ms");
  const larger = UNITS[unit]?.find(({ from }) => value >= from);
  if (larger === undefined || value % larger.size !== 0) return `${number(value)} ${unit}`;
  return `${number(value / larger.size)} ${larger.name}`;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
