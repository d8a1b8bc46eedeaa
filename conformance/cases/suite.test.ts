// What must be true of all cases and all mutants together.

import assert from "node:assert/strict";
import { test } from "node:test";
import { METHODS } from "../../src/registry/methods.ts";
import { ALL_MUTANTS } from "../broken/all.ts";
import type { Case } from "../judge/case.ts";
import { ids, suiteContract } from "../judge/suite-contract.ts";
import { ALL_CASES } from "./all.ts";
import { tableCaseOf } from "./methods/table.ts";
import { kebab } from "./requests.ts";
import { RETIRED_IDS } from "./retired.ts";

suiteContract(ALL_CASES, ALL_MUTANTS);

const byId = new Map(ALL_CASES.map((spec) => [spec.id, spec]));

test("a retired id is not used again, and what took its place exists", () => {
  const retired = Object.keys(RETIRED_IDS);
  assert.deepEqual(
    ids(ALL_CASES).filter((id) => retired.includes(id)),
    [],
  );
  assert.deepEqual(
    Object.values(RETIRED_IDS).filter((id) => !byId.has(id)),
    [],
  );
});

const pairs = ALL_CASES.filter(({ twin }) => twin !== undefined).map((spec) => ({
  spec,
  twin: byId.get(spec.twin as string),
}));

// Otherwise a case could run where its twin cannot, and would be inconclusive there for ever.
test("a twin needs nothing that its case does not need", () => {
  const demanding = pairs.filter(({ spec, twin }) => twin && !isContent(spec, twin));
  assert.deepEqual(
    demanding.map(({ spec, twin }) => `${spec.id} -> ${twin?.id}`),
    [],
  );
});

function isContent(spec: Case, twin: Case): boolean {
  const readings = Object.entries(twin.when) as [keyof Case["when"], readonly string[]][];
  return (
    twin.features.every((feature) => spec.features.includes(feature)) &&
    twin.hooks.every((hook) => spec.hooks.includes(hook)) &&
    (twin.needs !== "own-server" || spec.needs === "own-server") &&
    readings.every(([flag, values]) =>
      (spec.when[flag] ?? ["any other"]).every((value) => values.includes(value)),
    )
  );
}

test("every method succeeds in a case, is refused in another, and is tried by every kind of caller", () => {
  for (const method of METHODS) {
    const succeeds = tableCaseOf(method);
    assert.ok(byId.has(succeeds), method.name);
    const refused = ALL_CASES.filter(({ id, twin }) => twin === succeeds && !/^access\./.test(id));
    assert.notEqual(refused.length, 0, method.name);
    const callers = ALL_CASES.filter(
      ({ id }) => id.startsWith("access.") && id.endsWith(`.${method.id}-${kebab(method.name)}`),
    );
    assert.equal(
      callers.length,
      4,
      `${method.name}: the other callers have one case for all methods`,
    );
  }
});
