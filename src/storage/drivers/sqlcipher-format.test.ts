// What lies on the disk: pages as SQLCipher 4 defines them, checked with a reader of our own, and no
// plaintext. Spec: STORE-001; design of SQLCipher 4 (AES-256-CBC, HMAC-SHA512, 4096-byte pages).

import assert from "node:assert/strict";
import { createDecipheriv, createHmac, pbkdf2Sync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { key } from "../contract/harness.ts";
import { q } from "../sql/statement.ts";
import type { Engine } from "./engine.ts";
import { openSqlcipher } from "./sqlcipher.ts";

const folder = mkdtempSync(join(tmpdir(), "qpc-sqlcipher-format-"));
after(() => rmSync(folder, { recursive: true }));

const MARK = "these words are stored and must not be seen";
const KEY = key(0x01020304);

function written(path: string): Engine {
  const engine = openSqlcipher({ path, key: KEY, migrations: [] });
  engine.run(q(`CREATE TABLE "${MARK}" (a TEXT)`));
  engine.run(q("BEGIN IMMEDIATE"));
  for (let n = 0; n < 200; n += 1) engine.run(q(`INSERT INTO "${MARK}" VALUES (?)`, `${MARK}${n}`));
  engine.commit();
  return engine;
}

test("neither the file nor its log holds a plaintext, a header or the key", () => {
  const path = join(folder, "open.db");
  const engine = written(path);
  const names = readdirSync(folder);
  assert.deepEqual(names, ["open.db", "open.db-shm", "open.db-wal"]);
  for (const name of names) {
    const content = readFileSync(join(folder, name));
    for (const secret of ["SQLite format 3", "CREATE TABLE", MARK, Buffer.from(KEY)]) {
      assert.equal(content.indexOf(secret), -1, name);
    }
  }
  engine.close();
});

test("the cipher's settings are those of SQLCipher 4", () => {
  const engine = written(join(folder, "settings.db"));
  const setting = (name: string) => Object.values(engine.run(q(`PRAGMA ${name}`))[0] ?? {})[0];
  const settings: Record<string, string> = {
    cipher: "sqlcipher",
    legacy: "4",
    legacy_page_size: "4096",
    kdf_iter: "256000",
    kdf_algorithm: "2",
    hmac_use: "1",
    hmac_pgno: "1",
    hmac_algorithm: "2",
    hmac_salt_mask: "58",
    plaintext_header_size: "0",
  };
  for (const [name, value] of Object.entries(settings)) assert.equal(setting(name), value, name);
  engine.close();
});

test("every page is one that SQLCipher 4 reads with the raw key", () => {
  const path = join(folder, "pages.db");
  written(path).close();
  const file = readFileSync(path);
  assert.ok(file.length > 2 * PAGE && file.length % PAGE === 0);
  const pages = Array.from({ length: file.length / PAGE }, (_, n) => openPage(file, n + 1));
  // Of the header of a SQLite file: page size 4096, WAL twice, 80 reserved bytes.
  assert.deepEqual([...(pages[0]?.subarray(0, 5) ?? [])], [0x10, 0x00, 2, 2, 80]);
  assert.ok(Buffer.concat(pages).includes(`${MARK}199`));
});

const PAGE = 4096;
const SALT = 16;
const IV = 16;
const MAC = 64;

/** openPage checks and decrypts page `number`. The first one has the salt where the others have content. */
function openPage(file: Buffer, number: number): Buffer {
  const salt = file.subarray(0, SALT);
  const macKey = pbkdf2Sync(
    KEY,
    salt.map((byte) => byte ^ 0x3a),
    2,
    32,
    "sha512",
  );
  const page = file.subarray((number - 1) * PAGE, number * PAGE);
  const body = page.subarray(number === 1 ? SALT : 0, PAGE - MAC);
  const littleEndian = Buffer.alloc(4);
  littleEndian.writeUInt32LE(number);
  const mac = createHmac("sha512", macKey).update(body).update(littleEndian).digest();
  assert.deepEqual(page.subarray(PAGE - MAC), mac, `page ${number}`);
  const decipher = createDecipheriv("aes-256-cbc", KEY, body.subarray(-IV)).setAutoPadding(false);
  return Buffer.concat([decipher.update(body.subarray(0, -IV)), decipher.final()]);
}
