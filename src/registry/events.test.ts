import assert from "node:assert/strict";
import { test } from "node:test";
import { PushEventTypeSchema } from "../gen/qpc/v1/push_event_type_pb.ts";
import { EVENTS } from "./events.ts";
import { methodById } from "./methods.ts";
import { RULES } from "./rules.ts";

test("four events, all that the enum has, under the constants of the documents", () => {
  assert.deepEqual(
    EVENTS.map(({ id, constant }) => [id, constant]),
    [
      [1000, "PUSH_NEW_MESSAGE"],
      [1001, "PUSH_TYPING"],
      [1002, "PUSH_PRESENCE"],
      [1003, "PUSH_MEMBERSHIP"],
    ],
  );
  const assigned = PushEventTypeSchema.values.map(({ number }) => number).filter((id) => id !== 0);
  assert.deepEqual(
    EVENTS.map(({ id }) => id),
    assigned,
  );
});

test("every event has a message and a rule of its own, and is no method", () => {
  assert.equal(new Set(EVENTS.map(({ message }) => message)).size, 4);
  for (const { id, rule } of EVENTS) {
    assert.ok(rule in RULES, rule);
    assert.equal(methodById(id), undefined);
  }
});
