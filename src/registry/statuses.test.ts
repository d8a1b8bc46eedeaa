import assert from "node:assert/strict";
import { test } from "node:test";
import { RpcStatusSchema } from "../gen/qpc/v1/status_pb.ts";
import { RULES } from "./rules.ts";
import { isStatus, STATUSES, Status, statusName } from "./statuses.ts";

test("ten statuses, those of the enum and of the constant, in numeric order", () => {
  const numbers = STATUSES.map(({ number }) => number);
  assert.deepEqual(numbers, [0, 1, 2, 3, 4, 5, 8, 9, 10, 11]);
  assert.deepEqual(
    numbers,
    RpcStatusSchema.values.map(({ number }) => number),
  );
  assert.deepEqual(Object.fromEntries(STATUSES.map(({ name, number }) => [name, number])), Status);
});

test("names are those of the enum, spelt without prefix", () => {
  const spelt = RpcStatusSchema.values.map(({ name }) =>
    name.replace("RPC_STATUS_", "").replaceAll("_", ""),
  );
  assert.deepEqual(
    STATUSES.map(({ name }) => name.toUpperCase()),
    spelt,
  );
});

test("every status has its rule", () => {
  for (const { name, rule } of STATUSES) {
    assert.ok(rule in RULES, rule);
    assert.equal(rule.replaceAll("-", ""), `status.${name.toLowerCase()}`);
  }
});

test("6, 7 and 12 to 255 are no statuses", () => {
  const known = Array.from({ length: 256 }, (_, code) => code).filter(isStatus);
  assert.deepEqual(known, [0, 1, 2, 3, 4, 5, 8, 9, 10, 11]);
  assert.equal(statusName(1), "BadRequest (1)");
  assert.equal(statusName(7), "unassigned (7)");
});
