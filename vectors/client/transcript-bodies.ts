// Bodies of transcripts: records, each with the hash of all before it. Spec: client/transcript.md, Body.

import { nobleBackend } from "../../src/crypto/backend/noble.ts";
import { concat, hex } from "../bytes.ts";
import type { ClientVector, Fields } from "../format.ts";
import { accepted, flip, refused, u32, utf8 } from "./stating.ts";

export const CONVERSATION = new Uint8Array(16).fill(0xc1);
export const RECORDS = ["one", "", "three"].map(utf8);
export const BODY = body(CONVERSATION, RECORDS);

const INPUTS = { conversation_id: hex(CONVERSATION) };

/** The records with length and hash in front and behind, as they stand in a body. */
const [FIRST, SECOND, THIRD] = [
  BODY.subarray(4, 43),
  BODY.subarray(43, 79),
  BODY.subarray(79, 120),
];
const END = BODY.subarray(120);

/** SWAPPED is the body with the first two records exchanged, as by somebody who cannot hash. */
export const SWAPPED = concat(u32(3), SECOND, FIRST, THIRD, END);
/** LACKING is the body without its second record. */
export const LACKING = concat(u32(2), FIRST, THIRD, END);

/** bodies are the vectors of the chain alone. */
export function bodies(): ClientVector[] {
  return [...good(), ...broken()];
}

function good(): ClientVector[] {
  const read = (id: string, rule: string, conversation: Uint8Array, records: Uint8Array[]) =>
    accepted(
      `transcript.body.${id}`,
      "transcript-body",
      hex(body(conversation, records)),
      { rule, inputs: { conversation_id: hex(conversation) } },
      bodyFields(conversation, records),
    );
  return [
    read("example", "transcript.body", CONVERSATION, RECORDS),
    read("empty", "transcript.body", CONVERSATION, []),
    read("long-id", "transcript.chain", new Uint8Array(32).fill(0xc2), [utf8("one")]),
    read("no-id", "transcript.chain", new Uint8Array(0), [utf8("one")]),
    read("long-record", "transcript.chain", CONVERSATION, [new Uint8Array(300).fill(0xc5)]),
  ];
}

function broken(): ClientVector[] {
  const bad = (id: string, record: number, bytes: Uint8Array, comment: string) =>
    refused(
      `transcript.body.${id}`,
      "transcript-body",
      "changed",
      hex(bytes),
      { rule: "transcript.chain", inputs: INPUTS, comment },
      { record },
    );
  const cut = (id: string, record: number, length: number, comment: string) =>
    refused(
      `transcript.body.${id}`,
      "transcript-body",
      "truncated",
      hex(BODY.subarray(0, length)),
      { rule: "transcript.body", inputs: INPUTS, comment },
      { record },
    );
  const more = concat(u32(4), BODY.subarray(4));
  const less = concat(u32(2), BODY.subarray(4));
  const long = concat(u32(1), u32(4_194_305), new Uint8Array(32));
  return [
    bad("changed-record-1", 1, flip(BODY, 8), "one bit of the first record"),
    bad("changed-record-3", 3, flip(BODY, 83), "one bit of the last record"),
    bad("changed-hash-2", 2, flip(BODY, 47), "one bit of the hash of the second record"),
    bad("changed-end", 4, flip(BODY, BODY.length - 1), "one bit of the final hash"),
    bad("swapped", 1, SWAPPED, "the first two records changed places"),
    bad("left-out", 2, LACKING, "the second record is gone, and the count is right"),
    bad("twice", 2, concat(u32(4), FIRST, FIRST, SECOND, THIRD, END), "the first record twice"),
    bad("last-left-out", 3, concat(u32(2), FIRST, SECOND, END), "the last record is gone"),
    bad("count-less", 3, less, "the count is one less: a record stands for the final hash"),
    bad("count-more", 4, more, "the count is one more: the final hash stands for a record"),
    refused(
      "transcript.body.another-conversation",
      "transcript-body",
      "changed",
      hex(BODY),
      { rule: "transcript.chain", inputs: { conversation_id: hex(flip(CONVERSATION, 0)) } },
      { record: 1 },
    ),
    refused(
      "transcript.body.record-too-long",
      "transcript-body",
      "changed",
      hex(long),
      { rule: "transcript.limits", inputs: INPUTS, comment: "a record of 4,194,305 bytes" },
      { record: 1 },
    ),
    cut("nothing", 1, 0, "no bytes at all"),
    cut("count-alone", 1, 4, "cut before the first record"),
    cut("in-record-1", 1, 9, "cut in the first record"),
    cut("before-record-2", 2, 43, "cut between two records"),
    cut("in-hash-2", 2, 50, "cut in the second hash"),
    cut("before-end", 4, 120, "the final hash is missing"),
    cut("in-end", 4, BODY.length - 1, "the last byte is missing"),
  ];
}

/** bodyFields are records and hashes, h_0 to h_n and the final one. */
function bodyFields(conversation: Uint8Array, records: readonly Uint8Array[]): Fields {
  return { records: records.map(hex), hashes: hashes(conversation, records).map(hex) };
}

/** body puts count, records with their hashes, and the final hash together. */
export function body(conversation: Uint8Array, records: readonly Uint8Array[]): Uint8Array {
  const made = hashes(conversation, records);
  const parts = records.map((record, index) =>
    concat(u32(record.length), record, made[index + 1] ?? record),
  );
  return concat(u32(records.length), ...parts, made.at(-1) ?? conversation);
}

function hashes(conversation: Uint8Array, records: readonly Uint8Array[]): Uint8Array[] {
  const { sha256 } = nobleBackend;
  const id = concat(Uint8Array.of(conversation.length), conversation);
  let last = sha256(utf8("qpc transcript v1"), id);
  const made = [last];
  for (const record of records) {
    last = sha256(last, u32(record.length), record);
    made.push(last);
  }
  return [...made, sha256(utf8("qpc transcript end"), u32(records.length), last)];
}
