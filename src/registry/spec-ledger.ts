// Reads the inventory and the errata of the specification: what a rule may cite, and whether every
// statement found a rule or a reason (spec/inventory.md, spec/errata.md). Pure, as the parser is.

import { isState, type RuleState, type SpecFile, type SpecRule } from "./spec-parser.ts";

export interface Inventory {
  /** IDs such as FRAME-001 or METHOD-IDS, in order. */
  readonly statements: readonly string[];
  /** Statements without a rule, each with its reason. */
  readonly excluded: ReadonlyMap<string, string>;
  /** Areas without rules as yet. */
  readonly uncovered: ReadonlyMap<string, RuleState>;
  readonly problems: readonly string[];
}

const ID = "[A-Z0-9]+-[A-Z0-9]+";
const STATEMENT = new RegExp(`^- \\*\\*(${ID})\\*\\* (?:MUST|SHOULD|MAY): `);
const EXCLUSION = new RegExp(`^- (${ID}): (.+)$`);
const AREA_ROW = /^\| ([A-Z0-9]+) \| (.+) \|$/;

/** parseInventory reads the statements, the list of excluded ones and the table of open areas. */
export function parseInventory({ path, text }: SpecFile): Inventory {
  const statements = new Set<string>();
  const excluded = new Map<string, string>();
  const uncovered = new Map<string, RuleState>();
  const problems: string[] = [];
  let section = "";
  for (const [index, line] of text.split("\n").entries()) {
    const problem = (what: string) => problems.push(`${path}:${index + 1}: ${what}`);
    if (line.startsWith("## ")) section = line.slice(3);
    const statement = STATEMENT.exec(line)?.[1];
    if (statement !== undefined) {
      if (statements.has(statement)) problem(`${statement} stands twice`);
      statements.add(statement);
    } else if (section === "Excluded statements" && line.startsWith("- ")) {
      const [, id = "", reason = ""] = EXCLUSION.exec(line) ?? [];
      if (!statements.has(id)) problem(`"${line}" excludes no statement of this page`);
      excluded.set(id, reason);
    } else if (section === "Areas not covered yet") {
      const [, area, state = ""] = AREA_ROW.exec(line) ?? [];
      if (area === undefined) continue;
      if (isState(state)) uncovered.set(area, state);
      else problem(`${area} has state "${state}"`);
    }
  }
  return { statements: [...statements], excluded, uncovered, problems };
}

/** parseErrata lists the IDs of the errata: C-nn and I-nn are headings, S-nn rows of a table. */
export function parseErrata({ text }: SpecFile): readonly string[] {
  return [...text.matchAll(/^(?:### |\| )([CIS]-\d+)\b/gm)].map(([, id = ""]) => id);
}

/** uncoveredStatements lists what is wrong between inventory and rules; empty = all is accounted for. */
export function uncoveredStatements(inventory: Inventory, rules: readonly SpecRule[]): string[] {
  const citedBy = new Map(rules.flatMap((rule) => rule.cites.map((id) => [id, rule.slug])));
  const problems: string[] = [];
  for (const id of inventory.statements) {
    const rule = citedBy.get(id);
    const excluded = inventory.excluded.has(id);
    if (rule !== undefined && excluded) problems.push(`${id} is excluded and cited by [${rule}]`);
    if (rule !== undefined || excluded || inventory.uncovered.has(areaOf(id))) continue;
    problems.push(`${id} is cited by no rule and not excluded`);
  }
  const areas = new Set(inventory.statements.map(areaOf));
  for (const area of inventory.uncovered.keys()) {
    if (!areas.has(area)) problems.push(`area ${area} has no statement`);
  }
  return problems;
}

function areaOf(id: string): string {
  return id.slice(0, id.lastIndexOf("-"));
}
