// The one ciphersuite (C-49, RFC 9420 section 17.1): 0x0001, MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519.
// A suite is also where all randomness comes from, so that golden vectors can be made again.

import { createHash, hkdfSync } from "node:crypto";
import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import {
  type CiphersuiteImpl,
  type CiphersuiteName,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  type PublicKey,
} from "ts-mls";
import { defaultBackend } from "../backend/default.ts";
import { hashingHere } from "./hashing.ts";

export type Suite = CiphersuiteImpl;

export const SUITE_NAME: CiphersuiteName = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";
export const SUITE_ID = 0x0001;

/**
 * randomSuite is the suite with the randomness of the system. Hashes are computed here (hashing.ts), and
 * signatures are those of the backend: its verification is strict (no key of small order, under which a
 * signature fits many messages), and its private keys are the seed of RFC 8032.
 */
export async function randomSuite(): Promise<Suite> {
  const suite = await getCiphersuiteImpl(getCiphersuiteFromName(SUITE_NAME));
  const { ed25519 } = defaultBackend;
  const signature: Suite["signature"] = {
    ...suite.signature,
    sign: async (seed, message) => ed25519.sign(seed, message),
    verify: async (key, message, bytes) => ed25519.verify(key, message, bytes),
  };
  return hashingHere({ ...suite, signature });
}

/**
 * deterministicSuite draws everything from a seed: for golden vectors only, since whoever knows the seed
 * knows all keys. Draws are numbered; the ephemeral key of HPKE is not, as several messages are sealed at
 * once in no order: it follows from the seed, the recipient's key and what is sealed.
 */
export async function deterministicSuite(seed: Uint8Array): Promise<Suite> {
  const suite = await randomSuite();
  const kem = new DhkemX25519HkdfSha256();
  const hpke = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes128Gcm() });

  let draws = 0;
  const draw = (length: number) =>
    new Uint8Array(hkdfSync("sha256", seed, "", `qpc mls draw ${draws++}`, length));

  const senderContext = async (recipient: PublicKey, info: Uint8Array, sealed: Uint8Array) => {
    const hash = createHash("sha256").update(seed);
    hash.update(new Uint8Array(await kem.serializePublicKey(recipient)));
    for (const part of [info, sealed]) hash.update(createHash("sha256").update(part).digest());
    const ekm = await kem.deriveKeyPair(buffer(hash.digest()));
    return hpke.createSenderContext({ recipientPublicKey: recipient, info: buffer(info), ekm });
  };

  return {
    ...suite,
    rng: { randomBytes: draw },
    hpke: {
      ...suite.hpke,
      generateKeyPair: () => suite.hpke.deriveKeyPair(draw(32)),
      async seal(recipient, plaintext, info, aad = new Uint8Array()) {
        const context = await senderContext(recipient, info, plaintext);
        const ct = await context.seal(buffer(plaintext), buffer(aad));
        return { ct: new Uint8Array(ct), enc: new Uint8Array(context.enc) };
      },
      async exportSecret(recipient, exporterContext, length, info) {
        const context = await senderContext(recipient, info, exporterContext);
        const secret = await context.export(buffer(exporterContext), length);
        return { enc: new Uint8Array(context.enc), secret: new Uint8Array(secret) };
      },
    },
  };
}

function buffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
