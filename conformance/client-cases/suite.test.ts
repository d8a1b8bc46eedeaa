// What must be true of all cases for clients together.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isKnownFeature } from "../adapter/protocol.ts";
import { ALL_CLIENT_MUTANTS } from "../broken-clients/all.ts";
import { ALL_CASES } from "../cases/all.ts";
import { RETIRED_IDS } from "../cases/retired.ts";
import type { ClientCase } from "../client/case.ts";
import { ids, suiteContract } from "../judge/suite-contract.ts";
import { ALL_CLIENT_CASES } from "./all.ts";

suiteContract(ALL_CLIENT_CASES, ALL_CLIENT_MUTANTS);

const AREAS = [
  "transport",
  "framing",
  "status",
  "calls",
  "push",
  "session",
  "opaque",
  "keys",
  "delivery",
  "mls",
  "envelope",
  "kt",
  "blob",
  "group",
  "recovery",
];

test("no id is that of a case for servers, or retired", () => {
  const taken = new Set([...ids(ALL_CASES), ...Object.keys(RETIRED_IDS)]);
  assert.deepEqual(
    ids(ALL_CLIENT_CASES).filter((id) => taken.has(id)),
    [],
  );
});

test("a case is of an area", () => {
  const strange = ids(ALL_CLIENT_CASES).filter(
    (id) => !AREAS.includes(id.replace(/^client-|\..*$/g, "")),
  );
  assert.deepEqual(strange, []);
});

test("a case needs operations that the protocol has", () => {
  const strange = ALL_CLIENT_CASES.filter(({ ops }) => !ops.every(isKnownFeature));
  assert.deepEqual(ids(strange), []);
});

// Otherwise a case could run where its twin cannot, and would be inconclusive there for ever.
test("a twin needs nothing that its case does not need", () => {
  const byId = new Map(ALL_CLIENT_CASES.map((spec) => [spec.id, spec]));
  const demanding = ALL_CLIENT_CASES.filter((spec) => {
    const twin = spec.twin === undefined ? undefined : byId.get(spec.twin);
    return twin !== undefined && !isContent(spec, twin);
  });
  assert.deepEqual(ids(demanding), []);
});

function isContent(spec: ClientCase, twin: ClientCase): boolean {
  return twin.ops.every((op) => spec.ops.includes(op));
}
