// Attachments: files in encrypted blobs, and blobs that must be refused. Spec: client/content.md, Files.

import { nobleBackend } from "../../src/crypto/backend/noble.ts";
import { concat, hex } from "../bytes.ts";
import type { ClientVector, VectorFile } from "../format.ts";
import { accepted, fixed, flip, refused, utf8 } from "./stating.ts";

const KEY = new Uint8Array(32).fill(0x07);
const NONCE = new Uint8Array(12).fill(0x05);
const LAYOUT = "content.attachment";

/** clientAttachment is client/attachment.json. */
export function clientAttachment(): VectorFile<ClientVector> {
  return {
    schema: "schema/client.schema.json",
    topic: "client/attachment",
    spec: "spec/client/content.md",
    vectors: [...files(), ...refusals()],
  };
}

function files(): ClientVector[] {
  const good = (id: string, file: Uint8Array, key: Uint8Array, nonce: Uint8Array, comment = "") => {
    const blob = seal(file, key, nonce);
    const said = { rule: LAYOUT, inputs: inputsOf(blob, key), comment };
    return accepted(`attachment.${id}`, "attachment", hex(blob), said, { file: hex(file) });
  };
  return [
    good("example", utf8("hello"), KEY, NONCE, "the key is 32 times 07, the nonce 12 times 05"),
    good("empty", new Uint8Array(0), fixed("empty key", 32), fixed("empty nonce", 12)),
    good("one-block", fixed("block", 64), fixed("block key", 32), fixed("block nonce", 12)),
    good(
      "kilobyte",
      concat(...Array.from({ length: 17 }, (_, index) => fixed(`kilobyte ${index}`, 61))),
      fixed("kilobyte key", 32),
      fixed("kilobyte nonce", 12),
      "not a multiple of the cipher's block",
    ),
  ];
}

function refusals(): ClientVector[] {
  const blob = seal(utf8("hello"), KEY, NONCE);
  /** The name is right, as if the sender had named it so. */
  const named = (id: string, stage: string, rule: string, bytes: Uint8Array, comment: string) =>
    refused(`attachment.${id}`, "attachment", stage, hex(bytes), {
      rule,
      inputs: inputsOf(bytes, KEY),
      comment,
    });
  const misnamed = (id: string, bytes: Uint8Array, comment: string) =>
    refused(`attachment.${id}`, "attachment", "blob-id", hex(bytes), {
      rule: "content.attachment-hash",
      inputs: inputsOf(blob, KEY),
      comment,
    });
  const header = [...blob.subarray(1, 13).keys()].map((index) =>
    named(`nonce-byte-${index}`, "open", LAYOUT, flip(blob, index + 1), "one bit of the nonce"),
  );
  return [
    misnamed("changed", flip(blob, 20), "one bit is not as it was uploaded"),
    misnamed("truncated", blob.subarray(0, -1), "the last byte is missing"),
    misnamed("extended", concat(blob, Uint8Array.of(0)), "a byte was added"),
    misnamed("another", seal(utf8("jello"), KEY, NONCE), "a blob of the same key and size"),
    named("nothing", "size", LAYOUT, new Uint8Array(0), "no bytes at all"),
    named("cut-before-tag", "size", LAYOUT, blob.subarray(0, 28), "no room for a tag"),
    named("version-0", "version", LAYOUT, concat(Uint8Array.of(0), blob.subarray(1)), ""),
    named("version-2", "version", LAYOUT, concat(Uint8Array.of(2), blob.subarray(1)), ""),
    ...header,
    named("ciphertext", "open", LAYOUT, flip(blob, 13), "one bit of the ciphertext"),
    named("tag", "open", LAYOUT, flip(blob, blob.length - 1), "one bit of the tag"),
    named("no-aad", "open", LAYOUT, sealWith(new Uint8Array(0)), "sealed without the version"),
    refused("attachment.another-key", "attachment", "open", hex(blob), {
      rule: LAYOUT,
      inputs: inputsOf(blob, flip(KEY, 31)),
      comment: "one bit of the key",
    }),
  ];
}

function inputsOf(blob: Uint8Array, key: Uint8Array) {
  return { blob_id: hex(nobleBackend.sha256(blob)), key: hex(key) };
}

function seal(file: Uint8Array, key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const aad = Uint8Array.of(1);
  return concat(aad, nonce, nobleBackend.chacha20Poly1305.seal({ key, nonce, aad }, file));
}

function sealWith(aad: Uint8Array): Uint8Array {
  const input = { key: KEY, nonce: NONCE, aad };
  const box = nobleBackend.chacha20Poly1305.seal(input, utf8("hello"));
  return concat(Uint8Array.of(1), NONCE, box);
}
