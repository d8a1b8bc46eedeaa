// Messages of 510, 511 and 520, log entries and proofs. Spec: services/kt.md.

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
  text,
  uint64,
} from "./message-vectors.ts";
import { inclusionProof } from "./proofs.ts";
import { list } from "./special-fields.ts";

const KEY = "11".repeat(32);

// 510
const revokeKeyRequest: Message = {
  name: "RevokeKeyRequest",
  fields: [bytes(1, "identity_key", KEY), text(2, "reason", "compromised")],
};
const revokeKeyResponse: Message = {
  name: "RevokeKeyResponse",
  fields: [bool(1, "success"), uint64(2, "leaf_index", 2n ** 53n + 1n)],
};

// 511
const checkRevocationRequest: Message = {
  name: "CheckRevocationRequest",
  fields: [bytes(1, "identity_key", KEY)],
};
const checkRevocationResponse: Message = {
  name: "CheckRevocationResponse",
  fields: [
    bool(1, "revoked"),
    text(2, "reason", "superseded"),
    uint64(3, "timestamp_ms", 1_700_000_000_000n),
  ],
};

// 520
const logEntry: Message = {
  name: "LogEntry",
  fields: [uint64(1, "index", 7n), bytes(2, "leaf_hash", "81".repeat(32))],
};
const auditKeyTransparencyRequest: Message = {
  name: "AuditKeyTransparencyRequest",
  fields: [uint64(1, "start", 7n), uint64(2, "end", 9n)],
};
const auditKeyTransparencyResponse: Message = {
  name: "AuditKeyTransparencyResponse",
  fields: [
    list(1, "entries", logEntry),
    uint64(2, "tree_size", 9n),
    bytes(3, "root", "83".repeat(32)),
  ],
};

// No method returns it; offline tools do.
const consistencyProof: Message = {
  name: "ConsistencyProof",
  fields: [
    uint64(1, "old_size", 2n),
    uint64(2, "new_size", 3n),
    repeated(3, "path", ["84".repeat(32), "85".repeat(32)].map(node)),
    bytes(4, "old_root", "86".repeat(32)),
    bytes(5, "new_root", "83".repeat(32)),
  ],
};

/** ktMessages is messages/kt.json. */
export function ktMessages(): VectorFile<MessageVector> {
  return messageFile("kt", [
    requestVectors(revokeKeyRequest),
    messageVectors(revokeKeyResponse),
    requestVectors(checkRevocationRequest),
    messageVectors(checkRevocationResponse),
    requestVectors(auditKeyTransparencyRequest),
    messageVectors(auditKeyTransparencyResponse),
    messageVectors(logEntry),
    messageVectors(inclusionProof),
    messageVectors(consistencyProof),
  ]);
}

function node(hex: string) {
  return { hex: bytesField(3, hex), decoded: { hex } };
}
