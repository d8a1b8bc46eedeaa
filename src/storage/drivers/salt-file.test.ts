// The salt beside a database: one for ever, never made anew. Spec: C-79.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { databaseSalt, SaltLost, saltPath } from "./salt-file.ts";

const folder = mkdtempSync(join(tmpdir(), "qpc-salt-file-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function newFile(): string {
  files += 1;
  return join(folder, `${files}`, "qpc.db");
}

test("a salt is made once for each database, for nobody else to read", () => {
  const path = newFile();
  const salt = databaseSalt(path);
  assert.equal(salt.length, 16);
  assert.deepEqual(readdirSync(dirname(path)), ["qpc.db.salt"]);
  assert.equal(statSync(saltPath(path)).mode & 0o777, 0o600);
  assert.deepEqual(databaseSalt(path), salt);
  assert.notDeepEqual(databaseSalt(newFile()), salt);
});

test("beside a database no salt is made, and a broken one is not replaced", () => {
  const path = newFile();
  const salt = databaseSalt(path);
  writeFileSync(path, "a database");
  assert.deepEqual(databaseSalt(path), salt);
  rmSync(saltPath(path));
  assert.throws(() => databaseSalt(path), SaltLost);
  assert.deepEqual(readdirSync(dirname(path)), ["qpc.db"]);
  writeFileSync(saltPath(path), "short");
  assert.throws(() => databaseSalt(path), SaltLost);
  assert.equal(readFileSync(saltPath(path), "utf8"), "short");
});

test("an empty file is no database yet", () => {
  const path = newFile();
  const salt = databaseSalt(path);
  writeFileSync(path, "");
  rmSync(saltPath(path));
  assert.notDeepEqual(databaseSalt(path), salt);
});
