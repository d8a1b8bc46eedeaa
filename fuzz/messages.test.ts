// Protobuf decoders against every golden vector, whole, cut at each offset, round trip, and as the
// payload of a frame that arrives byte by byte; then against arbitrary bytes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DescMessage } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ErrorDetailSchema, SessionTrailerSchema } from "../src/gen/qpc/v1/common_pb.ts";
import { ConsistencyProofSchema } from "../src/gen/qpc/v1/kt_pb.ts";
import { PushEventSchema } from "../src/gen/qpc/v1/push_pb.ts";
import { EVENTS } from "../src/registry/events.ts";
import { METHODS } from "../src/registry/methods.ts";
import { encodeRequest, REQUEST } from "../src/wire/frame.ts";
import { readFrame } from "../src/wire/reader.ts";
import { materialise, sizeOf } from "../vectors/bytes.ts";
import { loadVectors, TOPICS } from "../vectors/load.ts";
import { stream } from "./frame-target.ts";
import { decode, messageVectors } from "./message-target.ts";
import { ALL_TARGETS } from "./targets/all.ts";
import { requestMessages } from "./targets/request-messages.ts";
import { sessionTrailer } from "./targets/session-trailer.ts";

const TYPES: ReadonlyMap<string, DescMessage> = new Map(
  [
    ...METHODS.flatMap(({ input, output }) => [input, output]),
    ...EVENTS.map(({ message }) => message),
    ...[ErrorDetailSchema, SessionTrailerSchema, ConsistencyProofSchema, PushEventSchema],
  ]
    .flatMap(withInner)
    .map((type) => [type.name, type]),
);

describe("message vectors", () => {
  const vectors = messageVectors(TYPES);

  test("each is of a known type", () => {
    assert.ok(vectors.length > 100);
    assert.equal(vectors.length, countMessageVectors());
  });

  for (const { vector, type, bytes } of vectors) {
    test(vector.id, async () => {
      const accepted = (await decode(type, bytes)) !== undefined;
      assert.equal(accepted ? "accept" : "reject", vector.expect);
      for (let at = 0; at < bytes.length; at++) await decode(type, bytes.subarray(0, at));
    });
  }

  test("each is the same when its frame arrives byte by byte", async () => {
    for (const { vector, bytes } of vectors) {
      const frame = encodeRequest(1, 1, bytes);
      const pieces = Array.from(frame, (byte) => Uint8Array.of(byte));
      const { payload } = await readFrame(stream(pieces), REQUEST);
      assert.equal(Buffer.compare(payload, bytes), 0, vector.id);
    }
  });
});

// All pairs take 16 s on two cores; each vector still meets four decoders, and each decoder hundreds.
test("every vector goes through decoders of other things", async () => {
  const inputs = TOPICS.flatMap((topic) => [...loadVectors(topic).vectors])
    .map(({ bytes }) => bytes)
    .filter((bytes) => sizeOf(bytes) <= 4096);
  assert.ok(inputs.length > 200);
  const decoders = ALL_TARGETS.filter(({ name }) => name !== "calls");
  for (const [index, bytes] of inputs.entries()) {
    for (let next = 0; next < 4; next++) {
      await decoders[(index + next) % decoders.length]?.run(materialise(bytes));
    }
  }
});

test("any bytes are each request message or refused", async () => {
  for (let index = 0; index < METHODS.length; index++) {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), (bytes) =>
        requestMessages.run(Buffer.concat([Buffer.of(index), bytes])),
      ),
      { numRuns: 40 },
    );
  }
});

test("any fields after a request are a trailer or refused", async () => {
  const field = fc
    .tuple(fc.constantFrom(0x0a, 0x12, 0x18, 0x7a, 0x7b, 0x7c), fc.uint8Array({ maxLength: 40 }))
    .map(([tag, bytes]) => Buffer.from([tag, bytes.length, ...bytes]));
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 5 }), (fields) =>
      sessionTrailer.run(Buffer.concat(fields)),
    ),
    { numRuns: 500 },
  );
});

function withInner(type: DescMessage): DescMessage[] {
  return [type, ...type.fields.flatMap(({ message }) => (message ? withInner(message) : []))];
}

function countMessageVectors(): number {
  const topics = TOPICS.filter((topic) => topic.startsWith("messages/"));
  return topics.flatMap((topic) => [...loadVectors(topic).vectors]).length;
}
