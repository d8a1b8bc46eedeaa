// The store of blobs: rows in the database, bytes in files, and an order between the two that a crash
// at any moment leaves whole. Spec: services/blob.md; C-65, I-17.
//
// Bytes are durable before a row counts them. A verified file gets its hash as a second name before the
// commit that makes the blob complete, and loses the first one after it: a crash in between leaves the
// upload as it was and a file that nothing knows, which the next start deletes.

import {
  advanceUpload,
  beginUpload,
  completeUpload,
  endUpload,
  findBlob,
  findGarbage,
  findUnknown,
  findUpload,
  forgetGarbage,
  type Upload,
} from "./sql/blobs.ts";
import { refuseDeleted } from "./sql/deleted.ts";
import type { Database } from "./sql/statement.ts";
import {
  type BlobBounds,
  type BlobChunk,
  type BlobFiles,
  type BlobStore,
  blobIdOf,
  contentName,
  type UploadProgress,
} from "./stores/blobs.ts";
import { StorageUnavailable } from "./stores.ts";
import { createTurns } from "./turns.ts";

export interface OwnedBlobStore extends BlobStore {
  /** collect deletes at most `batch` files that lost their row, and answers how many names it dealt with. */
  collect(batch: number): Promise<number>;
  /** deleteUnknown deletes what a crash left behind. Only before the first call of anything else. */
  deleteUnknown(): Promise<void>;
  close(): Promise<void>;
}

/** createBlobStore joins a database, which it does not own, and a place for files, which it does. */
export function createBlobStore({ read, write }: Database, files: BlobFiles): OwnedBlobStore {
  const perUpload = createTurns();
  // A blob is completed and deleted by different accounts: whoever touches its file looks at its row
  // and acts on it in one turn.
  const perFile = createTurns();

  async function upload(
    chunk: BlobChunk,
    bounds: BlobBounds,
    now: number,
  ): Promise<UploadProgress> {
    const { done, upload: begun } = await read(findUpload(chunk, now));
    if (done !== undefined) {
      if (done.size !== chunk.totalSize) return { refused: "other-size" };
      return { received: done.size, complete: true };
    }
    if (begun !== undefined && begun.totalSize !== chunk.totalSize) {
      return { refused: "other-size" };
    }
    if (chunk.offset > (begun?.received ?? 0)) return { refused: "gap" };
    const open = begun ?? (await write(beginUpload(chunk, files.partialName(), bounds, now)));
    if (open === undefined) return { refused: "quota" };
    return append(open, chunk, now);
  }

  async function append(open: Upload, chunk: BlobChunk, now: number): Promise<UploadProgress> {
    const { file, received, totalSize } = open;
    const fresh = chunk.bytes.subarray(received - chunk.offset);
    if (fresh.length === 0 && totalSize > 0) return { received, complete: false };
    await files.write(file, received, fresh);
    const held = received + fresh.length;
    if (held < totalSize) {
      if (!(await write(advanceUpload(file, held)))) return abandon(file, chunk);
      return { received: held, complete: false };
    }
    if (Buffer.compare(await files.digest(file), chunk.blobId) !== 0) {
      await write(endUpload(file));
      await files.remove(file);
      return { refused: "wrong-hash" };
    }
    await perFile(contentName(chunk.blobId), () => complete(file, chunk, now));
    await files.remove(file);
    return { received: totalSize, complete: true };
  }

  async function complete(file: string, chunk: BlobChunk, now: number): Promise<void> {
    const { blobId } = chunk;
    const isNew = (await read(findBlob(blobId))) === undefined;
    if (isNew) await files.link(file, contentName(blobId));
    if (await write(completeUpload(file, now))) return;
    if (isNew) await files.remove(contentName(blobId));
    return abandon(file, chunk);
  }

  /** abandon ends a chunk whose upload went under it: with its account, or at the end of its time. */
  async function abandon(file: string, { identityKey }: BlobChunk): Promise<never> {
    await files.remove(file);
    await read(refuseDeleted(identityKey));
    throw new StorageUnavailable("the upload has ended meanwhile");
  }

  return {
    upload(chunk, bounds, now) {
      const { identityKey, blobId } = chunk;
      const key = `${contentName(identityKey)} ${contentName(blobId)}`;
      return perUpload(key, () => upload(chunk, bounds, now));
    },

    async read(blobId, offset, length) {
      const found = await read(findBlob(blobId));
      if (found === undefined) return undefined;
      const { size: totalSize, mimeType } = found;
      const wanted = Math.min(length(mimeType), totalSize - offset);
      if (wanted <= 0) return { bytes: new Uint8Array(0), totalSize, mimeType };
      const bytes = await files.read(contentName(blobId), offset, wanted);
      if (bytes !== undefined) return { bytes, totalSize, mimeType };
      // Its last owner left between the two looks; otherwise somebody else deleted the file.
      if ((await read(findBlob(blobId))) === undefined) return undefined;
      throw new StorageUnavailable("the content of a blob is missing");
    },

    async collect(batch) {
      const garbage = await read(findGarbage(batch));
      for (const file of garbage) {
        await perFile(file, async () => {
          const blobId = blobIdOf(file);
          // Uploaded again since its row went.
          const lives = blobId !== undefined && (await read(findBlob(blobId))) !== undefined;
          if (!lives) await files.remove(file);
          await write(forgetGarbage(file));
        });
      }
      return garbage.length;
    },

    async deleteUnknown() {
      for await (const names of files.list()) {
        for (const name of await read(findUnknown(names))) await files.remove(name);
      }
    },

    close: () => files.close(),
  };
}
