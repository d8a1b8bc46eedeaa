// The account row and its sealed session. Spec: client/client.md; CLIENT-012, CLIENT-015.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, device, key } from "../../storage/contract/harness.ts";
import { type Operation, q } from "../../storage/sql/statement.ts";
import {
  type Account,
  loadAccount,
  loadSessionToken,
  saveAccount,
  saveSessionToken,
} from "./account.ts";
import { openClientStore } from "./open.ts";

const account: Account = { username: "alice", identityKey: key(1), identitySeed: key(2) };
const complete: Account = { ...account, deviceId: device(3), hybridKey: bytes(96, 4) };

test("an account is found as it was saved last", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  assert.equal(await database.read(loadAccount()), undefined);
  for (const each of [account, complete, account]) {
    await database.write(saveAccount(each));
    assert.deepEqual(await database.read(loadAccount()), each);
  }
});

test("the session survives a change of the account, and is stored sealed", async () => {
  const { database, sealToken, openToken } = await openClientStore({ kind: "memory" });
  await assert.rejects(database.write(saveSessionToken(sealToken(key(9)))), /account/);
  await database.write(saveAccount(account));
  assert.equal(await database.read(loadSessionToken()), undefined);
  await database.write(saveSessionToken(sealToken(key(9))));
  await database.write(saveAccount(complete));
  const token = await database.read(loadSessionToken());
  assert.ok(token);
  assert.deepEqual(openToken(token), key(9));
  assert.notDeepEqual(await database.read(storedToken()), key(9));
  await database.write(saveSessionToken(undefined));
  assert.equal(await database.read(loadSessionToken()), undefined);
});

function* storedToken(): Operation<unknown> {
  const [row] = yield q("SELECT sealed_token FROM account");
  return row?.sealed_token;
}
