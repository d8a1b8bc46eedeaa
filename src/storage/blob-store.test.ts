// The order between rows and files: what is left when either fails, and what a start finds and deletes.
// Spec: services/blob.md; C-65, I-08, I-17.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { createBlobStore } from "./blob-store.ts";
import { chunkOf, idOf } from "./contract/blobs.ts";
import { key, NOW } from "./contract/harness.ts";
import { folderFiles } from "./drivers/blob-files.ts";
import { groupCommit } from "./drivers/group-commit.ts";
import { migrate } from "./drivers/migrate.ts";
import { openSqlJs } from "./drivers/sqljs.ts";
import { deleteAccount } from "./sql/accounts.ts";
import { purgeBlobs, sweepUploads } from "./sql/blobs.ts";
import { migrations } from "./sql/migrations.ts";
import { registerUser } from "./sql/users.ts";
import { type BlobChunk, type BlobFiles, contentName } from "./stores/blobs.ts";
import { AccountGone, StorageUnavailable } from "./stores.ts";

const hello = Buffer.from("hello, blobs");
const BOUNDS = { quota: 1e9, leastCost: 1, lifetime: 1000 };

/** open makes a store; `fail` names calls of the files that fail until it is emptied. */
async function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "qpc-blob-store-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const engine = await openSqlJs();
  migrate(engine, migrations);
  const database = groupCommit(engine);
  const fail = new Set<string>();
  const files = folderFiles(folder);
  const failing = new Proxy(files, {
    get(target, name, receiver) {
      if (!fail.has(String(name))) return Reflect.get(target, name, receiver) as unknown;
      return () => Promise.reject(new StorageUnavailable(`${String(name)} fails`));
    },
  });
  const blobs = createBlobStore(database, failing);
  const put = (chunk: BlobChunk) => blobs.upload(chunk, BOUNDS, NOW);
  const read = async () => {
    const range = await blobs.read(idOf(hello), 0, () => 1000);
    return range && Buffer.from(range.bytes).toString();
  };
  const names = () =>
    readdirSync(folder).flatMap((inner) => readdirSync(join(folder, inner)).map(() => inner));
  return { blobs, database, files, folder, fail, put, read, names };
}

test("any chunks in any order: what is held grows without a gap and never changes", async (t) => {
  const { blobs } = await open(t);
  const position = fc.nat({ max: hello.length });
  const chunks = fc.array(fc.tuple(position, position, fc.boolean()), { maxLength: 12 });
  let uploads = 0;
  await fc.assert(
    fc.asyncProperty(chunks, async (sequence) => {
      uploads += 1;
      let held = 0;
      for (const [from, to, spoilt] of sequence) {
        // A chunk may say again what is held, and then it may say it wrong.
        const bytes = Buffer.from(hello.subarray(from, Math.max(from + 1, to)));
        if (spoilt) bytes.subarray(0, Math.max(0, held - from)).fill("x");
        const chunk = chunkOf(hello, from, from, { bytes, identityKey: key(uploads) });
        if (from + bytes.length > hello.length) continue;
        const progress = await blobs.upload(chunk, BOUNDS, NOW);
        const isGap = from > held;
        if (!isGap) held = Math.max(held, from + bytes.length);
        const complete = held === hello.length;
        assert.deepEqual(progress, isGap ? { refused: "gap" } : { received: held, complete });
        if (complete) break;
      }
    }),
    { numRuns: 60 },
  );
});

test("a disk that fails in any step leaves the upload as it was", async (t) => {
  const { put, read, fail } = await open(t);
  await put(chunkOf(hello, 0, 5));
  for (const step of ["write", "digest", "link"]) {
    fail.add(step);
    await assert.rejects(put(chunkOf(hello, 5, 12)), StorageUnavailable, step);
    fail.delete(step);
    assert.equal(await read(), undefined);
    const again = await put(chunkOf(hello, 0, 3));
    assert.deepEqual(again, { received: 5, complete: false });
  }
  assert.deepEqual(await put(chunkOf(hello, 5, 12)), { received: 12, complete: true });
  assert.equal(await read(), "hello, blobs");
});

test("bytes without their commit are not held, and do not reach a later upload", async (t) => {
  const { blobs, database, files, put, read, folder } = await open(t);
  await put(chunkOf(hello, 0, 5));
  // The content has its name, its row does not come: as after a crash between the two.
  const dying = createBlobStore(
    { ...database, write: () => Promise.reject(new StorageUnavailable("no commit")) },
    files,
  );
  await assert.rejects(dying.upload(chunkOf(hello, 5, 12), BOUNDS, NOW), StorageUnavailable);
  assert.ok(existsSync(join(folder, contentName(idOf(hello)))));
  assert.equal(await read(), undefined);
  // Its file is that of the upload, which other bytes now go into.
  const wrong = chunkOf(hello, 5, 12, { bytes: Buffer.from(", BLOBS") });
  assert.deepEqual(await put(wrong), { refused: "wrong-hash" });
  assert.deepEqual(await put(chunkOf(hello, 0, 12)), { received: 12, complete: true });
  assert.equal(await read(), "hello, blobs");
  await blobs.deleteUnknown();
  assert.equal(await read(), "hello, blobs");
});

