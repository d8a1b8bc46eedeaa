// Exact decoding of TLS presentation language (RFC 9420 section 2.1), and the few bytes of our own formats.

import { decodeMlsMessage, encodeMlsMessage, type MLSMessage } from "ts-mls";
import { concat } from "../bytes.ts";
import { asMlsError, demand } from "./errors.ts";
import { MlsError } from "./group-member.ts";

type Decoder<T> = (bytes: Uint8Array, offset: number) => [T, number] | undefined;
type Encoder<T> = (value: T) => Uint8Array;

/**
 * decodeExactly decodes all of the bytes. It throws `malformed` for bytes that are missing, left over, or not
 * the one encoding of what they say: RFC 9420 section 2.1.2 allows only the shortest form of a length, and
 * nothing signed may be readable in two ways. The value holds no part of `bytes`.
 */
export function decodeExactly<T>(
  bytes: Uint8Array,
  decode: Decoder<T>,
  encode: Encoder<T>,
  what: string,
): T {
  try {
    const copy = Uint8Array.from(bytes);
    const decoded = decode(copy, 0);
    demand(decoded !== undefined, "malformed", `no ${what}`);
    const [value, length] = decoded;
    demand(length === copy.length, "malformed", `${copy.length - length} bytes after ${what}`);
    demand(equal(encode(value), copy), "malformed", `another encoding of ${what}`);
    return value;
  } catch (error) {
    throw asMlsError("malformed", error);
  }
}

/** decodeMessage decodes one MLSMessage. */
export function decodeMessage(bytes: Uint8Array): MLSMessage {
  return decodeExactly(bytes, decodeMlsMessage, encodeMlsMessage, "MLSMessage");
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** withLength writes a u32 length and the bytes: for the formats that only this folder reads. */
export function withLength(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return concat(length, bytes);
}

/** list writes a u32 count and the items with their lengths. */
export function list(items: readonly Uint8Array[]): Uint8Array {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(items.length);
  return concat(count, ...items.map(withLength));
}

/** Reader reads what `withLength` and `list` wrote; it throws `malformed`. */
export class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = Uint8Array.from(bytes);
  }

  take(length: number): Uint8Array {
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw new MlsError("malformed", "bytes are missing");
    const taken = this.#bytes.slice(this.#offset, end);
    this.#offset = end;
    return taken;
  }

  /** version demands the one version byte there is. */
  version(expected: number): void {
    const [version] = this.take(1);
    demand(version === expected, "malformed", `version ${version}, not ${expected}`);
  }

  withLength(): Uint8Array {
    return this.take(this.#uint32());
  }

  list(): Uint8Array[] {
    const items: Uint8Array[] = [];
    for (let left = this.#uint32(); left > 0; left--) items.push(this.withLength());
    return items;
  }

  end(): void {
    demand(this.#offset === this.#bytes.length, "malformed", "bytes are left over");
  }

  #uint32(): number {
    return Buffer.from(this.take(4)).readUInt32BE();
  }
}
