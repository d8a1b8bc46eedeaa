// Contents of blobs as files in a folder. Spec: services/blob.md; C-65.
//
// The folder appears with the first file. Everything is flushed before a promise resolves: the bytes,
// and the folders that got or lost a name.

import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, mkdir, mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { BlobFiles } from "../stores/blobs.ts";
import { StorageUnavailable } from "../stores.ts";

/** folderFiles keeps contents in a folder, which stays. */
export function folderFiles(folder: string): BlobFiles {
  return filesIn(async () => folder);
}

/** temporaryFiles keeps contents in a folder of the system's for temporary files, until they are closed. */
export function temporaryFiles(): BlobFiles {
  let made: Promise<string> | undefined;
  let closed = false;
  const files = filesIn(async () => {
    // A write that comes late would make the folder again, and nobody would remove it.
    if (closed) throw new StorageUnavailable("the contents of blobs are closed");
    made ??= mkdtemp(join(tmpdir(), "qpc-blobs-"));
    return made;
  });
  return {
    ...files,
    async close() {
      closed = true;
      if (made !== undefined) await rm(await made, { recursive: true, force: true });
    },
  };
}

/** Folder of the uploads in progress, below that of the blobs. */
const PARTIAL = "partial";

/** What else lies in the folder is somebody else's, as on a file system of its own. */
const OWN_FOLDER = /^([0-9a-f]{2}|partial)$/;

/** Bytes of a file that are in memory at once while it is hashed. */
const PIECE = 1_048_576;

function filesIn(folder: () => Promise<string>): BlobFiles {
  const pathOf = async (name: string) => join(await folder(), name);

  return {
    partialName: () => `${PARTIAL}/${randomBytes(16).toString("hex")}`,

    write: (name, position, bytes) =>
      onDisk(async () => {
        const path = await pathOf(name);
        if (position === 0) await makeFolders(await folder(), name);
        const mode = position === 0 ? FRESH : constants.O_WRONLY;
        await withFile(path, mode, async (file) => {
          await writeAll(file, bytes, position);
          await file.datasync();
        });
        if (position === 0) await flush(dirname(path));
      }),

    digest: (name) =>
      onDisk(async () => {
        const hash = createHash("sha256");
        await withFile(await pathOf(name), constants.O_RDONLY, async (file) => {
          const piece = Buffer.allocUnsafe(PIECE);
          for (let at = 0; ; ) {
            const { bytesRead } = await file.read(piece, 0, PIECE, at);
            if (bytesRead === 0) break;
            hash.update(piece.subarray(0, bytesRead));
            at += bytesRead;
          }
        });
        return hash.digest();
      }),

    link: (name, to) =>
      onDisk(async () => {
        const target = await pathOf(to);
        await makeFolders(await folder(), to);
        await rm(target, { force: true });
        await link(await pathOf(name), target);
        await flush(dirname(target));
      }),

    read: (name, position, length) =>
      onDisk(async () => {
        const bytes = new Uint8Array(length);
        let at = 0;
        const found = await ifThere(
          withFile(await pathOf(name), constants.O_RDONLY, async (file) => {
            while (at < length) {
              const { bytesRead } = await file.read(bytes, at, length - at, position + at);
              if (bytesRead === 0) break;
              at += bytesRead;
            }
            return bytes.subarray(0, at);
          }),
        );
        return found;
      }),

    remove: (name) => onDisk(async () => rm(await pathOf(name), { force: true })),

    async *list() {
      const root = await folder();
      for (const inner of (await ifThere(readdir(root))) ?? []) {
        if (!OWN_FOLDER.test(inner)) continue;
        const names = await ifThere(readdir(join(root, inner)));
        if (names !== undefined) yield names.map((name) => `${inner}/${name}`);
      }
    },

    close: async () => {},
  };
}

const FRESH = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;

async function withFile<T>(
  path: string,
  mode: number,
  work: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(path, mode, 0o600);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

async function makeFolders(root: string, name: string): Promise<void> {
  const made = await mkdir(dirname(join(root, name)), { recursive: true, mode: 0o700 });
  if (made === undefined) return;
  await flush(root);
  await flush(dirname(root));
}

async function flush(folder: string): Promise<void> {
  await withFile(folder, constants.O_RDONLY, (handle) => handle.sync());
}

/** ifThere answers undefined for a file or folder that does not exist. */
async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** onDisk turns what the file system refuses, a full disk above all, into StorageUnavailable. */
async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (codeOf(cause) === undefined) throw cause;
    throw new StorageUnavailable("the contents of blobs cannot be reached", { cause });
  }
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error) return String(error.code);
  return undefined;
}
