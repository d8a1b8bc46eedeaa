// The ciphersuites 1 to 7 of RFC 9420 for the vectors, which use all of them. The protocol needs suite 1
// only, which is our own here. For ChaCha20-Poly1305 and X448 in HPKE the library asks for packages that
// nothing else needs, so suites 3, 4 and 6 take both from what is installed.

import assert from "node:assert/strict";
import { type AeadInterface, CipherSuite, DhkemX448HkdfSha512 } from "@hpke/core";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { type CiphersuiteImpl, getCiphersuiteImpl } from "ts-mls";
import type { Aead } from "ts-mls/crypto/aead.js";
import {
  type Ciphersuite,
  type CiphersuiteId,
  ciphersuites,
  getCiphersuiteFromId,
} from "ts-mls/crypto/ciphersuite.js";
import { makeAead } from "ts-mls/crypto/implementation/default/makeAead.js";
import { makeDhKem } from "ts-mls/crypto/implementation/default/makeDhKem.js";
import { makeKdf } from "ts-mls/crypto/implementation/default/makeKdfImpl.js";
import { makeGenericHpke } from "ts-mls/crypto/implementation/hpke.js";
import { randomSuite, SUITE_ID } from "../../../src/crypto/mls/suite.ts";
import { hex } from "../case.ts";

const loaded = new Map<number, Promise<CiphersuiteImpl>>();

/** ciphersuite answers the implementation of one of the seven; another number throws. */
export function ciphersuite(id: number): Promise<CiphersuiteImpl> {
  const known = loaded.get(id);
  if (known) return known;
  assert.ok(isOfRfc(id), `RFC 9420 has no ciphersuite ${id}`);
  const made = id === SUITE_ID ? randomSuite() : suiteOfLibrary(getCiphersuiteFromId(id));
  loaded.set(id, made);
  return made;
}

/** signatureKey reads a private signature key. Files leave out the leading zeros of a scalar of P-521. */
export function signatureKey({ name }: CiphersuiteImpl, text: string): Uint8Array {
  return hex(name.endsWith("_P521") ? text.padStart(132, "0") : text);
}

function isOfRfc(id: number): id is CiphersuiteId {
  return id <= 7 && Object.values<number>(ciphersuites).includes(id);
}

async function suiteOfLibrary(suite: Ciphersuite): Promise<CiphersuiteImpl> {
  const { kem, kdf, aead } = suite.hpke;
  if (aead !== "CHACHA20POLY1305" && kem !== "DHKEM-X448-HKDF-SHA512") {
    return getCiphersuiteImpl(suite);
  }
  // Hash, HMAC, HKDF and signature are the library's own.
  const others = await getCiphersuiteImpl({
    ...suite,
    hpke: { ...suite.hpke, kem: "DHKEM-X25519-HKDF-SHA256", aead: "AES256GCM" },
  });
  const [cipher, hpkeCipher] = aead === "CHACHA20POLY1305" ? CHACHA : await makeAead(aead);
  const hpke = new CipherSuite({
    kem: kem === "DHKEM-X448-HKDF-SHA512" ? new DhkemX448HkdfSha512() : await makeDhKem(kem),
    kdf: makeKdf(kdf),
    aead: hpkeCipher,
  });
  return { ...others, hpke: await makeGenericHpke(suite.hpke, cipher, hpke) };
}

const CHACHA: [Aead, AeadInterface] = [
  {
    encrypt: async (key, nonce, aad, plain) => chacha20poly1305(key, nonce, aad).encrypt(plain),
    decrypt: async (key, nonce, aad, box) => chacha20poly1305(key, nonce, aad).decrypt(box),
  },
  {
    id: 3,
    keySize: 32,
    nonceSize: 12,
    tagSize: 16,
    createEncryptionContext: (key) => ({
      seal: async (nonce, plain, aad) =>
        buffer(chacha20poly1305(view(key), view(nonce), view(aad)).encrypt(view(plain))),
      open: async (nonce, box, aad) =>
        buffer(chacha20poly1305(view(key), view(nonce), view(aad)).decrypt(view(box))),
    }),
  },
];

function view(data: ArrayBufferLike | ArrayBufferView): Uint8Array {
  if (!ArrayBuffer.isView(data)) return new Uint8Array(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function buffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
