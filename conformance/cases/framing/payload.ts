// What a payload is: proto3, with unknown fields, and what does not decode (spec/framing.md, Payload).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import { hex } from "../bytes.ts";
import { frame, notStored, payloadOf, promptly } from "../frames.ts";
import { BLINDED, KE1 } from "../opaque-literals.ts";

const { enqueue, fetch } = DeliveryService.method;

const HEALTH = 802;

/** Payloads that no Protobuf decoder accepts, whatever the message type. */
const UNDECODABLE = [
  ["cut-in-tag", "80", "the byte of a tag that says another follows"],
  ["varint-cut", "c03e80", "a varint whose last byte is missing"],
  ["length-over-end", "c23e05c0ff", "a field of five bytes, of which two are there"],
  ["length-2-31", "c23e8080808008", "a field of 2^31 bytes, of which none is there"],
  ["fixed32-cut", "c53e000000", "a 32-bit field of three bytes"],
  ["fixed64-cut", "c13e00000000000000", "a 64-bit field of seven bytes"],
  ["field-zero", "0000", "field number 0"],
  ["wire-type-6", "c63e", "wire type 6"],
  ["wire-type-7", "c73e", "wire type 7"],
  ["group-open", "c33e0801", "a group that never ends"],
  ["group-end", "c43e", "the end of a group that never began"],
  ["group-other-end", "c33ecc3e", "a group that ends under another number"],
] as const;

/** Unknown fields of every wire type, under number 1000. */
const UNKNOWN = [
  ["varint", "c03e01"],
  ["fixed64", "c13e0102030405060708"],
  ["bytes", "c23e03c0ffee"],
  ["group", "c33e0801c43e"],
  ["fixed32", "c53e01020304"],
  ["repeated", "c03e01c23e0101c03e02"],
] as const;

/** Bytes that are no UTF-8 (RFC 3629 section 3). */
const NOT_UTF8 = [
  ["overlong", "c080", "U+0000 in two bytes"],
  ["surrogate", "eda080", "U+D800"],
  ["cut", "c3", "the first of two bytes"],
  ["above-last", "f4908080", "U+110000"],
  ["latin-1", "ff", "a byte that begins no character"],
] as const;

