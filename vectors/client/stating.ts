// How the vectors of client formats are stated. Primitives come from noble, formats are written out here
// and in the files beside, and share no code with src/crypto/client and src/client.

import { nobleBackend } from "../../src/crypto/backend/noble.ts";
import { type Bytes, concat } from "../bytes.ts";
import type { ClientFormat, ClientVector, Fields } from "../format.ts";

/** Said is what a vector says beside its bytes. */
interface Said {
  readonly rule: string;
  readonly inputs?: Fields;
  readonly comment?: string;
}

/** accepted states bytes that are read, and what comes of them. */
export function accepted(
  id: string,
  format: ClientFormat,
  bytes: Bytes,
  { rule, inputs = {}, comment = "" }: Said,
  decoded: Fields,
): ClientVector {
  return {
    id: `client.${id}`,
    rule,
    expect: "accept",
    stage: null,
    format,
    bytes,
    inputs,
    decoded,
    comment,
  };
}

/** refused states bytes that must be refused; `decoded` is what may be said of them all the same. */
export function refused(
  id: string,
  format: ClientFormat,
  stage: string,
  bytes: Bytes,
  { rule, inputs = {}, comment = "" }: Said,
  decoded: Fields | null = null,
): ClientVector {
  return {
    id: `client.${id}`,
    rule,
    expect: "reject",
    stage,
    format,
    bytes,
    inputs,
    decoded,
    comment,
  };
}

/** fixed is a value that looks random and is the same for ever: SHA-512 of a label, cut. */
export function fixed(label: string, size: number): Uint8Array {
  return nobleBackend.sha512(utf8(`qpc client vectors: ${label}`)).slice(0, size);
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

export function u32(value: number): Uint8Array {
  return concat(u16(value >>> 16), u16(value & 0xffff));
}

/** flip changes the lowest bit of one byte. */
export function flip(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
}

/** padded is u32 length, content and zero bytes, `size` in all. */
export function padded(content: Uint8Array, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(concat(u32(content.length), content));
  return bytes;
}
