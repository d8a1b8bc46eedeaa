// What a server signs, written out: spec/crypto/identity.md.

import { createHash } from "node:crypto";
import { nobleBackend } from "../../src/crypto/backend/noble.ts";
import { concat } from "../bytes.ts";

export interface Receipt {
  readonly recipientKey: Uint8Array;
  readonly channelId: Uint8Array;
  readonly seq: bigint;
  readonly payload: Uint8Array;
  readonly timeMs: bigint;
}

/** Deviation is a statement that a server might sign by mistake. */
export interface Deviation {
  readonly label?: string;
  readonly digest?: Uint8Array;
  readonly channelLength?: boolean;
}

/** statement is what a proof signs. */
export function statement(receipt: Receipt, deviation: Deviation = {}): Uint8Array {
  const { recipientKey, channelId, seq, payload, timeMs } = receipt;
  const {
    label = "qpc delivery proof v1",
    digest = createHash("sha256").update(payload).digest(),
    channelLength = true,
  } = deviation;
  const length = channelLength ? Uint8Array.of(channelId.length) : new Uint8Array(0);
  const text = new TextEncoder().encode(label);
  return concat(text, length, channelId, recipientKey, uint64(seq), digest, uint64(timeMs));
}

/** signedBy is the proof that a server with this seed makes, 72 bytes. */
export function signedBy(seed: Uint8Array, receipt: Receipt, deviation?: Deviation): Uint8Array {
  const signature = nobleBackend.ed25519.sign(seed, statement(receipt, deviation));
  return concat(uint64(receipt.timeMs), signature);
}

export function uint64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}
