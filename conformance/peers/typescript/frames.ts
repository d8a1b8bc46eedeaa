// The three frames (spec/framing.md).

import { EVENTS } from "../../../src/registry/events.ts";
import { isStatus, Status } from "../../../src/registry/statuses.ts";
import {
  encodePush,
  encodeRequest,
  encodeResponse,
  PUSH,
  REQUEST,
  RESPONSE,
} from "../../../src/wire/frame.ts";
import { decodeFrame } from "../../../src/wire/reader.ts";
import { bytesOf, type Operations, type Request, toBytes } from "./operations.ts";

export const frames: Operations = {
  "frame.decode": (request) => decode(request.kind, bytesOf(request, "bytes")),
  "frame.encode": (request) => ({ bytes: toBytes(encode(request)) }),
};

function decode(kind: unknown, bytes: Uint8Array): object {
  if (kind === "request") {
    const { methodId, requestId, payload } = decodeFrame(bytes, REQUEST);
    return { method_id: methodId, request_id: requestId, payload: toBytes(payload) };
  }
  if (kind === "response") {
    const { status, requestId, payload } = decodeFrame(bytes, RESPONSE);
    const treatAs = isStatus(status) ? status : Status.Internal;
    return { status, treat_as: treatAs, request_id: requestId, payload: toBytes(payload) };
  }
  const { eventType, payload } = decodeFrame(bytes, PUSH);
  const message = EVENTS.find(({ id }) => id === eventType)?.message.name ?? null;
  return { event_type: eventType, message, payload: toBytes(payload) };
}

function encode(request: Request): Uint8Array {
  const { kind, method_id, request_id, status, event_type } = request;
  const payload = bytesOf(request, "payload");
  if (kind === "request") return encodeRequest(Number(method_id), Number(request_id), payload);
  if (kind === "response") return encodeResponse(Number(status), Number(request_id), payload);
  return encodePush(Number(event_type), payload);
}
