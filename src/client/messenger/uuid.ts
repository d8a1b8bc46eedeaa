// UUIDv7 (RFC 9562 section 5.7): ids of contents and idempotency keys, 16 bytes that sort by time.

import { randomBytes } from "node:crypto";

/** uuidV7 makes an id of this time, in milliseconds since 1970. */
export function uuidV7(now: number): Uint8Array {
  const id = new Uint8Array(randomBytes(16));
  const view = new DataView(id.buffer);
  view.setUint32(0, Math.floor(now / 2 ** 16));
  view.setUint16(4, now % 2 ** 16);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  return id;
}
