// Messages of 800 and 801. Spec: services/p2p.md.

import type { MessageVector, VectorFile } from "../format.ts";
import {
  bytes,
  type Message,
  messageFile,
  messageVectors,
  requestVectors,
} from "./message-vectors.ts";

const KEY = "11".repeat(32);

// 800
const publishEndpointRequest: Message = {
  name: "PublishEndpointRequest",
  fields: [bytes(1, "identity_key", KEY), bytes(2, "node_addr", "00010203")],
};
const publishEndpointResponse: Message = { name: "PublishEndpointResponse", fields: [] };

// 801
const resolveEndpointRequest: Message = {
  name: "ResolveEndpointRequest",
  fields: [bytes(1, "identity_key", KEY)],
};
const resolveEndpointResponse: Message = {
  name: "ResolveEndpointResponse",
  fields: [bytes(1, "node_addr", "00010203")],
};

/** p2pMessages is messages/p2p.json. */
export function p2pMessages(): VectorFile<MessageVector> {
  return messageFile("p2p", [
    requestVectors(publishEndpointRequest),
    messageVectors(publishEndpointResponse),
    requestVectors(resolveEndpointRequest),
    messageVectors(resolveEndpointResponse),
  ]);
}
