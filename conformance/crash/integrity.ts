// Looks at the database that a killed server left behind.

import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * integrityOf answers "ok", or what SQLite complains about. It opens a copy: opening the file itself
 * would recover it, and the server is to do that.
 */
export function integrityOf(database: string): string {
  const folder = mkdtempSync(join(tmpdir(), "qpc-integrity-"));
  try {
    const copy = join(folder, "copy.db");
    cpSync(database, copy);
    if (existsSync(`${database}-wal`)) cpSync(`${database}-wal`, `${copy}-wal`);
    const db = new DatabaseSync(copy);
    const rows = db.prepare("PRAGMA integrity_check").all();
    db.close();
    return rows.map(({ integrity_check: line }) => String(line)).join("; ");
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
