// The checks that do not wait for a library to make them.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { CryptoError } from "./backend.ts";
import { checked } from "./checked.ts";
import { checkEncapsulationKey, isCanonicalKeyOfLargeOrder } from "./key-checks.ts";
import { nodeBackend } from "./node.ts";

describe("isCanonicalKeyOfLargeOrder", () => {
  it("takes y below p, with either sign, and nothing from p on", () => {
    const p = (1n << 255n) - 19n;
    for (const y of [2n, 9n, p - 2n]) {
      assert.equal(isCanonicalKeyOfLargeOrder(encoded(y)), true, String(y));
      assert.equal(isCanonicalKeyOfLargeOrder(encoded(y | (1n << 255n))), true, String(y));
    }
    for (let more = 0n; more < 19n; more++) {
      assert.equal(isCanonicalKeyOfLargeOrder(encoded(p + more)), false, `p + ${more}`);
      const withSign = encoded((p + more) | (1n << 255n));
      assert.equal(isCanonicalKeyOfLargeOrder(withSign), false, `p + ${more}, sign`);
    }
  });

  it("takes none of the eight points of small order, with either sign", () => {
    const { Point } = ed25519;
    const point = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
    const multiples = Array.from({ length: 8 }, (_, times) => point.multiplyUnsafe(BigInt(times)));
    assert.equal(new Set(multiples.map((multiple) => multiple.toHex())).size, 8);
    assert.ok(point.multiplyUnsafe(8n).equals(Point.ZERO));
    for (const multiple of multiples) {
      const bytes = multiple.toBytes();
      assert.equal(isCanonicalKeyOfLargeOrder(bytes), false, multiple.toHex());
      assert.equal(isCanonicalKeyOfLargeOrder(bytes.with(31, (bytes[31] ?? 0) ^ 0x80)), false);
    }
  });
});

describe("checkEncapsulationKey", () => {
  it("takes q - 1 and refuses q at every place", () => {
    for (let index = 0; index < 768; index++) {
      checkEncapsulationKey(keyWith(index, 3328));
      assert.throws(() => checkEncapsulationKey(keyWith(index, 3329)), CryptoError, String(index));
    }
  });

  it("takes any last 32 bytes, which are no coefficients", () => {
    const key = new Uint8Array(1184).fill(0xff, 1152);
    checkEncapsulationKey(key);
    assert.throws(() => checkEncapsulationKey(key.fill(0xff, 1151, 1152)), CryptoError);
  });
});

describe("checked", () => {
  it("refuses an all-zero secret that the library lets through", () => {
    const zero = { ...nodeBackend.x25519, sharedSecret: () => new Uint8Array(32) };
    const { x25519 } = checked({ ...nodeBackend, x25519: zero });
    const key = new Uint8Array(32).fill(9);
    assert.throws(() => x25519.sharedSecret(key, key), CryptoError);
  });
});

function encoded(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));
}

function keyWith(index: number, value: number): Uint8Array {
  const key = new Uint8Array(1184);
  const at = (index >> 1) * 3;
  if (index % 2 === 0) key.set([value & 255, value >> 8], at);
  else key.set([(value & 15) << 4, value >> 4], at + 1);
  return key;
}
