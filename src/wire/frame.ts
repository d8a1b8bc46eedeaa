// The three frames of spec/framing.md: request (10-byte header), response (9), push (6).
// All integers are big-endian [framing.big-endian].

import { LIMITS } from "../registry/limits.ts";
import type { RuleSlug } from "../registry/rules.ts";

/** RequestHeader: method_id u16, request_id u32, payload_len u32 [framing.request-header]. */
export interface RequestHeader {
  readonly methodId: number;
  readonly requestId: number;
  readonly payloadLength: number;
}

/** ResponseHeader: status u8, request_id u32, payload_len u32 [framing.response-header]. */
export interface ResponseHeader {
  readonly status: number;
  readonly requestId: number;
  readonly payloadLength: number;
}

/** PushHeader: event_type u16, payload_len u32 [framing.push-header]. */
export interface PushHeader {
  readonly eventType: number;
  readonly payloadLength: number;
}

/** HeaderFormat reads one kind of header from exactly `size` bytes. */
export interface HeaderFormat<H> {
  readonly size: number;
  read(view: DataView): H;
}

export const REQUEST: HeaderFormat<RequestHeader> = {
  size: 10,
  read: (view) => ({
    methodId: view.getUint16(0),
    requestId: view.getUint32(2),
    payloadLength: view.getUint32(6),
  }),
};

export const RESPONSE: HeaderFormat<ResponseHeader> = {
  size: 9,
  read: (view) => ({
    status: view.getUint8(0),
    requestId: view.getUint32(1),
    payloadLength: view.getUint32(5),
  }),
};

export const PUSH: HeaderFormat<PushHeader> = {
  size: 6,
  read: (view) => ({ eventType: view.getUint16(0), payloadLength: view.getUint32(2) }),
};

/** FrameError: the bytes are not one whole frame. `rule` names the broken rule. */
export class FrameError extends Error {
  override name = "FrameError";
  readonly rule: RuleSlug;
  constructor(rule: RuleSlug, message: string) {
    super(message);
    this.rule = rule;
  }
}

/** encodeRequest writes one request frame. It throws FrameError when the payload is over the limit. */
export function encodeRequest(
  methodId: number,
  requestId: number,
  payload: Uint8Array,
): Uint8Array {
  const { frame, view } = allocate(REQUEST.size, payload);
  view.setUint16(0, methodId);
  view.setUint32(2, requestId);
  view.setUint32(6, payload.length);
  return frame;
}

/** encodeResponse writes one response frame. It throws FrameError when the payload is over the limit. */
export function encodeResponse(status: number, requestId: number, payload: Uint8Array): Uint8Array {
  const { frame, view } = allocate(RESPONSE.size, payload);
  view.setUint8(0, status);
  view.setUint32(1, requestId);
  view.setUint32(5, payload.length);
  return frame;
}

/** encodePush writes one push frame. It throws FrameError when the payload is over the limit. */
export function encodePush(eventType: number, payload: Uint8Array): Uint8Array {
  const { frame, view } = allocate(PUSH.size, payload);
  view.setUint16(0, eventType);
  view.setUint32(2, payload.length);
  return frame;
}

/**
 * checkLength throws FrameError when a header announces more than 4 MiB, before anything of the
 * payload is read or allocated [framing.payload-limit].
 */
export function checkLength(payloadLength: number): void {
  if (payloadLength > LIMITS.framePayload.value) {
    throw new FrameError("framing.payload-too-large", `payload_len ${payloadLength} is over 4 MiB`);
  }
}

function allocate(headerSize: number, payload: Uint8Array) {
  checkLength(payload.length);
  const frame = new Uint8Array(headerSize + payload.length);
  frame.set(payload, headerSize);
  return { frame, view: new DataView(frame.buffer) };
}
