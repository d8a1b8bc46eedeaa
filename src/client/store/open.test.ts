// Opening the local state: what is refused, and that a refusal changes nothing. Spec: client/client.md.

import assert from "node:assert/strict";
import { argon2Sync } from "node:crypto";
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { key } from "../../storage/contract/harness.ts";
import { saltPath } from "../../storage/drivers/salt-file.ts";
import { openSqlcipher } from "../../storage/drivers/sqlcipher.ts";
import { type Operation, q, type Row } from "../../storage/sql/statement.ts";
import { loadAccount, loadSessionToken, saveAccount, saveSessionToken } from "./account.ts";
import { clientMigrations } from "./migrations.ts";
import {
  type ClientStore,
  ClientStoreError,
  type ClientStoreFailure,
  openClientStore,
} from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "qpc-client-store-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function newFile() {
  files += 1;
  return { kind: "file", path: join(folder, `${files}`, "alice.db"), passphrase: "pass" } as const;
}

const alice = {
  username: "alice",
  identityKey: key(1),
  identitySeed: Buffer.from("~seed of Alice, 32 bytes long...~"),
};
const TOKEN = new TextEncoder().encode("~token of Alice, 32 bytes long..");

function* fill(store: ClientStore): Operation<void> {
  yield* saveAccount(alice);
  yield* saveSessionToken(store.sealToken(TOKEN));
}

const refusedFor = (reason: ClientStoreFailure) => (error: unknown) =>
  error instanceof ClientStoreError && error.reason === reason;

test("what was stored is there under the same passphrase, the token still opens", async () => {
  const location = newFile();
  const store = await openClientStore(location);
  await store.database.write(fill(store));
  await store.close();
  const again = await openClientStore(location);
  assert.deepEqual((await again.database.read(loadAccount()))?.username, "alice");
  const token = await again.database.read(loadSessionToken());
  assert.deepEqual(token && again.openToken(token), TOKEN);
  await again.close();
});

test("no file of an open store holds a plaintext or is for others to read", async () => {
  const location = newFile();
  const store = await openClientStore(location);
  await store.database.write(fill(store));
  const names = readdirSync(dirname(location.path));
  assert.deepEqual(names, ["alice.db", "alice.db-wal", "alice.db.salt"]);
  for (const name of names) {
    const file = join(dirname(location.path), name);
    assert.equal(statSync(file).mode & 0o777, 0o600, name);
    const content = readFileSync(file);
    for (const secret of ["SQLite format 3", "alice", alice.identitySeed, TOKEN, "pass"]) {
      assert.equal(content.indexOf(secret), -1, name);
    }
  }
  await store.close();
});

test("another passphrase is refused by name, and changes nothing", async () => {
  const location = newFile();
  await (await openClientStore(location)).close();
  const before = filesOf(location.path);
  const other = { ...location, passphrase: "guess" };
  await assert.rejects(openClientStore(other), refusedFor("wrong-passphrase"));
  assert.deepEqual(filesOf(location.path), before);
});

test("a database without its salt is refused, and none is made", async () => {
  const location = newFile();
  await (await openClientStore(location)).close();
  copyFileSync(saltPath(location.path), `${location.path}.kept`);
  rmSync(saltPath(location.path));
  const before = filesOf(location.path);
  await assert.rejects(openClientStore(location), refusedFor("salt-lost"));
  assert.deepEqual(filesOf(location.path), before);
  writeFileSync(saltPath(location.path), readFileSync(`${location.path}.kept`));
  await (await openClientStore(location)).close();
});

test("a second client is refused while the first has the file, and not after it", async () => {
  const location = newFile();
  const store = await openClientStore(location);
  await assert.rejects(openClientStore(location), refusedFor("in-use"));
  await store.database.write(fill(store));
  await store.close();
  await (await openClientStore(location)).close();
});

test("the state of a newer client is refused", async () => {
  const location = newFile();
  await (await openClientStore(location)).close();
  const key = keyOf(location);
  const newest = [{ version: 99, name: "newest", statements: [] }];
  const engine = openSqlcipher({ path: location.path, key, migrations: newest });
  engine.run(q("PRAGMA user_version = 99"));
  engine.close();
  const before = filesOf(location.path);
  await assert.rejects(openClientStore(location), refusedFor("newer-schema"));
  assert.deepEqual(filesOf(location.path), before);
});

test("the key is Argon2id version 1.3 of the passphrase and the salt beside the file", async () => {
  const location = newFile();
  const store = await openClientStore(location);
  await store.database.write(fill(store));
  await store.close();
  const key = keyOf(location);
  const engine = openSqlcipher({ path: location.path, key, migrations: clientMigrations });
  assert.deepEqual(engine.run(q("SELECT username FROM account")), [{ username: "alice" }]);
  engine.close();
});

test("what is deleted is overwritten", async () => {
  for (const location of [{ kind: "memory" } as const, newFile()]) {
    const store = await openClientStore(location);
    assert.deepEqual(await store.database.read(secureDelete()), [{ secure_delete: 1n }]);
    await store.close();
  }
});

function* secureDelete(): Operation<readonly Row[]> {
  return yield q("PRAGMA secure_delete");
}

test("two stores in memory know nothing of each other, nor do their seals", async () => {
  const [one, two] = [
    await openClientStore({ kind: "memory" }),
    await openClientStore({ kind: "memory" }),
  ];
  await one.database.write(fill(one));
  assert.equal(await two.database.read(loadAccount()), undefined);
  assert.throws(() => two.openToken(one.sealToken(TOKEN)));
});

function keyOf({ path, passphrase }: { path: string; passphrase: string }): Uint8Array {
  const parameters = { passes: 3, memory: 65_536, parallelism: 1, tagLength: 32 };
  const nonce = readFileSync(saltPath(path));
  return argon2Sync("argon2id", { ...parameters, message: passphrase, nonce });
}

/** filesOf answers name and content of every file beside the database. */
function filesOf(path: string): readonly (readonly [string, string])[] {
  const names = readdirSync(dirname(path));
  return names.map((name) => [name, readFileSync(join(dirname(path), name), "hex")]);
}
