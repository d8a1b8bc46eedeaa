// The hash chain inside a transcript (spec/client/transcript.md, C-94): every record carries the hash of
// everything before it, so a reader can say where a transcript was changed.

import { defaultBackend } from "../backend/default.ts";
import { concatAll } from "../bytes.ts";

const HASH_BYTES = 32;
const COUNT_BYTES = 4;
const LENGTH_BYTES = 4;

/** MOST_RECORD_BYTES is the size of the largest record: content of any size and what is said of it. */
export const MOST_RECORD_BYTES = 4_194_304;

/** chainStart is h_0 of a conversation (0 to 255 bytes of ID, otherwise RangeError). */
export function chainStart(conversationId: Uint8Array): Uint8Array {
  if (conversationId.length > 255) {
    throw new RangeError(`a conversation ID of ${conversationId.length} bytes`);
  }
  return defaultBackend.sha256(START_LABEL, Uint8Array.of(conversationId.length), conversationId);
}

/** chainLink is h_i: the hash before it, the length of the record, the record. */
export function chainLink(previous: Uint8Array, record: Uint8Array): Uint8Array {
  return defaultBackend.sha256(previous, u32(record.length), record);
}

/** chainEnd is the hash over the number of records and the last h_i. */
export function chainEnd(count: number, last: Uint8Array): Uint8Array {
  return defaultBackend.sha256(END_LABEL, u32(count), last);
}

const START_LABEL = new TextEncoder().encode("qpc transcript v1");
const END_LABEL = new TextEncoder().encode("qpc transcript end");

/**
 * encodeChain writes the number of records, each record with its hash, and the final hash. It throws
 * RangeError for a record of more than MOST_RECORD_BYTES.
 */
export function encodeChain(
  conversationId: Uint8Array,
  records: readonly Uint8Array[],
): Uint8Array {
  const parts: Uint8Array[] = [u32(records.length)];
  let hash = chainStart(conversationId);
  for (const record of records) {
    if (record.length > MOST_RECORD_BYTES) throw new RangeError(`${record.length} bytes of record`);
    hash = chainLink(hash, record);
    parts.push(u32(record.length), record, hash);
  }
  parts.push(chainEnd(records.length, hash));
  return concatAll(parts);
}

/** Break says where a chain stops to hold, and how. */
export interface Break {
  /**
   * - `truncated`: the bytes end too early
   * - `changed`: what is there is not what was hashed: changed, left out, or in another order
   */
  readonly kind: "truncated" | "changed";
  /** The record, from 1, that is not as it was; one more than there are means the end. */
  readonly record: number;
}

/** Chain is what readChain found. The records are windows on the bytes. */
export interface Chain {
  /** Those before the break, or all. */
  readonly records: readonly Uint8Array[];
  readonly broken: Break | undefined;
  /** Bytes up to the break, or to the end of the final hash. */
  readonly used: number;
  /** How many hashes were found right. */
  readonly verified: number;
}

/**
 * readChain follows a chain as far as it holds. It allocates nothing by what the bytes announce, and
 * does not mind bytes behind the end. Without a conversation ID the first hash is taken as it stands.
 */
export function readChain(body: Uint8Array, conversationId?: Uint8Array): Chain {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const records: Uint8Array[] = [];
  let at = 0;
  let verified = 0;
  let hash = conversationId && chainStart(conversationId);
  const stop = (kind: Break["kind"]): Chain => {
    return { records, broken: { kind, record: records.length + 1 }, used: at, verified };
  };
  const holds = (stated: Uint8Array, made: Uint8Array | undefined) => {
    if (made === undefined) return true;
    const equal = Buffer.compare(stated, made) === 0;
    if (equal) verified += 1;
    return equal;
  };

  if (body.length < COUNT_BYTES) return stop("truncated");
  const count = view.getUint32(0);
  at = COUNT_BYTES;
  while (records.length < count) {
    if (body.length - at < LENGTH_BYTES) return stop("truncated");
    const length = view.getUint32(at);
    if (length > MOST_RECORD_BYTES) return stop("changed");
    const end = at + LENGTH_BYTES + length;
    if (body.length - end < HASH_BYTES) return stop("truncated");
    const record = body.subarray(at + LENGTH_BYTES, end);
    const stated = body.subarray(end, end + HASH_BYTES);
    if (!holds(stated, hash && chainLink(hash, record))) return stop("changed");
    hash = stated;
    records.push(record);
    at = end + HASH_BYTES;
  }
  if (body.length - at < HASH_BYTES) return stop("truncated");
  const stated = body.subarray(at, at + HASH_BYTES);
  if (!holds(stated, hash && chainEnd(count, hash))) return stop("changed");
  at += HASH_BYTES;
  return { records, broken: undefined, used: at, verified };
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
