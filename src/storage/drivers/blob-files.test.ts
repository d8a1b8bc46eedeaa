// Contents of blobs in a folder: names, modes, and a disk that is full. Spec: services/blob.md; C-65.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { blobIdOf, contentName } from "../stores/blobs.ts";
import { StorageUnavailable } from "../stores.ts";
import { folderFiles, temporaryFiles } from "./blob-files.ts";

const root = mkdtempSync(join(tmpdir(), "qpc-blob-files-"));
after(() => rmSync(root, { recursive: true }));

let folders = 0;
function newFolder(): string {
  folders += 1;
  return join(root, `${folders}`, "blobs");
}

const id = new Uint8Array(createHash("sha256").update("hello").digest());
const hello = Buffer.from("hello");

async function namesOf(files: ReturnType<typeof folderFiles>): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const some of files.list()) names.push(...some);
  return names.sort();
}

test("a content is named by its hash, and only such a name has a blob", () => {
  const hex = Buffer.from(id).toString("hex");
  assert.equal(contentName(id), `2c/${hex}`);
  assert.deepEqual(blobIdOf(contentName(id)), id);
  const partial = folderFiles(root).partialName();
  for (const name of [partial, `3c/${hex}`, `2c/${hex}00`, `2c/${hex.slice(1)}`, hex]) {
    assert.equal(blobIdOf(name), undefined, name);
  }
});

test("bytes at positions, a digest, a second name, and ranges", async () => {
  const folder = newFolder();
  const files = folderFiles(folder);
  assert.ok(!existsSync(folder), "nothing is made before it is needed");
  assert.deepEqual(await namesOf(files), []);
  const partial = files.partialName();
  await files.write(partial, 0, Buffer.from("HEllo!"));
  await files.write(partial, 0, Buffer.from("he"));
  await files.write(partial, 2, Buffer.from("llo"));
  assert.deepEqual(await files.digest(partial), Buffer.from(id));
  await files.link(partial, contentName(id));
  assert.deepEqual(await namesOf(files), [contentName(id), partial].sort());
  await files.remove(partial);
  await files.remove(partial);
  assert.deepEqual(await namesOf(files), [contentName(id)]);
  const read = async (at: number, length: number) =>
    Buffer.from((await files.read(contentName(id), at, length)) ?? "none").toString();
  assert.deepEqual([await read(0, 99), await read(1, 3), await read(5, 1)], ["hello", "ell", ""]);
  assert.equal(await files.read(partial, 0, 1), undefined);
  const path = join(folder, contentName(id));
  assert.equal(statSync(path).mode & 0o077, 0);
  assert.equal(statSync(dirname(path)).mode & 0o077, 0);
});

test("what is not of a blob is left alone", async () => {
  const folder = newFolder();
  const files = folderFiles(folder);
  mkdirSync(join(folder, "lost+found", "inner"), { recursive: true });
  symlinkSync("/dev/null", join(folder, "aa"));
  const partial = files.partialName();
  await files.write(partial, 0, hello);
  assert.deepEqual(await namesOf(files), [partial]);
});

test("a second name is taken from whatever had it", async () => {
  const folder = newFolder();
  const files = folderFiles(folder);
  const [bad, good] = [files.partialName(), files.partialName()];
  await files.write(bad, 0, Buffer.from("left by a crash"));
  await files.link(bad, contentName(id));
  await files.write(good, 0, hello);
  await files.link(good, contentName(id));
  assert.deepEqual(readFileSync(join(folder, contentName(id))), hello);
  assert.equal(readFileSync(join(folder, bad)).length, 15);
});

test("a full disk and a lost file are StorageUnavailable", async () => {
  const folder = newFolder();
  const files = folderFiles(folder);
  const full = files.partialName();
  mkdirSync(join(folder, dirname(full)), { recursive: true });
  symlinkSync("/dev/full", join(folder, full));
  await assert.rejects(files.write(full, 0, hello), (error: unknown) => {
    assert.ok(error instanceof StorageUnavailable);
    assert.equal((error.cause as NodeJS.ErrnoException).code, "ENOSPC");
    return true;
  });
  await assert.rejects(files.write(files.partialName(), 5, hello), StorageUnavailable);
  await assert.rejects(files.digest(files.partialName()), StorageUnavailable);
});

test("temporary contents go when they are closed, and make no folder without need", async () => {
  await temporaryFiles().close();
  const files = temporaryFiles();
  const name = files.partialName();
  await files.write(name, 0, hello);
  assert.deepEqual(await files.read(name, 0, 5), new Uint8Array(hello));
  await files.close();
  await assert.rejects(files.read(name, 0, 5), StorageUnavailable);
  await assert.rejects(files.write(name, 0, hello), StorageUnavailable);
});
