// Transcripts: a conversation exported into one file, encrypted under a passphrase and evident of every
// change (spec/client/transcript.md, CLIENT-013, C-94).

import { createDecipheriv } from "node:crypto";
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES } from "../backend/backend.ts";
import { defaultBackend } from "../backend/default.ts";
import { concat } from "../bytes.ts";
import { PASSPHRASE_SALT_BYTES, passphraseKey } from "./passphrase.ts";
import { encodeChain, readChain } from "./transcript-chain.ts";

/**
 * TranscriptFault says what is wrong:
 * - `format`: it does not begin as a transcript does
 * - `version`: the version is not known
 * - `size`: more bytes than a transcript may have
 * - `passphrase`: the passphrase is wrong, or nothing is left by which to tell
 * - `truncated`: the passphrase is right, the end is missing from `record` on
 * - `changed`: the passphrase is right, and from `record` on the file is not what was exported
 */
export type TranscriptFault =
  | "format"
  | "version"
  | "size"
  | "passphrase"
  | "truncated"
  | "changed";

/** TranscriptError: nothing of the transcript may be shown. The message holds nothing of it. */
export class TranscriptError extends Error {
  override name = "TranscriptError";
  readonly fault: TranscriptFault;
  /** For `truncated` and `changed`: the first record, from 1, that is not as it was. */
  readonly record: number | undefined;
  constructor(fault: TranscriptFault, message: string, record?: number) {
    super(`${fault}: ${message}`);
    this.fault = fault;
    this.record = record;
  }
}

/** SealTranscriptOptions are given where bytes must be the same each time; both are random when absent. */
export interface SealTranscriptOptions {
  /** 16 bytes */
  readonly salt?: Uint8Array;
  /** 12 bytes */
  readonly nonce?: Uint8Array;
}

const MAGIC = new TextEncoder().encode("QPCT");
const VERSION = 0x01;
const SALT_AT = MAGIC.length + 1;
const NONCE_AT = SALT_AT + PASSPHRASE_SALT_BYTES;
const HEADER_BYTES = NONCE_AT + AEAD_NONCE_BYTES;

/** The count and the final hash stand in every transcript. */
const FEWEST_BYTES = HEADER_BYTES + 4 + 32 + AEAD_TAG_BYTES;

/** MOST_TRANSCRIPT_BYTES is the size of the largest file. */
export const MOST_TRANSCRIPT_BYTES = 268_435_456;

/**
 * sealTranscript encrypts the records of a conversation, in their order. It rejects with RangeError
 * for an empty passphrase and for more than a transcript holds.
 */
export async function sealTranscript(
  passphrase: string,
  conversationId: Uint8Array,
  records: readonly Uint8Array[],
  {
    salt = defaultBackend.randomBytes(PASSPHRASE_SALT_BYTES),
    nonce = defaultBackend.randomBytes(AEAD_NONCE_BYTES),
  }: SealTranscriptOptions = {},
): Promise<Uint8Array> {
  const body = encodeChain(conversationId, records);
  if (body.length > MOST_TRANSCRIPT_BYTES - HEADER_BYTES - AEAD_TAG_BYTES) {
    throw new RangeError(`${body.length} bytes of records`);
  }
  const key = await passphraseKey(passphrase, salt);
  const header = concat(MAGIC, Uint8Array.of(VERSION), salt, nonce);
  const box = defaultBackend.chacha20Poly1305.seal({ key, nonce, aad: header }, body);
  key.fill(0);
  body.fill(0);
  return concat(header, box);
}

/**
 * openTranscript answers the records in their order, or rejects with TranscriptError. Without the
 * conversation's ID the link from the conversation to the first record is not compared.
 */
export async function openTranscript(
  passphrase: string,
  file: Uint8Array,
  conversationId?: Uint8Array,
): Promise<readonly Uint8Array[]> {
  checkHeader(file);
  const key = await passphraseKey(passphrase, file.subarray(SALT_AT, NONCE_AT));
  try {
    return openWithKey(key, file, conversationId);
  } finally {
    key.fill(0);
  }
}

/** openWithKey is openTranscript with the key that Argon2id makes of the passphrase (32 bytes). */
export function openWithKey(
  key: Uint8Array,
  file: Uint8Array,
  conversationId?: Uint8Array,
): readonly Uint8Array[] {
  checkHeader(file);
  const aad = file.subarray(0, HEADER_BYTES);
  const nonce = file.subarray(NONCE_AT, HEADER_BYTES);
  const box = file.subarray(HEADER_BYTES);
  const body = defaultBackend.chacha20Poly1305.open({ key, nonce, aad }, box);
  if (!body) throw diagnosis(key, nonce, box, conversationId);
  const { records, broken, used } = readChain(body, conversationId);
  if (broken) throw brokenAt(broken.kind, broken.record);
  if (used !== body.length) throw brokenAt("changed", records.length + 1);
  return records;
}

function checkHeader(file: Uint8Array): void {
  if (Buffer.compare(file.subarray(0, MAGIC.length), MAGIC) !== 0) {
    throw new TranscriptError("format", "it does not begin with QPCT");
  }
  if (file.length < FEWEST_BYTES) throw brokenAt("truncated", 1);
  if (file[MAGIC.length] !== VERSION) {
    throw new TranscriptError("version", `${file[MAGIC.length]}`);
  }
  if (file.length > MOST_TRANSCRIPT_BYTES) {
    throw new TranscriptError("size", `${file.length} bytes`);
  }
}

/**
 * diagnosis says why the box does not open. The stream cipher alone gives the same bytes as before up
 * to the first change, and a hash among them that holds shows that the passphrase was right. What it
 * reads is not authentic and never leaves this function.
 */
function diagnosis(
  key: Uint8Array,
  nonce: Uint8Array,
  box: Uint8Array,
  conversationId: Uint8Array | undefined,
): TranscriptError {
  // RFC 8439 section 2.8: the plaintext is encrypted from block 1 on.
  const counterAndNonce = concat(Uint8Array.of(1, 0, 0, 0), nonce);
  const bytes = createDecipheriv("chacha20", key, counterAndNonce).update(box);
  const { records, broken, used, verified } = readChain(bytes, conversationId);
  bytes.fill(0);
  if (verified === 0) {
    return new TranscriptError("passphrase", "it is wrong, or the file is damaged from the start");
  }
  if (broken) return brokenAt(broken.kind, broken.record);
  const isShort = box.length - used < AEAD_TAG_BYTES;
  return brokenAt(isShort ? "truncated" : "changed", records.length + 1);
}

function brokenAt(fault: "truncated" | "changed", record: number): TranscriptError {
  return new TranscriptError(fault, `from record ${record} on`, record);
}
