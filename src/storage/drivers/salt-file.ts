// The salt of an encrypted database whose key comes from a passphrase: a file beside the database.
// Spec: STORE-002, C-79. A copy of the database without its salt file cannot be opened.

import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

/** SaltLost: a database is there without its salt, so that no passphrase opens it. Nothing was changed. */
export class SaltLost extends Error {
  override name = "SaltLost";
}

const SALT_BYTES = 16;

/** saltPath names the salt file of a database. */
export function saltPath(path: string): string {
  return `${path}.salt`;
}

/**
 * databaseSalt answers the 16 bytes that belong to the database at `path`. It makes them, and the folder
 * around them, when neither database nor salt exists; once it returns they are on the disk. It throws SaltLost.
 */
export function databaseSalt(path: string): Uint8Array {
  return readSalt(path) ?? createSalt(path);
}

function readSalt(path: string): Uint8Array | undefined {
  const file = saltPath(path);
  if (existsSync(file)) {
    const salt = readFileSync(file);
    if (salt.length === SALT_BYTES) return salt;
    throw new SaltLost(`${file} holds no salt of ${SALT_BYTES} bytes`);
  }
  if (existsSync(path) && statSync(path).size > 0) {
    throw new SaltLost(`${file} is missing, without it ${path} cannot be opened`);
  }
  return undefined;
}

/** createSalt puts a whole salt in its place, or finds that somebody else just did. */
function createSalt(path: string): Uint8Array {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${saltPath(path)}.${randomBytes(4).toString("hex")}`;
  const file = openSync(temporary, "wx", 0o600);
  try {
    writeFileSync(file, randomBytes(SALT_BYTES));
    fsyncSync(file);
    // Unlike a rename, this never replaces a salt that a database may depend on already.
    linkSync(temporary, saltPath(path));
  } catch (error) {
    if (!existsSync(saltPath(path))) throw error;
  } finally {
    closeSync(file);
    rmSync(temporary);
  }
  syncFolder(dirname(path));
  return readFileSync(saltPath(path));
}

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
