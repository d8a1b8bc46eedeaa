// The `file` backend: a sql.js database whose whole image is written anew with every commit.
// Spec: STORE-026 and C-78 (development only; one SQLite file stands for the three of the original).

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Engine } from "./engine.ts";
import { openSqlJs } from "./sqljs.ts";

/**
 * openSqlJsFile opens or creates the file, and the folder around it. One process at a time: there is no
 * lock, and two of them would overwrite each other's commits.
 */
export async function openSqlJsFile(path: string): Promise<Engine> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const memory = await openSqlJs(existsSync(path) ? readFileSync(path) : undefined);
  let durable = memory.image();
  return {
    run: memory.run,
    commit() {
      memory.commit();
      try {
        const image = memory.image();
        replaceFile(path, image);
        durable = image;
      } catch (error) {
        memory.restore(durable);
        throw error;
      }
    },
    rollback: memory.rollback,
    close: memory.close,
  };
}

/** replaceFile leaves the old bytes or the new ones under `path`, whenever the process or the power dies. */
function replaceFile(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, "w", 0o600);
  try {
    writeFileSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
