// The bare messages of events 1000 to 1003, and the wrapper of a server that declares
// push-payload=oneof. Spec: events.md.

import type { Fields, MessageVector, VectorFile } from "../format.ts";
import { bytesField } from "../protobuf-writer.ts";
import {
  accepted,
  allValues,
  bool,
  bytes,
  fullHex,
  type Message,
  messageFile,
  messageVectors,
  refused,
  uint64,
} from "./message-vectors.ts";
import { absentValues, enumeration, nested } from "./special-fields.ts";

const KEY = "11".repeat(32);
const CHANNEL = "22".repeat(16);

const newMessage: Message = {
  name: "NewMessage",
  fields: [
    bytes(1, "recipient_key", KEY),
    bytes(2, "channel_id", CHANNEL),
    uint64(3, "seq", 7n),
    bytes(4, "data", "cafe"),
  ],
};
const typingIndicator: Message = {
  name: "TypingIndicator",
  fields: [bytes(1, "sender_key", KEY), bytes(2, "channel_id", CHANNEL), bool(3, "typing")],
};
const presenceUpdate: Message = {
  name: "PresenceUpdate",
  fields: [bytes(1, "identity_key", KEY), bool(2, "online")],
};
const groupMembershipChange: Message = {
  name: "GroupMembershipChange",
  fields: [
    bytes(1, "group_id", "66".repeat(32)),
    bytes(2, "member_key", KEY),
    enumeration(3, "change", 1, 3),
  ],
};
const pushEvent: Message = {
  name: "PushEvent",
  fields: [
    nested(1, "new_message", newMessage),
    nested(2, "typing", typingIndicator),
    nested(3, "presence", presenceUpdate),
    nested(4, "membership", groupMembershipChange),
  ],
};

/** pushMessages is messages/push.json. */
export function pushMessages(): VectorFile<MessageVector> {
  return messageFile("push", [
    messageVectors(newMessage),
    messageVectors(typingIndicator),
    messageVectors(presenceUpdate),
    messageVectors(groupMembershipChange),
    wrapper(),
  ]);
}

/** wrapper: a oneof, of which one field at most is present, so it has no vector with every field. */
function wrapper(): MessageVector[] {
  const accept = (id: string, comment: string, hex: string, values: Fields) =>
    accepted(pushEvent, id, "events.bare-payload", comment, hex, values);
  const typing = fullHex(typingIndicator);
  return [
    accept("empty", "no bytes at all: no event", "", {}),
    ...pushEvent.fields.map(({ name, hex, decoded }) =>
      accept(name.replace("_", "-"), "", hex, { [name]: decoded }),
    ),
    accept("empty-event", "an event without fields is that event", bytesField(3, ""), {
      presence: absentValues(presenceUpdate),
    }),
    accept(
      "two-events",
      "of two different events the last one is there",
      bytesField(1, fullHex(newMessage)) + bytesField(2, typing),
      { typing: allValues(typingIndicator) },
    ),
    accept(
      "one-event-in-two",
      "two pieces of the same event are merged",
      bytesField(2, fullHex({ ...typingIndicator, fields: typingIndicator.fields.slice(0, 1) })) +
        bytesField(2, fullHex({ ...typingIndicator, fields: typingIndicator.fields.slice(1) })),
      { typing: allValues(typingIndicator) },
    ),
    refused(
      pushEvent,
      "cut-in-field",
      "framing.undecodable-payload",
      "the last byte is missing",
      bytesField(2, typing).slice(0, -2),
    ),
  ];
}
