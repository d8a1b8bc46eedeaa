// The WebAssembly engine in memory: the storage contract, and what an export does to it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { storesContract } from "../contract.ts";
import { q } from "../sql/statement.ts";
import { openStores } from "./open.ts";
import { openSqlJs } from "./sqljs.ts";

storesContract({
  name: "sql.js memory",
  persistent: false,
  place: () => ({
    open: (limits) => openStores({ backend: "memory" }, limits),
    remove: () => {},
  }),
});

test("an engine opened from an image has what the image held, and nothing later", async () => {
  const engine = await openSqlJs();
  engine.run(q("CREATE TABLE t (a INTEGER)"));
  engine.run(q("INSERT INTO t VALUES (?)", 2n ** 52n));
  const image = engine.image();
  engine.run(q("INSERT INTO t VALUES (2)"));
  const other = await openSqlJs(image);
  assert.deepEqual(other.run(q("SELECT a FROM t")), [{ a: 2n ** 52n }]);
  assert.equal(engine.run(q("SELECT a FROM t")).length, 2);
  engine.restore(image);
  assert.equal(engine.run(q("SELECT a FROM t")).length, 1);
});

test("references are checked, also after an export and a restore", async () => {
  const engine = await openSqlJs();
  engine.run(q("CREATE TABLE parent (id INTEGER PRIMARY KEY)"));
  engine.run(q("CREATE TABLE child (id INTEGER REFERENCES parent (id))"));
  const orphan = () => engine.run(q("INSERT INTO child VALUES (1)"));
  assert.throws(orphan, /FOREIGN KEY/);
  const image = engine.image();
  assert.throws(orphan, /FOREIGN KEY/);
  engine.restore(image);
  assert.throws(orphan, /FOREIGN KEY/);
});

test("an image is refused inside a transaction, which stays open", async () => {
  const engine = await openSqlJs();
  engine.run(q("CREATE TABLE t (a INTEGER)"));
  engine.run(q("BEGIN IMMEDIATE"));
  engine.run(q("INSERT INTO t VALUES (1)"));
  assert.throws(() => engine.image(), /export/);
  engine.rollback();
  assert.deepEqual(engine.run(q("SELECT a FROM t")), []);
});

test("integers are integers also where no column says so; too large ones are refused", async () => {
  const engine = await openSqlJs();
  engine.run(q("CREATE TABLE t (a INTEGER)"));
  for (const a of [64n, 2n ** 52n]) {
    engine.run(q("INSERT INTO t VALUES (?)", a));
    assert.deepEqual(engine.run(q("SELECT a FROM t WHERE +a = ?", a)), [{ a }]);
  }
  engine.run(q("INSERT INTO t VALUES (9223372036854775807)"));
  assert.deepEqual(engine.run(q("SELECT MAX(a) AS a FROM t")), [{ a: 2n ** 63n - 1n }]);
  assert.throws(() => engine.run(q("INSERT INTO t VALUES (?)", 2n ** 53n)), RangeError);
});
