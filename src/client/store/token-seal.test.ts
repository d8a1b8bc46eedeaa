// The seal of the session token. Spec: client/client.md; CLIENT-012.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { key } from "../../storage/contract/harness.ts";
import { tokenSeal } from "./token-seal.ts";

const seal = tokenSeal(key(1));

test("a sealed token is a nonce and a box under the derived key", () => {
  const { sealed } = seal.sealToken(key(9));
  assert.equal(sealed.length, 12 + 32 + 16);
  const info = new TextEncoder().encode("qpc session token v1");
  const derived = hkdf(sha256, key(1), undefined, info, 32);
  const box = chacha20poly1305(derived, sealed.subarray(0, 12));
  assert.deepEqual(box.decrypt(sealed.subarray(12)), key(9));
});

test("the same token is never sealed into the same bytes", () => {
  assert.notDeepEqual(seal.sealToken(key(9)), seal.sealToken(key(9)));
});

test("it opens under its own key only, and only as it is", () => {
  const token = seal.sealToken(key(9));
  assert.deepEqual(seal.openToken(token), key(9));
  assert.throws(() => tokenSeal(key(2)).openToken(token));
  for (let n = 0; n < token.sealed.length; n += 1) {
    const changed = token.sealed.slice();
    changed[n] = (changed[n] ?? 0) ^ 1;
    assert.throws(() => seal.openToken({ sealed: changed }), `byte ${n}`);
    assert.throws(() => seal.openToken({ sealed: token.sealed.subarray(0, n) }), `${n} bytes`);
  }
});
