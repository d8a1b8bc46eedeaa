// Refuses a connection without making one: an Initial packet with CONNECTION_CLOSE, protected with
// the keys that anybody can derive from the client's own first packet (RFC 9001 section 5).

import { createCipheriv, createHmac } from "node:crypto";
import type { LongHeader } from "./packet.ts";

const VERSION_1 = 1;
const INITIAL_SALT = Buffer.from("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "hex");

const TAG_BYTES = 16;
const SAMPLE_BYTES = 16;
const PACKET_NUMBER_BYTES = 4;

/**
 * refusal answers the datagram that closes a connection attempt with a transport code below 64.
 * Undefined for a version other than 1, whose keys are derived otherwise.
 */
export function refusal(attempt: LongHeader, code: number): Buffer | undefined {
  if (attempt.version !== VERSION_1) return undefined;
  const { key, iv, hp } = initialKeys(attempt.destinationId, "server in");
  // CONNECTION_CLOSE: type, code, the frame type it is about, length of the reason.
  const frame = Buffer.from([0x1c, code, 0x00, 0x00]);
  const header = initialHeader(attempt, PACKET_NUMBER_BYTES + frame.length + TAG_BYTES);

  // The packet number is 0, so the nonce is the iv itself.
  const aead = createCipheriv("aes-128-gcm", key, iv);
  aead.setAAD(header);
  const payload = Buffer.concat([aead.update(frame), aead.final(), aead.getAuthTag()]);

  const packet = Buffer.concat([header, payload]);
  protectHeader(packet, header.length - PACKET_NUMBER_BYTES, hp);
  return packet;
}

/** initialKeys derives one side's packet protection (RFC 9001 section 5.2). */
export function initialKeys(destinationId: Uint8Array, side: "client in" | "server in") {
  const initial = createHmac("sha256", INITIAL_SALT).update(destinationId).digest();
  const secret = expandLabel(initial, side, 32);
  return {
    key: expandLabel(secret, "quic key", 16),
    iv: expandLabel(secret, "quic iv", 12),
    hp: expandLabel(secret, "quic hp", 16),
  };
}

// HKDF-Expand-Label of TLS 1.3 (RFC 8446 section 7.1), for outputs of one block.
function expandLabel(secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return createHmac("sha256", secret).update(info).digest().subarray(0, length);
}

// Long header, type Initial, packet number of four bytes; the ids trade places; no token.
function initialHeader({ sourceId, destinationId }: LongHeader, length: number): Buffer {
  return Buffer.concat([
    Buffer.from([0xc0 | (PACKET_NUMBER_BYTES - 1), 0, 0, 0, VERSION_1]),
    Buffer.from([sourceId.length]),
    sourceId,
    Buffer.from([destinationId.length]),
    destinationId,
    Buffer.from([0, 0x40, length]),
    Buffer.alloc(PACKET_NUMBER_BYTES),
  ]);
}

// RFC 9001 section 5.4: the mask comes from the ciphertext four bytes after the packet number began.
function protectHeader(packet: Buffer, numberAt: number, hp: Buffer): void {
  const sampleAt = numberAt + 4;
  const sample = packet.subarray(sampleAt, sampleAt + SAMPLE_BYTES);
  const mask = createCipheriv("aes-128-ecb", hp, null).update(sample);
  packet[0] = (packet[0] as number) ^ ((mask[0] as number) & 0x0f);
  for (let index = 0; index < PACKET_NUMBER_BYTES; index += 1) {
    packet[numberAt + index] = (packet[numberAt + index] as number) ^ (mask[1 + index] as number);
  }
}
