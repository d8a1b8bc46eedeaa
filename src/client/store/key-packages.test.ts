// Own KeyPackages, and used ones of others. Spec: crypto/mls.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, key } from "../../storage/contract/harness.ts";
import {
  countOwnKeyPackages,
  deleteExpiredKeyPackages,
  deleteOwnKeyPackage,
  findOwnKeyPackage,
  rememberUsed,
  saveOwnKeyPackage,
} from "./key-packages.ts";
import { openClientStore } from "./open.ts";

const own = (n: number, notAfter: number) => ({
  ref: key(n),
  keyPackage: bytes(300, n),
  secret: bytes(97, n),
  notAfter,
});

test("an own KeyPackage is found by its ref until it is deleted", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  for (const n of [1, 2]) await database.write(saveOwnKeyPackage(own(n, 1_000)));
  assert.deepEqual(await database.read(findOwnKeyPackage(key(1))), own(1, 1_000));
  await database.write(deleteOwnKeyPackage(key(1)));
  assert.equal(await database.read(findOwnKeyPackage(key(1))), undefined);
  assert.deepEqual(await database.read(findOwnKeyPackage(key(2))), own(2, 1_000));
});

test("those that expired are not counted, and go", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  for (const n of [1, 2, 3]) await database.write(saveOwnKeyPackage(own(n, n * 1_000)));
  assert.equal(await database.read(countOwnKeyPackages(2_000)), 1);
  assert.equal(await database.write(deleteExpiredKeyPackages(2_000)), 2);
  assert.equal(await database.read(findOwnKeyPackage(key(2))), undefined);
  assert.equal(await database.read(countOwnKeyPackages(0)), 1);
});

test("a hash is new once", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  const answers = await Promise.all([1, 2, 1].map((n) => database.write(rememberUsed(key(n)))));
  assert.deepEqual(answers, [true, true, false]);
});
