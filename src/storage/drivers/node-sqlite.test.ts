// The default engine: the storage contract, its settings, and what it does in trouble.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { inbox, message, NOW, send } from "../contract/harness.ts";
import { storesContract } from "../contract.ts";
import { type Operation, q } from "../sql/statement.ts";
import { StorageUnavailable } from "../stores.ts";
import { groupCommit } from "./group-commit.ts";
import { SchemaTooNew } from "./migrate.ts";
import { openNodeSqlite } from "./node-sqlite.ts";
import { openStores } from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "qpc-node-sqlite-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function newFile(): string {
  files += 1;
  return join(folder, `${files}`, "qpc.db");
}

storesContract({
  name: "node:sqlite file",
  persistent: true,
  place() {
    const path = newFile();
    return {
      open: (limits) => openStores({ backend: "sql", path }, limits),
      remove: () => rmSync(path),
    };
  },
});

test("commits are flushed to disk, references are checked, and others cannot read the file", () => {
  const path = newFile();
  const engine = openNodeSqlite(path);
  const setting = (name: string) => engine.run(q(`PRAGMA ${name}`))[0]?.[name];
  assert.equal(setting("journal_mode"), "wal");
  assert.equal(setting("synchronous"), 2n);
  assert.equal(setting("foreign_keys"), 1n);
  engine.run(q("CREATE TABLE t (a INTEGER)"));
  for (const file of [path, `${path}-wal`]) assert.equal(statSync(file).mode & 0o077, 0);
  engine.close();
});

test("a database of a newer schema is refused and its bytes stay as they are", async () => {
  const path = newFile();
  await (await openStores({ backend: "sql", path })).close();
  const newer = new DatabaseSync(path);
  newer.exec("PRAGMA user_version = 99; PRAGMA journal_mode = DELETE");
  newer.close();
  const before = readFileSync(path);
  await assert.rejects(openStores({ backend: "sql", path }), (error: unknown) => {
    assert.ok(error instanceof SchemaTooNew);
    assert.match(error.message, /version 99/);
    return true;
  });
  assert.deepEqual(readFileSync(path), before);
});

test("a file that is no database is refused", async () => {
  const path = newFile();
  await (await openStores({ backend: "sql", path })).close();
  writeFileSync(path, "x".repeat(4096));
  await assert.rejects(openStores({ backend: "sql", path }), StorageUnavailable);
});

test("while another process writes, calls reject with StorageUnavailable and later ones succeed", async () => {
  const path = newFile();
  const stores = await openStores({ backend: "sql", path });
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  await assert.rejects(send(stores, message(inbox(1), "a")), StorageUnavailable);
  other.exec("ROLLBACK");
  other.close();
  assert.equal(await send(stores, message(inbox(1), "a")), 1);
  await stores.close();
});

test("a full disk is StorageUnavailable, a violated constraint the engine's own error", () => {
  const engine = openNodeSqlite(newFile());
  engine.run(q("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)"));
  engine.run(q("PRAGMA max_page_count = 10"));
  const insert = (a: number, size: number) =>
    engine.run(q("INSERT INTO t VALUES (?, ?)", a, new Uint8Array(size)));
  assert.throws(() => insert(1, 100_000), StorageUnavailable);
  insert(2, 10);
  assert.throws(() => insert(2, 10), /UNIQUE/);
  engine.close();
});

test("a disk that fills up in the middle of a group: what resolves is stored, what rejects is not", async () => {
  const engine = openNodeSqlite(newFile());
  engine.run(q("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)"));
  engine.run(q("PRAGMA max_page_count = 10"));
  const database = groupCommit(engine, Number.POSITIVE_INFINITY);
  function* insert(a: number, size: number): Operation<number> {
    yield q("INSERT INTO t VALUES (?, ?)", a, new Uint8Array(size));
    return a;
  }
  const calls = [insert(1, 10), insert(2, 100_000), insert(3, 10)].map((op) => database.write(op));
  const outcomes = await Promise.allSettled(calls);
  const resolved = outcomes.filter((outcome) => outcome.status === "fulfilled");
  const rejected = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.ok(rejected.length > 0);
  for (const { reason } of rejected) assert.ok(reason instanceof StorageUnavailable);
  const stored = engine.run(q("SELECT a FROM t ORDER BY a")).map((row) => Number(row.a));
  assert.deepEqual(
    stored,
    resolved.map((outcome) => outcome.value),
  );
  await database.close();
});

test("blobs of different rows share no memory", () => {
  const engine = openNodeSqlite(newFile());
  const rows = engine.run(q("SELECT ? AS value UNION ALL SELECT ?", new Uint8Array(8), NOW));
  const blob = rows[0]?.value;
  assert.ok(blob instanceof Uint8Array);
  assert.equal(blob.buffer.byteLength, 8);
  assert.equal(rows[1]?.value, BigInt(NOW));
  engine.close();
});
