// Who may use a channel (I-18), and which status wins when there are several faults (I-24).

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { DeliveryService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import { type HostUser, openHost, refused } from "./contract/host.ts";

const { enqueue, fetch, fetchWait, peek, ack, batchEnqueue } = DeliveryService.method;
const CHANNEL = new Uint8Array(16).fill(0xc1);
const GROUP = new Uint8Array(32).fill(0x66);
const UNKNOWN = new Uint8Array(16).fill(0xc9);
const PAYLOAD = Buffer.from("x");

type Own = { readonly recipientKey: Uint8Array; readonly channelId: Uint8Array };

/** The methods for an inbox of one's own. */
const READS: readonly ((user: HostUser, own: Own) => Promise<unknown>)[] = [
  (user, own) => user.call(fetch, own),
  (user, own) => user.call(fetchWait, own),
  (user, own) => user.call(peek, own),
  (user, own) => user.call(ack, own),
];

test("members send to members, and to themselves", async (t) => {
  const { alice, bob } = await channelOfTwo(t);
  await send(alice, bob);
  await send(bob, alice);
  await send(alice, alice);
  assert.equal(await count(alice), 2);
  assert.equal(await count(bob), 1);
});

test("nobody else is sent to, and nobody else sends", async (t) => {
  const { alice, bob, carol } = await channelOfTwo(t);
  await refused(send(alice, carol), Status.Forbidden, "delivery.channel-members");
  await refused(send(carol, bob), Status.Forbidden, "delivery.channel-members");
  await refused(send(carol, carol), Status.Forbidden, "delivery.channel-members");
});

test("a batch with one stranger stores nothing", async (t) => {
  const { alice, bob, carol } = await channelOfTwo(t);
  const recipientKeys = [bob.key, carol.key];
  const batch = alice.call(batchEnqueue, { recipientKeys, payload: PAYLOAD, channelId: CHANNEL });
  await refused(batch, Status.Forbidden, "delivery.channel-members");
  assert.equal(await count(bob), 0);
});

test("a channel that is not registered is NotFound for all", async (t) => {
  const { alice, bob, carol } = await channelOfTwo(t);
  for (const user of [alice, carol]) {
    await refused(send(user, bob, UNKNOWN), Status.NotFound, "delivery.channel-unknown");
    const own = { recipientKey: user.key, channelId: UNKNOWN };
    for (const read of READS) {
      await refused(read(user, own), Status.NotFound, "delivery.channel-unknown");
    }
  }
});

test("a stranger's own inbox on a channel is Forbidden", async (t) => {
  const { carol } = await channelOfTwo(t);
  const own = { recipientKey: carol.key, channelId: CHANNEL };
  for (const read of READS) {
    await refused(read(carol, own), Status.Forbidden, "delivery.channel-members");
  }
});

test("a message is seen on its channel only, and each channel counts for itself", async (t) => {
  const { alice, bob } = await channelOfTwo(t);
  const elsewhere = { recipientKey: bob.key, payload: PAYLOAD };
  await alice.call(enqueue, elsewhere);
  await alice.call(enqueue, elsewhere);
  assert.equal(await send(alice, bob), 1n);
  assert.equal(await count(bob), 1);
  assert.equal(await count(bob, new Uint8Array(0)), 2);
  await bob.call(ack, { recipientKey: bob.key, channelId: CHANNEL, seqUpTo: 9n });
  assert.equal(await count(bob, new Uint8Array(0)), 2);
});

test("who left may read and acknowledge what is queued, and neither sends nor is sent to", async (t) => {
  const { host, alice, bob } = await channelOfTwo(t);
  await send(alice, bob);
  const messageId = new Uint8Array(16).fill(1);
  const message = { recipientKey: alice.key, payload: PAYLOAD, channelId: CHANNEL, messageId };
  await bob.call(enqueue, message);
  await host.stores.groups.remove(GROUP, bob.key, host.clock.now());

  assert.equal(await count(bob), 1);
  await bob.call(ack, { recipientKey: bob.key, channelId: CHANNEL, seqUpTo: 1n });
  assert.equal(await count(bob), 0);
  await refused(send(alice, bob), Status.Forbidden, "delivery.channel-members");
  await refused(send(bob, alice), Status.Forbidden, "delivery.channel-members");
  await refused(bob.call(enqueue, message), Status.Forbidden, "delivery.channel-members");
});

test("I-24: which status wins", async (t) => {
  const { host, alice, bob } = await channelOfTwo(t);
  const short = { recipientKey: bob.key.subarray(1) };
  const onUnknown = (user: HostUser) => ({ recipientKey: user.key, channelId: UNKNOWN });
  await refused(host.connect().call(fetch, short), Status.Unauthorized);
  await refused(alice.call(fetch, short), Status.BadRequest, "delivery.recipient-key");
  await refused(alice.call(fetch, onUnknown(bob)), Status.Forbidden, "delivery.own-inbox");
  await refused(alice.call(fetch, onUnknown(alice)), Status.NotFound, "delivery.channel-unknown");
});

async function channelOfTwo(t: TestContext) {
  const host = await openHost(t);
  const [alice, bob, carol] = [await host.user(1), await host.user(2), await host.user(3)];
  // A group record, whose members need no account.
  const call = {
    groupId: GROUP,
    channelId: CHANNEL,
    caller: alice.key,
    memberKeys: [bob.key],
  };
  await host.stores.groups.open(call, 2, host.clock.now());
  return { host, alice, bob, carol };
}

async function send(from: HostUser, to: HostUser, channelId = CHANNEL): Promise<bigint> {
  const request = { recipientKey: to.key, payload: PAYLOAD, channelId };
  return (await from.call(enqueue, request)).seq;
}

async function count(user: HostUser, channelId = CHANNEL): Promise<number> {
  return (await user.call(fetch, { recipientKey: user.key, channelId })).payloads.length;
}
