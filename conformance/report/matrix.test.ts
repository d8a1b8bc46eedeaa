// The authorisation matrix out of results: cells, marks, and the table for people.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CaseResult, CheckResult, Verdict } from "../judge/verdict.ts";
import { matrixOf, printMatrix } from "./matrix.ts";

const CALLERS = ["nobody", "expired", "other-user", "peer"];

function result(id: string, verdict: Verdict, ...checks: readonly CheckResult[]): CaseResult {
  return {
    id,
    perm: {},
    verdict,
    severity: "MUST",
    rules: [],
    contradictions: [],
    provenance: "documented",
    checks,
    twin: null,
    mutants: [],
    ms: 1,
    clause: "",
    repro: "",
    note: null,
    trace: [],
  };
}

const seen = (id: string, verdict: Verdict, observed: string): CheckResult => ({
  id,
  verdict,
  observed,
});

test("a cell comes from a case of its own or from a check of its column", () => {
  const { rows, cells, red } = matrixOf(
    [
      result("access.nobody.203-peek", "pass", seen("answer", "pass", "Unauthorized (2)")),
      result("access.expired.every-method", "pass", seen("203-peek", "pass", "Unauthorized (2)")),
      result("methods.table.203-peek", "pass", seen("answer", "pass", "Ok (0)")),
    ],
    CALLERS,
  );
  assert.equal(rows.length, 49);
  const peek = rows.find(({ id }) => id === 203);
  const cell = { observed: "Unauthorized (2)", asExpected: true };
  assert.deepEqual(peek, { id: 203, method: "Peek", cells: { nobody: cell, expired: cell } });
  assert.deepEqual([cells, red], [2, 0]);
});

test("a cell that is not as expected is marked, and one without an answer says why", () => {
  const matrix = matrixOf(
    [
      result("access.nobody.203-peek", "fail", seen("answer", "fail", "Ok (0)")),
      result("access.other-user.203-peek", "unsupported"),
      result("access.peer.203-peek", "crash"),
    ],
    CALLERS,
  );
  assert.equal(matrix.red, 2);
  const line = printMatrix(matrix)
    .split("\n")
    .find((one) => one.startsWith("203"));
  assert.match(line ?? "", /^203 {2}Peek +Ok ! +· +unsupported +crash !$/);
});
