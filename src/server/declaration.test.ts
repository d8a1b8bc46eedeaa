// What the server declares about itself is made of known words, and is what it composes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFeature } from "../registry/families.ts";
import { isProfileFlag, PROFILE_FLAGS } from "../registry/profile.ts";
import { DEFAULT_READINGS, declaration, preset, readingsOf } from "./declaration.ts";
import { DEFAULT_LIMITS } from "./limits.ts";

test("features and readings are words of the closed lists", () => {
  const { features, profile } = declaration("qpq");
  assert.ok(features.every(isFeature));
  assert.equal(profile.alpn, "qpq");
  for (const [flag, value] of Object.entries(profile)) {
    assert.ok(isProfileFlag(flag), flag);
    assert.ok((PROFILE_FLAGS[flag] as readonly string[]).includes(value), `${flag}=${value}`);
  }
});

test("a preset is the declaration and the limits by their wire names", () => {
  const given = { ...DEFAULT_LIMITS, ratePerSecond: 7, idleMs: 8 };
  const { limits, ...rest } = preset("qpc", given, DEFAULT_READINGS);
  assert.deepEqual(rest, declaration("qpc"));
  assert.deepEqual([limits.frame, limits.rate_per_s, limits.idle_ms], [4_194_304, 7, 8]);
  assert.ok(Object.values(limits).every(Number.isSafeInteger));
});

test("sealed sender and delivery proofs are off until they are asked for", () => {
  const asked = { "sealed-sender": "on", "delivery-proof": "on", fetch: "drain" };
  assert.deepEqual(readingsOf({ "sealed-sender": "off" }), DEFAULT_READINGS);
  assert.deepEqual(readingsOf(asked), {
    ...DEFAULT_READINGS,
    "sealed-sender": "on",
    "delivery-proof": "on",
  });
});
