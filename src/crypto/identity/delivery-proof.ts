// Verifies delivery proofs: the server's receipts, spec/crypto/identity.md and [delivery.delivery-proof]
// (C-40). The key that they are verified with is signing_key of Health.

import type { CryptoBackend } from "../backend/backend.ts";
import { defaultBackend } from "../backend/default.ts";
import { concat } from "../bytes.ts";
import { checkLength, IDENTITY_KEY_BYTES, IdentityError } from "./error.ts";

/** Delivery is what a proof vouches for: that the server put a payload into an inbox. */
export interface Delivery {
  /** 32 bytes */
  readonly recipientKey: Uint8Array;
  /** Empty or 16 bytes. */
  readonly channelId: Uint8Array;
  readonly seq: bigint;
  readonly payload: Uint8Array;
}

/** Length of a proof: time_ms (8 bytes) and signature (64 bytes). */
export const DELIVERY_PROOF_BYTES = 72;
const TIME_BYTES = 8;
const CHANNEL_ID_BYTES = 16;
const LABEL = new TextEncoder().encode("qpc delivery proof v1");

/**
 * verifyDeliveryProof answers when the server accepted the payload, in milliseconds since 1970. Throws
 * IdentityError: `length` for a proof, key or channel ID of another length, `signature` when the proof is not signed
 * with the server's key, or is for another delivery.
 */
export function verifyDeliveryProof(
  proof: Uint8Array,
  serverKey: Uint8Array,
  delivery: Delivery,
  backend: CryptoBackend = defaultBackend,
): bigint {
  checkLength("delivery proof", proof, DELIVERY_PROOF_BYTES);
  checkLength("signing key", serverKey, IDENTITY_KEY_BYTES);
  const time = proof.subarray(0, TIME_BYTES);
  const statement = deliveryStatement(delivery, time, backend);
  if (backend.ed25519.verify(serverKey, statement, proof.subarray(TIME_BYTES))) return uint64(time);
  throw new IdentityError("signature", "the delivery proof does not verify");
}

/** deliveryStatement is what the server signs. `time` is time_ms as it stands in the proof, 8 bytes. */
export function deliveryStatement(
  { recipientKey, channelId, seq, payload }: Delivery,
  time: Uint8Array,
  backend: CryptoBackend = defaultBackend,
): Uint8Array {
  checkLength("recipient key", recipientKey, IDENTITY_KEY_BYTES);
  if (channelId.length > 0) checkLength("channel ID", channelId, CHANNEL_ID_BYTES);
  const seqBytes = new Uint8Array(8);
  new DataView(seqBytes.buffer).setBigUint64(0, seq);
  const digest = backend.sha256(payload);
  const length = Uint8Array.of(channelId.length);
  return concat(LABEL, length, channelId, recipientKey, seqBytes, digest, time);
}

function uint64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
}