export const payloadCases: readonly Case[] = [
  ...UNDECODABLE.map(([slug, payload, what]) =>
    defineCase({
      id: `framing.undecodable-payload.${slug}`,
      rules: ["framing.undecodable-payload"],
      features: ["health"],
      twin: "framing.unknown-fields.health-bytes",
      sends: `a Health request whose payload is ${payload}: ${what}`,
      expects: "BadRequest",
      async run(t) {
        const peer = await t.peer();
        t.reaction(await promptly(peer, frame(HEALTH, 1, hex(payload))), Status.BadRequest);
      },
    }),
  ),

  defineCase({
    id: "framing.undecodable-payload.enqueue",
    rules: ["framing.undecodable-payload"],
    features: ["auth", "delivery"],
    twin: "framing.unknown-fields.enqueue",
    sends: "an Enqueue with a varint behind its fields that ends too early",
    expects: "BadRequest, and nothing stored",
    checks: ["answer", "not-stored"],
    async run(t) {
      const user = await t.user();
      const request = { recipientKey: user.key, payload: t.bytes(40) };
      const payload = Buffer.concat([payloadOf(t, user, enqueue, request), hex("c03e80")]);
      t.reaction(await promptly(user.peer, frame(200, 1, payload)), Status.BadRequest);
      await notStored(t, user);
    },
  }),

  defineCase({
    id: "framing.undecodable-payload.known-field-cut",
    rules: ["framing.undecodable-payload"],
    features: ["auth"],
    twin: "framing.request-header.ten-bytes",
    sends: "an OpaqueRegisterStart whose request field announces 33 bytes and holds 32",
    expects: "BadRequest",
    async run(t) {
      const peer = await t.peer();
      const payload = Buffer.concat([hex("0a0471706374", "1221"), BLINDED]);
      t.reaction(await promptly(peer, frame(100, 1, payload)), Status.BadRequest);
    },
  }),

  defineCase({
    id: "framing.undecodable-payload.varint-11-bytes",
    rules: ["framing.undecodable-payload"],
    features: ["auth"],
    twin: "framing.protobuf-payload.long-varints",
    sends: "an OpaqueRegisterStart whose length of field 2 is 32 in a varint of eleven bytes",
    expects: "BadRequest: a varint has ten at most",
    async run(t) {
      const peer = await t.peer();
      const start = hex("0a0471706374", "12", "a0", "80".repeat(9), "00");
      const payload = Buffer.concat([start, BLINDED]);
      t.reaction(await promptly(peer, frame(100, 1, payload)), Status.BadRequest);
    },
  }),

  ...NOT_UTF8.map(([slug, bytes, what]) =>
    defineCase({
      id: `framing.invalid-utf8.${slug}`,
      rules: ["framing.invalid-utf8", "framing.undecodable-payload"],
      features: ["auth"],
      twin: "framing.protobuf-payload.utf8-highest",
      sends: `an OpaqueLoginStart whose username is ${bytes}: ${what}`,
      expects: "BadRequest, although no username is refused here",
      errata: ["S-06"],
      async run(t) {
        const peer = await t.peer();
        const got = await promptly(peer, frame(102, 1, loginStart(hex(bytes))));
        t.reaction(got, Status.BadRequest);
      },
    }),
  ),

  defineCase({
    id: "framing.invalid-utf8.register-start",
    rules: ["framing.invalid-utf8", "framing.undecodable-payload"],
    features: ["auth"],
    twin: "framing.request-header.ten-bytes",
    sends: "an OpaqueRegisterStart whose username is 71ff",
    expects: "BadRequest",
    errata: ["S-06"],
    async run(t) {
      const peer = await t.peer();
      const payload = Buffer.concat([hex("0a02 71ff", "1220"), BLINDED]);
      t.reaction(await promptly(peer, frame(100, 1, payload)), Status.BadRequest);
    },
  }),

  defineCase({
    id: "framing.protobuf-payload.utf8-highest",
    rules: ["framing.protobuf-payload"],
    features: ["auth"],
    sends: "an OpaqueLoginStart whose username is f48fbfbf, U+10FFFF",
    expects: "Ok",
    async run(t) {
      const peer = await t.peer();
      t.reaction(await peer.send(frame(102, 1, loginStart(hex("f48fbfbf")))), Status.Ok);
    },
  }),

  defineCase({
    id: "framing.protobuf-payload.fields-backwards",
    rules: ["framing.protobuf-payload"],
    features: ["auth"],
    sends: "an OpaqueRegisterStart with field 2 before field 1",
    expects: "Ok",
    async run(t) {
      const peer = await t.peer();
      const payload = Buffer.concat([hex("1220"), BLINDED, hex("0a0471706374")]);
      t.reaction(await peer.send(frame(100, 1, payload)), Status.Ok);
    },
  }),

  defineCase({
    id: "framing.protobuf-payload.field-twice",
    rules: ["framing.protobuf-payload"],
    features: ["auth"],
    sends: "an OpaqueRegisterStart with an empty field 2 before the good one",
    expects: "Ok: the last one counts",
    async run(t) {
      const peer = await t.peer();
      const payload = Buffer.concat([hex("0a0471706374", "1200", "1220"), BLINDED]);
      t.reaction(await peer.send(frame(100, 1, payload)), Status.Ok);
    },
  }),

  defineCase({
    id: "framing.protobuf-payload.long-varints",
    rules: ["framing.protobuf-payload"],
    features: ["auth"],
    sends: "an OpaqueRegisterStart whose tag and length of field 2 are varints of three bytes",
    expects: "Ok: a varint may be longer than it has to be",
    async run(t) {
      const peer = await t.peer();
      const payload = Buffer.concat([hex("0a0471706374", "928000", "a08000"), BLINDED]);
      t.reaction(await peer.send(frame(100, 1, payload)), Status.Ok);
    },
  }),

  ...UNKNOWN.map(([slug, payload]) =>
    defineCase({
      id: `framing.unknown-fields.health-${slug}`,
      rules: ["framing.unknown-fields"],
      features: ["health"],
      sends: `a Health request whose payload is ${payload}: field 1000`,
      expects: "Ok",
      errata: ["I-13"],
      async run(t) {
        const peer = await t.peer();
        t.reaction(await peer.send(frame(HEALTH, 1, hex(payload))), Status.Ok);
      },
    }),
  ),

  defineCase({
    id: "framing.unknown-fields.register-start",
    rules: ["framing.unknown-fields"],
    features: ["auth"],
    sends: "an OpaqueRegisterStart with field 1000 before, between and behind its fields",
    expects: "Ok",
    errata: ["I-13"],
    async run(t) {
      const unknown = "c23e03c0ffee";
      const peer = await t.peer();
      const start = hex(unknown, "0a0471706374", unknown, "1220");
      const payload = Buffer.concat([start, BLINDED, hex(unknown)]);
      t.reaction(await peer.send(frame(100, 1, payload)), Status.Ok);
    },
  }),

  defineCase({
    id: "framing.unknown-fields.enqueue",
    rules: ["framing.unknown-fields"],
    features: ["auth", "delivery"],
    sends: "an Enqueue with field 1000 behind its fields, and a Fetch with it too",
    expects: "Ok, and the message is there",
    checks: ["answer", "fetched"],
    errata: ["I-13"],
    async run(t) {
      const user = await t.user();
      const append = hex("c23e03c0ffee");
      const payload = t.bytes(40);
      const { key } = user;
      t.status(await user.call(enqueue, { recipientKey: key, payload }, { append }), Status.Ok);
      const fetched = await user.call(fetch, { recipientKey: key }, { append });
      const [first] = fetched.message().payloads;
      const same = first !== undefined && Buffer.compare(first.data, payload) === 0;
      t.check("fetched", same, { expected: "the message", got: `${first?.data.length} bytes` });
    },
  }),
];

function loginStart(username: Uint8Array): Buffer {
  return Buffer.concat([hex("0a"), Uint8Array.of(username.length), username, hex("1260"), KE1]);
}
