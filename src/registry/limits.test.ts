import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "./limits.ts";
import { METHODS } from "./methods.ts";
import { RULES } from "./rules.ts";

test("every limit is a whole number above 0 with a rule that exists", () => {
  for (const [name, { value, rule }] of Object.entries(LIMITS)) {
    assert.ok(Number.isSafeInteger(value) && value > 0, name);
    assert.ok(rule in RULES, `${name}: ${rule}`);
  }
});

// The numbers stand twice, here and in the method options, since options cannot refer to code.
test("the method table bounds what the limits bound", () => {
  const bound = (method: string, path: string, by: "maxItems" | "maxLength") =>
    METHODS.find(({ name }) => name === method)
      ?.fields.filter((field) => field.path === path)
      .map((field) => field[by])
      .find((value) => value > 0);
  const batch = bound("BatchEnqueue", "recipient_keys", "maxItems");
  assert.equal(batch, LIMITS.batchRecipients.value);
  const keys = bound("FetchHybridKeys", "identity_keys", "maxItems");
  assert.equal(keys, LIMITS.hybridKeyBatch.value);
  assert.equal(bound("UploadKeyPackage", "package", "maxLength"), LIMITS.keyPackage.value);
});

test("deadlines and timeouts follow from each other", () => {
  assert.ok(LIMITS.headerDeadline.value < LIMITS.frameDeadline.value);
  assert.ok(LIMITS.fetchWait.value < LIMITS.idleTimeout.value, "[limits.idle-timeout]");
  assert.ok(LIMITS.ttlDefault.value < LIMITS.ttlMaximum.value);
  assert.ok(LIMITS.concurrentStreams.value >= 100, "[transport.stream-limit]");
});
