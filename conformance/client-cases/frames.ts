// Responses and pushes of a case's own making, right or wrong (spec/framing.md).

import { HealthService, KeyService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../../src/registry/limits.ts";
import { methodOf } from "../../src/registry/methods.ts";
import { hex } from "../cases/bytes.ts";

export const EMPTY: Uint8Array = new Uint8Array(0);

/** Method 802, which takes an empty request. */
export const HEALTH = methodOf(HealthService.method.health).id;

/** HealthResponse { status: "ok", uptime_secs: 60 }. */
export const HEALTHY: Uint8Array = hex("0a026f6b103c");

/** Method 301, whose response has bytes in field 1. */
export const FETCH_KEY_PACKAGE = methodOf(KeyService.method.fetchKeyPackage).id;

/** The most bytes that a payload may have: 4,194,304. */
export const MOST_PAYLOAD = LIMITS.framePayload.value;

/** A request that is longer than what the server's window takes before it reads: 1.25 MiB. */
export const BLOCKED_BYTES = 1_310_720;

/** response lays out a response frame; `announced` is payload_len where it shall be wrong. */
export function response(
  status: number,
  requestId: number,
  payload: Uint8Array = EMPTY,
  announced = payload.length,
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt8(status, 0);
  header.writeUInt32BE(requestId, 1);
  header.writeUInt32BE(announced, 5);
  return Buffer.concat([header, payload]);
}

/** push lays out a push frame; `announced` is payload_len where it shall be wrong. */
export function push(eventType: number, payload = EMPTY, announced = payload.length): Buffer {
  const header = Buffer.alloc(6);
  header.writeUInt16BE(eventType, 0);
  header.writeUInt32BE(announced, 2);
  return Buffer.concat([header, payload]);
}

/** filler is a message of exactly `length` bytes whose only field is bytes; default field 1. */
export function filler(length: number, tag: Uint8Array = hex("0a")): Buffer {
  for (let width = 1; width <= 4; width++) {
    const content = length - tag.length - width;
    const varint = varintOf(content);
    if (varint.length === width) return Buffer.concat([tag, varint, Buffer.alloc(content)]);
  }
  throw new Error(`no field has ${length} bytes`);
}

function varintOf(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}
