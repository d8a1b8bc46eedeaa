// Vectors of the request frame: method_id u16, request_id u32, payload_len u32, payload.
// Spec: framing.md [framing.request-header].

import type { FrameVector, RequestFields, VectorFile } from "../format.ts";
import { bytesField } from "../protobuf-writer.ts";
import { commonVectors, frameTools, type Kind, u16, u32 } from "./frame-vectors.ts";

const HEALTH = 802;
const EMPTY = { hex: "" };

const kind: Kind<RequestFields> = {
  name: "request",
  headerSize: 10,
  header: ({ method_id, request_id }) => u16(method_id) + u32(request_id),
  sample: { method_id: HEALTH, request_id: 1 },
};

/** requestFrames is frames/request.json. */
export function requestFrames(): VectorFile<FrameVector<RequestFields>> {
  return {
    schema: "schema/frames.schema.json",
    topic: "frames/request",
    spec: "spec/framing.md",
    vectors: [...commonVectors(kind), ...requestIds(), ...methods(), ...mistakenFrames()],
  };
}

function requestIds(): FrameVector<RequestFields>[] {
  const ids = [
    [0, "zero", "zero is a request_id like any other"],
    [0x01020304, "01020304", "04030201 where the byte order is wrong"],
    [0x80000000, "2-31", "negative where a reader takes it as signed"],
    [2 ** 32 - 1, "2-32-less-1", ""],
  ] as const;
  return ids.map(([request_id, name, comment]) =>
    frameTools(kind).accept(
      `id-${name}`,
      "framing.request-id-echo",
      comment,
      { method_id: HEALTH, request_id },
      EMPTY,
    ),
  );
}

function methods(): FrameVector<RequestFields>[] {
  const ids = [
    [0, "zero", "the frame is good; the call is answered UnknownMethod"],
    [201, "201", "0xc900 where the byte order is wrong"],
    [0x0201, "513", "0x0102 where the byte order is wrong"],
    [950, "950", "the highest assigned method"],
    [0xffff, "65535", "the frame is good; the call is answered UnknownMethod"],
  ] as const;
  return ids.map(([method_id, name, comment]) =>
    frameTools(kind).accept(
      `method-${name}`,
      name === "201" || name === "513" ? "framing.big-endian" : "framing.request-header",
      comment,
      { method_id, request_id: 1 },
      EMPTY,
    ),
  );
}

function mistakenFrames(): FrameVector<RequestFields>[] {
  const { accept, reject, write } = frameTools(kind);
  const inner = write(kind.sample, EMPTY) as { hex: string };
  return [
    accept(
      "payload-holds-a-frame",
      "framing.payload-length",
      "the payload is a field that contains a whole request frame; it is not looked for",
      kind.sample,
      { hex: bytesField(1000, inner.hex) },
    ),
    reject(
      "version-byte-first",
      "framing.no-version",
      "header",
      "a version byte shifts the header: payload_len becomes 16 MiB",
      { hex: `02${u16(HEALTH)}${u32(1)}${u32(0)}` },
      { method_id: 0x0203, request_id: 0x22000000, payload_len: 0x01000000 },
    ),
    reject(
      "response-frame",
      "framing.request-header",
      "header",
      "a response frame without payload is one byte too short to be a request",
      { hex: `00${u32(1)}${u32(0)}` },
    ),
  ];
}
