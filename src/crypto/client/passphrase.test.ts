// Keys from passphrases: the parameters, told by another implementation.

import assert from "node:assert/strict";
import { it } from "node:test";
import { argon2id } from "@noble/hashes/argon2.js";
import { passphraseKey } from "./passphrase.ts";

const SALT = new Uint8Array(16).fill(7);

it("a key is Argon2id of the UTF-8 of the passphrase", async () => {
  const expected = argon2id(Buffer.from("pässphrase ☃"), SALT, {
    t: 3,
    m: 65_536,
    p: 1,
    dkLen: 32,
    version: 0x13,
  });
  assert.deepEqual(await passphraseKey("pässphrase ☃", SALT), expected);
});

it("what is no passphrase or no salt is refused", async () => {
  await assert.rejects(passphraseKey("", SALT), RangeError);
  await assert.rejects(passphraseKey("\ud800", SALT), RangeError);
  await assert.rejects(passphraseKey("passphrase", SALT.subarray(1)), RangeError);
});
