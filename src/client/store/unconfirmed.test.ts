import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, key } from "../../storage/contract/harness.ts";
import { deleteOwnKeyPackage, saveOwnKeyPackage } from "./key-packages.ts";
import { openClientStore } from "./open.ts";
import { confirm, expectConfirmation, listUnconfirmed } from "./unconfirmed.ts";

test("a package is unconfirmed until it is confirmed, deleted or expired", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  for (const n of [1, 2, 3, 4]) {
    const own = { ref: key(n), keyPackage: bytes(9, n), secret: bytes(3, n), notAfter: 100 * n };
    await database.write(saveOwnKeyPackage(own));
    await database.write(expectConfirmation(key(n)));
  }
  const at = async (now: number) =>
    (await database.read(listUnconfirmed(now))).map(({ keyPackage }) => keyPackage[0]);
  assert.deepEqual(await at(0), [1, 2, 3, 4]);
  assert.deepEqual(await at(100), [2, 3, 4]);
  await database.write(confirm(key(2)));
  await database.write(deleteOwnKeyPackage(key(3)));
  assert.deepEqual(await at(100), [4]);
});

test("only a package that is stored can be unconfirmed", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  await assert.rejects(database.write(expectConfirmation(key(1))));
});
