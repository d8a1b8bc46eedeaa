// The default engine: SQLite as built into Node, one file in WAL mode.
// Spec: STORE-003 with synchronous FULL, because an acknowledged message must survive a power cut (I-25).

import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { migrations } from "../sql/migrations.ts";
import { q, type Row } from "../sql/statement.ts";
import { StorageUnavailable } from "../stores.ts";
import { type Engine, fromEngine, toEngine } from "./engine.ts";
import { demandKnownSchema } from "./migrate.ts";

/** openNodeSqlite opens or creates the file, and the folder around it. Throws SchemaTooNew before it writes. */
export function openNodeSqlite(path: string): Engine {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite would make it readable for everybody; its log files take over the mode of the database.
  closeSync(openSync(path, "a", 0o600));
  const db = new DatabaseSync(path, { readBigInts: true, timeout: BUSY_TIMEOUT });
  const engine = nodeEngine(db);
  try {
    // Setting the journal mode writes to the file, so a file that is not for us has to be seen first.
    demandKnownSchema(engine, migrations);
    db.exec(SETTINGS);
    const [journal] = engine.run(q("PRAGMA journal_mode"));
    if (journal?.journal_mode !== "wal") throw new Error(`${path} cannot be put in WAL mode`);
  } catch (error) {
    db.close();
    throw error;
  }
  return engine;
}

/** Milliseconds to wait for another process (a backup) that holds the write lock; nothing else runs meanwhile. */
const BUSY_TIMEOUT = 1_000;

/** Cache in KiB: reads that miss it cost several times as much. The limit cuts the log back after a burst. */
const SETTINGS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA cache_size = -131072;
  PRAGMA journal_size_limit = 67108864;
`;

function nodeEngine(db: DatabaseSync): Engine {
  const prepared = new Map<string, Prepared>();
  const prepare = (sql: string): Prepared => {
    let found = prepared.get(sql);
    if (found === undefined) {
      const statement = db.prepare(sql);
      found = { statement, answers: statement.columns().length > 0 };
      prepared.set(sql, found);
    }
    return found;
  };

  return {
    run({ sql, params }) {
      const bound = params.map(toEngine);
      try {
        const { statement, answers } = prepare(sql);
        if (answers) return statement.all(...bound).map(fromEngine);
        statement.run(...bound);
        return NO_ROWS;
      } catch (error) {
        throw inTrouble(error)
          ? new StorageUnavailable("the database failed", { cause: error })
          : error;
      }
    },
    commit: () => db.exec("COMMIT"),
    rollback() {
      if (db.isTransaction) db.exec("ROLLBACK");
    },
    close: () => db.close(),
  };
}

interface Prepared {
  readonly statement: StatementSync;
  /** False for statements without result columns, which run() executes at a third of the cost of all(). */
  readonly answers: boolean;
}

const NO_ROWS: readonly Row[] = [];

/** Primary result codes of SQLite that speak of the database or the disk, not of the statement. */
const TROUBLE: ReadonlySet<number> = new Set([
  5, // BUSY
  6, // LOCKED
  7, // NOMEM
  8, // READONLY
  10, // IOERR
  11, // CORRUPT
  13, // FULL
  14, // CANTOPEN
  26, // NOTADB
]);

function inTrouble(error: unknown): boolean {
  if (!(error instanceof Error) || !("errcode" in error)) return false;
  return typeof error.errcode === "number" && TROUBLE.has(error.errcode & 0xff);
}
