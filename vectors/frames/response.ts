// Vectors of the response frame: status u8, request_id u32, payload_len u32, payload.
// Spec: framing.md [framing.response-header], status.md.

import type { FrameVector, ResponseFields, VectorFile } from "../format.ts";
import { bytesField, stringField, varintField } from "../protobuf-writer.ts";
import { commonVectors, frameTools, type Kind, u8, u32 } from "./frame-vectors.ts";

const INTERNAL = 10;
const EMPTY = { hex: "" };

const kind: Kind<ResponseFields> = {
  name: "response",
  headerSize: 9,
  header: ({ status, request_id }) => u8(status) + u32(request_id),
  sample: { status: 0, treat_as: 0, request_id: 1 },
};

/** responseFrames is frames/response.json. */
export function responseFrames(): VectorFile<FrameVector<ResponseFields>> {
  return {
    schema: "schema/frames.schema.json",
    topic: "frames/response",
    spec: "spec/framing.md",
    vectors: [
      ...commonVectors(kind),
      ...requestIds(),
      ...statuses(),
      ...errorDetails(),
      ...mistakenFrames(),
    ],
  };
}

function requestIds(): FrameVector<ResponseFields>[] {
  const ids = [
    [0, "zero", ""],
    [0x01020304, "01020304", "04030201 where the byte order is wrong"],
    [0x80000000, "2-31", "negative where a reader takes it as signed"],
    [2 ** 32 - 1, "2-32-less-1", ""],
  ] as const;
  return ids.map(([request_id, name, comment]) =>
    frameTools(kind).accept(
      `id-${name}`,
      "framing.request-id-echo",
      comment,
      { status: 0, treat_as: 0, request_id },
      EMPTY,
    ),
  );
}

function statuses(): FrameVector<ResponseFields>[] {
  const { accept } = frameTools(kind);
  const assigned = [
    [0, "ok"],
    [1, "bad-request"],
    [2, "unauthorized"],
    [3, "forbidden"],
    [4, "not-found"],
    [5, "rate-limited"],
    [8, "deadline-exceeded"],
    [9, "unavailable"],
    [10, "internal"],
    [11, "unknown-method"],
  ] as const;
  const unassigned = [6, 7, 12, 128, 255];
  const unassignedComment = "a client treats it as Internal and keeps the connection";
  return [
    ...assigned.map(([status, name]) => {
      const fields = { status, treat_as: status, request_id: 7 };
      return accept(`status-${status}`, `status.${name}`, "", fields, EMPTY);
    }),
    ...unassigned.map((status) => {
      const fields = { status, treat_as: INTERNAL, request_id: 7 };
      return accept(`status-${status}`, "status.unassigned", unassignedComment, fields, EMPTY);
    }),
  ];
}

/** errorDetails: beside a status that is not Ok any payload is allowed, an ErrorDetail is expected. */
function errorDetails(): FrameVector<ResponseFields>[] {
  const { accept } = frameTools(kind);
  const detail = (id: string, status: number, hex: string, comment: string) => {
    const fields = { status, treat_as: status, request_id: 1 };
    return accept(`detail-${id}`, "status.error-detail", comment, fields, { hex });
  };
  return [
    detail("message", 1, stringField(1, "payload too large"), ""),
    detail("code", 1, stringField(3, "PAYLOAD_TOO_LARGE"), ""),
    detail("retry-after", 5, varintField(2, 1500), "retry_after_ms 1500"),
    detail("unknown-field", 9, bytesField(1000, "00"), ""),
    detail("undecodable", 4, "ff", "a client reports NotFound even if the detail is no message"),
  ];
}

function mistakenFrames(): FrameVector<ResponseFields>[] {
  const { reject } = frameTools(kind);
  return [
    reject(
      "ten-byte-header",
      "framing.response-header",
      "header",
      "a status of two bytes shifts the header: payload_len becomes 16 MiB",
      { hex: `0000${u32(1)}${u32(0)}` },
      { status: 0, treat_as: 0, request_id: 0, payload_len: 0x01000000 },
    ),
    reject(
      "version-byte-first",
      "framing.no-version",
      "header",
      "a version byte shifts the header: payload_len becomes 16 MiB",
      { hex: `02${u8(0)}${u32(1)}${u32(0)}` },
      { status: 2, treat_as: 2, request_id: 0, payload_len: 0x01000000 },
    ),
  ];
}
