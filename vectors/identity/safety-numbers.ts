// identity/safety-numbers.json: what two people compare. Spec: crypto/identity.md.

import { createHash } from "node:crypto";
import { nobleBackend } from "../../src/crypto/backend/noble.ts";
import { hex } from "../bytes.ts";
import type { SafetyNumberVector, VectorFile } from "../format.ts";

/** safetyNumbers is identity/safety-numbers.json. */
export function safetyNumbers(): VectorFile<SafetyNumberVector> {
  const [alice, bob] = [publicKeyOf(1), publicKeyOf(2)];
  const random = Array.from({ length: 6 }, (_, at) => digest("sha256", text(`key ${at}`)));
  return {
    schema: "schema/safety-numbers.schema.json",
    topic: "identity/safety-numbers",
    spec: "spec/crypto/identity.md",
    vectors: [
      accepted("alice-bob", alice, bob),
      accepted("bob-alice", bob, alice, "the same number for the other person"),
      accepted("zeros", fill(0), fill(255), "", "fingerprint"),
      accepted("one-bit", alice, alice.with(31, (alice[31] ?? 0) ^ 0x80), "keys one bit apart"),
      accepted(
        "leading-zeros",
        alice,
        withLeadingZeros(),
        "a group begins with 000",
        "safety-number-shown",
      ),
      ...random.slice(0, 3).map((key, at) => accepted(`pair-${at}`, key, random[at + 3] ?? alice)),
      rejected("own-31-bytes", alice.slice(1), bob),
      rejected("own-33-bytes", Uint8Array.of(...alice, 0), bob),
      rejected("peer-31-bytes", alice, bob.slice(0, 31)),
      rejected("peer-33-bytes", alice, Uint8Array.of(...bob, 0)),
      rejected("own-empty", new Uint8Array(0), bob),
    ],
  };
}

function accepted(
  name: string,
  own: Uint8Array,
  peer: Uint8Array,
  comment = "",
  rule = "safety-number",
): SafetyNumberVector {
  const halves = [own, peer].map(halfOf).sort();
  const number = halves.join("");
  return {
    id: `identity.safety-number.${name}`,
    rule: `identity.${rule}`,
    expect: "accept",
    stage: null,
    bytes: hex(own),
    peer_key: hex(peer),
    decoded: {
      own_hash: hex(iterated(own).subarray(0, 30)),
      peer_hash: hex(iterated(peer).subarray(0, 30)),
      number,
      shown: inGroups(number, 5),
      fingerprint: inGroups(hex(digest("sha256", own).subarray(0, 16)).hex, 4),
    },
    comment,
  };
}

function rejected(name: string, own: Uint8Array, peer: Uint8Array): SafetyNumberVector {
  return {
    id: `identity.safety-number.${name}`,
    rule: "identity.safety-number",
    expect: "reject",
    stage: "length",
    bytes: hex(own),
    peer_key: hex(peer),
    decoded: null,
    comment: "",
  };
}

function iterated(key: Uint8Array): Uint8Array {
  let h: Uint8Array = Uint8Array.of(0, 0, ...key, ...key);
  for (let round = 1; round <= 5200; round++) h = digest("sha512", h, key);
  return h;
}

function halfOf(key: Uint8Array): string {
  const digits = hex(iterated(key)).hex.slice(0, 60).match(/.{10}/g) ?? [];
  return digits.map((group) => `0000${BigInt(`0x${group}`) % 100_000n}`.slice(-5)).join("");
}

/** withLeadingZeros is the first of the fill keys whose half has a group below 100. */
function withLeadingZeros(): Uint8Array {
  for (let byte = 3; byte < 255; byte++) {
    if (/^(.{5})*000/.test(halfOf(fill(byte)))) return fill(byte);
  }
  throw new Error("no fill key has such a group");
}

function publicKeyOf(byte: number): Uint8Array {
  return nobleBackend.ed25519.publicKey(fill(byte));
}

function digest(algorithm: "sha256" | "sha512", ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
}

function inGroups(text: string, size: number): string {
  return text.replace(new RegExp(`.{${size}}(?=.)`, "g"), "$& ");
}

function fill(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}

function text(words: string): Uint8Array {
  return new TextEncoder().encode(`qpc identity vectors: ${words}`);
}
