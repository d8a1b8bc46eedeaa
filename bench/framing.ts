// Encoding and decoding of the three frames (spec/framing.md), for payloads of 0 bytes to 1 MiB.

import {
  encodePush,
  encodeRequest,
  encodeResponse,
  type HeaderFormat,
  PUSH,
  REQUEST,
  RESPONSE,
} from "../src/wire/frame.ts";
import { decodeFrame } from "../src/wire/reader.ts";
import { nanoseconds } from "./measure.ts";
import type { Outcome, Row } from "./outcome.ts";

const SIZES = [
  ["0 B", 0],
  ["100 B", 100],
  ["4 KiB", 4096],
  ["1 MiB", 1_048_576],
] as const;

interface Kind {
  readonly name: string;
  readonly format: HeaderFormat<{ readonly payloadLength: number }>;
  encode(payload: Uint8Array): Uint8Array;
}

const KINDS: readonly Kind[] = [
  { name: "request", format: REQUEST, encode: (payload) => encodeRequest(1, 2, payload) },
  { name: "response", format: RESPONSE, encode: (payload) => encodeResponse(0, 2, payload) },
  { name: "push", format: PUSH, encode: (payload) => encodePush(1000, payload) },
];

/** A small frame takes less time than the clock can tell, so a sample is this many calls. */
const SLICE = { ms: 300, calls: 50 };

/** benchFraming measures nanoseconds per call, the median of the samples. */
export async function benchFraming(): Promise<Outcome> {
  const rows: Row[] = [];
  for (const [label, size] of SIZES) {
    for (const { name, format, encode } of KINDS) {
      const payload = new Uint8Array(size).fill(0x5a);
      const frame = encode(payload);
      const encoding = await nanoseconds(() => encode(payload), SLICE);
      const decoding = await nanoseconds(() => decodeFrame(frame, format), SLICE);
      rows.push([`${name}, ${label}`, encoding, decoding]);
    }
  }
  return {
    columns: ["frame, payload", "encode ns", "decode ns"],
    rows,
    findings: ["Encoding copies the payload behind its header; decoding answers a view."],
    passed: true,
  };
}
