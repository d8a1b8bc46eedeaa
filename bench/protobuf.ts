// The two messages that a busy server handles most, as Protobuf and as JSON with base64.

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { EnqueueRequestSchema, FetchResponseSchema } from "../src/gen/qpc/v1/delivery_pb.ts";
import { type Call, duel } from "./measure.ts";
import type { Outcome, Row } from "./outcome.ts";

const SLICE = { ms: 100, calls: 20 };
const PAYLOADS = [
  ["256 B", 256],
  ["4 KiB", 4096],
] as const;
const ENVELOPES = 100;

/** benchProtobuf answers microseconds per call and bytes; the encodings take turns. */
export async function benchProtobuf(): Promise<Outcome> {
  const rows: Row[] = [];
  for (const [label, size] of PAYLOADS) {
    const pairs = {
      EnqueueRequest: enqueueRequest(size),
      [`${ENVELOPES} Envelopes`]: fetchResponse(size),
    };
    for (const [name, { protobuf, json }] of Object.entries(pairs)) {
      const what = `${name}, ${label}`;
      rows.push([`${what}: bytes`, protobuf.bytes, json.bytes, json.bytes / protobuf.bytes]);
      for (const step of ["encode", "decode"] as const) {
        const { first, second, ratio } = await duel(json[step], protobuf[step], SLICE);
        rows.push([`${what}: ${step} µs`, second / 1000, first / 1000, ratio]);
      }
    }
  }
  return {
    columns: ["message, payload", "protobuf", "JSON", "JSON : protobuf"],
    rows,
    findings: [
      "JSON has bytes as base64 and 64-bit numbers as text, and ends up as UTF-8. Bytes that were decoded from",
      "Protobuf are views on the message.",
    ],
    passed: true,
  };
}

interface Codec {
  readonly bytes: number;
  readonly encode: Call;
  readonly decode: Call;
}

interface Pair {
  readonly protobuf: Codec;
  readonly json: Codec;
}

function enqueueRequest(size: number): Pair {
  const request = create(EnqueueRequestSchema, {
    recipientKey: bytes(32),
    payload: bytes(size),
    channelId: bytes(16),
    ttlSecs: 86_400,
    messageId: bytes(16),
  });
  const { recipientKey, payload, channelId, ttlSecs, messageId } = request;
  const binary = toBinary(EnqueueRequestSchema, request);
  return {
    protobuf: {
      bytes: binary.length,
      encode: () => toBinary(EnqueueRequestSchema, request),
      decode: () => fromBinary(EnqueueRequestSchema, binary),
    },
    json: jsonCodec(
      () => ({
        recipientKey: base64(recipientKey),
        payload: base64(payload),
        channelId: base64(channelId),
        ttlSecs,
        messageId: base64(messageId),
      }),
      (read) => ({
        recipientKey: fromBase64(read.recipientKey),
        payload: fromBase64(read.payload),
        channelId: fromBase64(read.channelId),
        ttlSecs: read.ttlSecs,
        messageId: fromBase64(read.messageId),
      }),
    ),
  };
}

function fetchResponse(size: number): Pair {
  const response = create(FetchResponseSchema, {
    payloads: Array.from({ length: ENVELOPES }, (_, seq) => ({
      seq: BigInt(seq + 1),
      data: bytes(size),
    })),
  });
  const binary = toBinary(FetchResponseSchema, response);
  return {
    protobuf: {
      bytes: binary.length,
      encode: () => toBinary(FetchResponseSchema, response),
      decode: () => fromBinary(FetchResponseSchema, binary),
    },
    json: jsonCodec(
      () => ({
        payloads: response.payloads.map(({ seq, data }) => ({ seq: `${seq}`, data: base64(data) })),
      }),
      (read) => ({
        payloads: read.payloads.map(({ seq, data }) => ({
          seq: BigInt(seq),
          data: fromBase64(data),
        })),
      }),
    ),
  };
}

/** jsonCodec: `write` makes what JSON can hold, `read` makes of it what the program works with. */
function jsonCodec<T>(write: () => T, read: (value: T) => unknown): Codec {
  const encode = () => Buffer.from(JSON.stringify(write()));
  const encoded = encode();
  return {
    bytes: encoded.length,
    encode,
    decode: () => read(JSON.parse(encoded.toString())),
  };
}

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 37) & 0xff);
}

function base64(data: Uint8Array): string {
  return Buffer.from(data).toString("base64");
}

function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, "base64");
}
