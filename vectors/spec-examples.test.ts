// The byte examples in spec/ are right: frames with their lengths, messages, the words beside them.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { DescMessage } from "@bufbuild/protobuf";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { AuthSchema, SessionTrailerSchema } from "../src/gen/qpc/v1/common_pb.ts";
import { METHODS } from "../src/registry/methods.ts";

const SERVICES = [
  ...["account", "auth", "blob", "channel", "delivery", "device", "federation", "group", "health"],
  ...["keys", "kt", "moderation", "p2p", "recovery", "user"],
] as const;

/** Blocks without a frame header: chapter, number of the block in it, message. */
const BARE = new Map([
  ["channel.0", "CreateChannelRequest"],
  ["channel.1", "CreateChannelResponse"],
  ["user.1", "ResolveUserResponse"],
]);

const TYPES = new Map<string, DescMessage>(
  METHODS.flatMap(({ input, output }) => [
    [input.name, input],
    [output.name, output],
  ]),
);

/** Line of an example: its bytes, and what is said of them. */
interface Line {
  readonly hex: string;
  readonly words: string;
}

for (const chapter of SERVICES) {
  describe(`spec/services/${chapter}.md`, () => {
    let asked: (typeof METHODS)[number] | undefined;
    for (const [index, lines] of blocksOf(chapter).entries()) {
      if (chapter === "kt" && index === 0) continue; // leaves of the log, below
      const name = `${chapter}.${index}`;
      const bare = BARE.get(name);
      const [header, ...body] = lines;
      if (bare !== undefined) {
        it(`${name} is a ${bare}`, () => checkMessage(typeNamed(bare), lines));
        continue;
      }
      const [, kind, first, id, length] =
        /^(method_id|status) (\d+), request_id (\d+), payload_len (\d+)$/.exec(
          header?.words ?? "",
        ) ?? [];
      const isRequest = kind === "method_id";
      if (isRequest) asked = METHODS.find((method) => method.id === Number(first));
      const method = asked;
      it(`${name} is a ${isRequest ? "request" : "response"} of ${method?.name}`, () => {
        assert.ok(method && header, "a header line says method_id or status, and the two others");
        const size = hexOf(body).length / 2;
        const ofHeader = isRequest ? hex(Number(first), 2) : hex(Number(first), 1);
        assert.equal(header.hex, ofHeader + hex(Number(id), 4) + hex(Number(length), 4));
        assert.equal(size, Number(length), "payload_len");
        checkMessage(isRequest ? method.input : method.output, body);
      });
    }
  });
}

describe("hashes in spec/services", () => {
  it("are the SHA-256 that they say", () => {
    const text = (chapter: string) =>
      blocksOf(chapter)
        .flat()
        .map((line) => line.hex);
    const holds = (chapter: string, preimage: string, prefix = "") =>
      assert.ok(
        text(chapter).some((line) => line === prefix + sha256(preimage)),
        `${chapter}: SHA-256 of ${preimage}`,
      );
    holds("keys", "00010203", "0a20");
    holds("recovery", "42".repeat(32), "0a20");
    holds("blob", Buffer.from("hello").toString("hex"), "0a20");
  });

  it("make the log of kt.md and the proof of user.md", () => {
    const [lines = []] = blocksOf("kt");
    const of = (label: string) => lines.find(({ words }) => words === label)?.hex ?? "";
    const bindingAt = lines.findIndex(({ words }) => words === "binding, 48 bytes");
    const revocationAt = lines.findIndex(({ words }) => words === "revocation, 42 bytes");
    const leafAt = lines.findIndex(({ words }) => words === "leaf 0");
    const binding = hexOf(lines.slice(bindingAt, revocationAt));
    const revocation = hexOf(lines.slice(revocationAt, leafAt));
    assert.deepEqual([binding.length, revocation.length], [96, 84]);
    assert.equal(of("leaf 0"), sha256(`00${binding}`));
    assert.equal(of("leaf 1"), sha256(`00${revocation}`));
    assert.equal(of("root"), sha256(`01${of("leaf 0")}${of("leaf 1")}`));
    const proof = blocksOf("user")[1]?.map(({ hex }) => hex) ?? [];
    assert.ok(proof.includes(`1a20${of("leaf 0")}`), "leaf_hash");
    assert.ok(proof.includes(`2220${of("leaf 1")}`), "audit_path");
    assert.ok(proof.includes(`2a20${of("root")}`), "root");
  });
});

