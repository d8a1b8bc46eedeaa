// Bringing a SQLite database to the newest schema. Spec: STORE-005, STORE-006; C-76.

import type { Migration } from "../sql/migrations.ts";
import { count, q } from "../sql/statement.ts";
import type { Engine } from "./engine.ts";

/** SchemaTooNew: a newer server has written this database. It is left untouched. */
export class SchemaTooNew extends Error {
  override name = "SchemaTooNew";
}

/** demandKnownSchema throws SchemaTooNew for a version above the last migration. It writes nothing. */
export function demandKnownSchema(engine: Engine, migrations: readonly Migration[]): void {
  const version = schemaVersion(engine);
  const newest = migrations.at(-1)?.version ?? 0;
  if (version > newest) {
    throw new SchemaTooNew(
      `the database has schema version ${version}, this server knows none above ${newest}`,
    );
  }
}

/** migrate applies what is pending, in order, each in a transaction together with its version. */
export function migrate(engine: Engine, migrations: readonly Migration[]): void {
  demandKnownSchema(engine, migrations);
  const current = schemaVersion(engine);
  for (const migration of migrations) {
    if (migration.version > current) apply(engine, migration);
  }
}

function apply(engine: Engine, migration: Migration): void {
  engine.run(q("BEGIN IMMEDIATE"));
  try {
    for (const sql of migration.statements) engine.run(q(sql));
    engine.run(q(`PRAGMA user_version = ${migration.version}`));
    engine.commit();
  } catch (cause) {
    engine.rollback();
    throw new Error(`migration ${migration.name} failed`, { cause });
  }
}

function schemaVersion(engine: Engine): number {
  const [row] = engine.run(q("PRAGMA user_version"));
  return row === undefined ? 0 : count(row, "user_version");
}
