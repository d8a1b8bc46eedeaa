// Which cases a command line selects.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CaseSpec } from "./case.ts";
import { fakeCase } from "./fakes.ts";
import { type Selection, selectCases } from "./select.ts";

const named = (id: string, spec: Partial<CaseSpec> = {}) => fakeCase(id, () => {}, spec);

const ALL = [
  named("wire.header.short"),
  named("wire.header.long", { twin: "wire.size.right" }),
  named("wire.header.deep.inside", { tier: "full" }),
  named("wire.size.right", { tier: "full", twin: "other.chapter.positive" }),
  named("other.chapter.positive"),
  named("other.chapter.smoke", { tier: "smoke" }),
];

const EVERYTHING: Selection = {
  run: [],
  skip: [],
  groups: [],
  tier: "full",
  documentedOnly: false,
};

const ROWS: readonly (readonly [what: string, Partial<Selection>, expected: readonly string[]])[] =
  [
    ["nothing said", {}, ALL.map(({ id }) => id)],
    ["an id", { run: ["wire.header.short"] }, ["wire.header.short"]],
    ["a star is one segment", { run: ["wire.*.short"] }, ["wire.header.short"]],
    ["a star crosses no dot", { run: ["wire.*"] }, []],
    ["a star within a segment", { run: ["other.chapter.sm*e"] }, ["other.chapter.smoke"]],
    [
      "two stars cross dots",
      { run: ["**.inside", "other.**"] },
      ["wire.header.deep.inside", "other.chapter.positive", "other.chapter.smoke"],
    ],
    ["a dot is a dot", { run: ["wireXheader.short"] }, []],
    ["a glob is the whole id", { run: ["header.short"] }, []],
    ["brackets are no pattern", { run: ["wire.header.[a-z]*"] }, []],
    [
      "skipped after run",
      { run: ["wire.header.**"], skip: ["**.long", "*.*.*.inside"] },
      ["wire.header.short"],
    ],
    [
      "a twin comes along, and the twin's twin, whatever else is said",
      { run: ["wire.header.long"], skip: ["wire.size.right"], tier: "default" },
      ["wire.header.long", "wire.size.right", "other.chapter.positive"],
    ],
    ["a group", { groups: ["other"] }, ["other.chapter.positive", "other.chapter.smoke"]],
    ["a group is a whole segment", { groups: ["oth"] }, []],
    ["smoke", { tier: "smoke" }, ["other.chapter.smoke"]],
    [
      "default has smoke in it, and not full",
      { tier: "default", groups: ["other"] },
      ["other.chapter.positive", "other.chapter.smoke"],
    ],
  ];

for (const [what, selection, expected] of ROWS) {
  test(`selection: ${what}`, () => {
    const chosen = selectCases(ALL, { ...EVERYTHING, ...selection }, () => "documented");
    assert.deepEqual(
      chosen.map(({ id }) => id),
      expected,
    );
  });
}

test("selection: by provenance of the first rule", () => {
  const provenanceOf = ({ id }: { id: string }) =>
    id.startsWith("other") ? "documented" : "decided(C-01)";
  const chosen = selectCases(ALL, { ...EVERYTHING, documentedOnly: true }, provenanceOf);
  assert.deepEqual(
    chosen.map(({ id }) => id),
    ["other.chapter.positive", "other.chapter.smoke"],
  );
});
