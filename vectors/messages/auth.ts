// Messages of 100 to 103. Spec: services/auth.md.

import type { MessageVector, VectorFile } from "../format.ts";
import { bytesField, utf8 } from "../protobuf-writer.ts";
import {
  accepted,
  bool,
  bytes,
  type Message,
  messageFile,
  messageVectors,
  refused,
  requestVectors,
  text,
} from "./message-vectors.ts";

const KEY = "11".repeat(32);

// 100
const registerStartRequest: Message = {
  name: "OpaqueRegisterStartRequest",
  fields: [text(1, "username", "alice"), bytes(2, "request", "c4".repeat(32))],
};
const registerStartResponse: Message = {
  name: "OpaqueRegisterStartResponse",
  fields: [bytes(1, "response", "c5".repeat(64))],
};

// 101
const registerFinishRequest: Message = {
  name: "OpaqueRegisterFinishRequest",
  fields: [
    text(1, "username", "alice"),
    bytes(2, "upload", "c6".repeat(192)),
    bytes(3, "identity_key", KEY),
  ],
};
const registerFinishResponse: Message = {
  name: "OpaqueRegisterFinishResponse",
  fields: [bool(1, "success")],
};

// 102
const loginStartRequest: Message = {
  name: "OpaqueLoginStartRequest",
  fields: [text(1, "username", "zoë-名"), bytes(2, "request", "c7".repeat(96))],
};
const loginStartResponse: Message = {
  name: "OpaqueLoginStartResponse",
  fields: [bytes(1, "response", "c8".repeat(320))],
};

// 103
const loginFinishRequest: Message = {
  name: "OpaqueLoginFinishRequest",
  fields: [
    text(1, "username", "alice"),
    bytes(2, "finalization", "c9".repeat(64)),
    bytes(3, "identity_key", KEY),
  ],
};
const loginFinishResponse: Message = {
  name: "OpaqueLoginFinishResponse",
  fields: [bytes(1, "session_token", "a1".repeat(32))],
};

/** authMessages is messages/auth.json. */
export function authMessages(): VectorFile<MessageVector> {
  return messageFile("auth", [
    requestVectors(registerStartRequest),
    strings(),
    messageVectors(registerStartResponse),
    requestVectors(registerFinishRequest),
    messageVectors(registerFinishResponse),
    requestVectors(loginStartRequest),
    messageVectors(loginStartResponse),
    requestVectors(loginFinishRequest),
    messageVectors(loginFinishResponse),
  ]);
}

/** strings: what UTF-8 is and is not, shown on the username. */
function strings(): MessageVector[] {
  const good = [
    ["nul", "00", "\u0000", "U+0000 is a character; the field rules refuse it later"],
    ["bom", "efbbbf61", "\ufeffa", "U+FEFF is kept, it is no byte order mark"],
    ["highest", "f48fbfbf", "\u{10ffff}", "U+10FFFF, the last code point"],
    ["replacement", "efbfbd", "\ufffd", "U+FFFD itself is good"],
  ] as const;
  const bad = [
    ["overlong", "c080", "U+0000 in two bytes"],
    ["surrogate", "eda080", "U+D800 is no character"],
    ["cut", utf8("é").slice(0, 2), "the second byte is missing"],
    ["above-last", "f4908080", "U+110000 does not exist"],
    ["latin-1", "ff", "no character begins with 0xff"],
  ] as const;
  return [
    ...good.map(([id, hex, username, comment]) =>
      accepted(
        registerStartRequest,
        `utf8-${id}`,
        "framing.protobuf-payload",
        comment,
        bytesField(1, hex),
        { username },
      ),
    ),
    ...bad.map(([id, hex, comment]) =>
      refused(
        registerStartRequest,
        `utf8-${id}`,
        "framing.invalid-utf8",
        comment,
        bytesField(1, hex),
      ),
    ),
  ];
}
