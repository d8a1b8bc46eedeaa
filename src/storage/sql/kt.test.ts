// Names that are held after a deletion, and revocations inside other operations. Spec: services/kt.md,
// services/account.md; C-73, I-09.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { bytes, key, NOW } from "../contract/harness.ts";
import { groupCommit } from "../drivers/group-commit.ts";
import { migrate } from "../drivers/migrate.ts";
import { openSqlJs } from "../drivers/sqljs.ts";
import { readLeaves } from "./kt.ts";
import { migrations } from "./migrations.ts";
import { revokeKey } from "./revocations.ts";
import { type Operation, q, type Row } from "./statement.ts";
import { sweep } from "./sweep.ts";
import { findUser, registerUser } from "./users.ts";

const alice = { username: "alice", record: bytes(192, 1), identityKey: key(1) };

test("a held name is refused until its time is over, and appends nothing", async (t) => {
  const database = await open(t);
  await database.write(hold("alice", NOW + 10));
  assert.equal(await database.write(registerUser(alice, key(8), NOW + 9)), false);
  const other = { ...alice, username: "Alice", identityKey: key(2) };
  assert.equal(await database.write(registerUser(other, key(7), NOW)), true);
  assert.equal(await database.write(registerUser(alice, key(9), NOW + 10)), true);
  assert.deepEqual(await database.read(readLeaves(0, 10)), [key(7), key(9)]);
});

test("a sweep forgets names that are not held any more", async (t) => {
  const database = await open(t);
  for (const [name, until] of Object.entries({ a: 1, b: 2, c: 3, d: 9 })) {
    await database.write(hold(name, NOW + until));
  }
  const swept = [];
  for (let i = 0; i < 3; i += 1) swept.push(await database.write(sweep(NOW + 3, 2)));
  assert.deepEqual(swept, [2, 1, 0]);
  const left = await database.read(heldNames());
  assert.deepEqual(left, [{ username: "d" }]);
});

test("a deletion revokes the key in its own transaction, all or nothing", async (t) => {
  const database = await open(t);
  await database.write(registerUser(alice, key(9), NOW));
  const revocation = { identityKey: key(1), reason: "user_revoked", leafHash: key(8) };
  const remove = function* (fails: boolean): Operation<number> {
    yield q("DELETE FROM users WHERE identity_key = ?", key(1));
    const { leafIndex } = yield* revokeKey(revocation, NOW);
    if (fails) throw new Error("no");
    return leafIndex;
  };
  await assert.rejects(database.write(remove(true)), /no/);
  assert.equal((await database.read(findUser("alice")))?.leafIndex, 0);
  assert.equal((await database.read(readLeaves(0, 10))).length, 1);
  assert.equal(await database.write(remove(false)), 1);
  assert.equal(await database.write(registerUser(alice, key(7), NOW)), false);
  assert.deepEqual(await database.read(readLeaves(0, 10)), [key(9), key(8)]);
});

async function open(t: TestContext) {
  const engine = await openSqlJs();
  migrate(engine, migrations);
  const database = groupCommit(engine);
  t.after(() => database.close());
  return database;
}

function* hold(username: string, until: number): Operation<void> {
  yield q("INSERT INTO held_usernames (username, held_until) VALUES (?, ?)", username, until);
}

function* heldNames(): Operation<readonly Row[]> {
  return yield q("SELECT username FROM held_usernames");
}
