// X25519 and ML-KEM-768.

import assert from "node:assert/strict";
import { encapsulateWith } from "../../src/crypto/backend/noble.ts";
import { bothWays, type Comparison, same } from "./compare.ts";

export const KEY_EXCHANGE: readonly Comparison[] = [
  {
    name: "x25519",
    share: 5,
    run(pair, source) {
      const own = source.bytes(32);
      const peer = source.bytes(32);
      const share = same(pair, "public key", (backend) => backend.x25519.publicKey(peer));
      assert.ok(share);
      const shared = (key: Uint8Array) =>
        same(pair, "shared secret", (backend) => backend.x25519.sharedSecret(own, key));
      assert.ok(shared(share));
      const others = [source.bytes(32), source.flipped(share), source.changed(share)];
      shared(source.pick(others));
    },
  },
  {
    name: "x25519-low-order",
    share: 1,
    run(pair, source) {
      const own = source.bytes(32);
      const point = Uint8Array.from(Buffer.from(source.pick(LOW_ORDER), "hex"));
      point[31] = (point[31] ?? 0) | source.pick([0, 0x80]);
      const secret = same(pair, "low order", (backend) => backend.x25519.sharedSecret(own, point));
      assert.equal(secret, undefined, "an all-zero secret was accepted");
    },
  },
  {
    name: "ml-kem-768",
    share: 5,
    run(pair, source) {
      const seed = source.bytes(64);
      const key = same(pair, "keygen", (backend) => backend.mlKem768.keygen(seed));
      assert.ok(key);
      const open = (ciphertext: Uint8Array) =>
        same(pair, "decapsulate", (backend) => backend.mlKem768.decapsulate(ciphertext, seed));
      const fixed = encapsulateWith(key, source.bytes(32));
      assert.deepEqual(open(fixed.ciphertext), fixed.sharedSecret);
      bothWays(pair, (maker, taker) => {
        const { ciphertext, sharedSecret } = maker.mlKem768.encapsulate(key);
        assert.deepEqual(taker.mlKem768.decapsulate(ciphertext, seed), sharedSecret);
      });
      assert.notDeepEqual(open(source.changed(fixed.ciphertext)), fixed.sharedSecret);
      const short = seed.subarray(1);
      same(pair, "keygen of a short seed", (backend) => backend.mlKem768.keygen(short));
    },
  },
  {
    name: "ml-kem-768-key-check",
    share: 2,
    run(pair, source) {
      const key = pair[0].mlKem768.keygen(source.bytes(64));
      const changes = [
        source.changed(key),
        source.flipped(key),
        withCoefficient(key, source.below(768), 3328 + source.below(3)),
        withCoefficient(key, source.below(768), 3329 + source.below(767)),
      ];
      const changed = source.pick(changes);
      same(pair, "key check", (backend) => {
        backend.mlKem768.encapsulate(changed);
        return "accepted";
      });
    },
  },
];

/** withCoefficient puts a 12-bit number in the place of coefficient `index`. */
function withCoefficient(key: Uint8Array, index: number, value: number): Uint8Array {
  const changed = key.slice();
  const at = Math.floor(index / 2) * 3;
  const [a = 0, b = 0, c = 0] = key.subarray(at, at + 3);
  if (index % 2 === 0) changed.set([value & 255, (b & 0xf0) | (value >> 8), c], at);
  else changed.set([a, (b & 15) | ((value & 15) << 4), value >> 4], at);
  return changed;
}

/** Points of X25519 whose multiples by 8 are zero, the encodings that are not canonical among them. */
const LOW_ORDER = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];
