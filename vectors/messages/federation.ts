// Messages of 900 to 905, their origin and the relayed message. Spec: services/federation.md.

import type { MessageVector, VectorFile } from "../format.ts";
import {
  bool,
  bytes,
  type Message,
  messageFile,
  messageVectors,
  requestVectors,
  text,
  uint32,
  uint64,
} from "./message-vectors.ts";
import { inclusionProof } from "./proofs.ts";
import { list, nested, packed } from "./special-fields.ts";

const KEY = "11".repeat(32);
const SEQ = 2n ** 53n + 1n;

const federationAuth: Message = {
  name: "FederationAuth",
  fields: [text(1, "origin", "a.test")],
};
const auth = nested(1, "federation_auth", federationAuth);

// 900
const relayMessage: Message = {
  name: "RelayMessage",
  fields: [
    bytes(1, "recipient_key", KEY),
    bytes(2, "payload", "cafe"),
    bytes(3, "channel_id", "22".repeat(16)),
    uint32(4, "ttl_secs", 3600),
    bytes(5, "message_id", "33".repeat(16)),
  ],
};
const relayEnqueueRequest: Message = {
  name: "RelayEnqueueRequest",
  fields: [auth, nested(2, "message", relayMessage)],
};
const relayEnqueueResponse: Message = {
  name: "RelayEnqueueResponse",
  fields: [uint64(1, "seq", SEQ), bool(2, "duplicate")],
};

// 901
const relayBatchEnqueueRequest: Message = {
  name: "RelayBatchEnqueueRequest",
  fields: [auth, list(2, "messages", relayMessage)],
};
const relayBatchEnqueueResponse: Message = {
  name: "RelayBatchEnqueueResponse",
  fields: [packed(1, "seqs", [1n, 300n, SEQ])],
};

// 902
const proxyFetchKeyPackageRequest: Message = {
  name: "ProxyFetchKeyPackageRequest",
  fields: [auth, bytes(2, "identity_key", KEY)],
};
const proxyFetchKeyPackageResponse: Message = {
  name: "ProxyFetchKeyPackageResponse",
  fields: [bytes(1, "package", "0001000500010002")],
};

// 903
const proxyFetchHybridKeyRequest: Message = {
  name: "ProxyFetchHybridKeyRequest",
  fields: [auth, bytes(2, "identity_key", KEY)],
};
const proxyFetchHybridKeyResponse: Message = {
  name: "ProxyFetchHybridKeyResponse",
  fields: [bytes(1, "hybrid_public_key", "51".repeat(32) + "52".repeat(1184))],
};

// 904
const proxyResolveUserRequest: Message = {
  name: "ProxyResolveUserRequest",
  fields: [auth, text(2, "username", "alice")],
};
const proxyResolveUserResponse: Message = {
  name: "ProxyResolveUserResponse",
  fields: [bytes(1, "identity_key", KEY), nested(2, "inclusion_proof", inclusionProof)],
};

// 905
const federationHealthRequest: Message = { name: "FederationHealthRequest", fields: [auth] };
const federationHealthResponse: Message = {
  name: "FederationHealthResponse",
  fields: [text(1, "status", "ok"), text(2, "domain", "b.test")],
};

/** federationMessages is messages/federation.json. */
export function federationMessages(): VectorFile<MessageVector> {
  return messageFile("federation", [
    messageVectors(federationAuth),
    messageVectors(relayMessage),
    requestVectors(relayEnqueueRequest),
    messageVectors(relayEnqueueResponse),
    requestVectors(relayBatchEnqueueRequest),
    messageVectors(relayBatchEnqueueResponse),
    requestVectors(proxyFetchKeyPackageRequest),
    messageVectors(proxyFetchKeyPackageResponse),
    requestVectors(proxyFetchHybridKeyRequest),
    messageVectors(proxyFetchHybridKeyResponse),
    requestVectors(proxyResolveUserRequest),
    messageVectors(proxyResolveUserResponse),
    requestVectors(federationHealthRequest),
    messageVectors(federationHealthResponse),
  ]);
}
