// The bare message of event 1000. Spec: events.md [events.new-message].

import type { MessageVector, VectorFile } from "../format.ts";
import { bytes, type Message, messageFile, messageVectors, uint64 } from "./message-vectors.ts";

const newMessage: Message = {
  name: "NewMessage",
  fields: [
    bytes(1, "recipient_key", "11".repeat(32)),
    bytes(2, "channel_id", "22".repeat(16)),
    uint64(3, "seq", 7n),
    bytes(4, "data", "cafe"),
  ],
};

/** pushMessages is messages/push.json. */
export function pushMessages(): VectorFile<MessageVector> {
  return messageFile("push", [messageVectors(newMessage)]);
}
