import assert from "node:assert/strict";
import { test } from "node:test";
import { parseErrata, parseInventory, uncoveredStatements } from "./spec-ledger.ts";
import type { SpecRule } from "./spec-parser.ts";

const INVENTORY = `# Inventory

## FRAME: Frames

- **FRAME-001** MUST: Big-endian. — *v2-docs a.md* — documented
- **FRAME-002** MAY: Named. — *v2-docs a.md* — documented

## METHOD: Methods

- **METHOD-IDS** MUST: Stable. — *v2-docs a.md* — documented

## BOT: Bots

- **BOT-001** MAY: A bot. — *v2-docs a.md* — documented

## Excluded statements

- FRAME-002: a reason that
  goes on.

## Areas not covered yet

| area | state |
| --- | --- |
| BOT | excluded(deleted pages) |
`;

function inventory(text = INVENTORY) {
  return parseInventory({ path: "inventory.md", text });
}

function rule(slug: string, ...cites: string[]): SpecRule {
  const chapter = `${slug.split(".")[0]}.md`;
  return { slug, level: "MUST", text: "T.", cites, provenance: "documented", chapter, line: 1 };
}

const RULES = [rule("framing.big-endian", "FRAME-001"), rule("methods.ids", "METHOD-IDS", "C-01")];

test("statements, exclusions and open areas are read", () => {
  const { statements, excluded, uncovered, problems } = inventory();
  assert.deepEqual(problems, []);
  assert.deepEqual(statements, ["FRAME-001", "FRAME-002", "METHOD-IDS", "BOT-001"]);
  assert.deepEqual([...excluded], [["FRAME-002", "a reason that"]]);
  assert.deepEqual([...uncovered], [["BOT", "excluded(deleted pages)"]]);
});

test("errata are headings and table rows", () => {
  const text = "### C-01 How many\n\nsee C-99\n\n### I-13 Tag\n\n| S-06 | UTF-8 | refuse |\n";
  assert.deepEqual(parseErrata({ path: "errata.md", text }), ["C-01", "I-13", "S-06"]);
});

test("cited, excluded and open statements are accounted for", () => {
  assert.deepEqual(uncoveredStatements(inventory(), RULES), []);
});

test("a statement that no rule cites is a gap", () => {
  assert.deepEqual(uncoveredStatements(inventory(), RULES.slice(0, 1)), [
    "METHOD-IDS is cited by no rule and not excluded",
  ]);
});

test("an exclusion that a rule contradicts is a gap", () => {
  assert.deepEqual(uncoveredStatements(inventory(), [...RULES, rule("framing.y", "FRAME-002")]), [
    "FRAME-002 is excluded and cited by [framing.y]",
  ]);
});

test("an open area without statements is a gap", () => {
  const text = INVENTORY.replace("| BOT |", "| BOTS |");
  assert.deepEqual(uncoveredStatements(inventory(text), RULES), [
    "BOT-001 is cited by no rule and not excluded",
    "area BOTS has no statement",
  ]);
});

test("slips in the inventory are reported with their line", () => {
  const twice = INVENTORY.replace("FRAME-002** MAY", "FRAME-001** MAY");
  assert.deepEqual(inventory(twice).problems, [
    "inventory.md:6: FRAME-001 stands twice",
    'inventory.md:18: "- FRAME-002: a reason that" excludes no statement of this page',
  ]);
  const state = INVENTORY.replace("excluded(deleted pages)", "never");
  assert.deepEqual(inventory(state).problems, ['inventory.md:25: BOT has state "never"']);
});
