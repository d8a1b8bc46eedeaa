// Writes src/registry/rules.ts from the rule bullets of spec/**/*.md.
//   node src/registry/generate-rules.ts [--check]
// Exits 1 when a page has a problem (nothing is written then), when a statement of the inventory is
// unaccounted for, or, with --check, when the file is stale.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseErrata, parseInventory, uncoveredStatements } from "./spec-ledger.ts";
import { parseRules, type SpecFile, type SpecRule } from "./spec-parser.ts";

const ROOT = new URL("../../", import.meta.url);
const TARGET = "src/registry/rules.ts";

/** Pages of spec/ that hold no rules. */
const PAGES = ["README.md", "sources.md", "inventory.md", "errata.md"];

if (import.meta.main) main(process.argv.slice(2));

function main(options: readonly string[]): void {
  const { rules, problems, gaps } = readSpec(readSpecFiles());
  if (problems.length > 0) stop(problems);
  const source = format(renderRules(rules));
  const target = new URL(TARGET, ROOT);
  if (!options.includes("--check")) writeFileSync(target, source);
  else if (!existsSync(target) || readFileSync(target, "utf8") !== source) {
    stop([`${TARGET} is stale: npm run generate`]);
  }
  if (gaps.length > 0) stop(gaps);
}

export interface Spec {
  readonly rules: readonly SpecRule[];
  /** Pages that cannot be read as they should. */
  readonly problems: readonly string[];
  /** Statements of the inventory without rule and reason. */
  readonly gaps: readonly string[];
}

/** readSpec parses all files of the specification and checks them against each other. */
export function readSpec(files: readonly SpecFile[]): Spec {
  const page = (path: string) => files.find((file) => file.path === path) ?? { path, text: "" };
  const inventory = parseInventory(page("inventory.md"));
  const citable = new Set([...inventory.statements, ...parseErrata(page("errata.md"))]);
  const { rules, problems } = parseRules(
    files.filter(({ path }) => !PAGES.includes(path)),
    citable,
  );
  return {
    rules,
    problems: [...inventory.problems, ...problems],
    gaps: uncoveredStatements(inventory, rules),
  };
}

/** renderRules writes the module, in order of the slugs; the same rules give the same text. */
export function renderRules(rules: readonly SpecRule[]): string {
  const entries = rules
    .toSorted((a, b) => (a.slug < b.slug ? -1 : 1))
    .map(({ slug, line: _line, ...rule }) => `${JSON.stringify(slug)}: ${JSON.stringify(rule)},`);
  return [
    "// Generated from the rules of spec/ by src/registry/generate-rules.ts. Do not edit.",
    "",
    'import type { Rule } from "./spec-parser.ts";',
    "",
    "/** RULES holds every rule of the specification under its slug. */",
    `export const RULES = {${entries.join("\n")}} as const satisfies Record<string, Rule>;`,
    "",
    "/** RuleSlug is a rule that exists: a misspelt or deleted one does not compile. */",
    "export type RuleSlug = keyof typeof RULES;",
    "",
  ].join("\n");
}

function readSpecFiles(): SpecFile[] {
  const spec = new URL("spec/", ROOT);
  return readdirSync(spec, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => path.replaceAll("\\", "/"))
    .sort()
    .map((path) => ({ path, text: readFileSync(new URL(path, spec), "utf8") }));
}

function format(source: string): string {
  const biome = fileURLToPath(new URL("node_modules/@biomejs/biome/bin/biome", ROOT));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [biome, "format", `--stdin-file-path=${TARGET}`],
    { cwd: ROOT, input: source, encoding: "utf8", maxBuffer: 64 << 20 },
  );
  if (status !== 0) stop([`biome cannot format ${TARGET}: ${stderr}`]);
  return stdout;
}

function stop(problems: readonly string[]): never {
  for (const problem of problems) console.error(problem);
  process.exit(1);
}