test("a start deletes files that no row knows, and no others", async (t) => {
  const { blobs, files, put, read, names } = await open(t);
  const other = Buffer.from("begun");
  await put(chunkOf(hello, 0, 12));
  await put(chunkOf(other, 0, 2));
  const stray = files.partialName();
  await files.write(stray, 0, other);
  await files.link(stray, contentName(idOf(other)));
  assert.equal(names().length, 4);
  await blobs.deleteUnknown();
  assert.equal(names().length, 2);
  assert.equal(await read(), "hello, blobs");
  assert.deepEqual(await put(chunkOf(other, 2, 5)), { received: 5, complete: true });
});

test("an account that leaves takes its uploads and the blobs of nobody else with it", async (t) => {
  const { blobs, database, put, read, names } = await open(t);
  const own = Buffer.from("of the first alone");
  const begun = Buffer.from("begun");
  await put(chunkOf(hello, 0, 12));
  await put(chunkOf(hello, 0, 12, { identityKey: key(2) }));
  await put(chunkOf(own, 0, own.length));
  await put(chunkOf(begun, 0, 2));
  await put(chunkOf(begun, 0, 3, { identityKey: key(2) }));
  await database.write(purgeBlobs(key(1)));
  assert.equal(await blobs.read(idOf(own), 0, () => 1), undefined);
  assert.equal(await read(), "hello, blobs");
  assert.deepEqual(await put(chunkOf(begun, 1, 2)), { refused: "gap" });
  assert.equal(await blobs.collect(100), 2);
  assert.equal(await blobs.collect(100), 0);
  assert.equal(names().length, 2);
  await database.write(purgeBlobs(key(2)));
  assert.equal(await blobs.collect(100), 2);
  assert.deepEqual(names(), []);
});

test("a blob that comes back before its file went keeps it", async (t) => {
  const { blobs, database, put, read } = await open(t);
  await put(chunkOf(hello, 0, 12));
  await database.write(purgeBlobs(key(1)));
  await put(chunkOf(hello, 0, 12, { identityKey: key(2) }));
  assert.equal(await blobs.collect(100), 1);
  assert.equal(await read(), "hello, blobs");
});

test("an upload whose account leaves in the middle of a chunk stores nothing", async (t) => {
  const { blobs, database, files, read, put, names } = await open(t);
  await put(chunkOf(hello, 0, 5));
  const leaving: BlobFiles = {
    ...files,
    async write(...parts) {
      await files.write(...parts);
      await database.write(purgeBlobs(key(1)));
    },
  };
  const store = createBlobStore(database, leaving);
  await assert.rejects(store.upload(chunkOf(hello, 5, 6), BOUNDS, NOW), StorageUnavailable);
  await put(chunkOf(hello, 0, 5));
  await assert.rejects(store.upload(chunkOf(hello, 5, 12), BOUNDS, NOW), StorageUnavailable);
  await assert.rejects(store.upload(chunkOf(hello, 0, 12), BOUNDS, NOW), StorageUnavailable);
  assert.equal(await read(), undefined);
  assert.deepEqual(names(), []);
  assert.equal(await blobs.collect(100), 3);
});

test("a chunk during which its account was deleted says so", async (t) => {
  const { database, files, names } = await open(t);
  const [identityKey, leafHash] = [key(1), key(9)];
  const user = { username: "alice", record: new Uint8Array(192), identityKey };
  await database.write(registerUser(user, leafHash, NOW));
  const leaving: BlobFiles = {
    ...files,
    async write(...parts) {
      await files.write(...parts);
      await database.write(deleteAccount({ identityKey, leafHash, nameHeldUntil: NOW }, NOW));
    },
  };
  const store = createBlobStore(database, leaving);
  await assert.rejects(store.upload(chunkOf(hello, 0, 5), BOUNDS, NOW), AccountGone);
  assert.deepEqual(names(), []);
});

test("a file that cannot be deleted stays on the list", async (t) => {
  const { blobs, database, put, fail, names } = await open(t);
  await put(chunkOf(hello, 0, 5));
  await database.write(sweepUploads(NOW + BOUNDS.lifetime, 10));
  fail.add("remove");
  await assert.rejects(blobs.collect(10), StorageUnavailable);
  fail.clear();
  assert.equal(await blobs.collect(10), 1);
  assert.deepEqual(names(), []);
});
