// Content: every kind of body with all its fields, the limits, and what no client may take.
// Spec: client/content.md.

import type { ClientVector, Fields, Value, VectorFile } from "../format.ts";
import { bytesField, stringField, tag, varintField, WireType } from "../protobuf-writer.ts";
import { accepted, refused } from "./stating.ts";

const ID = "018bcfe5680070008000000000000001";
const TARGET = "018bcfe5680070008000000000000000";
const KEY = "07".repeat(32);
const BLOB = "b1".repeat(32);
const SENT = 1_700_000_000_000n;
const LATEST = 253_402_300_799_999n;

const HEAD = bytesField(1, ID) + varintField(2, SENT) + varintField(3, 3600);
const HEAD_FIELDS = { id: { hex: ID }, sent_at_ms: SENT.toString(), expire_secs: 3600 };
const NO_BODY: Readonly<Record<string, Value>> = {
  text: null,
  reaction: null,
  edit: null,
  deletion: null,
  file: null,
  timer: null,
};
const TEXT = stringField(4, "hello");
const HELLO = { text: "hello" };

/** clientContent is client/content.json. */
export function clientContent(): VectorFile<ClientVector> {
  return {
    schema: "schema/client.schema.json",
    topic: "client/content",
    spec: "spec/client/content.md",
    vectors: [
      ...envelope(),
      ...texts(),
      ...reactions(),
      ...editsAndDeletions(),
      ...files(),
      ...timers(),
      ...malformed(),
    ],
  };
}

function good(id: string, rule: string, hex: string, fields: Fields, comment = ""): ClientVector {
  const decoded = { ...HEAD_FIELDS, ...NO_BODY, ...fields };
  return accepted(`content.${id}`, "Content", { hex }, { rule, comment }, decoded);
}

function bad(id: string, rule: string, hex: string, comment: string, stage = "rule"): ClientVector {
  return refused(`content.${id}`, "Content", stage, { hex }, { rule, comment });
}

/** envelope is what every content has, and that it has one body. */
function envelope(): ClientVector[] {
  const id = (hex: string) => bytesField(1, hex) + TEXT;
  const time = (ms: bigint) => bytesField(1, ID) + varintField(2, ms) + TEXT;
  const never = { expire_secs: 0 };
  const later = stringField(100, "of later days");
  return [
    good("example", "content.fields", HEAD + TEXT, HELLO),
    good("backwards", "content.fields", TEXT + HEAD, HELLO, "fields in any order"),
    good(
      "smallest",
      "content.fields",
      id(ID),
      { ...HELLO, ...never, sent_at_ms: "0" },
      "times that are absent are 0",
    ),
    good("latest-time", "content.time", time(LATEST), {
      ...HELLO,
      ...never,
      sent_at_ms: LATEST.toString(),
    }),
    good("longest-timer", "content.fields", HEAD + varintField(3, 2 ** 32 - 1) + TEXT, {
      ...HELLO,
      expire_secs: 2 ** 32 - 1,
    }),
    good("unknown-field", "content.unknown-fields", later + HEAD + TEXT, HELLO, "field 100"),
    good(
      "two-bodies",
      "content.one-body",
      HEAD + bytesField(7, bytesField(1, TARGET)) + TEXT,
      HELLO,
      "of several bodies the last one counts, as in every oneof",
    ),
    bad("no-body", "content.one-body", HEAD, "none of the bodies"),
    bad("unknown-body", "content.one-body", HEAD + later, "only a body of later days"),
    bad("nothing", "content.id", "", "no bytes at all"),
    bad("no-id", "content.id", TEXT, "id is absent"),
    bad("id-15-bytes", "content.id", id(ID.slice(2)), "id is a byte shorter"),
    bad("id-17-bytes", "content.id", id(`${ID}00`), "id is a byte longer"),
    bad("time-after-9999", "content.time", time(LATEST + 1n), "a millisecond too late"),
    bad("time-largest", "content.time", time(2n ** 64n - 1n), "as negative in signed numbers"),
  ];
}

function texts(): ClientVector[] {
  const body = "zoë 名 👍🏽\n\u202e";
  return [
    good("text-unicode", "content.text", HEAD + stringField(4, body), { text: body }),
    good("text-long", "content.text", HEAD + stringField(4, "x".repeat(300)), {
      text: "x".repeat(300),
    }),
    bad("text-empty", "content.text", HEAD + stringField(4, ""), "a text of no bytes"),
    bad("text-not-utf8", "content.text", HEAD + bytesField(4, "6180"), "0x80 alone", "message"),
  ];
}

function reactions(): ClientVector[] {
  const target = bytesField(1, TARGET);
  const body = (...fields: string[]) => HEAD + bytesField(5, fields.join(""));
  const reaction = (emoji: string, remove: boolean) => ({
    reaction: { target_id: { hex: TARGET }, emoji, remove },
  });
  const longest = "é".repeat(32);
  const rule = "content.reaction";
  return [
    good("reaction", rule, body(target, stringField(2, "👍🏽")), reaction("👍🏽", false)),
    good(
      "reaction-removed",
      rule,
      body(target, stringField(2, "👍🏽"), varintField(3, 1)),
      reaction("👍🏽", true),
    ),
    good(
      "reaction-64-bytes",
      rule,
      body(target, stringField(2, longest)),
      reaction(longest, false),
      "32 characters of two bytes",
    ),
    bad("reaction-65-bytes", rule, body(target, stringField(2, `${longest}x`)), "a byte too many"),
    bad("reaction-no-emoji", rule, body(target), "emoji is absent"),
    bad("reaction-no-target", rule, body(stringField(2, "x")), "target_id is absent"),
    bad(
      "reaction-target-15-bytes",
      rule,
      body(bytesField(1, TARGET.slice(2)), stringField(2, "x")),
      "target_id is a byte shorter",
    ),
  ];
}

