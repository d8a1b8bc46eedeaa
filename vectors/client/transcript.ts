// Transcripts: files under a passphrase, the chain inside, and the records. Spec: client/transcript.md.

import { argon2id } from "@noble/hashes/argon2.js";
import { nobleBackend } from "../../src/crypto/backend/noble.ts";
import { concat, hex } from "../bytes.ts";
import type { ClientVector, VectorFile } from "../format.ts";
import { bytesField, stringField, varintField } from "../protobuf-writer.ts";
import { accepted, flip, refused, utf8 } from "./stating.ts";
import {
  BODY,
  bodies,
  body,
  CONVERSATION,
  LACKING,
  RECORDS,
  SWAPPED,
} from "./transcript-bodies.ts";

const PASSPHRASE = "pässphrase ☃";
const SALT = new Uint8Array(16).fill(0x11);

/** clientTranscript is client/transcript.json. One key serves all files, since it takes seconds to make. */
export function clientTranscript(): VectorFile<ClientVector> {
  const key = argon2id(utf8(PASSPHRASE), SALT, { t: 3, m: 65_536, p: 1, dkLen: 32, version: 0x13 });
  return {
    schema: "schema/client.schema.json",
    topic: "client/transcript",
    spec: "spec/client/transcript.md",
    vectors: [...bodies(), ...records(), ...files(key), ...refusals(key)],
  };
}

function files(key: Uint8Array): ClientVector[] {
  const good = (id: string, rule: string, records: readonly Uint8Array[], nonce: number) =>
    accepted(
      `transcript.file.${id}`,
      "transcript",
      hex(seal(key, body(CONVERSATION, records), nonce)),
      { rule, inputs: inputsOf(PASSPHRASE) },
      { key: hex(key), records: records.map(hex) },
    );
  return [
    good("example", "transcript.layout", RECORDS, 1),
    good("empty", "transcript.layout", [], 2),
    good("record", "transcript.key", [Uint8Array.from(Buffer.from(RECORD, "hex"))], 3),
  ];
}

function refusals(key: Uint8Array): ClientVector[] {
  const file = seal(key, BODY, 1);
  const bad = (
    id: string,
    stage: string,
    rule: string,
    bytes: Uint8Array,
    comment: string,
    record?: number,
  ) =>
    refused(
      `transcript.file.${id}`,
      "transcript",
      stage,
      hex(bytes),
      { rule, inputs: inputsOf(PASSPHRASE), comment },
      record === undefined ? null : { record },
    );
  const layout = (id: string, stage: string, bytes: Uint8Array, comment: string, record?: number) =>
    bad(id, stage, "transcript.layout", bytes, comment, record);
  const told = (id: string, stage: string, bytes: Uint8Array, comment: string, record?: number) =>
    bad(id, stage, "transcript.diagnosis", bytes, comment, record);
  const chain = (id: string, stage: string, inside: Uint8Array, comment: string, record: number) =>
    bad(id, stage, "transcript.chain", seal(key, inside, 1), comment, record);
  const magic = [0, 1, 2, 3].map((at) =>
    layout(`magic-byte-${at}`, "format", flip(file, at), "it does not begin with QPCT"),
  );
  const nonces = [21, 26, 32].map((at) =>
    told(`nonce-byte-${at - 21}`, "passphrase", flip(file, at), "one bit of the nonce"),
  );
  return [
    ...magic,
    layout("nothing", "format", new Uint8Array(0), "no bytes at all"),
    layout("magic-alone", "truncated", file.subarray(0, 4), "cut behind the first four bytes", 1),
    layout("header-alone", "truncated", file.subarray(0, 33), "cut behind the header", 1),
    layout("shorter-than-empty", "truncated", file.subarray(0, 84), "no transcript is as short", 1),
    bad("version-0", "version", "transcript.version", put(file, 4, 0), "version 0"),
    bad("version-2", "version", "transcript.version", put(file, 4, 2), "version 2"),
    told("salt-first-byte", "passphrase", flip(file, 5), "one bit of the salt"),
    told("salt-last-byte", "passphrase", flip(file, 20), "one bit of the salt"),
    ...nonces,
    told("record-1", "passphrase", flip(file, 33 + 8), "a change before any hash can be compared"),
    told("record-2", "changed", flip(file, 33 + 50), "one bit of the hash of the second record", 2),
    told("record-3", "changed", flip(file, 33 + 83), "one bit of the third record", 3),
    told("tag", "changed", flip(file, file.length - 1), "every record holds, the tag does not", 4),
    told("one-more", "changed", concat(file, Uint8Array.of(0)), "a byte was added", 4),
    told("one-missing", "truncated", file.subarray(0, -1), "the last byte is missing", 4),
    told("cut-in-record-3", "truncated", file.subarray(0, 33 + 90), "two records are whole", 3),
    told("cut-in-record-2", "truncated", file.subarray(0, 85), "one record is whole", 2),
    chain("resealed-changed", "changed", flip(BODY, 83), "changed by one with the passphrase", 3),
    chain("resealed-swapped", "changed", SWAPPED, "the first two records changed places", 1),
    chain("resealed-left-out", "changed", LACKING, "the second record is gone", 2),
    chain("resealed-cut", "truncated", BODY.subarray(0, -1), "the body ends too early", 4),
    chain("resealed-longer", "changed", concat(BODY, Uint8Array.of(0)), "a byte is left over", 4),
    refused("transcript.file.wrong-passphrase", "transcript", "passphrase", hex(file), {
      rule: "transcript.key",
      inputs: inputsOf("passphrase"),
    }),
  ];
}

