// Rows of blobs and of uploads in progress. Spec: services/blob.md; C-64, C-65, I-17.
//
// The bytes lie in files, and no row claims bytes that are not durable yet: files are written first and
// deleted last. A row that goes without its file leaves the name in blob_garbage for the next sweep.

import { type BlobBounds, type BlobChunk, blobIdOf, contentName } from "../stores/blobs.ts";
import { refuseDeleted } from "./deleted.ts";
import { blob, count, type Operation, q, type Row, text } from "./statement.ts";

export interface Upload {
  /** Name of the file with the bytes so far; there is none while received is 0. */
  readonly file: string;
  readonly totalSize: number;
  readonly received: number;
}

export interface StoredBlob {
  readonly size: number;
  readonly mimeType: string;
}

/** findUpload answers how far an account is with a blob: done, begun, or neither. */
export function* findUpload(
  { identityKey, blobId }: BlobChunk,
  now: number,
): Operation<{ readonly done?: StoredBlob; readonly upload?: Upload }> {
  const [done] = yield q(
    `SELECT size, mime_type FROM blobs JOIN blob_owners ON blob_owners.blob_id = blobs.blob_id
     WHERE blobs.blob_id = ? AND identity_key = ?`,
    blobId,
    identityKey,
  );
  if (done !== undefined) return { done: blobOf(done) };
  const [row] = yield q(
    `SELECT file, total_size, received FROM blob_uploads
     WHERE identity_key = ? AND blob_id = ? AND expires_at > ?`,
    identityKey,
    blobId,
    now,
  );
  return row === undefined ? {} : { upload: uploadOf(row) };
}

/** beginUpload reserves the size of a new upload; undefined when it would exceed the quota. */
export function* beginUpload(
  chunk: BlobChunk,
  file: string,
  bounds: BlobBounds,
  now: number,
): Operation<Upload | undefined> {
  const { identityKey, blobId, totalSize, mimeType } = chunk;
  yield* refuseDeleted(identityKey);
  yield* discard(
    yield q(
      `DELETE FROM blob_uploads WHERE identity_key = ? AND blob_id = ? AND expires_at <= ?
       RETURNING file`,
      identityKey,
      blobId,
      now,
    ),
  );
  const used = yield* spaceOf(identityKey, bounds.leastCost, now);
  if (used + Math.max(totalSize, bounds.leastCost) > bounds.quota) return undefined;
  const [row] = yield q(
    `INSERT INTO blob_uploads
       (file, identity_key, blob_id, total_size, received, mime_type, expires_at)
     VALUES (?, ?, ?, ?, 0, ?, ?)
     RETURNING file, total_size, received`,
    file,
    identityKey,
    blobId,
    totalSize,
    mimeType,
    now + bounds.lifetime,
  );
  return row && uploadOf(row);
}

function* spaceOf(identityKey: Uint8Array, leastCost: number, now: number): Operation<number> {
  const [used] = yield q(
    `SELECT COALESCE(SUM(CASE WHEN size < ? THEN ? ELSE size END), 0) AS bytes FROM (
       SELECT size FROM blobs JOIN blob_owners ON blob_owners.blob_id = blobs.blob_id
       WHERE identity_key = ?
       UNION ALL SELECT total_size FROM blob_uploads WHERE identity_key = ? AND expires_at > ?) AS held`,
    leastCost,
    leastCost,
    identityKey,
    identityKey,
    now,
  );
  return used === undefined ? 0 : count(used, "bytes");
}

/** advanceUpload answers false when the upload has ended meanwhile. */
export function* advanceUpload(file: string, received: number): Operation<boolean> {
  const rows = yield q(
    "UPDATE blob_uploads SET received = ? WHERE file = ? RETURNING file",
    received,
    file,
  );
  return rows.length === 1;
}

/** endUpload forgets an upload that came to nothing. */
export function* endUpload(file: string): Operation<void> {
  yield q("DELETE FROM blob_uploads WHERE file = ?", file);
}

