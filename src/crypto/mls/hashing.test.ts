import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { getCiphersuiteFromName, getCiphersuiteImpl } from "ts-mls";
import { expandWithLabel } from "ts-mls/crypto/kdf.js";
import { digest, hashingHere } from "./hashing.ts";
import { SUITE_NAME } from "./suite.ts";

const suite = await getCiphersuiteImpl(getCiphersuiteFromName(SUITE_NAME));
const here = hashingHere(suite);

const bytes = fc.uint8Array({ maxLength: 300 });
const length = (bytes: number) => ({ minLength: bytes, maxLength: bytes });
const key = fc.oneof(fc.uint8Array(length(32)), fc.uint8Array({ maxLength: 66, size: "max" }));

test("the hash is that of the suite", async () => {
  const property = fc.asyncProperty(bytes, async (input) => {
    const expected = await suite.hash.digest(input);
    assert.deepEqual(digest(input), expected);
    assert.deepEqual(await here.hash.digest(input), expected);
  });
  await fc.assert(property);
});

test("derived keys are those of the suite, and so are refusals of a key", async () => {
  const property = fc.asyncProperty(key, bytes, fc.nat(70), async (secret, info, size) => {
    const before = Uint8Array.from(secret);
    const expected = await suite.kdf.expand(secret, info, size).catch(() => "refused");
    assert.deepEqual(await here.kdf.expand(secret, info, size).catch(() => "refused"), expected);
    assert.equal(expected === "refused", secret.length !== 32);
    assert.deepEqual(secret, before);
  });
  await fc.assert(property);
});

test("a derived secret lies in an array of its own, so that wiping it leaves no copy", async () => {
  const secret = new Uint8Array(32).fill(7);
  for (const size of [12, 16, 32]) {
    const derived = await expandWithLabel(secret, "key", new Uint8Array(), size, here.kdf);
    assert.equal(derived.buffer.byteLength, size);
  }
});