const CONTENT_ID = "018bcfe5680070008000000000000001";
const CONTENT =
  bytesField(1, CONTENT_ID) + varintField(2, 1_700_000_000_000n) + stringField(4, "hello");
const SENDER_KEY = "a1".repeat(32);
const RECORD =
  bytesField(1, SENDER_KEY) +
  stringField(2, "alice") +
  varintField(3, 1_700_000_000_500n) +
  bytesField(4, CONTENT);

/** Records as Protobuf: the one that the file above holds, and such as are none. */
function records(): ClientVector[] {
  const rule = "transcript.record";
  const bad = (id: string, stage: string, bytes: string, comment: string) =>
    refused(
      `transcript.record.${id}`,
      "TranscriptRecord",
      stage,
      { hex: bytes },
      { rule, comment },
    );
  const rest = (without: string) => RECORD.replace(without, "");
  const key = bytesField(1, SENDER_KEY);
  const name = stringField(2, "alice");
  return [
    accepted(
      "transcript.record.example",
      "TranscriptRecord",
      { hex: RECORD },
      { rule },
      {
        sender_key: { hex: SENDER_KEY },
        sender_name: "alice",
        received_at_ms: "1700000000500",
        content: {
          id: { hex: CONTENT_ID },
          sent_at_ms: "1700000000000",
          expire_secs: 0,
          text: "hello",
          reaction: null,
          edit: null,
          deletion: null,
          file: null,
          timer: null,
        },
      },
    ),
    bad("no-key", "rule", rest(key), "sender_key is absent"),
    bad("key-31-bytes", "rule", bytesField(1, "a1".repeat(31)) + rest(key), "a shorter key"),
    bad("no-name", "rule", rest(name), "sender_name is absent"),
    bad("name-513-bytes", "rule", stringField(2, "x".repeat(513)) + rest(name), "a longer name"),
    bad(
      "received-after-9999",
      "rule",
      rest(varintField(3, 1_700_000_000_500n)) + varintField(3, 253_402_300_800_000n),
      "a millisecond too late",
    ),
    bad("no-content", "rule", rest(bytesField(4, CONTENT)), "content is absent"),
    bad(
      "content-without-body",
      "rule",
      rest(bytesField(4, CONTENT)) + bytesField(4, bytesField(1, "11".repeat(16))),
      "a content that breaks its own rules",
    ),
    bad("cut", "message", RECORD.slice(0, -2), "the last byte is missing"),
  ];
}

function inputsOf(passphrase: string) {
  return { passphrase, conversation_id: hex(CONVERSATION) };
}

/** seal makes a file; each has a nonce of its own, 12 times the same byte. */
function seal(key: Uint8Array, inside: Uint8Array, nonceByte: number): Uint8Array {
  const nonce = new Uint8Array(12).fill(nonceByte);
  const aad = concat(utf8("QPCT"), Uint8Array.of(1), SALT, nonce);
  return concat(aad, nobleBackend.chacha20Poly1305.seal({ key, nonce, aad }, inside));
}

function put(bytes: Uint8Array, at: number, value: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? value : byte));
}
