// A KeyPackage of RFC 9420 section 10 for suite 0x0001, signed, with a basic credential: food for servers
// that parse what they are given (C-60).

import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";

/** MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 (RFC 9420 section 17.1). */
const SUITE = 0x0001;
const MLS10 = 1;
const BASIC = 1;
const SOURCE_KEY_PACKAGE = 1;

const HOUR_S = 3600n;
/** RFC 9420 section 7.2 leaves the longest lifetime to the application: 84 days is what libraries take. */
const LIFETIME_S = 84n * 24n * HOUR_S;

/** A private key of RFC 8410 without its 32 bytes. */
const ED25519_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const X25519_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");

/** mlsPackage makes a KeyPackage for an identity; `seed` (96 bytes) decides all of its keys. */
export function mlsPackage(identity: Uint8Array, seed: Uint8Array): Uint8Array {
  const signer = privateKey(ED25519_PREFIX, seed.subarray(0, 32));
  const encryptionKey = publicPart(privateKey(X25519_PREFIX, seed.subarray(32, 64)));
  const initKey = publicPart(privateKey(X25519_PREFIX, seed.subarray(64, 96)));

  const now = BigInt(Math.floor(Date.now() / 1000));
  const leaf = Buffer.concat([
    opaque(encryptionKey),
    opaque(publicPart(signer)),
    uint16(BASIC),
    opaque(identity),
    capabilities(),
    Uint8Array.of(SOURCE_KEY_PACKAGE),
    uint64(now - HOUR_S),
    uint64(now + LIFETIME_S),
    opaque(), // extensions
  ]);
  const signedLeaf = Buffer.concat([leaf, signature(signer, "LeafNodeTBS", leaf)]);
  const body = Buffer.concat([
    uint16(MLS10),
    uint16(SUITE),
    opaque(initKey),
    signedLeaf,
    opaque(), // extensions
  ]);
  return Buffer.concat([body, signature(signer, "KeyPackageTBS", body)]);
}

function capabilities(): Uint8Array {
  const [extensions, proposals] = [opaque(), opaque()];
  return Buffer.concat([
    opaque(uint16(MLS10)),
    opaque(uint16(SUITE)),
    extensions,
    proposals,
    opaque(uint16(BASIC)),
  ]);
}

/** signature is SignWithLabel of RFC 9420 section 5.1.2, as an opaque vector. */
function signature(key: KeyObject, label: string, content: Uint8Array): Uint8Array {
  const signed = Buffer.concat([opaque(Buffer.from(`MLS 1.0 ${label}`)), opaque(content)]);
  return opaque(sign(null, signed, key));
}

/** opaque is a vector with the variable-size length of RFC 9420 section 2.1.2. */
function opaque(bytes: Uint8Array = new Uint8Array(0)): Uint8Array {
  const { length } = bytes;
  const header = length < 64 ? Uint8Array.of(length) : uint16(0x4000 | length);
  return Buffer.concat([header, bytes]);
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function uint64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

function privateKey(prefix: Uint8Array, seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([prefix, seed]), format: "der", type: "pkcs8" });
}

function publicPart(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
}
