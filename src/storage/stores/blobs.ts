// Blobs: what the service asks of them, and what their store asks of the place where contents lie.
// Spec: services/blob.md; C-64, C-65, I-17. Sizes and positions are bytes.

export interface BlobChunk {
  /** The uploading account, 32 bytes: a partial upload is its own (I-17). */
  readonly identityKey: Uint8Array;
  /** SHA-256 of the complete content, 32 bytes. */
  readonly blobId: Uint8Array;
  readonly totalSize: number;
  readonly offset: number;
  /** offset + bytes.length is at most totalSize; empty only when totalSize is 0. */
  readonly bytes: Uint8Array;
  /** That of the first chunk counts. */
  readonly mimeType: string;
}

export interface BlobBounds {
  /** Bytes that an account may have, begun uploads included with their whole size. */
  readonly quota: number;
  /** Least that a blob counts in the quota. */
  readonly leastCost: number;
  /** Lifetime of a partial upload in milliseconds, from its first chunk. */
  readonly lifetime: number;
}

/** UploadProgress: what is held of the account's own bytes, or why the chunk was refused. */
export type UploadProgress =
  | { readonly received: number; readonly complete: boolean }
  | { readonly refused: "gap" | "other-size" | "wrong-hash" | "quota" };

export interface BlobRange {
  readonly bytes: Uint8Array;
  readonly totalSize: number;
  readonly mimeType: string;
}

export interface BlobStore {
  /**
   * upload stores what of the chunk is not held yet; chunks of one account and blob take turns. With the
   * last byte the hash is verified, over all of the content; a wrong one discards the upload.
   */
  upload(chunk: BlobChunk, bounds: BlobBounds, now: number): Promise<UploadProgress>;
  /**
   * read answers at most `length(mimeType)` bytes from `offset`, no bytes at or beyond the end, and
   * undefined for a blob that is not complete.
   */
  read(
    blobId: Uint8Array,
    offset: number,
    length: (mimeType: string) => number,
  ): Promise<BlobRange | undefined>;
}

/** contentName is the name of a complete content: its hash, in a folder by the first byte (C-65). */
export function contentName(blobId: Uint8Array): string {
  const hex = Array.from(blobId, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 2)}/${hex}`;
}

/** blobIdOf reads the hash out of the name of a complete content; undefined for any other name. */
export function blobIdOf(name: string): Uint8Array | undefined {
  const digits = /^([0-9a-f]{2})\/(\1[0-9a-f]{62})$/.exec(name)?.[2];
  if (digits === undefined) return undefined;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/**
 * BlobFiles keeps contents under relative names. What a promise resolved is durable; they reject with
 * StorageUnavailable when the disk is full or fails.
 */
export interface BlobFiles {
  /** partialName answers a name that no file has, for a new upload. */
  partialName(): string;
  /** write puts bytes at a position; position 0 begins the file anew, any other needs it. */
  write(name: string, position: number, bytes: Uint8Array): Promise<void>;
  /** digest is the SHA-256 of a whole file. */
  digest(name: string): Promise<Uint8Array>;
  /**
   * link gives the file `name` the second name `to`, which whatever had it loses. Both stay until
   * one is removed.
   */
  link(name: string, to: string): Promise<void>;
  /** read answers `length` bytes, fewer at the end, and undefined without such a file. */
  read(name: string, position: number, length: number): Promise<Uint8Array | undefined>;
  /** remove succeeds without such a file. */
  remove(name: string): Promise<void>;
  /** list answers all names, folder by folder. */
  list(): AsyncIterable<readonly string[]>;
  close(): Promise<void>;
}
