// Delivery proofs: receipts that the server signs for what it accepted (spec/services/delivery.md, C-40).

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
} from "node:crypto";
import type { Inbox } from "../storage/stores.ts";

export interface DeliveryProofs {
  /** Ed25519 public key that verifies the proofs, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** receipt is what a proof says of a payload and a time: time_ms (8 bytes) and SHA-256, 40 bytes. */
  receipt(payload: Uint8Array, now: number): Uint8Array;
  /** prove signs a receipt for a place in an inbox: time_ms (8 bytes) and signature, 72 bytes. */
  prove(inbox: Inbox, seq: bigint, receipt: Uint8Array): Uint8Array;
}

const LABEL = "qpc delivery proof v1";
const TIME_BYTES = 8;
const KEY_BYTES = 32;

/** newSigningKey makes an Ed25519 private key in PKCS #8, to be kept for ever. */
export function newSigningKey(): Uint8Array {
  return generateKeyPairSync("ed25519").privateKey.export({ format: "der", type: "pkcs8" });
}

/** createDeliveryProofs signs with a key that newSigningKey made. */
export function createDeliveryProofs(signingKey: Uint8Array): DeliveryProofs {
  const key = Buffer.from(signingKey);
  const privateKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return {
    publicKey: spki.subarray(-KEY_BYTES),
    receipt(payload, now) {
      const digest = createHash("sha256").update(payload).digest();
      return Buffer.concat([uint64(BigInt(now)), digest]);
    },
    prove(inbox, seq, receipt) {
      const time = receipt.subarray(0, TIME_BYTES);
      const digest = receipt.subarray(TIME_BYTES);
      const signature = sign(null, statement(inbox, seq, digest, time), privateKey);
      return Buffer.concat([time, signature]);
    },
  };
}

function statement(
  { recipient, channelId }: Inbox,
  seq: bigint,
  digest: Uint8Array,
  time: Uint8Array,
): Buffer {
  const channelLength = Uint8Array.of(channelId.length);
  const label = Buffer.from(LABEL);
  return Buffer.concat([label, channelLength, channelId, recipient, uint64(seq), digest, time]);
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
