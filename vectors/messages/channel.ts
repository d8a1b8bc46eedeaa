// Messages of 400. Spec: services/channel.md.

import type { MessageVector, VectorFile } from "../format.ts";
import { bytesField } from "../protobuf-writer.ts";
import {
  bool,
  bytes,
  type Message,
  messageFile,
  messageVectors,
  repeated,
  requestVectors,
} from "./message-vectors.ts";

// A real request has one of peer_key and group_id; decoding does not ask.
const createChannelRequest: Message = {
  name: "CreateChannelRequest",
  fields: [
    bytes(1, "peer_key", "12".repeat(32)),
    bytes(2, "group_id", "66".repeat(32)),
    repeated(3, "member_keys", ["12".repeat(32), "13".repeat(32)].map(element)),
  ],
};
const createChannelResponse: Message = {
  name: "CreateChannelResponse",
  fields: [bytes(1, "channel_id", "22".repeat(16)), bool(2, "was_new")],
};

/** channelMessages is messages/channel.json. */
export function channelMessages(): VectorFile<MessageVector> {
  return messageFile("channel", [
    requestVectors(createChannelRequest),
    messageVectors(createChannelResponse),
  ]);
}

function element(hex: string) {
  return { hex: bytesField(3, hex), decoded: { hex } };
}
