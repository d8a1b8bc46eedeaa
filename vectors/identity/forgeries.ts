// Signatures that some libraries accept and the strict equation refuses: spec/crypto/identity.md
// [identity.strict-verification].

import { createHash } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE, numberToBytesLE } from "@noble/curves/utils.js";
import { concat } from "../bytes.ts";
import { type Receipt, statement, uint64 } from "./receipt.ts";

export interface Forgery {
  readonly name: string;
  readonly comment: string;
  readonly serverKey: Uint8Array;
  readonly proof: Uint8Array;
}

type Point = InstanceType<typeof ed25519.Point>;

const { Point } = ed25519;
const { BASE, Fn, ZERO } = Point;
const ORDER_8 = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
const P = (1n << 255n) - 19n;
const A = 0x1234_5678_9abc_def0n;
const R = 0x0fed_cba9_8765_4321n;

/** cofactorlessFaults are proofs of one receipt, each with a fault that only a strict check finds. */
export function cofactorlessFaults(receipt: Receipt): Forgery[] {
  const message = statement(receipt);
  const proof = (r: Uint8Array, s: bigint) =>
    concat(uint64(receipt.timeMs), r, numberToBytesLE(s, 32));
  /** S of the signature under private key A with nonce R, for whatever key and commitment are shown. */
  const scalar = (commitment: Uint8Array, key: Uint8Array) => {
    const hash = createHash("sha512").update(commitment).update(key).update(message).digest();
    return Fn.create(R + Fn.create(bytesToNumberLE(hash)) * A);
  };
  const signed = (commitment: Point, key: Point, more = 0n) => {
    const [r, serverKey] = [commitment.toBytes(), key.toBytes()];
    return { serverKey, proof: proof(r, scalar(r, serverKey) + more) };
  };
  const [key, commitment] = [BASE.multiply(A), BASE.multiply(R)];
  const identity = ZERO.toBytes();
  return [
    {
      name: "s-plus-order",
      comment: "a good signature with the group order added to S",
      ...signed(commitment, key, Fn.ORDER),
    },
    {
      name: "key-of-mixed-order",
      comment: "a part of order 8 in the key: holds only with the cofactor",
      ...signed(commitment, key.add(ORDER_8)),
    },
    {
      name: "r-of-mixed-order",
      comment: "a part of order 8 in R: holds only with the cofactor",
      ...signed(commitment.add(ORDER_8), key),
    },
    {
      name: "key-of-order-1",
      comment: "under this key one signature fits every message",
      serverKey: identity,
      proof: proof(identity, 0n),
    },
    {
      name: "key-of-order-1-not-canonical",
      comment: "the same key as y = p + 1",
      serverKey: numberToBytesLE(P + 1n, 32),
      proof: proof(identity, 0n),
    },
    {
      name: "key-of-order-1-with-sign",
      comment: "the same key with the sign of x = 0 set",
      serverKey: identity.with(31, 0x80),
      proof: proof(identity, 0n),
    },
  ];
}
