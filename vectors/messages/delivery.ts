// Messages of 200 to 205. Spec: services/delivery.md.

import type { MessageVector, Value, VectorFile } from "../format.ts";
import { bytesField, tag, varint, varintField, WireType } from "../protobuf-writer.ts";
import {
  accepted,
  bool,
  bytes,
  type Message,
  messageFile,
  messageVectors,
  repeated,
  requestVectors,
  uint32,
  uint64,
} from "./message-vectors.ts";

const KEY = "11".repeat(32);
const OTHER_KEY = "12".repeat(32);
const CHANNEL = "22".repeat(16);
const MESSAGE_ID = "33".repeat(16);
const DEVICE = "44".repeat(16);
const SEQ = 2n ** 53n + 1n;

// 200
const enqueueRequest: Message = {
  name: "EnqueueRequest",
  fields: [
    bytes(1, "recipient_key", KEY),
    bytes(2, "payload", "cafe"),
    bytes(3, "channel_id", CHANNEL),
    uint32(4, "ttl_secs", 3600),
    bytes(5, "message_id", MESSAGE_ID),
  ],
};
const enqueueResponse: Message = {
  name: "EnqueueResponse",
  fields: [
    uint64(1, "seq", SEQ),
    bytes(2, "delivery_proof", "9f".repeat(64)),
    bool(3, "duplicate"),
  ],
};

// 201 to 203
const oneEnvelope: Message = {
  name: "Envelope",
  fields: [uint64(1, "seq", SEQ), bytes(2, "data", "cafe")],
};
const envelopes = [
  envelope(varintField(1, 1) + bytesField(2, "cafe"), "1", "cafe"),
  envelope(varintField(1, SEQ) + bytesField(2, "00"), SEQ.toString(), "00"),
];
const fetchRequest: Message = {
  name: "FetchRequest",
  fields: [
    bytes(1, "recipient_key", KEY),
    bytes(2, "channel_id", CHANNEL),
    uint32(3, "limit", 100),
    bytes(4, "device_id", DEVICE),
  ],
};
const fetchResponse: Message = {
  name: "FetchResponse",
  fields: [repeated(1, "payloads", envelopes)],
};
const fetchWaitRequest: Message = {
  name: "FetchWaitRequest",
  fields: [
    bytes(1, "recipient_key", KEY),
    bytes(2, "channel_id", CHANNEL),
    uint64(3, "timeout_ms", 30_000n),
    uint32(4, "limit", 100),
    bytes(5, "device_id", DEVICE),
  ],
};
const fetchWaitResponse: Message = { ...fetchResponse, name: "FetchWaitResponse" };
const peekRequest: Message = { ...fetchRequest, name: "PeekRequest" };
const peekResponse: Message = { ...fetchResponse, name: "PeekResponse" };

// 204
const ackRequest: Message = {
  name: "AckRequest",
  fields: [
    bytes(1, "recipient_key", KEY),
    bytes(2, "channel_id", CHANNEL),
    uint64(3, "seq_up_to", SEQ),
    bytes(4, "device_id", DEVICE),
  ],
};
const ackResponse: Message = { name: "AckResponse", fields: [] };

// 205
const batchEnqueueRequest: Message = {
  name: "BatchEnqueueRequest",
  fields: [
    repeated(1, "recipient_keys", [key(KEY), key(OTHER_KEY)]),
    bytes(2, "payload", "cafe"),
    bytes(3, "channel_id", CHANNEL),
    uint32(4, "ttl_secs", 3600),
    bytes(5, "message_id", MESSAGE_ID),
  ],
};
const PACKED = varint(1) + varint(300) + varint(SEQ);
const SEQS = ["1", "300", SEQ.toString()];
const batchEnqueueResponse: Message = {
  name: "BatchEnqueueResponse",
  fields: [{ ...repeated(1, "seqs", []), hex: bytesField(1, PACKED), decoded: SEQS }],
};

/** deliveryMessages is messages/delivery.json. */
export function deliveryMessages(): VectorFile<MessageVector> {
  return messageFile("delivery", [
    requestVectors(enqueueRequest),
    messageVectors(enqueueResponse),
    varints(),
    requestVectors(fetchRequest),
    messageVectors(fetchResponse),
    messageVectors(oneEnvelope),
    lists(),
    requestVectors(fetchWaitRequest),
    messageVectors(fetchWaitResponse),
    requestVectors(peekRequest),
    messageVectors(peekResponse),
    requestVectors(ackRequest),
    messageVectors(ackResponse),
    requestVectors(batchEnqueueRequest),
    messageVectors(batchEnqueueResponse),
    packing(),
  ]);
}

function varints(): MessageVector[] {
  const accept = (id: string, comment: string, hex: string, values: Record<string, Value>) =>
    accepted(enqueueResponse, id, "framing.protobuf-payload", comment, hex, values);
  const seq = tag(1, WireType.Varint);
  return [
    accept("seq-long-form", "a varint need not be as short as possible", `${seq}81808000`, {
      seq: "1",
    }),
    accept("seq-2-63", "negative where a reader takes it as signed", varintField(1, 2n ** 63n), {
      seq: (2n ** 63n).toString(),
    }),
    accept("seq-zero", "a default may be written out", varintField(1, 0), {}),
    accept("duplicate-two", "every number but 0 is true", varintField(3, 2), { duplicate: true }),
  ];
}

function lists(): MessageVector[] {
  const accept = (id: string, comment: string, hex: string, payloads: Value) =>
    accepted(fetchResponse, id, "framing.protobuf-payload", comment, hex, { payloads });
  return [
    accept("empty-envelope", "an element without fields is an element", bytesField(1, ""), [
      { seq: "0", data: { hex: "" } },
    ]),
    accept("envelope-backwards", "", bytesField(1, bytesField(2, "cafe") + varintField(1, 1)), [
      { seq: "1", data: { hex: "cafe" } },
    ]),
    accept(
      "envelope-unknown-field",
      "unknown fields are ignored inside an element too",
      bytesField(1, varintField(1000, 1) + varintField(1, 1)),
      [{ seq: "1", data: { hex: "" } }],
    ),
  ];
}

/** packing: a parser takes repeated numbers packed, one by one, and mixed. */
function packing(): MessageVector[] {
  const accept = (id: string, comment: string, hex: string) =>
    accepted(batchEnqueueResponse, id, "framing.protobuf-payload", comment, hex, { seqs: SEQS });
  const single = [1, 300, SEQ].map((seq) => varintField(1, seq));
  return [
    accept("unpacked", "one field per number", single.join("")),
    accept(
      "packed-in-two",
      "two packed runs are one list",
      bytesField(1, varint(1) + varint(300)) + bytesField(1, varint(SEQ)),
    ),
    accept(
      "packed-and-unpacked",
      "",
      single[0] + bytesField(1, varint(300) + varint(SEQ)) + bytesField(1, ""),
    ),
  ];
}

function envelope(hex: string, seq: string, data: string) {
  return { hex: bytesField(1, hex), decoded: { seq, data: { hex: data } } };
}

function key(hex: string) {
  return { hex: bytesField(1, hex), decoded: { hex } };
}
