// The method table as the code has it, against what was generated from the proto files. That both are
// the documents' table is for vectors/methods.test.ts to say.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DescMessage } from "@bufbuild/protobuf";
import { MethodIdSchema } from "../gen/qpc/v1/method_id_pb.ts";
import { DeliveryService, file_qpc_v1_methods } from "../gen/qpc/v1/methods_pb.ts";
import { FAMILIES, isFeature } from "./families.ts";
import { METHODS, methodById, methodByName, methodOf } from "./methods.ts";
import { RULES } from "./rules.ts";
import { isStatus } from "./statuses.ts";

test("49 methods in order of their IDs, which are those of the enum", () => {
  const ids = METHODS.map(({ id }) => id);
  assert.equal(METHODS.length, 49);
  assert.deepEqual(
    ids,
    [...ids].sort((a, b) => a - b),
  );
  const assigned = MethodIdSchema.values.map(({ number }) => number).filter((id) => id !== 0);
  assert.deepEqual(ids, assigned);
});

test("every rpc of every service is in the table, once", () => {
  const descriptors = file_qpc_v1_methods.services.flatMap(({ methods }) => methods);
  assert.deepEqual(new Set(METHODS.map(({ descriptor }) => descriptor)), new Set(descriptors));
  assert.equal(new Set(METHODS.map(({ name }) => name)).size, METHODS.length);
});

test("a method is found by its ID, its name and its descriptor", () => {
  for (const method of METHODS) {
    assert.equal(methodById(method.id), method);
    assert.equal(methodByName(method.name), method);
    assert.equal(methodOf(method.descriptor), method);
  }
  assert.equal(methodById(0), undefined);
  assert.equal(methodById(1000), undefined);
  assert.equal(methodByName("enqueue"), undefined);
  const foreign = { ...DeliveryService.method.enqueue };
  assert.throws(() => methodOf(foreign), /not in the method table/);
});

test("every path of a field rule leads to a field, and every rule exists", () => {
  for (const { name, input, fields } of METHODS) {
    for (const { path, rule } of fields) {
      assert.ok(leadsToField(input, path.split(".")), `${name}: ${path}`);
      assert.ok(rule in RULES, `${name}: ${rule}`);
    }
  }
});

test("an owner and a member have a field, and whoever is refused for what he is has a rule", () => {
  for (const { name, access, input, ownerField, accessRule } of METHODS) {
    const hasField = access === "OWNER" || access === "MEMBER";
    assert.equal(ownerField !== "", hasField, name);
    if (hasField) assert.ok(leadsToField(input, [ownerField]), name);
    const hasRule = hasField || access === "ADMIN" || access === "PEER";
    assert.equal(String(accessRule) !== "", hasRule, name);
    if (hasRule) assert.ok(accessRule in RULES, `${name}: ${accessRule}`);
  }
});

test("declared errors are statuses, and none of those that every method may answer", () => {
  for (const { name, errors } of METHODS) {
    assert.ok(errors.every(isStatus), name);
    for (const implicit of [0, 8, 9, 10, 11]) {
      assert.ok(!errors.some((status) => status === implicit), `${name} declares ${implicit}`);
    }
    assert.equal(new Set(errors).size, errors.length, name);
  }
});

test("reconstructed fields are fields, and tag 15 is free in every request", () => {
  for (const { name, input, reconstructedFields } of METHODS) {
    for (const field of reconstructedFields) assert.ok(leadsToField(input, [field]), name);
    assert.ok(!input.fields.some(({ number }) => number === 15), name);
  }
});

test("every family has methods, and a feature is a family or push", () => {
  assert.deepEqual(new Set(METHODS.map(({ family }) => family)), new Set(FAMILIES));
  assert.ok(isFeature("delivery") && isFeature("push"));
  assert.ok(!isFeature("deliveries") && !isFeature(""));
});

function leadsToField(message: DescMessage, [name, ...rest]: readonly string[]): boolean {
  const field = message.fields.find((candidate) => candidate.name === name);
  if (field === undefined || rest.length === 0) return field !== undefined;
  return field.message !== undefined && leadsToField(field.message, rest);
}
