// Symmetric primitives and encodings of RFC 9807: section 1.2 (notation), section 2.2 and 2.3.
// KDF is HKDF-SHA512, MAC is HMAC-SHA512, Hash is SHA-512.

import { timingSafeEqual } from "node:crypto";
import { expand as hkdfExpand, extract as hkdfExtract } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { clean, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

export const concat = concatBytes;
export const ascii = utf8ToBytes;
export const hash = sha512;

/** concatSecrets joins the parts and wipes them. */
export function concatSecrets(...parts: Uint8Array[]): Uint8Array {
  const whole = concat(...parts);
  clean(...parts);
  return whole;
}

/** expand is Expand(prk, info, length); strings in `info` are ASCII labels. */
export function expand(prk: Uint8Array, info: readonly (Uint8Array | string)[], length: number) {
  const parts = info.map((part) => (typeof part === "string" ? ascii(part) : part));
  return hkdfExpand(sha512, prk, concat(...parts), length);
}

/** extract is Extract("", ikm): every use in RFC 9807 has an empty salt. */
export function extract(ikm: Uint8Array): Uint8Array {
  return hkdfExtract(sha512, ikm, new Uint8Array(0));
}

/** mac is MAC(key, message), 64 bytes. */
export function mac(key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(sha512, key, message);
}

/** ctEqual is ct_equal: the time it takes does not depend on where the arrays differ. */
export function ctEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** i2osp2 is I2OSP(value, 2). 0 <= value <= 65535 */
export function i2osp2(value: number): Uint8Array {
  if (value > 0xffff) throw new RangeError("value needs more than two bytes");
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** vector2 puts a two-byte length in front. `bytes` holds at most 65535 bytes. */
export function vector2(bytes: Uint8Array): Uint8Array {
  return concat(i2osp2(bytes.length), bytes);
}

/** xor assumes that both arrays have the same length. */
export function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, index) => byte ^ (b[index] ?? 0));
}
