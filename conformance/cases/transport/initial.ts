// Initial packets by hand, for first flights that a QUIC engine does not make (RFC 9000 sections 17.2
// and 19, RFC 9001 section 5). One packet each way is all there is.

import { createCipheriv, createDecipheriv } from "node:crypto";
import { initialKeys } from "../../../src/transport/quic/refusal.ts";

/** Ids are the connection ids of a client; `token` is what a Retry asked for. */
export interface Ids {
  readonly destination: Buffer;
  readonly source: Buffer;
  readonly token: Buffer;
}

/** Reply is what a server's packet says about a ClientHello. */
export type Reply =
  | { readonly kind: "server-hello" }
  | { readonly kind: "closed"; readonly code: number }
  | { readonly kind: "retry"; readonly ids: Ids };

const VERSION_1 = Buffer.from([0, 0, 0, 1]);
const NUMBER_BYTES = 4;
const TAG_BYTES = 16;
const FULL = 1200;
const SERVER_HELLO = 2;

/** sealInitial answers a datagram of 1,200 bytes with a ClientHello of at most 1,000. */
export function sealInitial({ destination, source, token }: Ids, clientHello: Buffer): Buffer {
  const { key, iv, hp } = initialKeys(destination, "client in");
  const crypto = Buffer.concat([
    Buffer.from([0x06, 0x00]),
    varint(clientHello.length),
    clientHello,
  ]);
  const before = Buffer.concat([
    Buffer.from([0xc0 | (NUMBER_BYTES - 1)]),
    VERSION_1,
    counted(1, destination),
    counted(1, source),
    varint(token.length),
    token,
  ]);
  const rest = FULL - before.length - 2;
  const header = Buffer.concat([before, varint(rest), Buffer.alloc(NUMBER_BYTES)]);

  const aead = createCipheriv("aes-128-gcm", key, iv); // packet number 0: the nonce is the iv
  aead.setAAD(header);
  const padded = Buffer.alloc(rest - NUMBER_BYTES - TAG_BYTES);
  crypto.copy(padded);
  const packet = Buffer.concat([header, aead.update(padded), aead.final(), aead.getAuthTag()]);
  mask(packet, header.length - NUMBER_BYTES, hp, NUMBER_BYTES);
  return packet;
}

/** openReply reads the first packet of a datagram; what cannot be read is nothing, as for any client. */
export function openReply(datagram: Buffer, ids: Ids): Reply | undefined {
  try {
    return readPacket(datagram, ids);
  } catch {
    return undefined;
  }
}

function readPacket(datagram: Buffer, ids: Ids): Reply | undefined {
  const read = reader(datagram);
  const first = read.bytes(5)[0] ?? 0;
  read.bytes(read.bytes(1)[0] ?? 0);
  const source = read.bytes(read.bytes(1)[0] ?? 0);
  if ((first & 0xf0) === 0xf0) {
    const token = datagram.subarray(read.at(), -TAG_BYTES);
    return { kind: "retry", ids: { ...ids, destination: source, token } };
  }
  if ((first & 0xf0) !== 0xc0) return undefined;
  read.bytes(read.varint());
  const length = read.varint();
  return openInitial(datagram.subarray(0, read.at() + length), read.at(), ids.destination);
}

function openInitial(packet: Buffer, numberAt: number, destination: Buffer): Reply | undefined {
  const { key, iv, hp } = initialKeys(destination, "server in");
  const plain = Buffer.from(packet);
  mask(plain, numberAt, hp);
  const bodyAt = numberAt + numberBytes(plain);
  const nonce = Buffer.from(iv);
  xor(nonce.subarray(numberAt - bodyAt), plain.subarray(numberAt, bodyAt));
  const aead = createDecipheriv("aes-128-gcm", key, nonce);
  aead.setAAD(plain.subarray(0, bodyAt));
  aead.setAuthTag(plain.subarray(-TAG_BYTES));
  return readFrames(Buffer.concat([aead.update(plain.subarray(bodyAt, -TAG_BYTES)), aead.final()]));
}

// PADDING, PING, ACK (with ECN counts), CRYPTO, CONNECTION_CLOSE: nothing else is allowed here.
function readFrames(frames: Buffer): Reply | undefined {
  const read = reader(frames);
  while (read.at() < frames.length) {
    const type = read.varint();
    if (type === 0x02 || type === 0x03) {
      read.varints(2);
      read.varints(2 * read.varint() + 1 + (type === 0x03 ? 3 : 0));
    } else if (type === 0x06) {
      const offset = read.varint();
      const message = read.bytes(read.varint());
      if (offset === 0 && message[0] === SERVER_HELLO) return { kind: "server-hello" };
    } else if (type === 0x1c) {
      return { kind: "closed", code: read.varint() };
    } else if (type > 0x01) return undefined;
  }
  return undefined;
}

// RFC 9001 section 5.4. The first byte says how long the number is, but not before it is unmasked.
function mask(packet: Buffer, numberAt: number, hp: Buffer, length?: number): void {
  const sample = packet.subarray(numberAt + 4, numberAt + 20);
  const bits = createCipheriv("aes-128-ecb", hp, null).update(sample);
  packet[0] = (packet[0] as number) ^ ((bits[0] as number) & 0x0f);
  xor(packet.subarray(numberAt, numberAt + (length ?? numberBytes(packet))), bits.subarray(1));
}

function xor(bytes: Buffer, mask: Uint8Array): void {
  for (const i of bytes.keys()) bytes[i] = (bytes[i] as number) ^ (mask[i] as number);
}

function numberBytes(packet: Buffer): number {
  return ((packet[0] as number) & 3) + 1;
}

/** counted puts the length before the parts, in so many bytes. */
export function counted(width: number, ...parts: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(parts);
  const length = Buffer.alloc(width);
  length.writeUIntBE(bytes.length, 0, width);
  return Buffer.concat([length, bytes]);
}

// RFC 9000 section 16, always in the form of two bytes.
function varint(value: number): Buffer {
  return Buffer.from([0x40 | (value >> 8), value & 0xff]);
}

function reader(bytes: Buffer) {
  let at = 0;
  const take = (length: number) => {
    at += length;
    if (at > bytes.length) throw new RangeError("the packet ends too early");
    return bytes.subarray(at - length, at);
  };
  const takeVarint = () => {
    const size = 1 << ((bytes[at] ?? 0) >> 6);
    const value = take(size).reduce((sum, byte) => sum * 256 + byte, 0);
    return value % 2 ** (8 * size - 2);
  };
  return {
    at: () => at,
    bytes: take,
    varint: takeVarint,
    varints: (count: number) => {
      for (let i = 0; i < count; i++) takeVarint();
    },
  };
}
