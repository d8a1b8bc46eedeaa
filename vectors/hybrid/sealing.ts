// Seals envelopes by hand, right ones and ones with a fault that the tag does not show. Spec:
// crypto/hybrid-envelope.md.

import { createHash } from "node:crypto";
import { encapsulateWith, nobleBackend } from "../../src/crypto/backend/noble.ts";
import { concat } from "../bytes.ts";

export interface Sealing {
  readonly publicKey: Uint8Array;
  readonly plaintext: Uint8Array;
  readonly ephemeralKey: Uint8Array;
  /** Randomness of ML-KEM. */
  readonly m: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
}

/** Deviation changes one thing and seals with it, so that only the check of that thing can refuse. */
export interface Deviation {
  readonly version?: number;
  readonly ephemeralPublicKey?: Uint8Array;
  readonly x25519Secret?: Uint8Array;
  readonly label?: string;
  readonly mlKemFirst?: boolean;
  readonly headerBound?: boolean;
  readonly swappedFields?: boolean;
}

/** sealByHand answers the envelope and the values on the way. */
export function sealByHand(sealing: Sealing, deviation: Deviation = {}) {
  const { publicKey, plaintext, ephemeralKey, m, nonce, aad } = sealing;
  const { x25519, hkdfSha256, chacha20Poly1305 } = nobleBackend;
  const {
    version = 1,
    ephemeralPublicKey = x25519.publicKey(ephemeralKey),
    x25519Secret = x25519.sharedSecret(ephemeralKey, publicKey.subarray(0, 32)),
    label = "quicnprotochat-hybrid-v1",
  } = deviation;
  const { ciphertext, sharedSecret: mlKemSecret } = encapsulateWith(publicKey.subarray(32), m);
  const secrets = deviation.mlKemFirst ? [mlKemSecret, x25519Secret] : [x25519Secret, mlKemSecret];
  const ikm = concat(...secrets);
  const key = hkdfSha256({ ikm, info: new TextEncoder().encode(label), length: 32 });
  const kems = [ephemeralPublicKey, ciphertext];
  if (deviation.swappedFields) kems.reverse();
  const header = concat(Uint8Array.of(version), ...kems, nonce);
  const bound = deviation.headerBound === false ? aad : concat(header, aad);
  const box = chacha20Poly1305.seal({ key, nonce, aad: bound }, plaintext);
  return { envelope: concat(header, box), x25519Secret, mlKemSecret, key };
}

/** publicKeyOf is the public key of a private one, 1216 bytes. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  const x25519 = nobleBackend.x25519.publicKey(privateKey.subarray(0, 32));
  return concat(x25519, nobleBackend.mlKem768.keygen(privateKey.subarray(32)));
}

/** fixed is a value that looks random and is the same for ever: SHA-512 of a label, cut. */
export function fixed(label: string, size = 32): Uint8Array {
  const digest = createHash("sha512").update(`qpc hybrid vectors: ${label}`).digest();
  return Uint8Array.from(digest.subarray(0, size));
}
