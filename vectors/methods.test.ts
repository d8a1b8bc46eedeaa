// vectors/methods.json was written by hand from the documents; proto, generated code and registry
// were not made from it. They must agree.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { EVENTS } from "../src/registry/events.ts";
import { METHODS } from "../src/registry/methods.ts";
import { STATUSES } from "../src/registry/statuses.ts";
import { checkSchema } from "./schema/check.ts";

const TABLE = JSON.parse(readFileSync(new URL("methods.json", import.meta.url), "utf8"));

describe("methods.json", () => {
  it("fits its schema", () => {
    assert.deepEqual(checkSchema("methods.schema.json", TABLE), []);
  });

  it("has the methods of the registry", () => {
    const rows = METHODS.map((method) => ({
      id: method.id,
      constant: method.constant,
      name: method.name,
      request: method.input.name,
      response: method.output.name,
      family: method.family,
      access: method.access,
      provenance: method.provenance,
    }));
    assert.deepEqual(TABLE.methods, rows);
  });

  it("has the events and statuses of the registry", () => {
    const events = EVENTS.map(({ id, constant, message }) => ({
      id,
      constant,
      message: message.name,
    }));
    assert.deepEqual(TABLE.events, events);
    const statuses = STATUSES.map(({ number, name }) => ({ code: number, name }));
    assert.deepEqual(TABLE.statuses, statuses);
  });
});
