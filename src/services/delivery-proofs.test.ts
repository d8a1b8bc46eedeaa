// Delivery proofs against a verification of their own: C-40, byte by byte.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { createDeliveryProofs, newSigningKey } from "./delivery-proofs.ts";

const recipient = new Uint8Array(32).fill(0xb2);
const channelId = new Uint8Array(16).fill(0xc1);
const payload = Buffer.from("hello");
const NOW = 1_700_000_000_000;

test("a proof is the time and a signature over the statement", () => {
  const proofs = createDeliveryProofs(newSigningKey());
  const receipt = proofs.receipt(payload, NOW);
  assert.equal(receipt.length, 40);
  for (const channel of [new Uint8Array(0), channelId]) {
    const proof = Buffer.from(proofs.prove({ recipient, channelId: channel }, 7n, receipt));
    assert.equal(proof.length, 72);
    assert.equal(proof.readBigUInt64BE(), BigInt(NOW));
    const statement = Buffer.concat([
      Buffer.from("qpc delivery proof v1"),
      Uint8Array.of(channel.length),
      channel,
      recipient,
      Buffer.from("0000000000000007", "hex"),
      createHash("sha256").update(payload).digest(),
      Buffer.from("0000018bcfe56800", "hex"),
    ]);
    assert.ok(ed25519.verify(proof.subarray(8), statement, proofs.publicKey));
    const other = Buffer.from(statement).reverse();
    assert.ok(!ed25519.verify(proof.subarray(8), other, proofs.publicKey));
  }
});

test("a key signs the same bytes alike, another key does not", () => {
  const key = newSigningKey();
  const [one, again, other] = [key, key, newSigningKey()].map(createDeliveryProofs);
  const inbox = { recipient, channelId };
  const prove = (proofs = one) => proofs?.prove(inbox, 1n, proofs.receipt(payload, NOW));
  assert.deepEqual(prove(again), prove(one));
  assert.deepEqual(again?.publicKey, one?.publicKey);
  assert.notDeepEqual(other?.publicKey, one?.publicKey);
  assert.notDeepEqual(prove(other), prove(one));
});
