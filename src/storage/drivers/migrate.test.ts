// Migrations: order, one transaction each, nothing twice, nothing newer. Spec: STORE-005, STORE-006.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Migration, migrations } from "../sql/migrations.ts";
import { q } from "../sql/statement.ts";
import type { Engine } from "./engine.ts";
import { migrate, SchemaTooNew } from "./migrate.ts";
import { openSqlJs } from "./sqljs.ts";

const first: Migration = {
  version: 1,
  name: "001_first",
  statements: ["CREATE TABLE log (entry TEXT)", "INSERT INTO log VALUES ('first')"],
};
const second: Migration = {
  version: 4,
  name: "002_second",
  statements: ["INSERT INTO log VALUES ('second')"],
};

const version = (engine: Engine) => engine.run(q("PRAGMA user_version"))[0]?.user_version;
const entries = (engine: Engine) =>
  engine.run(q("SELECT entry FROM log ORDER BY rowid")).map((row) => row.entry);

test("pending migrations are applied in order, and none a second time", async () => {
  const engine = await openSqlJs();
  migrate(engine, [first]);
  assert.equal(version(engine), 1n);
  migrate(engine, [first, second]);
  migrate(engine, [first, second]);
  assert.deepEqual(entries(engine), ["first", "second"]);
  assert.equal(version(engine), 4n);
});

test("a migration that fails is undone with its version; those before it stay", async () => {
  const engine = await openSqlJs();
  const broken: Migration = {
    version: 4,
    name: "002_broken",
    statements: ["INSERT INTO log VALUES ('half')", "INSERT INTO missing VALUES (1)"],
  };
  assert.throws(() => migrate(engine, [first, broken]), /002_broken/);
  assert.deepEqual(entries(engine), ["first"]);
  assert.equal(version(engine), 1n);
  migrate(engine, [first, second]);
  assert.deepEqual(entries(engine), ["first", "second"]);
});

test("a newer schema is refused before anything is applied", async () => {
  const engine = await openSqlJs();
  engine.run(q("PRAGMA user_version = 5"));
  assert.throws(() => migrate(engine, [first, second]), SchemaTooNew);
  assert.equal(version(engine), 5n);
  assert.deepEqual(engine.run(q("SELECT name FROM sqlite_schema")), []);
});

test("the real list builds the tables of its version", async () => {
  const engine = await openSqlJs();
  migrate(engine, migrations);
  assert.equal(version(engine), 13n);
  const tables = engine.run(
    q("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"),
  );
  assert.deepEqual(tables.map((row) => row.name).sort(), [
    "banned_users",
    "blob_garbage",
    "blob_owners",
    "blob_uploads",
    "blobs",
    "channel_members",
    "channels",
    "cursors",
    "deliveries",
    "delivery_dedup",
    "devices",
    "endpoints",
    "federation_peers",
    "group_records",
    "held_usernames",
    "hybrid_keys",
    "inboxes",
    "key_package_fingerprints",
    "key_packages",
    "kt_leaves",
    "kt_log",
    "recovery_bundles",
    "remote_addresses",
    "reports",
    "revocations",
    "server_state",
    "sessions",
    "users",
  ]);
});
