// Checks of public keys that libraries do not all make alike: RFC 8032 section 5.1.3 (decoding) and
// FIPS 203 section 7.2 (encapsulation key check).

import { CryptoError, checkLength, MLKEM_KEY_BYTES } from "./backend.ts";

/**
 * isCanonicalKeyOfLargeOrder says whether an Ed25519 public key (32 bytes) is encoded canonically and
 * is none of the eight points of small order, for which a signature proves nothing. It does not say
 * whether the bytes are a point at all.
 */
export function isCanonicalKeyOfLargeOrder(publicKey: Uint8Array): boolean {
  const encoded = littleEndian(publicKey);
  const y = encoded & ((1n << 255n) - 1n);
  return y < P && !SMALL_ORDER_Y.includes(y);
}

/** checkEncapsulationKey throws CryptoError unless the bytes are an ML-KEM-768 encapsulation key. */
export function checkEncapsulationKey(encapsulationKey: Uint8Array): void {
  checkLength("ML-KEM-768 encapsulation key", encapsulationKey, MLKEM_KEY_BYTES);
  // FIPS 203 section 7.2, modulus check: every coefficient of 12 bits is below q.
  for (let at = 0; at < 3 * 384; at += 3) {
    const [a = 0, b = 0, c = 0] = encapsulationKey.subarray(at, at + 3);
    if ((a | ((b & 15) << 8)) < Q && ((b >> 4) | (c << 4)) < Q) continue;
    throw new CryptoError("ML-KEM-768 encapsulation key holds a coefficient of q or more");
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
  return value;
}

const Q = 3329;
const P = (1n << 255n) - 19n;

// Orders 1, 2 and 4 have these y-coordinates, order 8 the other two. Both signs of x are of small order.
const SMALL_ORDER_Y = [
  1n,
  P - 1n,
  0n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
];
