import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { NewMessageSchema } from "../gen/qpc/v1/push_pb.ts";
import { newMessage } from "./events.ts";

const LIMIT = 4_194_304;
const recipient = new Uint8Array(32).fill(0xaa);

test("event 1000 of the chapter's example, to the byte", () => {
  const { eventType, payload } = newMessage(outgoing(Buffer.from("hi")), 6n);
  assert.equal(eventType, 1000);
  assert.equal(Buffer.from(payload).toString("hex"), `0a20${"aa".repeat(32)}180622026869`);
});

test("data that just fits is sent, a byte more is left out, and the rest stays", () => {
  const overhead = newMessage(outgoing(new Uint8Array(1 << 21)), 6n).payload.length - (1 << 21);
  const fits = newMessage(outgoing(new Uint8Array(LIMIT - overhead)), 6n);
  assert.equal(fits.payload.length, LIMIT);
  const over = newMessage(outgoing(new Uint8Array(LIMIT - overhead + 1)), 6n);
  const message = fromBinary(NewMessageSchema, over.payload);
  assert.deepEqual([message.seq, message.data.length], [6n, 0]);
  assert.equal(Buffer.compare(message.recipientKey, recipient), 0);
});

function outgoing(payload: Uint8Array) {
  return { recipient, channelId: new Uint8Array(0), payload, expiresAt: 1 };
}
