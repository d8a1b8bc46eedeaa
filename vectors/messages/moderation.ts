// Messages of 420 to 424, and the reports and bans in their lists. Spec: services/moderation.md.

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
import { list } from "./special-fields.ts";

const KEY = "11".repeat(32);
const REPORTER = "12".repeat(32);
const CHANNEL = "22".repeat(16);
const MESSAGE_ID = "33".repeat(16);
const NOW_MS = 1_700_000_000_000n;

// 420
const reportMessageRequest: Message = {
  name: "ReportMessageRequest",
  fields: [
    bytes(1, "encrypted_report", "5ec2e7"),
    bytes(2, "reported_key", KEY),
    bytes(3, "channel_id", CHANNEL),
    bytes(4, "message_id", MESSAGE_ID),
    uint64(5, "seq", 7n),
  ],
};
const reportMessageResponse: Message = {
  name: "ReportMessageResponse",
  fields: [uint64(1, "report_id", 2n ** 53n + 1n)],
};

// 421
const banUserRequest: Message = {
  name: "BanUserRequest",
  fields: [
    bytes(1, "identity_key", KEY),
    bytes(2, "channel_id", CHANNEL),
    text(3, "reason", "spam"),
    uint64(4, "duration_secs", 3600n),
  ],
};
const banUserResponse: Message = { name: "BanUserResponse", fields: [bool(1, "success")] };

// 422
const unbanUserRequest: Message = {
  name: "UnbanUserRequest",
  fields: [bytes(1, "identity_key", KEY), bytes(2, "channel_id", CHANNEL)],
};
const unbanUserResponse: Message = { name: "UnbanUserResponse", fields: [bool(1, "success")] };

// 423
const report: Message = {
  name: "Report",
  fields: [
    uint64(1, "report_id", 41n),
    bytes(2, "encrypted_report", "5ec2e7"),
    bytes(3, "reporter_key", REPORTER),
    bytes(4, "reported_key", KEY),
    bytes(5, "channel_id", CHANNEL),
    uint64(6, "created_at_ms", NOW_MS),
    bytes(7, "message_id", MESSAGE_ID),
    uint64(8, "seq", 7n),
  ],
};
const listReportsRequest: Message = {
  name: "ListReportsRequest",
  fields: [uint32(1, "limit", 50), uint64(2, "after_id", 40n)],
};
const listReportsResponse: Message = {
  name: "ListReportsResponse",
  fields: [list(1, "reports", report)],
};

// 424
const bannedUser: Message = {
  name: "BannedUser",
  fields: [
    bytes(1, "identity_key", KEY),
    bytes(2, "channel_id", CHANNEL),
    text(3, "reason", "spam"),
    uint64(4, "banned_at_ms", NOW_MS),
    uint64(5, "expires_at_ms", NOW_MS + 3_600_000n),
  ],
};
const listBannedRequest: Message = {
  name: "ListBannedRequest",
  fields: [uint32(1, "limit", 50), bytes(2, "channel_id", CHANNEL), bytes(3, "after_key", KEY)],
};
const listBannedResponse: Message = {
  name: "ListBannedResponse",
  fields: [list(1, "banned", bannedUser)],
};

/** moderationMessages is messages/moderation.json. */
export function moderationMessages(): VectorFile<MessageVector> {
  return messageFile("moderation", [
    requestVectors(reportMessageRequest),
    messageVectors(reportMessageResponse),
    requestVectors(banUserRequest),
    messageVectors(banUserResponse),
    requestVectors(unbanUserRequest),
    messageVectors(unbanUserResponse),
    requestVectors(listReportsRequest),
    messageVectors(listReportsResponse),
    messageVectors(report),
    requestVectors(listBannedRequest),
    messageVectors(listBannedResponse),
    messageVectors(bannedUser),
  ]);
}
