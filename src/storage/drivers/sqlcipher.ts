// The encrypted engine: one SQLCipher 4 file in WAL mode, written by SQLite3 Multiple Ciphers.
// Spec: STORE-001 to STORE-003 with synchronous FULL (I-25); C-79.

import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite, { type SqliteDatabase, type SqliteStatement } from "better-sqlite3-multiple-ciphers";
import type { Migration } from "../sql/migrations.ts";
import { q, type Row } from "../sql/statement.ts";
import { StorageUnavailable } from "../stores.ts";
import { type Engine, fromEngine, toEngine } from "./engine.ts";
import { demandKnownSchema } from "./migrate.ts";

/** WrongKey: the file was written with another key, or is damaged, or no database. It is left untouched. */
export class WrongKey extends Error {
  override name = "WrongKey";
}

/** DatabaseInUse: another connection holds the file. */
export class DatabaseInUse extends StorageUnavailable {
  override name = "DatabaseInUse";
}

export interface SqlcipherOptions {
  readonly path: string;
  /** 32 bytes, used as they are, without a key derivation of SQLCipher's. */
  readonly key: Uint8Array;
  /** The schema the file is for; of a newer one it is refused. */
  readonly migrations: readonly Migration[];
  /** True keeps every other connection out until close. */
  readonly exclusive?: boolean;
}

/**
 * openSqlcipher opens or creates the file, and the folder around it. Before it writes, it throws WrongKey,
 * SchemaTooNew or DatabaseInUse.
 */
export function openSqlcipher(options: SqlcipherOptions): Engine {
  const { path, key, migrations, exclusive = false } = options;
  if (key.length !== KEY_BYTES) throw new RangeError("the key of a database is 32 bytes long");
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite would make it readable for everybody; its log files take over the mode of the database.
  closeSync(openSync(path, "a", 0o600));
  const db = new Sqlite(path, { timeout: exclusive ? 0 : BUSY_TIMEOUT });
  const engine = sqlcipherEngine(db);
  try {
    unlock(db, key);
    if (exclusive) db.exec("PRAGMA locking_mode = EXCLUSIVE");
    demandKey(engine, path);
    demandKnownSchema(engine, migrations);
    db.exec(SETTINGS);
    const [journal] = engine.run(q("PRAGMA journal_mode"));
    if (journal?.journal_mode !== "wal") throw new Error(`${path} cannot be put in WAL mode`);
  } catch (error) {
    db.close();
    throw primaryCode(error) === "SQLITE_BUSY"
      ? new DatabaseInUse(`${path} is in use`, { cause: error })
      : error;
  }
  return engine;
}

const KEY_BYTES = 32;

/** Milliseconds to wait for another process (a backup) that holds the write lock; nothing else runs meanwhile. */
const BUSY_TIMEOUT = 1_000;

/**
 * Cache in KiB: reads that miss it have to be decrypted. Temporary tables and sorts stay in memory, because
 * their files would not be encrypted.
 */
const SETTINGS = `
  PRAGMA temp_store = MEMORY;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA cache_size = -131072;
  PRAGMA journal_size_limit = 67108864;
`;

function unlock(db: SqliteDatabase, key: Uint8Array): void {
  db.defaultSafeIntegers(true);
  // Without legacy = 4 the file is one that SQLCipher itself cannot read.
  db.exec("PRAGMA cipher = 'sqlcipher'; PRAGMA legacy = 4");
  const raw = Buffer.from(`x'${Buffer.from(key).toString("hex")}'`);
  db.key(raw);
  raw.fill(0);
}

function demandKey(engine: Engine, path: string): void {
  try {
    engine.run(q("SELECT COUNT(*) FROM sqlite_master"));
  } catch (error) {
    if (primaryCode(error) !== "SQLITE_NOTADB") throw error;
    throw new WrongKey(`${path} does not open with this key`, { cause: error });
  }
}

function sqlcipherEngine(db: SqliteDatabase): Engine {
  const prepared = new Map<string, SqliteStatement>();
  const prepare = (sql: string): SqliteStatement => {
    const statement = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };

  return {
    run({ sql, params }) {
      const bound = params.map(toEngine);
      try {
        const statement = prepare(sql);
        if (statement.reader) return statement.all(...bound).map(fromEngine);
        statement.run(...bound);
        return NO_ROWS;
      } catch (error) {
        throw TROUBLE.has(primaryCode(error) ?? "")
          ? new StorageUnavailable("the database failed", { cause: error })
          : error;
      }
    },
    commit() {
      db.exec("COMMIT");
    },
    rollback() {
      if (db.inTransaction) db.exec("ROLLBACK");
    },
    close() {
      db.close();
    },
  };
}

const NO_ROWS: readonly Row[] = [];

/** Primary result codes of SQLite that speak of the database or the disk, not of the statement. */
const TROUBLE: ReadonlySet<string> = new Set([
  "SQLITE_BUSY",
  "SQLITE_LOCKED",
  "SQLITE_NOMEM",
  "SQLITE_READONLY",
  "SQLITE_IOERR",
  "SQLITE_CORRUPT",
  "SQLITE_FULL",
  "SQLITE_CANTOPEN",
  "SQLITE_NOTADB",
]);

/** primaryCode answers the name without its extension: SQLITE_IOERR for SQLITE_IOERR_READ. */
function primaryCode(error: unknown): string | undefined {
  const thrown = error instanceof StorageUnavailable ? error.cause : error;
  if (!(thrown instanceof Error) || !("code" in thrown)) return undefined;
  return /^SQLITE_[A-Z]+/.exec(String(thrown.code))?.[0];
}