/** completeUpload makes the account an owner of the blob; false when the upload has ended meanwhile. */
export function* completeUpload(file: string, now: number): Operation<boolean> {
  const [row] = yield q(
    `DELETE FROM blob_uploads WHERE file = ?
     RETURNING blob_id, identity_key, total_size, mime_type`,
    file,
  );
  if (row === undefined) return false;
  const blobId = blob(row, "blob_id");
  // Whose bytes came first also gave the type: a complete blob never changes.
  yield q(
    `INSERT INTO blobs (blob_id, size, mime_type, created_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (blob_id) DO NOTHING`,
    blobId,
    count(row, "total_size"),
    text(row, "mime_type"),
    now,
  );
  yield q(
    `INSERT INTO blob_owners (blob_id, identity_key) VALUES (?, ?)
     ON CONFLICT (blob_id, identity_key) DO NOTHING`,
    blobId,
    blob(row, "identity_key"),
  );
  return true;
}

export function* findBlob(blobId: Uint8Array): Operation<StoredBlob | undefined> {
  const [row] = yield q("SELECT size, mime_type FROM blobs WHERE blob_id = ?", blobId);
  return row && blobOf(row);
}

/**
 * purgeBlobs drops the uploads of an account and the blobs that nobody else uploaded (I-08). The next
 * sweep deletes their files.
 */
export function* purgeBlobs(identityKey: Uint8Array): Operation<void> {
  yield* discard(
    yield q("DELETE FROM blob_uploads WHERE identity_key = ? RETURNING file", identityKey),
  );
  const left = yield q(
    "DELETE FROM blob_owners WHERE identity_key = ? RETURNING blob_id",
    identityKey,
  );
  for (const row of left) {
    const blobId = blob(row, "blob_id");
    const gone = yield q(
      `DELETE FROM blobs WHERE blob_id = ?
         AND NOT EXISTS (SELECT 1 FROM blob_owners WHERE blob_owners.blob_id = blobs.blob_id)
       RETURNING blob_id`,
      blobId,
    );
    if (gone.length > 0) yield* addGarbage(contentName(blobId));
  }
}

/** sweepUploads ends uploads that have expired and answers their number. */
export function* sweepUploads(now: number, batch: number): Operation<number> {
  const rows = yield q(
    `DELETE FROM blob_uploads WHERE file IN (
       SELECT file FROM blob_uploads WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
     RETURNING file`,
    now,
    batch,
  );
  yield* discard(rows);
  return rows.length;
}

function* discard(uploads: readonly Row[]): Operation<void> {
  for (const row of uploads) yield* addGarbage(text(row, "file"));
}

function* addGarbage(file: string): Operation<void> {
  yield q("INSERT INTO blob_garbage (file) VALUES (?) ON CONFLICT (file) DO NOTHING", file);
}

/** findGarbage answers names of files that lost their row. */
export function* findGarbage(batch: number): Operation<readonly string[]> {
  const rows = yield q("SELECT file FROM blob_garbage ORDER BY file LIMIT ?", batch);
  return rows.map((row) => text(row, "file"));
}

export function* forgetGarbage(file: string): Operation<void> {
  yield q("DELETE FROM blob_garbage WHERE file = ?", file);
}

/** findUnknown answers which of these files belong to no blob and no upload. */
export function* findUnknown(files: readonly string[]): Operation<readonly string[]> {
  const unknown: string[] = [];
  for (const file of files) {
    const blobId = blobIdOf(file);
    const rows =
      blobId === undefined
        ? yield q("SELECT file FROM blob_uploads WHERE file = ?", file)
        : yield q("SELECT blob_id FROM blobs WHERE blob_id = ?", blobId);
    if (rows.length === 0) unknown.push(file);
  }
  return unknown;
}

function uploadOf(row: Row): Upload {
  return {
    file: text(row, "file"),
    totalSize: count(row, "total_size"),
    received: count(row, "received"),
  };
}

function blobOf(row: Row): StoredBlob {
  return { size: count(row, "size"), mimeType: text(row, "mime_type") };
}
