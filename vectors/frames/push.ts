// Vectors of the push frame: event_type u16, payload_len u32, payload.
// Spec: framing.md [framing.push-header], events.md.

import type { FrameVector, PushFields, VectorFile } from "../format.ts";
import { bytesField, varintField } from "../protobuf-writer.ts";
import { commonVectors, frameTools, type Kind, u16, u32 } from "./frame-vectors.ts";

const EMPTY = { hex: "" };
const KEY = "11".repeat(32);
const CHANNEL = "22".repeat(16);

const kind: Kind<PushFields> = {
  name: "push",
  headerSize: 6,
  header: ({ event_type }) => u16(event_type),
  sample: { event_type: 1000, message: "NewMessage" },
};

/** pushFrames is frames/push.json. */
export function pushFrames(): VectorFile<FrameVector<PushFields>> {
  return {
    schema: "schema/frames.schema.json",
    topic: "frames/push",
    spec: "spec/framing.md",
    vectors: [...commonVectors(kind), ...events(), ...unknownEvents(), ...mistakenFrames()],
  };
}

function events(): FrameVector<PushFields>[] {
  const rows = [
    [
      1000,
      "NewMessage",
      "events.new-message",
      bytesField(1, KEY) + bytesField(2, CHANNEL) + varintField(3, 7) + bytesField(4, "cafe"),
    ],
    [
      1001,
      "TypingIndicator",
      "events.typing",
      bytesField(1, KEY) + bytesField(2, CHANNEL) + varintField(3, 1),
    ],
    [1002, "PresenceUpdate", "events.presence", bytesField(1, KEY) + varintField(2, 1)],
    [
      1003,
      "GroupMembershipChange",
      "events.membership",
      bytesField(1, "33".repeat(32)) + bytesField(2, KEY) + varintField(3, 1),
    ],
  ] as const;
  return rows.map(([event_type, message, rule, hex]) =>
    frameTools(kind).accept(
      `event-${event_type}`,
      rule,
      `the payload is a bare ${message}`,
      { event_type, message },
      { hex },
    ),
  );
}

function unknownEvents(): FrameVector<PushFields>[] {
  const { accept } = frameTools(kind);
  const rows = [
    [0, "0", ""],
    [999, "999", ""],
    [1004, "1004", ""],
    [0xe803, "59395", "1000 written little-endian"],
    [0xffff, "65535", ""],
  ] as const;
  return rows.map(([event_type, name, comment]) =>
    accept(
      `event-${name}`,
      name === "59395" ? "framing.big-endian" : "events.unknown",
      comment || "a client drops the event and keeps the connection",
      { event_type, message: null },
      EMPTY,
    ),
  );
}

function mistakenFrames(): FrameVector<PushFields>[] {
  const { reject } = frameTools(kind);
  return [
    reject(
      "request-id-in-header",
      "framing.push-header",
      "end",
      "a push has no request_id: the four bytes taken for one are read as payload_len",
      { hex: u16(1000) + u32(0) + u32(0) },
      { event_type: 1000, message: "NewMessage", payload_len: 0 },
    ),
    reject(
      "version-byte-first",
      "framing.no-version",
      "header",
      "a version byte shifts the header: payload_len is over the limit",
      { hex: `02${u16(1000)}${u32(0)}` },
      { event_type: 0x0203, message: null, payload_len: 0xe8000000 },
    ),
  ];
}
