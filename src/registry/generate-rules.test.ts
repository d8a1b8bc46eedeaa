import assert from "node:assert/strict";
import { test } from "node:test";
import { readSpec, renderRules } from "./generate-rules.ts";
import type { SpecFile } from "./spec-parser.ts";

const SPEC: readonly SpecFile[] = [
  { path: "README.md", text: "- **[example.rule]** is no rule here\n" },
  { path: "errata.md", text: "### C-01 A choice\n" },
  {
    path: "inventory.md",
    text: "- **FRAME-001** MUST: Big-endian.\n- **FRAME-002** MUST: Ten bytes.\n",
  },
  {
    path: "framing.md",
    text:
      "- **[framing.b]** MUST: B says “quoted”. — FRAME-002, C-01, decided(C-01); planned(clients)\n" +
      "- **[framing.a]** MUST: A. — FRAME-001, documented\n",
  },
];

test("chapters are read, pages are not taken for chapters", () => {
  const { rules, problems, gaps } = readSpec(SPEC);
  assert.deepEqual([problems, gaps], [[], []]);
  assert.deepEqual(
    rules.map(({ slug }) => slug),
    ["framing.b", "framing.a"],
  );
});

test("a missing chapter leaves gaps, an unknown cite is a problem", () => {
  assert.deepEqual(readSpec(SPEC.slice(0, 3)).gaps, [
    "FRAME-001 is cited by no rule and not excluded",
    "FRAME-002 is cited by no rule and not excluded",
  ]);
  const withoutErrata = SPEC.filter(({ path }) => path !== "errata.md");
  assert.equal(readSpec(withoutErrata).problems.length, 1);
});

test("the module is in order of the slugs, whatever the order of the files", () => {
  const { rules } = readSpec(SPEC);
  const source = renderRules(rules);
  assert.equal(renderRules(rules.toReversed()), source);
  assert.ok(source.indexOf('"framing.a"') < source.indexOf('"framing.b"'));
  assert.doesNotMatch(source, /"line"/);
});

test("the module evaluates to the rules", async () => {
  const { rules } = readSpec(SPEC);
  const source = renderRules(rules)
    .replace(/^import .*$/m, "")
    .replace(" as const satisfies Record<string, Rule>", "")
    .replace(/^export type .*$/m, "");
  const module = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  assert.deepEqual(module.RULES["framing.b"], {
    level: "MUST",
    text: "B says “quoted”.",
    cites: ["FRAME-002", "C-01"],
    provenance: "decided(C-01)",
    state: "planned(clients)",
    chapter: "framing.md",
  });
});
