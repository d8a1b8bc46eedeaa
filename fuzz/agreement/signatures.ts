// Ed25519: honest signatures, changed ones, and those on which libraries are known to part.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE, numberToBytesLE } from "@noble/curves/utils.js";
import { concat } from "../../src/crypto/bytes.ts";
import { type Comparison, same } from "./compare.ts";
import type { Source } from "./source.ts";

const { Point } = ed25519;

/** Forged is a signature made by hand, and whether the strict equation holds for it. */
interface Forged {
  readonly what: string;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
  readonly valid: boolean;
}

export const SIGNATURES: readonly Comparison[] = [
  {
    name: "ed25519",
    share: 6,
    run(pair, source) {
      const seed = source.bytes(32);
      const message = source.someBytes(200);
      const publicKey = same(pair, "public key", (backend) => backend.ed25519.publicKey(seed));
      const signature = same(pair, "sign", (backend) => backend.ed25519.sign(seed, message));
      assert.ok(publicKey && signature);
      const verify = (key: Uint8Array, text: Uint8Array, signed: Uint8Array) =>
        same(pair, "verify", (backend) => backend.ed25519.verify(key, text, signed));
      assert.equal(verify(publicKey, message, signature), true);
      const changes = [
        () => verify(source.changed(publicKey), message, signature),
        () => verify(publicKey, source.changed(message), signature),
        () => verify(publicKey, message, source.changed(signature)),
        () => verify(publicKey, message, source.flipped(signature)),
      ];
      assert.equal(source.pick(changes)(), false, "something changed was accepted");
      const wrongSeed = source.someBytes(40);
      same(pair, "sign with any seed", (backend) => backend.ed25519.sign(wrongSeed, message));
    },
  },
  {
    name: "ed25519-forged",
    share: 4,
    run(pair, source) {
      const message = source.someBytes(100);
      const forged = source.pick(FORGERIES)(message, source);
      const accepted = same(pair, forged.what, (backend) =>
        backend.ed25519.verify(forged.publicKey, message, forged.signature),
      );
      assert.equal(accepted, forged.valid, forged.what);
    },
  },
];

const FORGERIES: readonly ((message: Uint8Array, source: Source) => Forged)[] = [
  // A key with a part of order 8: with the cofactor such a signature always holds, without it one in 8.
  function mixedKey(message, source) {
    const [a, r] = [scalar(source), scalar(source)];
    const torsion = source.pick(TORSION);
    const publicKey = Point.BASE.multiply(a).add(torsion).toBytes();
    const { signature, k } = signed(message, publicKey, a, r, Point.BASE.multiply(r));
    const valid = torsion.multiplyUnsafe(k % 8n).equals(Point.ZERO);
    return { what: "a key of mixed order", publicKey, signature, valid };
  },
  function mixedCommitment(message, source) {
    const [a, r] = [scalar(source), scalar(source)];
    const torsion = source.pick(TORSION);
    const publicKey = Point.BASE.multiply(a).toBytes();
    const { signature } = signed(message, publicKey, a, r, Point.BASE.multiply(r).add(torsion));
    const valid = torsion.equals(Point.ZERO);
    return { what: "a commitment of mixed order", publicKey, signature, valid };
  },
  // Such a key accepts one and the same signature for many messages.
  function smallKey(_message, source) {
    const publicKey = source.pick(TORSION).toBytes();
    const signature = concat(source.pick(TORSION).toBytes(), new Uint8Array(32));
    return { what: "a key of small order", publicKey, signature, valid: false };
  },
  function keyNotCanonical(_message, source) {
    const y = BigInt(source.below(19));
    const publicKey = numberToBytesLE(y + P, 32);
    publicKey[31] = (publicKey[31] ?? 0) | source.pick([0, 0x80]);
    const signature = concat(Point.ZERO.toBytes(), new Uint8Array(32));
    return { what: "a key that is not canonical", publicKey, signature, valid: false };
  },
  function scalarNotReduced(message, source) {
    const [a, r] = [scalar(source), scalar(source)];
    const publicKey = Point.BASE.multiply(a).toBytes();
    const { signature, s } = signed(message, publicKey, a, r, Point.BASE.multiply(r));
    const high = concat(signature.subarray(0, 32), numberToBytesLE(s + Point.Fn.ORDER, 32));
    return { what: "a scalar of the order or more", publicKey, signature: high, valid: false };
  },
];

/** signed makes the signature R || s with s = r + ka, as RFC 8032 section 5.1.6. */
function signed(
  message: Uint8Array,
  publicKey: Uint8Array,
  a: bigint,
  r: bigint,
  commitment: InstanceType<typeof Point>,
) {
  const bytes = commitment.toBytes();
  const hash = createHash("sha512").update(bytes).update(publicKey).update(message).digest();
  const k = Point.Fn.create(bytesToNumberLE(hash));
  const s = Point.Fn.create(r + k * a);
  return { signature: concat(bytes, numberToBytesLE(s, 32)), s, k };
}

function scalar(source: Source): bigint {
  return Point.Fn.create(bytesToNumberLE(source.bytes(64)));
}

const P = (1n << 255n) - 19n;
const ORDER_8 = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
/** The eight points of small order. */
const TORSION = Array.from({ length: 8 }, (_, times) => ORDER_8.multiplyUnsafe(BigInt(times)));