function editsAndDeletions(): ClientVector[] {
  const target = bytesField(1, TARGET);
  const target_id = { hex: TARGET };
  const edit = (...fields: string[]) => HEAD + bytesField(6, fields.join(""));
  const deletion = (...fields: string[]) => HEAD + bytesField(7, fields.join(""));
  const text = stringField(2, "hello again");
  return [
    good("edit", "content.edit", edit(target, text), { edit: { target_id, text: "hello again" } }),
    bad("edit-no-target", "content.edit", edit(text), "target_id is absent"),
    bad("edit-no-text", "content.edit", edit(target), "text is absent"),
    good("deletion", "content.deletion", deletion(target), { deletion: { target_id } }),
    bad("deletion-no-target", "content.deletion", deletion(), "target_id is absent"),
    bad(
      "deletion-target-17-bytes",
      "content.deletion",
      deletion(bytesField(1, `${TARGET}00`)),
      "target_id is a byte longer",
    ),
  ];
}

const FILE = {
  blob_id: bytesField(1, BLOB),
  key: bytesField(2, KEY),
  size: varintField(3, 5),
  name: stringField(4, "naïve picture.png"),
  mime_type: stringField(5, "image/png"),
};
const FILE_FIELDS = {
  blob_id: { hex: BLOB },
  key: { hex: KEY },
  size: "5",
  name: "naïve picture.png",
  mime_type: "image/png",
};

function files(): ClientVector[] {
  const rule = "content.file";
  const body = (changes: Partial<typeof FILE> = {}) =>
    HEAD + bytesField(8, Object.values({ ...FILE, ...changes }).join(""));
  const file = (id: string, changes: Partial<typeof FILE>, fields: Fields, comment = "") =>
    good(id, rule, body(changes), { file: { ...FILE_FIELDS, ...fields } }, comment);
  const wrong = (id: string, changes: Partial<typeof FILE>, comment: string) =>
    bad(id, rule, body(changes), comment);
  const named = (id: string, name: string, comment: string) =>
    bad(id, "content.file-name", body({ name: stringField(4, name) }), comment);
  const longest = `${"é".repeat(127)}x`;
  return [
    file("file", {}, {}),
    file("file-empty", { size: "" }, { size: "0" }, "a file of no bytes"),
    file("file-largest", { size: varintField(3, 52_428_771) }, { size: "52428771" }),
    file("file-name-255-bytes", { name: stringField(4, longest) }, { name: longest }),
    good(
      "file-name-three-dots",
      "content.file-name",
      body({ name: stringField(4, "...") }),
      { file: { ...FILE_FIELDS, name: "..." } },
      "unusual, but a name",
    ),
    wrong("file-blob-id-31-bytes", { blob_id: bytesField(1, BLOB.slice(2)) }, "a byte shorter"),
    wrong("file-no-blob-id", { blob_id: "" }, "blob_id is absent"),
    wrong("file-key-16-bytes", { key: bytesField(2, KEY.slice(32)) }, "half a key"),
    wrong("file-no-key", { key: "" }, "key is absent"),
    wrong("file-too-large", { size: varintField(3, 52_428_772) }, "its blob would be too large"),
    wrong("file-no-mime-type", { mime_type: "" }, "mime_type is absent"),
    wrong("file-half-mime-type", { mime_type: stringField(5, "image/") }, "no subtype"),
    wrong(
      "file-mime-type-parameters",
      { mime_type: stringField(5, "text/plain; charset=utf-8") },
      "parameters are no part of it",
    ),
    bad("file-no-name", "content.file-name", body({ name: "" }), "name is absent"),
    named("file-name-256-bytes", `${longest}x`, "a byte too many"),
    named("file-name-slash", "../.profile", "a way out of the folder"),
    named("file-name-backslash", "..\\x.bat", "a way out on another system"),
    named("file-name-dots", "..", "the folder above"),
    named("file-name-dot", ".", "the folder itself"),
    named("file-name-control", "a\u001b[2J", "an escape sequence"),
    named(
      "file-name-bidi",
      "photo\u202egpj.exe",
      "shown as photoexe.jpg where text may turn round",
    ),
    named("file-name-nul", "a.png\u0000.exe", "a NUL, where some programs stop to read"),
  ];
}

function timers(): ClientVector[] {
  const body = (...fields: string[]) => HEAD + bytesField(9, fields.join(""));
  const choices = { "30m": 1800, "1h": 3600, "1d": 86_400, "7d": 604_800 };
  return [
    good("timer-off", "content.timer", body(), { timer: { expire_secs: 0 } }, "messages stay"),
    ...Object.entries(choices).map(([choice, seconds]) =>
      good(`timer-${choice}`, "content.timer", body(varintField(1, seconds)), {
        timer: { expire_secs: seconds },
      }),
    ),
    good("timer-any", "content.timer", body(varintField(1, 42)), { timer: { expire_secs: 42 } }),
  ];
}

/** malformed bytes are no Protobuf message, or a field has another type. */
function malformed(): ClientVector[] {
  const rule = "content.fields";
  const none = (id: string, hex: string, comment: string) => bad(id, rule, hex, comment, "message");
  return [
    none("cut-in-tag", `${HEAD + TEXT}80`, "the last byte says that another follows"),
    none("cut-in-field", (HEAD + TEXT).slice(0, -2), "the last byte is missing"),
    none("end-group", HEAD + TEXT + tag(100, WireType.EndGroup), "a group ends that never began"),
    none("text-as-number", HEAD + varintField(4, 5), "text has another wire type"),
    none("reaction-longer-than-all", `${HEAD}2a7f0a`, "the reaction ends behind the content"),
  ];
}
