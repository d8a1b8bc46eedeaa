// Messages of 802. Spec: services/health.md.

import type { MessageVector, VectorFile } from "../format.ts";
import {
  bytes,
  type Message,
  messageFile,
  messageVectors,
  requestVectors,
  text,
  uint64,
} from "./message-vectors.ts";

const healthRequest: Message = { name: "HealthRequest", fields: [] };

const healthResponse: Message = {
  name: "HealthResponse",
  fields: [
    text(1, "status", "ok"),
    uint64(2, "uptime_secs", 86_400n),
    bytes(3, "signing_key", "71".repeat(32)),
  ],
};

/** healthMessages is messages/health.json. */
export function healthMessages(): VectorFile<MessageVector> {
  return messageFile("health", [requestVectors(healthRequest), messageVectors(healthResponse)]);
}
