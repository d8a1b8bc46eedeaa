// The file backend: the storage contract, and what a commit leaves on disk when it fails half-way.

import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { inbox, message, seen, send } from "../contract/harness.ts";
import { storesContract } from "../contract.ts";
import { StorageUnavailable } from "../stores.ts";
import { SchemaTooNew } from "./migrate.ts";
import { openStores } from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "qpc-sqljs-file-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function newFile(): string {
  files += 1;
  return join(folder, `${files}`, "qpc.db");
}

const open = (path: string) => openStores({ backend: "file", path });

storesContract({
  name: "sql.js file",
  persistent: true,
  place() {
    const path = newFile();
    return {
      open: (limits) => openStores({ backend: "file", path }, limits),
      remove: () => rmSync(path),
    };
  },
});

const B = inbox(1);

test("a commit leaves one file behind, which other SQLite engines can open", async () => {
  const path = newFile();
  const stores = await open(path);
  await send(stores, message(B, "a"));
  assert.deepEqual(readdirSync(dirname(path)), ["qpc.db"]);
  const other = new DatabaseSync(path, { readOnly: true });
  assert.deepEqual({ ...other.prepare("SELECT seq FROM deliveries").get() }, { seq: 1 });
  other.close();
  await stores.close();
});

test("what a crash left in the temporary file is not read", async () => {
  const path = newFile();
  const first = await open(path);
  await send(first, message(B, "a"));
  await first.close();
  writeFileSync(`${path}.tmp`, readFileSync(path).subarray(0, 1_000));
  const second = await open(path);
  assert.deepEqual(await seen(second, B), ["1:a"]);
  assert.equal(await send(second, message(B, "b")), 2);
  await second.close();
});

test("a commit that cannot be written is StorageUnavailable, and nothing of it is stored", async () => {
  const path = newFile();
  const stores = await open(path);
  await send(stores, message(B, "a"));
  const before = readFileSync(path);
  mkdirSync(`${path}.tmp`);
  const lost = [send(stores, message(B, "b")), send(stores, message(inbox(2), "c"))];
  for (const outcome of await Promise.allSettled(lost)) {
    assert.ok(outcome.status === "rejected" && outcome.reason instanceof StorageUnavailable);
  }
  assert.deepEqual(await seen(stores, B), ["1:a"]);
  assert.deepEqual(readFileSync(path), before);
  rmdirSync(`${path}.tmp`);
  assert.equal(await send(stores, message(B, "d")), 2);
  await stores.close();
  const again = await open(path);
  assert.deepEqual(await seen(again, B), ["1:a", "2:d"]);
  await again.close();
});

test("a database of a newer schema is refused and its bytes stay as they are", async () => {
  const path = newFile();
  await (await open(path)).close();
  const newer = new DatabaseSync(path);
  newer.exec("PRAGMA user_version = 99");
  newer.close();
  const before = readFileSync(path);
  await assert.rejects(open(path), SchemaTooNew);
  assert.deepEqual(readFileSync(path), before);
});
