// Messages without a session, and receipts for messages (C-40, C-41, C-114).

import assert from "node:assert/strict";
import { test } from "node:test";
import { DeliveryService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import { openHost, refused } from "./contract/host.ts";
import { createDeliveryProofs, newSigningKey } from "./delivery-proofs.ts";

const { enqueue, batchEnqueue, fetch } = DeliveryService.method;
const ID = new Uint8Array(16).fill(0x0d);
const payload = Buffer.from("hello");

test("nobody may send where sealed sender is on, and read nothing", async (t) => {
  const host = await openHost(t, { sealedSender: true });
  const bob = await host.user(2);
  const nobody = host.connect();
  await nobody.call(enqueue, { recipientKey: bob.key, payload });
  await nobody.call(batchEnqueue, { recipientKeys: [bob.key], payload });
  await refused(nobody.call(fetch, { recipientKey: bob.key }), Status.Unauthorized);
  assert.equal((await bob.call(fetch, { recipientKey: bob.key })).payloads.length, 2);
});

test("without it nobody may send", async (t) => {
  const host = await openHost(t);
  const sending = host.connect().call(enqueue, { recipientKey: new Uint8Array(32), payload });
  await refused(sending, Status.Unauthorized, "sessions.unauthorized");
});

test("a message_id of sealed senders is theirs together, and nobody else's", async (t) => {
  const host = await openHost(t, { sealedSender: true });
  const [alice, bob] = [await host.user(1), await host.user(2)];
  const send = async (from = host.connect()) => {
    const request = { recipientKey: bob.key, payload, messageId: ID };
    const { seq, duplicate } = await from.call(enqueue, request);
    return [Number(seq), duplicate];
  };
  assert.deepEqual(await send(), [1, false]);
  assert.deepEqual(await send(), [1, true]);
  assert.deepEqual(await send(alice), [2, false]);
});

test("an Enqueue is proved, and its repetition with the time of the first copy", async (t) => {
  const proofs = createDeliveryProofs(newSigningKey());
  const host = await openHost(t, { proofs });
  const [alice, bob] = [await host.user(1), await host.user(2)];
  const inbox = { recipient: bob.key, channelId: new Uint8Array(0) };
  const send = (messageId: Uint8Array, data = payload) =>
    alice.call(enqueue, { recipientKey: bob.key, payload: data, messageId });

  const first = await send(ID);
  const time = Number(Buffer.from(first.deliveryProof).readBigUInt64BE());
  assert.deepEqual(first.deliveryProof, proved(proofs.receipt(payload, time), 1n));
  host.clock.advance(5_000);
  const again = await send(ID, Buffer.from("another payload"));
  assert.equal(again.duplicate, true);
  assert.deepEqual(again.deliveryProof, first.deliveryProof);
  const other = await send(new Uint8Array(0));
  const later = Number(Buffer.from(other.deliveryProof).readBigUInt64BE());
  assert.ok(later >= time + 5_000);

  function proved(receipt: Uint8Array, seq: bigint): Uint8Array {
    return new Uint8Array(proofs.prove(inbox, seq, receipt));
  }
});

test("a batch carries no proof, and neither does the repetition of its message", async (t) => {
  const host = await openHost(t, { proofs: createDeliveryProofs(newSigningKey()) });
  const [alice, bob] = [await host.user(1), await host.user(2)];
  await alice.call(batchEnqueue, { recipientKeys: [bob.key], payload, messageId: ID });
  const request = { recipientKey: bob.key, payload, messageId: ID };
  const { duplicate, deliveryProof } = await alice.call(enqueue, request);
  assert.deepEqual([duplicate, deliveryProof.length], [true, 0]);
});
