import assert from "node:assert/strict";
import { test } from "node:test";
import { key } from "../../storage/contract/harness.ts";
import { openClientStore } from "./open.ts";
import { forgetBundle, makeCurrent, oldBundles, planBundles } from "./recovery-bundles.ts";

test("bundles are old until they are current, and when others are", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  const old = async () => (await database.read(oldBundles())).map(([first]) => first);
  await database.write(planBundles([key(1), key(2)]));
  assert.deepEqual(await old(), [1, 2]);
  await database.write(makeCurrent([key(1), key(2)]));
  assert.deepEqual(await old(), []);
  await database.write(planBundles([key(3), key(4)]));
  assert.deepEqual(await old(), [3, 4]);
  await database.write(makeCurrent([key(3), key(4)]));
  assert.deepEqual(await old(), [1, 2]);
  await database.write(forgetBundle(key(1)));
  assert.deepEqual(await old(), [2]);
});
