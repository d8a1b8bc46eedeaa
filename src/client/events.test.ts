import assert from "node:assert/strict";
import { test } from "node:test";
import { create, isMessage, toBinary } from "@bufbuild/protobuf";
import { PushEventType } from "../gen/qpc/v1/push_event_type_pb.ts";
import { NewMessageSchema } from "../gen/qpc/v1/push_pb.ts";
import { readEvent } from "./events.ts";

const frame = (eventType: number, payload: Uint8Array) => ({
  ...{ eventType, payload, payloadLength: payload.length },
});

test("an event is read as the message of its type", () => {
  const channelId = new Uint8Array(16).fill(7);
  const payload = toBinary(NewMessageSchema, create(NewMessageSchema, { channelId, seq: 3n }));
  const message = readEvent(frame(PushEventType.NEW_MESSAGE, payload));
  assert.ok(isMessage(message, NewMessageSchema));
  assert.deepEqual([message.channelId, message.seq], [channelId, 3n]);
});

test("an event that nobody knows, or whose payload is no message of its type, is told apart", () => {
  const nothing = new Uint8Array(0);
  assert.throws(() => readEvent(frame(9999, nothing)), { name: "EventError", fault: "unknown" });
  // A field cut short; the channel_id as a number; a length that reaches beyond the end.
  for (const payload of ["0a", "0801", "0a10ff"]) {
    const broken = frame(PushEventType.NEW_MESSAGE, Buffer.from(payload, "hex"));
    assert.throws(() => readEvent(broken), { name: "EventError", fault: "undecodable" });
  }
});
