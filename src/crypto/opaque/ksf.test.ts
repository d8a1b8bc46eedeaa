// Argon2id of node:crypto against the one of noble, at the parameters of the spec.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { argon2id } from "@noble/hashes/argon2.js";
import { argon2idKsf, identityKsf } from "./ksf.ts";
import { ARGON2ID, argon2Salt } from "./parameters.ts";

describe("key stretching", () => {
  it("is Argon2id with t=2, m=19456 KiB, p=1, 16 zero bytes of salt and 64 bytes of output", async () => {
    assert.deepEqual(ARGON2ID, {
      passes: 2,
      memoryKiB: 19_456,
      parallelism: 1,
      saltBytes: 16,
      outputBytes: 64,
    });
    const input = new Uint8Array(64).fill(0x42);
    const expected = argon2id(input, argon2Salt(), { t: 2, m: 19_456, p: 1, dkLen: 64 });
    assert.deepEqual(await argon2idKsf(input), expected);
  });

  it("answers a copy where it does not stretch", async () => {
    const input = new Uint8Array(64).fill(1);
    const output = await identityKsf(input);
    assert.deepEqual(output, input);
    output.fill(0);
    assert.equal(input[0], 1);
  });
});
