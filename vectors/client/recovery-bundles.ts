// Recovery bundles, good ones and such as must be refused. Spec: client/recovery-codes.md, Bundles.

import { nobleBackend } from "../../src/crypto/backend/noble.ts";
import { concat, hex } from "../bytes.ts";
import type { ClientVector } from "../format.ts";
import { derived, SECRET } from "./recovery-codes.ts";
import { accepted, fixed, flip, padded, refused, u16, utf8 } from "./stating.ts";

const NONCE = new Uint8Array(12).fill(0x05);
const SEED = new Uint8Array(32).fill(0xa1);
const INPUTS = { secret: hex(SECRET) };

const ALICE = contents("alice", SEED, "correct horse battery staple");
const BUNDLE = seal(padded(ALICE, 256));

/** bundles are the second half of client/recovery.json. */
export function bundles(): ClientVector[] {
  return [...good(), ...changed(), ...wrongContents()];
}

function good(): ClientVector[] {
  const bundle = (
    id: string,
    rule: string,
    comment: string,
    [username, seed, password]: readonly [string, Uint8Array, string],
    size: number,
    [secret, nonce]: readonly [Uint8Array, Uint8Array],
  ) =>
    accepted(
      `recovery.bundle.${id}`,
      "recovery-bundle",
      hex(seal(padded(contents(username, seed, password), size), secret, nonce)),
      { rule, inputs: { secret: hex(secret) }, comment },
      {
        contents: hex(contents(username, seed, password)),
        username,
        identity_seed: hex(seed),
        password,
      },
    );
  const other = [fixed("bundle secret", 16), fixed("bundle nonce", 12)] as const;
  const seed = fixed("bundle seed", 32);
  return [
    bundle(
      "example",
      "recovery-codes.bundle",
      "the code of the example, the nonce is 12 times 05",
      ["alice", SEED, "correct horse battery staple"],
      256,
      [SECRET, NONCE],
    ),
    bundle(
      "unicode",
      "recovery-codes.contents",
      "lengths count bytes",
      ["zoë-名", seed, "pässwörd ☃"],
      256,
      other,
    ),
    bundle(
      "byte-order-mark",
      "recovery-codes.contents",
      "U+FEFF at the beginning is a character like any other",
      ["\ufeffalice", seed, "\ufeff"],
      256,
      other,
    ),
    bundle(
      "next-bucket",
      "recovery-codes.size",
      "contents of 253 bytes need 512",
      ["alice", seed, "x".repeat(212)],
      512,
      other,
    ),
  ];
}

function changed(): ClientVector[] {
  const bad = (id: string, stage: string, rule: string, bytes: Uint8Array, comment: string) =>
    refused(`recovery.bundle.${id}`, "recovery-bundle", stage, hex(bytes), {
      rule,
      inputs: INPUTS,
      comment,
    });
  const open = (id: string, bytes: Uint8Array, comment: string) =>
    bad(id, "open", "recovery-codes.bundle", bytes, comment);
  const size = (id: string, bytes: Uint8Array, comment: string) =>
    bad(id, "size", "recovery-codes.size", bytes, comment);
  const version = (id: string, byte: number) =>
    bad(
      id,
      "version",
      "recovery-codes.version",
      concat(Uint8Array.of(byte), BUNDLE.subarray(1)),
      `version ${byte}`,
    );
  const nonces = [...NONCE.keys()].map((index) =>
    open(`nonce-byte-${index}`, flip(BUNDLE, 1 + index), "one bit of the nonce"),
  );
  return [
    version("version-0", 0),
    version("version-2", 2),
    version("version-129", 0x81),
    ...nonces,
    open("first-byte-of-box", flip(BUNDLE, 13), "one bit of the ciphertext"),
    open("last-byte-of-box", flip(BUNDLE, 268), "one bit of the ciphertext, in the padding"),
    open("first-byte-of-tag", flip(BUNDLE, 269), "one bit of the tag"),
    open("last-byte-of-tag", flip(BUNDLE, 284), "one bit of the tag"),
    open(
      "bundle-of-another-code",
      seal(padded(ALICE, 256), fixed("another secret", 16)),
      "sealed under the key of another code",
    ),
    open(
      "no-aad",
      seal(padded(ALICE, 256), SECRET, NONCE, new Uint8Array(0)),
      "sealed without the version as associated data",
    ),
    size("nothing", new Uint8Array(0), "no bytes at all"),
    size("version-alone", BUNDLE.subarray(0, 1), "cut after the version"),
    size("header-alone", BUNDLE.subarray(0, 13), "cut after the nonce"),
    size("half", BUNDLE.subarray(0, 142), "the first half"),
    size("one-missing", BUNDLE.subarray(0, -1), "the last byte is missing"),
    size("one-more", concat(BUNDLE, Uint8Array.of(0)), "a byte was added"),
    size("no-padding", seal(concat(u16(0), ALICE)), "sealed without a bucket"),
    refused("recovery.bundle.another-code", "recovery-bundle", "open", hex(BUNDLE), {
      rule: "recovery-codes.key",
      inputs: { secret: hex(flip(SECRET, 15)) },
    }),
  ];
}

function wrongContents(): ClientVector[] {
  const bad = (id: string, comment: string, bytes: Uint8Array) =>
    refused(`recovery.contents.${id}`, "recovery-bundle", "contents", hex(seal(bytes)), {
      rule: "recovery-codes.contents",
      inputs: INPUTS,
      comment,
    });
  const name = concat(u16(5), utf8("alice"));
  const password = concat(u16(1), utf8("x"));
  const within = (...parts: readonly Uint8Array[]) => padded(concat(...parts), 256);
  return [
    bad("empty", "nothing at all", within()),
    bad("name-past-end", "the username is longer than all", within(u16(200), utf8("alice"))),
    bad("empty-name", "a username of no bytes", within(u16(0), SEED, password)),
    bad("name-not-utf8", "0xff is no UTF-8", within(u16(1), Uint8Array.of(0xff), SEED, password)),
    bad("seed-short", "31 bytes of seed and the end", within(name, SEED.subarray(1))),
    bad("no-password", "they end behind the seed", within(name, SEED)),
    bad("empty-password", "a password of no bytes", within(name, SEED, u16(0))),
    bad("password-past-end", "the last byte is missing", within(name, SEED, u16(2), utf8("x"))),
    bad("trailing", "a byte is left over", within(name, SEED, password, Uint8Array.of(0))),
    bad("dirty-padding", "a byte of the padding is not zero", flip(padded(ALICE, 256), 255)),
    bad("larger-bucket", "256 bytes would have been enough", padded(ALICE, 512)),
  ];
}

function contents(username: string, seed: Uint8Array, password: string): Uint8Array {
  const [name, word] = [utf8(username), utf8(password)];
  return concat(u16(name.length), name, seed, u16(word.length), word);
}

function seal(
  plaintext: Uint8Array,
  secret: Uint8Array = SECRET,
  nonce: Uint8Array = NONCE,
  aad: Uint8Array = Uint8Array.of(1),
): Uint8Array {
  const key = Uint8Array.from(Buffer.from(derived(secret).key.hex, "hex"));
  const box = nobleBackend.chacha20Poly1305.seal({ key, nonce, aad }, plaintext);
  return concat(Uint8Array.of(1), nonce, box);
}
