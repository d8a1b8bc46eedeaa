// ErrorDetail and SessionTrailer, and the ways in which bytes are no message of any type.
// Spec: status.md [status.error-detail], sessions.md [sessions.trailer], framing.md.

import type { Fields, MessageVector, VectorFile } from "../format.ts";
import { bytesField, stringField, tag, varint, varintField, WireType } from "../protobuf-writer.ts";
import {
  accepted,
  bytes,
  type Field,
  type Message,
  messageFile,
  messageVectors,
  refused,
  text,
  uint64,
} from "./message-vectors.ts";

const TOKEN = "a1".repeat(32);
const OTHER_TOKEN = "b2".repeat(32);
const DEVICE = "d1".repeat(16);

const errorDetail: Message = {
  name: "ErrorDetail",
  fields: [
    text(1, "message", "try again later"),
    uint64(2, "retry_after_ms", 1500n),
    text(3, "code", "PAYLOAD_TOO_LARGE"),
  ],
};

const auth: Field = {
  name: "auth",
  number: 15,
  hex: bytesField(15, bytesField(1, TOKEN) + bytesField(2, DEVICE)),
  decoded: { access_token: { hex: TOKEN }, device_id: { hex: DEVICE } },
  absent: null,
};
const sessionTrailer: Message = { name: "SessionTrailer", fields: [auth] };

const sessionAuth: Message = {
  name: "Auth",
  fields: [bytes(1, "access_token", TOKEN), bytes(2, "device_id", DEVICE)],
};

/** commonMessages is messages/common.json. */
export function commonMessages(): VectorFile<MessageVector> {
  return messageFile("common", [
    messageVectors(errorDetail),
    malformed(),
    messageVectors(sessionAuth),
    messageVectors(sessionTrailer).map(asTrailer),
    [tokenPastItsMessage()],
    trailers().map(asTrailer),
  ]);
}

/** malformed: every decoder must refuse these, whatever the message. */
function malformed(): MessageVector[] {
  const reject = (id: string, comment: string, hex: string) =>
    refused(errorDetail, id, "framing.undecodable-payload", comment, hex);
  const good = stringField(1, "ok");
  return [
    reject("field-zero", "there is no field 0", `${good}0000`),
    reject("wire-type-6", "", good + tag(1000, 6)),
    reject("wire-type-7", "", good + tag(1000, 7)),
    reject("varint-11-bytes", "a varint has at most ten bytes", `${tag(2, 0)}${"ff".repeat(10)}01`),
    reject(
      "varint-unknown-11-bytes",
      "an unknown field is skipped by the same rules",
      `${good}${tag(1000, WireType.Varint)}${"80".repeat(10)}00`,
    ),
    reject("varint-cut", "", `${good}${tag(2, WireType.Varint)}80`),
    reject("length-over-end", "a string of five bytes, of which two are there", "0a056f6b"),
    reject("length-2-31", "negative where a reader takes it as signed", `0a${varint(2 ** 31)}`),
    reject("length-2-64-less-1", "", `0a${varint(2n ** 64n - 1n)}`),
    reject("fixed32-cut", "an unknown 32-bit field with three bytes", `${tag(1000, 5)}000000`),
    reject(
      "fixed64-cut",
      "an unknown 64-bit field with seven bytes",
      `${tag(1000, 1)}${"00".repeat(7)}`,
    ),
    reject("group-open", "a group that never ends", tag(1000, 3) + varintField(1, 1)),
    reject(
      "group-other-end",
      "a group that ends under another number",
      tag(1000, WireType.StartGroup) + tag(1001, WireType.EndGroup),
    ),
  ];
}

/** tokenPastItsMessage: the trailer ends two bytes after it began, its token 34 bytes after that. */
function tokenPastItsMessage(): MessageVector {
  const unknown = bytesField(1000, "c0".repeat(29));
  return refused(
    sessionTrailer,
    "token-past-its-message",
    "framing.undecodable-payload",
    "a field ends where its message ends, even if more bytes follow",
    `${tag(15, WireType.Length)}02${tag(1, WireType.Length)}20${unknown}`,
  );
}

/** trailers: how the token in a request is read. */
function trailers(): MessageVector[] {
  const accept = (id: string, rule: string, comment: string, hex: string, decoded: Fields) =>
    accepted(sessionTrailer, id, rule, comment, hex, { auth: { ...NO_AUTH, ...decoded } });
  const token = bytesField(1, TOKEN);
  const device = bytesField(2, DEVICE);
  return [
    accept(
      "in-request",
      "sessions.trailer",
      "read from the bytes of a whole FetchRequest, whose own fields are unknown here",
      bytesField(1, "11".repeat(32)) + varintField(3, 100) + bytesField(15, token),
      { access_token: { hex: TOKEN } },
    ),
    accept(
      "two-tokens",
      "sessions.trailer-merge",
      "the last token wins",
      bytesField(15, bytesField(1, OTHER_TOKEN)) + bytesField(15, token),
      { access_token: { hex: TOKEN } },
    ),
    accept(
      "token-and-device-apart",
      "sessions.trailer-merge",
      "the two trailers become one",
      bytesField(15, token) + bytesField(15, device),
      { access_token: { hex: TOKEN }, device_id: { hex: DEVICE } },
    ),
    accept(
      "empty-after-token",
      "sessions.trailer-merge",
      "an empty trailer takes nothing away",
      bytesField(15, token) + bytesField(15, ""),
      { access_token: { hex: TOKEN } },
    ),
    accept(
      "empty-token",
      "sessions.trailer",
      "an Auth with an empty token is no token; its device_id counts",
      bytesField(15, device),
      { device_id: { hex: DEVICE } },
    ),
  ];
}

const NO_AUTH = { access_token: { hex: "" }, device_id: { hex: "" } };

/** asTrailer: for this message the field and the trailer are one and the same. */
function asTrailer(vector: MessageVector): MessageVector {
  if (!vector.decoded) return vector;
  const { fields } = vector.decoded;
  return { ...vector, decoded: { fields, trailer: fields.auth as Fields | null } };
}
