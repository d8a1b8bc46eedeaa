// SQLite compiled to WebAssembly, in memory: for tests and for a client in a browser.
// Spec: none, this is inside the server.

import initSqlJs, { type SqlJsDatabase, type SqlJsStatement } from "sql.js";
import type { Param, Row } from "../sql/statement.ts";
import { type Engine, fromEngine, toEngine } from "./engine.ts";

export interface MemoryEngine extends Engine {
  /** image answers the whole database as the bytes of a SQLite file. Only outside a transaction. */
  image(): Uint8Array;
  /** restore forgets everything and takes the state of an image. */
  restore(image: Uint8Array): void;
}

/** openSqlJs answers an engine that starts from `image`, or empty. Nothing of it is durable. */
export async function openSqlJs(image?: Uint8Array): Promise<MemoryEngine> {
  const { Database } = await initSqlJs();
  const prepared = new Map<string, SqlJsStatement>();
  let db = open();

  function open(from = image): SqlJsDatabase {
    const opened = new Database(from);
    opened.run("PRAGMA foreign_keys = ON");
    return opened;
  }

  function prepare(sql: string): SqlJsStatement {
    const statement = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  }

  function rollback(): void {
    try {
      db.run("ROLLBACK");
    } catch {
      // sql.js cannot be asked whether a transaction is open; none is.
    }
  }

  return {
    run({ sql, params }) {
      const statement = prepare(sql);
      try {
        statement.bind(params.map(toSqlJs));
        const rows: Row[] = [];
        while (statement.step()) rows.push(fromEngine(statement.getAsObject(null, BIGINTS)));
        return rows;
      } finally {
        statement.reset();
      }
    },
    commit: () => db.run("COMMIT"),
    rollback,
    close() {
      prepared.clear();
      db.close();
    },
    image() {
      // An export closes and reopens the database underneath, and frees every statement.
      prepared.clear();
      const bytes = db.export();
      db.run("PRAGMA foreign_keys = ON");
      return bytes;
    },
    restore(bytes) {
      prepared.clear();
      db.close();
      db = open(bytes);
    },
  };
}

/**
 * toSqlJs hands integers over as numbers: sql.js binds a bigint as text, which compares unequal to every
 * integer wherever no column type turns it back. It throws RangeError for what a number cannot hold.
 */
function toSqlJs(param: Param): null | string | number | Uint8Array {
  const value = toEngine(param);
  if (typeof value !== "bigint") return value;
  if (Number.isSafeInteger(Number(value))) return Number(value);
  throw new RangeError(`sql.js cannot bind ${value}`);
}

const BIGINTS = { useBigInt: true };
