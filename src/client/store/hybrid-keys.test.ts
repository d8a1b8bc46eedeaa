import assert from "node:assert/strict";
import { test } from "node:test";
import { key } from "../../storage/contract/harness.ts";
import { hadHybridKey, rememberHybridKey } from "./hybrid-keys.ts";
import { openClientStore } from "./open.ts";

test("who had a hybrid key is remembered, however often it is said", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  assert.equal(await database.read(hadHybridKey(key(1))), false);
  for (let n = 0; n < 2; n++) await database.write(rememberHybridKey(key(1)));
  assert.equal(await database.read(hadHybridKey(key(1))), true);
  assert.equal(await database.read(hadHybridKey(key(2))), false);
});
