// Attachments: a file encrypted as a whole under a key of its own, stored as a blob under the hash of
// the ciphertext (spec/client/content.md, Files; C-64, BLOB-006).

import {
  AEAD_KEY_BYTES,
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  type CryptoBackend,
} from "../backend/backend.ts";
import { defaultBackend } from "../backend/default.ts";

/**
 * AttachmentFault says what is wrong:
 * - `size`: more or fewer bytes than a blob of an attachment has
 * - `blob-id`: the SHA-256 of the blob is not its name
 * - `version`: it does not begin with a version that is known
 * - `open`: the key does not open it
 */
export type AttachmentFault = "size" | "blob-id" | "version" | "open";

/** AttachmentError: the blob is not the file it should be, or the file is too large for a blob. */
export class AttachmentError extends Error {
  override name = "AttachmentError";
  readonly fault: AttachmentFault;
  constructor(fault: AttachmentFault, message: string) {
    super(`${fault}: ${message}`);
    this.fault = fault;
  }
}

/** SealedAttachment is a blob to upload, and what its receivers must be told. */
export interface SealedAttachment {
  readonly blob: Uint8Array;
  /** SHA-256 of the blob, 32 bytes. */
  readonly blobId: Uint8Array;
  /** 32 bytes; opens this blob alone. */
  readonly key: Uint8Array;
}

/** SealAttachmentOptions are given where bytes must be the same each time. */
export interface SealAttachmentOptions {
  readonly backend?: CryptoBackend;
  /** 32 bytes, random when absent. */
  readonly key?: Uint8Array;
  /** 12 bytes, random when absent. */
  readonly nonce?: Uint8Array;
}

const VERSION = 0x01;
const VERSION_BYTES = Uint8Array.of(VERSION);
const HEADER_BYTES = 1 + AEAD_NONCE_BYTES;

/** ATTACHMENT_OVERHEAD_BYTES is what the blob has more than the file. */
export const ATTACHMENT_OVERHEAD_BYTES = HEADER_BYTES + AEAD_TAG_BYTES;

/** Largest blob that a server takes [blob.size]. */
const MOST_BLOB_BYTES = 52_428_800;

/** MOST_FILE_BYTES is the size of the largest file that can be sent. */
export const MOST_FILE_BYTES = MOST_BLOB_BYTES - ATTACHMENT_OVERHEAD_BYTES;

/** sealAttachment encrypts a file under a fresh key. It throws AttachmentError `size`. */
export function sealAttachment(
  file: Uint8Array,
  {
    backend = defaultBackend,
    key = backend.randomBytes(AEAD_KEY_BYTES),
    nonce = backend.randomBytes(AEAD_NONCE_BYTES),
  }: SealAttachmentOptions = {},
): SealedAttachment {
  if (file.length > MOST_FILE_BYTES) {
    throw new AttachmentError("size", `${file.length} bytes, more than ${MOST_FILE_BYTES}`);
  }
  const box = backend.chacha20Poly1305.seal({ key, nonce, aad: VERSION_BYTES }, file);
  const blob = new Uint8Array(HEADER_BYTES + box.length);
  blob[0] = VERSION;
  blob.set(nonce, 1);
  blob.set(box, HEADER_BYTES);
  return { blob, blobId: backend.sha256(blob), key };
}

/**
 * openAttachment answers the file in a blob that a server returned, and throws AttachmentError when
 * the server returned another one, or `key` (32 bytes) is not its key.
 */
export function openAttachment(
  blob: Uint8Array,
  { blobId, key }: { readonly blobId: Uint8Array; readonly key: Uint8Array },
  backend: CryptoBackend = defaultBackend,
): Uint8Array {
  if (blob.length < ATTACHMENT_OVERHEAD_BYTES || blob.length > MOST_BLOB_BYTES) {
    throw new AttachmentError("size", `${blob.length} bytes`);
  }
  if (Buffer.compare(backend.sha256(blob), blobId) !== 0) {
    throw new AttachmentError("blob-id", "the blob does not have the hash it is named by");
  }
  if (blob[0] !== VERSION) throw new AttachmentError("version", `${blob[0]}`);
  const nonce = blob.subarray(1, HEADER_BYTES);
  const box = blob.subarray(HEADER_BYTES);
  const file = backend.chacha20Poly1305.open({ key, nonce, aad: VERSION_BYTES }, box);
  if (!file) throw new AttachmentError("open", "the key does not open it");
  return file;
}
