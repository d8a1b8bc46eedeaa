// Messages of 750 to 752. Spec: services/recovery.md.

import type { MessageVector, VectorFile } from "../format.ts";
import {
  bool,
  bytes,
  type Message,
  messageFile,
  messageVectors,
  requestVectors,
} from "./message-vectors.ts";

const TOKEN = "42".repeat(32);
// SHA-256 of the token.
const HASH = "425ed4e4a36b30ea21b90e21c712c649e8214c29b7eaf68089d1039c6e55384c";
const SUCCESS = [bool(1, "success")];

// 750
const storeRecoveryBundleRequest: Message = {
  name: "StoreRecoveryBundleRequest",
  fields: [bytes(1, "token_hash", HASH), bytes(2, "bundle", "00010203")],
};
const storeRecoveryBundleResponse: Message = {
  name: "StoreRecoveryBundleResponse",
  fields: SUCCESS,
};

// 751
const fetchRecoveryBundleRequest: Message = {
  name: "FetchRecoveryBundleRequest",
  fields: [bytes(1, "recovery_token", TOKEN)],
};
const fetchRecoveryBundleResponse: Message = {
  name: "FetchRecoveryBundleResponse",
  fields: [bytes(1, "bundle", "00010203")],
};

// 752
const deleteRecoveryBundleRequest: Message = {
  name: "DeleteRecoveryBundleRequest",
  fields: [bytes(1, "token_hash", HASH)],
};
const deleteRecoveryBundleResponse: Message = {
  name: "DeleteRecoveryBundleResponse",
  fields: SUCCESS,
};

/** recoveryMessages is messages/recovery.json. */
export function recoveryMessages(): VectorFile<MessageVector> {
  return messageFile("recovery", [
    requestVectors(storeRecoveryBundleRequest),
    messageVectors(storeRecoveryBundleResponse),
    requestVectors(fetchRecoveryBundleRequest),
    messageVectors(fetchRecoveryBundleResponse),
    requestVectors(deleteRecoveryBundleRequest),
    messageVectors(deleteRecoveryBundleResponse),
  ]);
}
