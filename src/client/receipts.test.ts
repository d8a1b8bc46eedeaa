// Receipts of the reference server, and receipts with one thing changed.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { DeliveryService, HealthService } from "../gen/qpc/v1/methods_pb.ts";
import { createClient } from "./client.ts";
import { answering, flipped, startReference } from "./contract/reference.ts";
import { fetchSigningKey, verifyReceipt } from "./receipts.ts";

const NONE = new Uint8Array(0);
const FAULT = { name: "ClientFault", fault: "delivery-proof" };

test("a receipt says when the server took the message", async (t) => {
  const { reference, signingKey, sent, receipt } = await world(t);
  const time = verifyReceipt(signingKey, sent, receipt) ?? assert.fail();
  assert.ok(Math.abs(Number(time) - reference.clock.now()) < 60_000);
});

test("a receipt is good for one message in one place alone", async (t) => {
  const { signingKey, sent, receipt } = await world(t);
  const { seq, deliveryProof } = receipt;
  const lies: Record<string, () => unknown> = {
    "another payload": () =>
      verifyReceipt(signingKey, { ...sent, payload: flipped(sent.payload) }, receipt),
    "another recipient": () =>
      verifyReceipt(signingKey, { ...sent, recipientKey: flipped(sent.recipientKey) }, receipt),
    "another channel": () =>
      verifyReceipt(signingKey, { ...sent, channelId: new Uint8Array(16) }, receipt),
    "another seq": () => verifyReceipt(signingKey, sent, { ...receipt, seq: seq + 1n }),
    "another time": () => verifyWith(flipped(deliveryProof, 7)),
    "another signature": () => verifyWith(flipped(deliveryProof, 71)),
    "a byte less": () => verifyWith(deliveryProof.subarray(1)),
    "a byte more": () => verifyWith(Buffer.concat([deliveryProof, Uint8Array.of(0)])),
    "another key": () => verifyReceipt(flipped(signingKey), sent, receipt),
  };
  for (const [name, lie] of Object.entries(lies)) {
    await t.test(name, () => {
      assert.throws(lie, FAULT);
    });
  }
  function verifyWith(proof: Uint8Array): unknown {
    return verifyReceipt(signingKey, sent, { ...receipt, deliveryProof: proof });
  }
});

test("a duplicate has the proof of the first copy, or none, which is no fault", async (t) => {
  const { signingKey, sent, receipt, repeat } = await world(t);
  const again = await repeat();
  assert.equal(again.duplicate, true);
  assert.equal(verifyReceipt(signingKey, sent, again), verifyReceipt(signingKey, sent, receipt));
  assert.equal(verifyReceipt(signingKey, sent, { ...again, deliveryProof: NONE }), undefined);
});

test("a server that signs nothing has no key, and what is no key is a fault", async (t) => {
  const silent = await startReference(t);
  const caller = await silent.connect();
  assert.equal(await fetchSigningKey(caller), undefined);
  for (const length of [1, 31, 33, 64]) {
    const lie = () => ({ signingKey: new Uint8Array(length) });
    const lying = answering(caller, HealthService.method.health, lie);
    await assert.rejects(fetchSigningKey(lying), FAULT);
  }
});

/** world has a message that alice has sent to bob. */
async function world(t: TestContext) {
  const reference = await startReference(t, { deliveryProof: true });
  const alice = await reference.signUp("alice");
  const bob = await reference.signUp("bob");
  const sent = {
    recipientKey: bob.identity.publicKey,
    channelId: NONE,
    payload: Buffer.from("a message"),
  };
  const { enqueue } = createClient(DeliveryService, alice.caller);
  const repeat = () => enqueue({ ...sent, messageId: new Uint8Array(16).fill(1) });
  const receipt = await repeat();
  const signingKey = (await fetchSigningKey(alice.caller)) ?? assert.fail();
  return { reference, sent, receipt, signingKey, repeat };
}
