// Padding of what is encrypted, so that its length says little (spec/client/padding.md, C-93): a u32
// length, the content, and zero bytes up to the smallest bucket that holds both.

/**
 * PaddingFault says what is wrong:
 * - `size`: not the size of a bucket
 * - `length`: the length points past the end
 * - `bucket`: a smaller bucket would have held the content
 * - `padding`: a byte after the content is not zero
 * - `limit`: more than the largest bucket holds
 */
export type PaddingFault = "size" | "length" | "bucket" | "padding" | "limit";

/** PaddingError: the bytes are no padded content, or the content cannot be padded. */
export class PaddingError extends Error {
  override name = "PaddingError";
  readonly fault: PaddingFault;
  constructor(fault: PaddingFault, message: string) {
    super(`${fault}: ${message}`);
    this.fault = fault;
  }
}

const LENGTH_BYTES = 4;
const SMALLEST_BUCKET = 256;
const STEP = 65_536;

/** The largest bucket: 63 steps leave one step of a frame of 4 MiB to MLS and the envelope. */
const LARGEST_BUCKET = 63 * STEP;

/** MOST_CONTENT_BYTES is what the largest bucket holds. */
export const MOST_CONTENT_BYTES = LARGEST_BUCKET - LENGTH_BYTES;

/** pad answers a new array of the size of a bucket. It throws PaddingError `limit`. */
export function pad(content: Uint8Array): Uint8Array {
  if (content.length > MOST_CONTENT_BYTES) {
    throw new PaddingError("limit", `${content.length} bytes, more than ${MOST_CONTENT_BYTES}`);
  }
  const padded = new Uint8Array(bucketFor(content.length));
  viewOf(padded).setUint32(0, content.length);
  padded.set(content, LENGTH_BYTES);
  return padded;
}

/**
 * unpad answers the content as a window on `padded`. It throws PaddingError unless the bytes are
 * exactly what pad makes of the content, so that nothing else can hide in them.
 */
export function unpad(padded: Uint8Array): Uint8Array {
  if (!isBucket(padded.length)) throw new PaddingError("size", `${padded.length} bytes`);
  const length = viewOf(padded).getUint32(0);
  const end = LENGTH_BYTES + length;
  if (end > padded.length) throw new PaddingError("length", `${length} of ${padded.length} bytes`);
  if (padded.length !== bucketFor(length)) {
    throw new PaddingError("bucket", `${length} bytes in a bucket of ${padded.length}`);
  }
  if (padded.subarray(end).some((byte) => byte !== 0)) {
    throw new PaddingError("padding", "a byte after the content is not zero");
  }
  return padded.subarray(LENGTH_BYTES, end);
}

/** isBucket: 256 times a power of two up to 65,536, or 2 to 63 times 65,536. */
export function isBucket(size: number): boolean {
  return size <= LARGEST_BUCKET && size === bucketHolding(size);
}

/** 0 <= length <= MOST_CONTENT_BYTES */
function bucketFor(length: number): number {
  return bucketHolding(LENGTH_BYTES + length);
}

function bucketHolding(size: number): number {
  if (size > STEP) return Math.ceil(size / STEP) * STEP;
  let bucket = SMALLEST_BUCKET;
  while (bucket < size) bucket *= 2;
  return bucket;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
