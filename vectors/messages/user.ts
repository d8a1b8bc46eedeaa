// Messages of 500 and 501. Spec: services/user.md.

import type { MessageVector, VectorFile } from "../format.ts";
import {
  bytes,
  type Message,
  messageFile,
  messageVectors,
  requestVectors,
  text,
} from "./message-vectors.ts";
import { inclusionProof } from "./proofs.ts";
import { nested } from "./special-fields.ts";

// 500
const resolveUserRequest: Message = {
  name: "ResolveUserRequest",
  fields: [text(1, "username", "zoë@b.test")],
};
const resolveUserResponse: Message = {
  name: "ResolveUserResponse",
  fields: [bytes(1, "identity_key", "11".repeat(32)), nested(2, "inclusion_proof", inclusionProof)],
};

// 501
const resolveIdentityRequest: Message = {
  name: "ResolveIdentityRequest",
  fields: [bytes(1, "identity_key", "11".repeat(32))],
};
const resolveIdentityResponse: Message = {
  name: "ResolveIdentityResponse",
  fields: [text(1, "username", "alice")],
};

/** userMessages is messages/user.json. */
export function userMessages(): VectorFile<MessageVector> {
  return messageFile("user", [
    requestVectors(resolveUserRequest),
    messageVectors(resolveUserResponse),
    requestVectors(resolveIdentityRequest),
    messageVectors(resolveIdentityResponse),
  ]);
}
