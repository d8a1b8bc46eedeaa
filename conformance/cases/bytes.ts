// Bytes of cases, as a person writes them.

import { createHash } from "node:crypto";

/** sha256 is a blob_id, a token_hash, a fingerprint: 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

/** hex joins pieces of hex digits: hex("0322", "00000001", "00000000"). */
export function hex(...pieces: readonly string[]): Buffer {
  return Buffer.from(pieces.join("").replaceAll(" ", ""), "hex");
}

/** toHex spells bytes as hex digits, none for nothing. */
export function toHex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("hex");
}
