// What holds for every message: defaults, order, repetition, unknown fields, the session trailer, and
// bytes that are no message. Spec: framing.md [framing.protobuf-payload], sessions.md.

import type { Fields, MessageVector, Value, VectorFile } from "../format.ts";
import { bytesField, stringField, tag, utf8, varintField, WireType } from "../protobuf-writer.ts";

/** Field is one field with a value that is not the default, on the wire and decoded. */
export interface Field {
  readonly name: string;
  readonly number: number;
  readonly hex: string;
  readonly decoded: Value;
  readonly absent: Value;
  /** Set for strings, which must be UTF-8. */
  readonly isText?: true;
  /** The same field with another value, for scalars and strings. */
  readonly other?: { readonly hex: string; readonly decoded: Value };
  /** Further vectors of this field alone; `full` is the message with every field. */
  readonly variants?: (full: FullMessage) => readonly Variant[];
}

/** FullMessage is a message with every field, without the one whose variants are asked for. */
export interface FullMessage {
  readonly message: Message;
  readonly rest: string;
  readonly values: Fields;
}

/** Variant is a vector without its message: `hex` of the whole message, null values for a reject. */
export interface Variant {
  readonly id: string;
  readonly rule: string;
  readonly comment: string;
  readonly hex: string;
  readonly values: Fields | null;
}

/** Message is what the vectors of one message are made from. `fields` are all it has. */
export interface Message {
  readonly name: string;
  readonly fields: readonly Field[];
}

export const bytes = (number: number, name: string, hex: string): Field => ({
  number,
  name,
  hex: bytesField(number, hex),
  decoded: { hex },
  absent: { hex: "" },
  other: { hex: bytesField(number, "ee"), decoded: { hex: "ee" } },
});

export const text = (number: number, name: string, value: string): Field => ({
  number,
  name,
  isText: true,
  hex: stringField(number, value),
  decoded: value,
  absent: "",
  other: { hex: stringField(number, "other"), decoded: "other" },
});

export const bool = (number: number, name: string): Field => ({
  number,
  name,
  hex: varintField(number, 1),
  decoded: true,
  absent: false,
  other: { hex: varintField(number, 0), decoded: false },
});

export const uint32 = (number: number, name: string, value: number): Field => ({
  number,
  name,
  hex: varintField(number, value),
  decoded: value,
  absent: 0,
  other: { hex: varintField(number, 2 ** 32 - 1), decoded: 2 ** 32 - 1 },
});

export const uint64 = (number: number, name: string, value: bigint): Field => ({
  number,
  name,
  hex: varintField(number, value),
  decoded: value.toString(),
  absent: "0",
  other: { hex: varintField(number, 2n ** 64n - 1n), decoded: "18446744073709551615" },
});

/** repeated takes the field once per element, already encoded. */
export const repeated = (
  number: number,
  name: string,
  elements: readonly { readonly hex: string; readonly decoded: Value }[],
): Field => ({
  number,
  name,
  hex: elements.map(({ hex }) => hex).join(""),
  decoded: elements.map(({ decoded }) => decoded),
  absent: [],
});

/** messageFile puts the vectors of several messages into one file. */
export function messageFile(
  topic: string,
  vectors: readonly (readonly MessageVector[])[],
): VectorFile<MessageVector> {
  return {
    schema: "schema/messages.schema.json",
    topic: `messages/${topic}`,
    spec: "spec/framing.md",
    vectors: vectors.flat(),
  };
}

/** accepted states one vector that decodes; `values` are the fields that are not absent. */
export function accepted(
  message: Message,
  id: string,
  rule: string,
  comment: string,
  hex: string,
  values: Fields,
  trailer: Fields | null = null,
): MessageVector {
  const absent = Object.fromEntries(message.fields.map((field) => [field.name, field.absent]));
  return {
    id: `messages.${slug(message.name)}.${id}`,
    rule,
    expect: "accept",
    stage: null,
    message: message.name,
    bytes: { hex },
    decoded: { fields: { ...absent, ...values }, trailer },
    comment,
  };
}

/** refused states one vector that must not decode. */
export function refused(
  message: Message,
  id: string,
  rule: string,
  comment: string,
  hex: string,
): MessageVector {
  return {
    id: `messages.${slug(message.name)}.${id}`,
    rule,
    expect: "reject",
    stage: "message",
    message: message.name,
    bytes: { hex },
    decoded: null,
    comment,
  };
}

/** messageVectors are the vectors that every message has. */
export function messageVectors(message: Message): MessageVector[] {
  return [
    ...encodings(message),
    ...variants(message),
    ...unknownFields(message),
    ...malformed(message),
  ];
}

