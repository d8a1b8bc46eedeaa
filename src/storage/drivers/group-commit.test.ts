// Group commit: what shares a transaction, and what happens when the transaction is lost.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { integer, type Operation, q, type Statement } from "../sql/statement.ts";
import { StorageUnavailable } from "../stores.ts";
import type { Engine } from "./engine.ts";
import { groupCommit } from "./group-commit.ts";
import { openNodeSqlite } from "./node-sqlite.ts";
import { openSqlJs } from "./sqljs.ts";

/** Faults are thrown by the next call of that kind, once. */
interface Faults {
  begin?: Error;
  commit?: Error;
  statement?: Error;
  rollbackTo?: Error;
  rollback?: Error;
}

/** recorded answers a database with one table, and a log of the transactions it makes. */
async function recorded(faults: Faults = {}, groupTime = Number.POSITIVE_INFINITY) {
  const engine = await openSqlJs();
  engine.run(q("CREATE TABLE t (a INTEGER PRIMARY KEY)"));
  const log: string[] = [];
  const trip = (name: keyof Faults) => {
    const fault = faults[name];
    delete faults[name];
    if (fault !== undefined) throw fault;
  };
  const wrapped: Engine = {
    run(statement: Statement) {
      if (statement.sql.startsWith("BEGIN")) {
        log.push("begin");
        trip("begin");
      }
      if (statement.sql.startsWith("ROLLBACK TO")) trip("rollbackTo");
      if (statement.sql.startsWith("INSERT")) trip("statement");
      return engine.run(statement);
    },
    commit() {
      trip("commit");
      engine.commit();
      log.push("commit");
    },
    rollback() {
      trip("rollback");
      engine.rollback();
      log.push("rollback");
    },
    close: () => engine.close(),
  };
  return { database: groupCommit(wrapped, groupTime), log, faults };
}

function* insert(a: number): Operation<number> {
  yield q("INSERT INTO t VALUES (?)", a);
  return a;
}

function* failAfterInsert(a: number, error: Error): Operation<never> {
  yield* insert(a);
  throw error;
}

function* all(): Operation<readonly bigint[]> {
  const rows = yield q("SELECT a FROM t ORDER BY a");
  return rows.map((row) => integer(row, "a"));
}

test("writes of one turn share a transaction, in the order of the calls; the next turn has its own", async () => {
  const { database, log } = await recorded();
  const settled: number[] = [];
  const note = (a: number) => database.write(insert(a)).then((value) => settled.push(value));
  const early = [note(3), note(1)];
  await Promise.resolve();
  await Promise.all([...early, note(2)]);
  assert.deepEqual(log, ["begin", "commit"]);
  assert.deepEqual(settled, [3, 1, 2]);
  await database.write(insert(4));
  assert.deepEqual(log, ["begin", "commit", "begin", "commit"]);
});

test("a write resolves after its COMMIT, and reads see only what is committed", async () => {
  const { database, log } = await recorded();
  const written = database.write(insert(1)).then(() => log.push("resolved"));
  assert.deepEqual(await database.read(all()), []);
  await written;
  assert.deepEqual(log, ["begin", "commit", "resolved"]);
  assert.deepEqual(await database.read(all()), [1n]);
});

test("an operation that throws is undone alone and rejects with its own error", async () => {
  const { database, log } = await recorded();
  const error = new Error("own");
  const outcomes = await Promise.allSettled([
    database.write(insert(1)),
    database.write(failAfterInsert(2, error)),
    database.write(insert(1)),
    database.write(insert(3)),
  ]);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status),
    ["fulfilled", "rejected", "rejected", "fulfilled"],
  );
  assert.equal(outcomes[1]?.status === "rejected" && outcomes[1].reason, error);
  assert.deepEqual(await database.read(all()), [1n, 3n]);
  assert.deepEqual(log, ["begin", "commit"]);
});

for (const fault of ["begin", "commit"] as const) {
  test(`a failed ${fault} rejects the whole group, and the next group succeeds`, async () => {
    const cause = new Error("disk");
    const { database } = await recorded({ [fault]: cause });
    const group = [
      database.write(insert(1)),
      database.write(failAfterInsert(2, new Error("own"))),
      database.write(insert(3)),
    ];
    for (const outcome of await Promise.allSettled(group)) {
      assert.ok(outcome.status === "rejected");
      assert.ok(outcome.reason instanceof StorageUnavailable);
      assert.equal(outcome.reason.cause, cause);
    }
    assert.deepEqual(await database.read(all()), []);
    assert.equal(await database.write(insert(1)), 1);
  });
}

test("when the engine gives up the transaction, neighbours that had run are rejected too", async () => {
  const { database, faults } = await recorded();
  const first = database.write(insert(1));
  const second = database.write(insert(2));
  faults.rollbackTo = new Error("no such savepoint");
  const failing = database.write(failAfterInsert(3, new Error("full")));
  for (const lost of [first, second, failing]) await assert.rejects(lost, StorageUnavailable);
  assert.deepEqual(await database.read(all()), []);
});

test("a transaction that cannot even be rolled back is rolled back by the next group", async () => {
  const { database } = await recorded({ commit: new Error("disk"), rollback: new Error("disk") });
  await assert.rejects(database.write(insert(1)), StorageUnavailable);
  await assert.rejects(database.write(insert(2)), StorageUnavailable);
  assert.equal(await database.write(insert(1)), 1);
  assert.deepEqual(await database.read(all()), [1n]);
});

test("a group whose time is up leaves the rest of the queue to the next one, and loses none", async () => {
  const { database, log } = await recorded({}, 0);
  const numbers = [1, 2, 3];
  assert.deepEqual(await Promise.all(numbers.map((n) => database.write(insert(n)))), numbers);
  assert.deepEqual(log, ["begin", "commit", "begin", "commit", "begin", "commit"]);
});

test("close commits what is queued; a write that arrives later is refused, even in the same turn", async () => {
  const { database, log } = await recorded();
  const queued = database.write(insert(1));
  const closed = database.close();
  const late = database.write(insert(2));
  await assert.rejects(late, StorageUnavailable);
  assert.equal(await queued, 1);
  await closed;
  await turn();
  assert.deepEqual(log, ["begin", "commit"]);
  await assert.rejects(database.read(all()), StorageUnavailable);
});

for (const name of ["sql.js", "node:sqlite"] as const) {
  test(`a COMMIT that ${name} itself refuses rejects the group, and the next group succeeds`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "qpc-group-commit-"));
    const engine = name === "sql.js" ? await openSqlJs() : openNodeSqlite(join(folder, "qpc.db"));
    engine.run(q("CREATE TABLE parent (id INTEGER PRIMARY KEY)"));
    engine.run(
      q("CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"),
    );
    const database = groupCommit(engine, Number.POSITIVE_INFINITY);
    function* add(sql: string): Operation<void> {
      yield q(sql);
    }
    const group = [
      database.write(add("INSERT INTO parent VALUES (1)")),
      database.write(add("INSERT INTO child VALUES (2)")),
    ];
    for (const lost of await Promise.allSettled(group)) {
      assert.ok(lost.status === "rejected" && lost.reason instanceof StorageUnavailable);
    }
    assert.deepEqual(engine.run(q("SELECT id FROM parent")), []);
    await database.write(add("INSERT INTO parent VALUES (1)"));
    assert.equal(engine.run(q("SELECT id FROM parent")).length, 1);
    await database.close();
    rmSync(folder, { recursive: true });
  });
}
