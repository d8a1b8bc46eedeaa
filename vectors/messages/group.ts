// Messages of 410 to 413, and the member in a list of them. Spec: services/group.md.

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
import { list, optionalBytes, optionalText } from "./special-fields.ts";

const GROUP = "66".repeat(32);
const KEY = "11".repeat(32);

// 410
const removeMemberRequest: Message = {
  name: "RemoveMemberRequest",
  fields: [bytes(1, "group_id", GROUP), bytes(2, "member_key", KEY)],
};
const removeMemberResponse: Message = {
  name: "RemoveMemberResponse",
  fields: [bool(1, "removed")],
};

// 411: absent leaves the value alone, empty clears it.
const updateGroupMetadataRequest: Message = {
  name: "UpdateGroupMetadataRequest",
  fields: [
    bytes(1, "group_id", GROUP),
    optionalText(2, "name", "hikers"),
    optionalText(3, "description", "on Sundays"),
    optionalBytes(4, "settings", "cafe"),
  ],
};
const updateGroupMetadataResponse: Message = {
  name: "UpdateGroupMetadataResponse",
  fields: [uint64(1, "revision", 2n ** 53n + 1n)],
};

// 412
const groupMember: Message = {
  name: "GroupMember",
  fields: [
    bytes(1, "identity_key", KEY),
    text(2, "username", "alice"),
    uint64(3, "joined_at_ms", 1_700_000_000_000n),
  ],
};
const listGroupMembersRequest: Message = {
  name: "ListGroupMembersRequest",
  fields: [bytes(1, "group_id", GROUP), uint32(2, "limit", 50), bytes(3, "after_key", KEY)],
};
const listGroupMembersResponse: Message = {
  name: "ListGroupMembersResponse",
  fields: [list(1, "members", groupMember)],
};

// 413
const rotateKeysRequest: Message = {
  name: "RotateKeysRequest",
  fields: [bytes(1, "group_id", GROUP)],
};
const rotateKeysResponse: Message = {
  name: "RotateKeysResponse",
  fields: [uint32(1, "notified", 2)],
};

/** groupMessages is messages/group.json. */
export function groupMessages(): VectorFile<MessageVector> {
  return messageFile("group", [
    requestVectors(removeMemberRequest),
    messageVectors(removeMemberResponse),
    requestVectors(updateGroupMetadataRequest),
    messageVectors(updateGroupMetadataResponse),
    requestVectors(listGroupMembersRequest),
    messageVectors(listGroupMembersResponse),
    messageVectors(groupMember),
    requestVectors(rotateKeysRequest),
    messageVectors(rotateKeysResponse),
  ]);
}
