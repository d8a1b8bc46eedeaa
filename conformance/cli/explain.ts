// `qpc-conformance explain`: a rule with its sources, errata and cases, or a case with its rules.

import { readFileSync } from "node:fs";
import { RULES, type RuleSlug } from "../../src/registry/rules.ts";
import { ALL_MUTANTS } from "../broken/all.ts";
import { ALL_CLIENT_MUTANTS } from "../broken-clients/all.ts";
import { ALL_CASES } from "../cases/all.ts";
import { ALL_CLIENT_CASES } from "../client-cases/all.ts";
import type { CaseMeta } from "../judge/case.ts";
import { UsageError } from "../judge/errors.ts";
import { buildLedger } from "../judge/ledger.ts";
import { ALL_PAIR_CASES } from "../pair/cases/all.ts";
import { Exit } from "./options.ts";

const EVERY_CASE: readonly CaseMeta[] = [...ALL_CASES, ...ALL_CLIENT_CASES];

const USAGE = "Usage: qpc-conformance explain RULE | CASE | C-nn | I-nn | S-nn | AREA-nnn";

/** explainCommand prints what is known under a name. Throws UsageError when nothing is. */
export async function explainCommand([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined || rest.length > 0)
    throw new UsageError(`explain takes one name. ${USAGE}`);
  process.stdout.write(name === "--help" ? `${USAGE}\n` : `${explain(name)}\n`);
  return Exit.AsExpected;
}

function explain(name: string): string {
  if (Object.hasOwn(RULES, name)) return explainRule(name as RuleSlug);
  const spec = ALL_CASES.find(({ id }) => id === name);
  if (spec) return explainCase(spec, spec.needs);
  const ofClients = [...ALL_CLIENT_CASES, ...ALL_PAIR_CASES].find(({ id }) => id === name);
  if (ofClients) return explainCase(ofClients, `needs ${ofClients.ops.join(", ")}`);
  const passage = sourceOf(name);
  if (passage) return passage;
  throw new UsageError(
    `nothing is called ${name}; \`list\` and \`list --requirements\` show the names`,
  );
}

function explainRule(slug: RuleSlug): string {
  const rule = RULES[slug];
  const row = buildLedger(EVERY_CASE).find((one) => one.slug === slug);
  const state = row?.state ?? "untested";
  const passages = rule.cites.map((cite) => sourceOf(cite)).filter((text) => text !== undefined);
  return [
    `[${slug}] ${rule.level}, ${rule.provenance} (spec/${rule.chapter})`,
    rule.text,
    "",
    ...passages.map((passage) => `${passage}\n`),
    row && row.cases.length > 0 ? `cases:\n  ${row.cases.join("\n  ")}` : `cases: none (${state})`,
  ].join("\n");
}

function explainCase(spec: CaseMeta, needs: string): string {
  const all = [...ALL_MUTANTS, ...ALL_CLIENT_MUTANTS];
  const mutants = all.filter(({ kills }) => kills.includes(spec.id)).map(({ id }) => id);
  return [
    `${spec.id} (${spec.severity}, ${needs}, tier ${spec.tier})`,
    `sends    ${spec.sends}`,
    `expects  ${spec.expects}`,
    ...spec.rules.map((slug) => `rule     [${slug}] ${RULES[slug].level}: ${RULES[slug].text}`),
    ...(spec.twin ? [`twin     ${spec.twin}`] : []),
    ...(spec.errata.length > 0 ? [`errata   ${spec.errata.join(", ")}`] : []),
    `mutants  ${mutants.join(", ") || "none yet"}`,
  ].join("\n");
}

// Errata stand under `### C-nn …` or in a table row, inventory statements in bullets.
function sourceOf(name: string): string | undefined {
  if (/^[CI]-\d+$/.test(name)) {
    const section = new RegExp(`^### ${name} [^]*?(?=^#{2,3} |\\Z(?![^]))`, "m");
    return section.exec(`${specFile("errata.md")}\n## `)?.[0].trim();
  }
  const file = /^S-\d+$/.test(name) ? "errata.md" : "inventory.md";
  const lines = specFile(file).split("\n");
  const start = lines.findIndex((line) =>
    new RegExp(`^(- \\*\\*${name}\\*\\*|\\| ${name} )`).test(line),
  );
  if (start < 0) return undefined;
  const more = lines.slice(start + 1).findIndex((line) => !line.startsWith("  "));
  return lines.slice(start, start + 1 + Math.max(0, more)).join("\n");
}

function specFile(name: string): string {
  return readFileSync(new URL(`../../spec/${name}`, import.meta.url), "utf8");
}
