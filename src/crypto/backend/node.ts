// The fast backend: node:crypto, which is OpenSSL 3.5. Keys are imported on every call, so that no
// secret outlives it. The DER prefixes are those of RFC 8410 and RFC 9935.

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import { concat } from "../bytes.ts";
import { AEAD_TAG_BYTES, type AeadInput, type CryptoBackend } from "./backend.ts";
import { checked } from "./checked.ts";

/** nodeBackend is the CryptoBackend of node:crypto. It needs Node 24.7, for ML-KEM. */
export const nodeBackend: CryptoBackend = checked({
  name: "node",
  ed25519: {
    publicKey: (seed) => derivePublicKey(ED25519, seed),
    sign: (seed, message) => copy(sign(null, message, importPrivateKey(ED25519, seed))),
    verify: (key, message, signature) =>
      verify(null, message, importPublicKey(ED25519, key), signature),
  },
  x25519: {
    publicKey: (privateKey) => derivePublicKey(X25519, privateKey),
    sharedSecret(own, peer) {
      const privateKey = importPrivateKey(X25519, own);
      return copy(diffieHellman({ privateKey, publicKey: importPublicKey(X25519, peer) }));
    },
  },
  mlKem768: {
    keygen: (seed) => derivePublicKey(ML_KEM_768, seed),
    encapsulate(key) {
      const { ciphertext, sharedKey } = encapsulate(importPublicKey(ML_KEM_768, key));
      return { ciphertext: copy(ciphertext), sharedSecret: copy(sharedKey) };
    },
    decapsulate: (ciphertext, seed) =>
      copy(decapsulate(importPrivateKey(ML_KEM_768, seed), ciphertext)),
  },
  chacha20Poly1305: { seal, open },
  sha256: (...parts) => hashOf("sha256", parts),
  sha512: (...parts) => hashOf("sha512", parts),
  hkdfSha256: ({ ikm, salt = NOTHING, info, length }) =>
    new Uint8Array(hkdfSync("sha256", ikm, salt, info, length)),
  randomBytes: (length) => copy(randomBytes(length)),
});

function seal({ key, nonce, aad }: AeadInput, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv("chacha20-poly1305", key, nonce, AEAD_OPTIONS);
  cipher.setAAD(aad, { plaintextLength: plaintext.length });
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return concat(ciphertext, cipher.getAuthTag());
}

function open({ key, nonce, aad }: AeadInput, box: Uint8Array): Uint8Array | undefined {
  const plaintextLength = box.length - AEAD_TAG_BYTES;
  const decipher = createDecipheriv("chacha20-poly1305", key, nonce, AEAD_OPTIONS);
  decipher.setAAD(aad, { plaintextLength });
  decipher.setAuthTag(box.subarray(plaintextLength));
  const plaintext = decipher.update(box.subarray(0, plaintextLength));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return copy(plaintext);
}

function hashOf(algorithm: "sha256" | "sha512", parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return copy(hash.digest());
}

/** Prefixes of PKCS #8 and SubjectPublicKeyInfo; the raw key follows to the end. */
interface Encoding {
  readonly privatePrefix: Uint8Array;
  readonly publicPrefix: Uint8Array;
}

function importPrivateKey({ privatePrefix }: Encoding, raw: Uint8Array): KeyObject {
  const der = Buffer.concat([privatePrefix, raw]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  der.fill(0);
  return key;
}

function importPublicKey({ publicPrefix }: Encoding, raw: Uint8Array): KeyObject {
  const key = Buffer.concat([publicPrefix, raw]);
  return createPublicKey({ key, format: "der", type: "spki" });
}

function derivePublicKey(encoding: Encoding, raw: Uint8Array): Uint8Array {
  const publicKey = createPublicKey(importPrivateKey(encoding, raw));
  const der = publicKey.export({ format: "der", type: "spki" });
  return copy(der.subarray(encoding.publicPrefix.length));
}

/** copy makes a plain Uint8Array of its own: a Buffer may be a window on a pool that others share. */
function copy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function prefixes(privateHex: string, publicHex: string): Encoding {
  return { privatePrefix: fromHex(privateHex), publicPrefix: fromHex(publicHex) };
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

const ED25519 = prefixes("302e020100300506032b657004220420", "302a300506032b6570032100");
const X25519 = prefixes("302e020100300506032b656e04220420", "302a300506032b656e032100");
const ML_KEM_768 = prefixes(
  "3054020100300b060960864801650304040204428040",
  "308204b2300b0609608648016503040402038204a100",
);
const AEAD_OPTIONS = { authTagLength: AEAD_TAG_BYTES };
const NOTHING = new Uint8Array(0);
