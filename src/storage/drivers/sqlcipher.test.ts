// The encrypted engine: the storage contract, its settings, and what it does in trouble.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { bytes, inbox, key, message, send } from "../contract/harness.ts";
import { storesContract } from "../contract.ts";
import type { Migration } from "../sql/migrations.ts";
import { q } from "../sql/statement.ts";
import { StorageUnavailable } from "../stores.ts";
import { migrate, SchemaTooNew } from "./migrate.ts";
import { openStores } from "./open.ts";
import { DatabaseInUse, openSqlcipher, WrongKey } from "./sqlcipher.ts";

const folder = mkdtempSync(join(tmpdir(), "qpc-sqlcipher-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function newFile(): string {
  files += 1;
  return join(folder, `${files}`, "qpc.db");
}

storesContract({
  name: "SQLCipher file",
  persistent: true,
  place() {
    const path = newFile();
    return {
      open: (limits) => openStores({ backend: "sqlcipher", path, key: key(1) }, limits),
      remove: () => rmSync(path),
    };
  },
});

const T: Migration = { version: 1, name: "t", statements: ["CREATE TABLE t (a INTEGER, b)"] };

function open(path: string, options: { key?: Uint8Array; exclusive?: boolean } = {}) {
  const engine = openSqlcipher({ path, key: key(1), migrations: [T], ...options });
  migrate(engine, [T]);
  return engine;
}

test("commits are flushed to disk, nothing leaves memory but the file, which others cannot read", () => {
  const path = newFile();
  const engine = open(path);
  const setting = (name: string) => engine.run(q(`PRAGMA ${name}`))[0]?.[name];
  assert.equal(setting("journal_mode"), "wal");
  assert.equal(setting("synchronous"), 2n);
  assert.equal(setting("foreign_keys"), 1n);
  assert.equal(setting("temp_store"), 2n);
  for (const file of [path, `${path}-wal`]) assert.equal(statSync(file).mode & 0o077, 0);
  engine.close();
});

test("another key is WrongKey and changes nothing, also after a crash", () => {
  const path = newFile();
  const engine = open(path);
  for (let a = 0; a < 50; a += 1) engine.run(q("INSERT INTO t VALUES (?, ?)", a, bytes(500, a)));
  const crashed = newFile();
  cpSync(dirname(path), dirname(crashed), { recursive: true });
  engine.close();
  for (const exclusive of [false, true]) {
    const before = [readFileSync(crashed), readFileSync(`${crashed}-wal`)];
    assert.ok(before[1] && before[1].length > 0);
    assert.throws(() => open(crashed, { key: key(2), exclusive }), WrongKey);
    assert.deepEqual([readFileSync(crashed), readFileSync(`${crashed}-wal`)], before);
  }
  const again = open(crashed);
  assert.equal(again.run(q("SELECT a FROM t")).length, 50);
  again.close();
  assert.throws(() => open(crashed, { key: key(1).subarray(1) }), RangeError);
});

test("a file that is no database is WrongKey, one that is damaged further on StorageUnavailable", () => {
  const path = newFile();
  const engine = open(path);
  for (let a = 0; a < 50; a += 1) engine.run(q("INSERT INTO t VALUES (?, ?)", a, bytes(500, a)));
  engine.close();
  const damaged = readFileSync(path);
  damaged.fill(7, 3 * 4096, 3 * 4096 + 100);
  writeFileSync(path, damaged);
  const again = open(path);
  assert.throws(() => again.run(q("SELECT * FROM t")), StorageUnavailable);
  again.close();
  writeFileSync(path, "x".repeat(8192));
  assert.throws(() => open(path), WrongKey);
});

test("a database of a newer schema is refused and its bytes stay as they are", () => {
  const path = newFile();
  const engine = open(path);
  engine.run(q("PRAGMA user_version = 99"));
  engine.run(q("PRAGMA journal_mode = DELETE"));
  engine.close();
  const before = readFileSync(path);
  assert.throws(() => open(path), SchemaTooNew);
  assert.deepEqual(readFileSync(path), before);
});

test("an exclusive connection keeps others out until it is closed, a shared one does not", () => {
  const path = newFile();
  open(path).close();
  const shared = open(path);
  open(path).close();
  assert.throws(() => open(path, { exclusive: true }), DatabaseInUse);
  shared.close();
  const engine = open(path, { exclusive: true });
  assert.throws(() => open(path, { exclusive: true }), DatabaseInUse);
  engine.run(q("INSERT INTO t VALUES (1, 2)"));
  engine.close();
  const next = open(path, { exclusive: true });
  assert.equal(next.run(q("SELECT a FROM t")).length, 1);
  next.close();
});

test("while another process writes, calls reject with StorageUnavailable and later ones succeed", async () => {
  const path = newFile();
  const location = { backend: "sqlcipher", path, key: key(1) } as const;
  const stores = await openStores(location);
  const other = openSqlcipher({ path, key: key(1), migrations: [{ ...T, version: 1_000 }] });
  other.run(q("BEGIN IMMEDIATE"));
  const third = openSqlcipher({ path, key: key(1), migrations: [{ ...T, version: 1_000 }] });
  assert.throws(() => third.run(q("BEGIN IMMEDIATE")), StorageUnavailable);
  third.close();
  await assert.rejects(send(stores, message(inbox(1), "a")), StorageUnavailable);
  other.rollback();
  other.close();
  assert.equal(await send(stores, message(inbox(1), "a")), 1);
  await stores.close();
});

test("a full disk is StorageUnavailable, a violated constraint the engine's own error", () => {
  const engine = open(newFile());
  engine.run(q("CREATE UNIQUE INDEX once ON t (a)"));
  engine.run(q("PRAGMA max_page_count = 10"));
  const insert = (a: number, size: number) =>
    engine.run(q("INSERT INTO t VALUES (?, ?)", a, new Uint8Array(size)));
  assert.throws(() => insert(1, 100_000), StorageUnavailable);
  insert(2, 10);
  assert.throws(() => insert(2, 10), /UNIQUE/);
  engine.close();
});

test("values come back as they were bound, blobs in memory of their own", () => {
  const engine = open(newFile());
  const values = [null, 2n ** 62n, "a\0ü", new Uint8Array(0), bytes(8, 1)];
  for (const b of values) engine.run(q("INSERT INTO t VALUES (1, ?)", b));
  const rows = engine.run(q("SELECT b FROM t ORDER BY rowid"));
  assert.deepEqual(
    rows.map((row) => row.b),
    values,
  );
  const blob = rows[4]?.b;
  assert.ok(blob instanceof Uint8Array);
  assert.equal(blob.buffer.byteLength, 8);
  engine.close();
});
