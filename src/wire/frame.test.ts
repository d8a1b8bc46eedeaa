import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  checkLength,
  encodePush,
  encodeRequest,
  encodeResponse,
  FrameError,
  PUSH,
  REQUEST,
  RESPONSE,
} from "./frame.ts";
import { decodeFrame } from "./reader.ts";

const LIMIT = 4_194_304;
const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const payload = fc.uint8Array({ maxLength: 600 });

test("the frames of the chapter's example, to the byte", () => {
  assert.equal(hex(encodeRequest(802, 1, Buffer.alloc(0))), "03220000000100000000");
  const answer = Buffer.from("0a026f6b103c", "hex");
  assert.equal(hex(encodeResponse(0, 1, answer)), "0000000001000000060a026f6b103c");
  assert.equal(hex(encodePush(1000, Buffer.of(0xaa))), "03e800000001aa");
});

test("headers have 10, 9 and 6 bytes", () => {
  const empty = Buffer.alloc(0);
  const sizes = [encodeRequest(0, 0, empty), encodeResponse(0, 0, empty), encodePush(0, empty)];
  assert.deepEqual(
    sizes.map((frame) => frame.length),
    [10, 9, 6],
  );
  assert.deepEqual([REQUEST.size, RESPONSE.size, PUSH.size], [10, 9, 6]);
});

test("every request comes back as it was written", () => {
  fc.assert(
    fc.property(u16, u32, payload, (methodId, requestId, bytes) => {
      const frame = decodeFrame(encodeRequest(methodId, requestId, bytes), REQUEST);
      assert.deepEqual([frame.methodId, frame.requestId], [methodId, requestId]);
      assert.equal(Buffer.compare(frame.payload, bytes), 0);
    }),
  );
});

test("every response comes back as it was written", () => {
  fc.assert(
    fc.property(u8, u32, payload, (status, requestId, bytes) => {
      const frame = decodeFrame(encodeResponse(status, requestId, bytes), RESPONSE);
      assert.deepEqual([frame.status, frame.requestId], [status, requestId]);
      assert.equal(Buffer.compare(frame.payload, bytes), 0);
    }),
  );
});

test("every push comes back as it was written", () => {
  fc.assert(
    fc.property(u16, payload, (eventType, bytes) => {
      const frame = decodeFrame(encodePush(eventType, bytes), PUSH);
      assert.equal(frame.eventType, eventType);
      assert.equal(Buffer.compare(frame.payload, bytes), 0);
    }),
  );
});

test("a frame does not change with the payload it was made of", () => {
  const bytes = Buffer.from("ab");
  const frame = encodePush(1, bytes);
  bytes.fill(0);
  assert.equal(hex(frame), "0001000000026162");
});

test("4 MiB are allowed, one byte more is not", () => {
  assert.equal(encodeRequest(1, 1, new Uint8Array(LIMIT)).length, LIMIT + 10);
  const tooLong = new Uint8Array(LIMIT + 1);
  const encoders = [
    () => encodeRequest(1, 1, tooLong),
    () => encodeResponse(0, 1, tooLong),
    () => encodePush(1000, tooLong),
    () => checkLength(LIMIT + 1),
    () => checkLength(2 ** 32 - 1),
  ];
  for (const encode of encoders) {
    assert.throws(
      encode,
      (error) => error instanceof FrameError && error.rule === "framing.payload-too-large",
    );
  }
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