/** blocksOf reads the examples of a chapter that show bytes. */
function blocksOf(chapter: string): Line[][] {
  const text = readFileSync(new URL(`../spec/services/${chapter}.md`, import.meta.url), "utf8");
  return [...text.matchAll(/```text\n([\s\S]*?)```/g)].map(([, block = ""]) =>
    block.trimEnd().split("\n").map(readLine),
  );
}

// Bytes first, then at least two spaces, then words; or a label first, then bytes or nothing.
function readLine(line: string): Line {
  const [left = "", ...right] = line.trim().split(/ {2,}/);
  const compact = left.replaceAll(" ", "");
  if (/^([0-9a-f]{2})+$/.test(compact)) return { hex: compact, words: right.join(" ") };
  assert.match(right.join(""), /^([0-9a-f]{2})*$/, line);
  return { hex: right.join(""), words: left };
}

/** checkMessage: the bytes are the one encoding of a message, and each line says what it holds. */
function checkMessage(type: DescMessage, lines: readonly Line[]): void {
  const bytes = Buffer.from(hexOf(lines), "hex");
  const message = fromBinary(type, bytes);
  const strange = message.$unknown?.filter(({ no }) => no !== 15) ?? [];
  assert.deepEqual(strange, [], "fields that the message does not have");
  if (message.$unknown?.length) {
    assert.equal(fromBinary(SessionTrailerSchema, bytes).auth?.accessToken.length, 32);
  }
  assert.equal(Buffer.from(toBinary(type, message)).toString("hex"), hexOf(lines));

  const open = [{ type, end: bytes.length }];
  let at = 0;
  for (const { hex: digits, words } of lines) {
    while (at >= (open.at(-1)?.end ?? 0)) open.pop();
    const inner = open.at(-1)?.type ?? type;
    const number = Number.parseInt(digits.slice(0, 2), 16) >> 3;
    const field = inner.fields.find((one) => one.number === number);
    at += digits.length / 2;
    if (inner === type && number === 15) {
      assert.equal(words, "session trailer");
      open.push({ type: AuthSchema, end: bytes.length });
      continue;
    }
    const [label = ""] = words.split(/[ ,;]/);
    assert.equal(label, field?.name, digits);
    const claim = / (\d+|true|"[^"]*")$/.exec(words)?.[1];
    if (claim !== undefined) assert.equal(digits.slice(2), encodingOf(claim), words);
    if (field?.message) {
      const size = Number.parseInt(digits.slice(2), 16);
      open.push({ type: field.message, end: at + size });
    }
  }
}

/** encodingOf is what stands behind the tag of a text, a bool or a number. */
function encodingOf(claim: string): string {
  if (claim === "true") return "01";
  if (claim.startsWith('"')) {
    const text = Buffer.from(claim.slice(1, -1));
    return hex(text.length, 1) + text.toString("hex");
  }
  let digits = "";
  for (let rest = BigInt(claim); ; rest >>= 7n) {
    if (rest < 0x80n) return digits + hex(Number(rest), 1);
    digits += hex(Number(rest & 0x7fn) | 0x80, 1);
  }
}

function typeNamed(name: string): DescMessage {
  const type = TYPES.get(name);
  assert.ok(type, name);
  return type;
}

function hexOf(lines: readonly Line[]): string {
  return lines.map((line) => line.hex).join("");
}

function hex(value: number, bytes: number): string {
  return value.toString(16).padStart(bytes * 2, "0");
}

function sha256(digits: string): string {
  return createHash("sha256").update(Buffer.from(digits, "hex")).digest("hex");
}
