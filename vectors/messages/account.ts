// Messages of 950. Spec: services/account.md.

import type { MessageVector, VectorFile } from "../format.ts";
import {
  bool,
  type Message,
  messageFile,
  messageVectors,
  requestVectors,
} from "./message-vectors.ts";

const deleteAccountRequest: Message = { name: "DeleteAccountRequest", fields: [] };
const deleteAccountResponse: Message = {
  name: "DeleteAccountResponse",
  fields: [bool(1, "success")],
};

/** accountMessages is messages/account.json. */
export function accountMessages(): VectorFile<MessageVector> {
  return messageFile("account", [
    requestVectors(deleteAccountRequest),
    messageVectors(deleteAccountResponse),
  ]);
}
