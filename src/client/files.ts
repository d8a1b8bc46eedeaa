// Files: encrypted here, uploaded in chunks as a blob, downloaded in chunks and checked
// (spec/services/blob.md, spec/client/content.md; C-64, BLOB-006).

import {
  ATTACHMENT_OVERHEAD_BYTES,
  AttachmentError,
  MOST_FILE_BYTES,
  openAttachment,
  type SealedAttachment,
  sealAttachment,
} from "../crypto/client/attachment.ts";
import { BlobService } from "../gen/qpc/v1/methods_pb.ts";
import type { CallOptions } from "./call.ts";
import { createClient } from "./client.ts";
import { ClientFault } from "./faults.ts";
import { mimeTypeOf, UNKNOWN_MIME_TYPE } from "./mime-type.ts";
import type { Session } from "./session.ts";

/** FileReference is what a message says of a file (Content.file): where it lies and what opens it. */
export interface FileReference {
  /** 32 bytes. */
  readonly blobId: Uint8Array;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Bytes of the file. */
  readonly size: bigint;
  readonly name: string;
  readonly mimeType: string;
}

/** SealedFile is an encrypted file; uploading it again goes on where an upload broke off. */
export interface SealedFile {
  readonly reference: FileReference;
  readonly blob: Uint8Array;
}

export interface TransferOptions extends CallOptions {
  /** Is told how many bytes of the blob have gone over, and of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** sealFile encrypts a file. It throws AttachmentError `size` for one of more than 52,428,771 bytes. */
export function sealFile(file: Uint8Array, name: string): SealedFile {
  const { blob, blobId, key }: SealedAttachment = sealAttachment(file);
  const mimeType = mimeTypeOf(file, name);
  return { blob, reference: { blobId, key, size: BigInt(file.length), name, mimeType } };
}

/** The first chunk is small, because the answer to it may be that much is there already. */
const FIRST_CHUNK = 65_536;
const CHUNK = 4_000_000;

/**
 * uploadFile sends what the server has not got. It throws ClientFault `blob-mismatch` when the server says
 * that it took something else, and the errors of the calls.
 */
export async function uploadFile(
  { caller, credentials }: Session,
  { blob, reference: { blobId } }: SealedFile,
  { onProgress, ...options }: TransferOptions = {},
): Promise<void> {
  const blobs = createClient(BlobService, caller, credentials);
  const total = blob.length;
  let received = 0;
  for (;;) {
    const end = Math.min(total, received + (received === 0 ? FIRST_CHUNK : CHUNK));
    const request = {
      blobId,
      totalSize: BigInt(total),
      offset: BigInt(received),
      chunk: blob.subarray(received, end),
      // To the server every file is the same ciphertext.
      mimeType: UNKNOWN_MIME_TYPE,
    };
    const answer = await blobs.uploadBlob(request, options);
    const { complete } = answer;
    const isPossible = answer.received >= end && answer.received <= total;
    demand(isPossible, `${answer.received} bytes received after ${end} of ${total}`);
    demand(complete === (answer.received === BigInt(total)), "an upload of all bytes, and no more");
    received = Number(answer.received);
    onProgress?.(received, total);
    if (complete) return demandBlobId(answer.blobId, blobId);
  }
}

/** A server may choose how long its chunks are; this many of any length, and one per 4 KiB beyond. */
const MOST_CHUNKS = 1000;
const BYTES_PER_CHUNK = 4096;

/**
 * downloadFile answers the file. It throws ClientFault `blob-mismatch` for any other blob than the one
 * referred to, before it allocates more than that one has, and for one in too many chunks; the reason of the
 * signal; and the errors of the calls: CallError NotFound when the server has none.
 */
export async function downloadFile(
  { caller, credentials }: Session,
  { blobId, key, size }: Pick<FileReference, "blobId" | "key" | "size">,
  { onProgress, ...options }: TransferOptions = {},
): Promise<Uint8Array> {
  demand(size <= MOST_FILE_BYTES, `a file of ${size} bytes, more than any blob holds`);
  const blobs = createClient(BlobService, caller, credentials);
  const total = Number(size) + ATTACHMENT_OVERHEAD_BYTES;
  const mostChunks = MOST_CHUNKS + Math.floor(total / BYTES_PER_CHUNK);
  let chunks = 0;
  let blob: Uint8Array | undefined;
  let held = 0;
  do {
    options.signal?.throwIfAborted();
    chunks += 1;
    demand(chunks <= mostChunks, `a blob in more than ${mostChunks} chunks, ${held} of ${total}`);
    const answer = await blobs.downloadBlob({ blobId, offset: BigInt(held) }, options);
    const { chunk } = answer;
    demand(answer.totalSize === BigInt(total), `a blob of ${answer.totalSize} bytes, not ${total}`);
    const isPossible = chunk.length > 0 && chunk.length <= total - held;
    demand(isPossible, `a chunk of ${chunk.length} bytes after ${held} of ${total}`);
    // Whoever sent the reference may have lied about the size, so the blob has to be there first.
    blob ??= new Uint8Array(total);
    blob.set(chunk, held);
    held += chunk.length;
    onProgress?.(held, total);
  } while (held < total);
  try {
    return openAttachment(blob, { blobId, key });
  } catch (cause) {
    if (!(cause instanceof AttachmentError)) throw cause;
    throw new ClientFault("blob-mismatch", cause.message, { cause });
  }
}

function demandBlobId(answered: Uint8Array, expected: Uint8Array): void {
  demand(Buffer.compare(answered, expected) === 0, "a complete upload under another name");
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new ClientFault("blob-mismatch", otherwise);
}