/** requestVectors are those of a request: it may carry the session token as tag 15. */
export function requestVectors(message: Message): MessageVector[] {
  const full = fullHex(message);
  const values = allValues(message);
  const token = "a1".repeat(32);
  const device = "d1".repeat(16);
  const first = bytesField(15, bytesField(1, "b2".repeat(32)) + bytesField(2, device));
  const trailer = bytesField(15, bytesField(1, token));
  const carried = { access_token: { hex: token }, device_id: { hex: "" } };
  const merged = { access_token: { hex: token }, device_id: { hex: device } };
  const accept = (id: string, rule: string, comment: string, hex: string, decoded: Fields) =>
    accepted(message, id, rule, comment, hex, values, decoded);
  const vectors = [
    accept(
      "trailer",
      "sessions.trailer",
      "tag 15 is SessionTrailer.auth; the request itself does not have the field",
      full + trailer,
      carried,
    ),
    accept(
      "two-trailers",
      "sessions.trailer-merge",
      "two trailers merge: the last token, and the device of the first",
      full + first + trailer,
      merged,
    ),
  ];
  if (message.fields.length > 0) {
    const comment = "the order of fields says nothing";
    vectors.push(accept("trailer-first", "sessions.trailer", comment, trailer + full, carried));
  }
  return [...messageVectors(message), ...vectors];
}

function encodings(message: Message): MessageVector[] {
  const rule = "framing.protobuf-payload";
  const accept = (id: string, comment: string, hex: string, values: Fields) =>
    accepted(message, id, rule, comment, hex, values);
  const [first] = message.fields;
  const vectors = [accept("empty", "no bytes at all: every field has its default", "", {})];
  if (!first) return vectors;

  vectors.push(accept("full", "every field", fullHex(message), allValues(message)));
  if (message.fields.length > 1) {
    const backwards = [...message.fields].reverse().map(({ hex }) => hex);
    vectors.push(
      accept("first-field", "the others are absent", first.hex, { [first.name]: first.decoded }),

      accept("backwards", "fields in any order", backwards.join(""), allValues(message)),
    );
  }
  for (const field of message.fields) {
    if (!field.other) continue;
    const values = { ...allValues(message), [field.name]: field.other.decoded };
    const twice = fullHex(message) + field.other.hex;
    vectors.push(accept(`${slug(field.name)}-twice`, "the last one wins", twice, values));
  }
  return vectors;
}

function variants(message: Message): MessageVector[] {
  return message.fields.flatMap((field) => {
    const others = message.fields.filter(({ name }) => name !== field.name);
    const rest = others.map(({ hex }) => hex).join("");
    const full = { message, rest, values: allValues(message) };
    return (field.variants?.(full) ?? []).map(({ id, rule, comment, hex, values }) => {
      const whole = `${slug(field.name)}-${id}`;
      return values
        ? accepted(message, whole, rule, comment, hex, values)
        : refused(message, whole, rule, comment, hex);
    });
  });
}

function unknownFields(message: Message): MessageVector[] {
  const accept = (id: string, comment: string, hex: string) =>
    accepted(message, id, "framing.unknown-fields", comment, hex, allValues(message));
  const full = fullHex(message);
  return [
    accept("unknown-varint", "field 1000, before the others", varintField(1000, 1) + full),
    accept("unknown-bytes", "field 1000, after the others", full + bytesField(1000, "c0ffee")),
  ];
}

function malformed(message: Message): MessageVector[] {
  const rule = "framing.undecodable-payload";
  const reject = (id: string, comment: string, hex: string) =>
    refused(message, id, rule, comment, hex);
  const full = fullHex(message);
  const [first] = message.fields;
  const vectors = [
    reject("cut-in-tag", "the last byte says that another follows", `${full}80`),
    reject("end-group", "a group ends that never began", full + tag(1000, WireType.EndGroup)),
  ];
  if (!first) return vectors;
  vectors.push(
    reject("cut-in-field", "the last byte is missing", full.slice(0, -2)),
    reject(
      "wrong-wire-type",
      "the first field as 64-bit with one byte of eight: too short under any reading",
      `${tag(first.number, WireType.Fixed64)}ff`,
    ),
  );
  for (const field of message.fields) {
    if (!field.isText) continue;
    vectors.push(
      refused(
        message,
        `${slug(field.name)}-not-utf8`,
        "framing.invalid-utf8",
        "a continuation byte without a first one",
        bytesField(field.number, `${utf8("a")}80`),
      ),
    );
  }
  return vectors;
}

/** fullHex is the message with every field, in the order of their numbers. */
export function fullHex(message: Message): string {
  return message.fields.map(({ hex }) => hex).join("");
}

/** allValues is what fullHex decodes to. */
export function allValues(message: Message): Fields {
  return Object.fromEntries(message.fields.map(({ name, decoded }) => [name, decoded]));
}

/** slug turns `EnqueueRequest` and `recipient_key` into segments of an id. */
function slug(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();
}
