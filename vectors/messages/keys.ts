// Messages of 300 to 304. Spec: services/keys.md.

import type { MessageVector, VectorFile } from "../format.ts";
import { bytesField } from "../protobuf-writer.ts";
import {
  bytes,
  type Message,
  messageFile,
  messageVectors,
  repeated,
  requestVectors,
} from "./message-vectors.ts";

const KEY = "11".repeat(32);
const OTHER_KEY = "12".repeat(32);
// X25519 public key (32) and ML-KEM-768 encapsulation key (1184).
const HYBRID_KEY = "51".repeat(32) + "52".repeat(1184);

// 300
const uploadKeyPackageRequest: Message = {
  name: "UploadKeyPackageRequest",
  fields: [bytes(1, "identity_key", KEY), bytes(2, "package", "0001000500010002")],
};
const uploadKeyPackageResponse: Message = {
  name: "UploadKeyPackageResponse",
  fields: [bytes(1, "fingerprint", "61".repeat(32))],
};

// 301
const fetchKeyPackageRequest: Message = {
  name: "FetchKeyPackageRequest",
  fields: [bytes(1, "identity_key", KEY)],
};
const fetchKeyPackageResponse: Message = {
  name: "FetchKeyPackageResponse",
  fields: [bytes(1, "package", "0001000500010002")],
};

// 302
const uploadHybridKeyRequest: Message = {
  name: "UploadHybridKeyRequest",
  fields: [bytes(1, "identity_key", KEY), bytes(2, "hybrid_public_key", HYBRID_KEY)],
};
const uploadHybridKeyResponse: Message = { name: "UploadHybridKeyResponse", fields: [] };

// 303
const fetchHybridKeyRequest: Message = {
  name: "FetchHybridKeyRequest",
  fields: [bytes(1, "identity_key", KEY)],
};
const fetchHybridKeyResponse: Message = {
  name: "FetchHybridKeyResponse",
  fields: [bytes(1, "hybrid_public_key", HYBRID_KEY)],
};

// 304: the second key has none, so its place in the answer is empty but present.
const fetchHybridKeysRequest: Message = {
  name: "FetchHybridKeysRequest",
  fields: [repeated(1, "identity_keys", [KEY, OTHER_KEY].map(element))],
};
const fetchHybridKeysResponse: Message = {
  name: "FetchHybridKeysResponse",
  fields: [repeated(1, "keys", [HYBRID_KEY, "", HYBRID_KEY].map(element))],
};

/** keysMessages is messages/keys.json. */
export function keysMessages(): VectorFile<MessageVector> {
  return messageFile("keys", [
    requestVectors(uploadKeyPackageRequest),
    messageVectors(uploadKeyPackageResponse),
    requestVectors(fetchKeyPackageRequest),
    messageVectors(fetchKeyPackageResponse),
    requestVectors(uploadHybridKeyRequest),
    messageVectors(uploadHybridKeyResponse),
    requestVectors(fetchHybridKeyRequest),
    messageVectors(fetchHybridKeyResponse),
    requestVectors(fetchHybridKeysRequest),
    messageVectors(fetchHybridKeysResponse),
  ]);
}

function element(hex: string) {
  return { hex: bytesField(1, hex), decoded: { hex } };
}
