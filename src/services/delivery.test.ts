// Delivery on real stores: every example of I-01, I-02, I-03 and I-05, and what the messages' life is.
// Channels and waiting have files of their own.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { DeliveryService } from "../gen/qpc/v1/methods_pb.ts";
import { NewMessageSchema } from "../gen/qpc/v1/push_pb.ts";
import { Status } from "../registry/statuses.ts";
import { type Host, type HostUser, openHost, refused } from "./contract/host.ts";

const { enqueue, fetch, peek, ack, batchEnqueue } = DeliveryService.method;
const DAY = 86_400_000;
const MIB = 1_048_576;
const ID = new Uint8Array(16).fill(0x0d);

test("the next Fetch returns what was enqueued, and returns it again until it is acknowledged", async (t) => {
  const { alice, bob } = await twoUsers(t);
  assert.deepEqual(await send(alice, bob, "one"), [1n, false]);
  assert.deepEqual(await send(alice, bob, "two"), [2n, false]);
  for (let n = 0; n < 2; n++) assert.deepEqual(await inbox(bob), ["1 one", "2 two"]);
  const { payloads } = await bob.call(peek, { recipientKey: bob.key });
  assert.equal(payloads.length, 2);
  await bob.call(ack, { recipientKey: bob.key, seqUpTo: 1n });
  assert.deepEqual(await inbox(bob), ["2 two"]);
});

test("inboxes are their owner's, and count for themselves", async (t) => {
  const { alice, bob } = await twoUsers(t);
  await send(alice, bob, "to bob");
  assert.deepEqual(await send(bob, alice, "to alice"), [1n, false]);
  const foreign = { recipientKey: bob.key };
  await refused(alice.call(fetch, foreign), Status.Forbidden, "delivery.own-inbox");
  await refused(alice.call(peek, foreign), Status.Forbidden, "delivery.own-inbox");
  await refused(alice.call(ack, foreign), Status.Forbidden, "delivery.own-inbox");
  assert.deepEqual(await inbox(bob), ["1 to bob"]);
});

test("I-01: a retry after the Ack is a duplicate and stores nothing", async (t) => {
  const { host, alice, bob } = await twoUsers(t);
  assert.deepEqual(await send(alice, bob, "X", { messageId: ID }), [1n, false]);
  await bob.call(ack, { recipientKey: bob.key, seqUpTo: 1n });
  assert.deepEqual(await send(alice, bob, "another payload", { messageId: ID }), [1n, true]);
  assert.deepEqual(await inbox(bob), []);
  assert.equal(host.pushed.length, 1);
  assert.deepEqual(await send(alice, bob, "next"), [2n, false], "a duplicate burns no number");
});

test("I-01: a retry after the message expired is a duplicate too, and brings nothing back", async (t) => {
  const { host, alice, bob } = await twoUsers(t);
  await send(alice, bob, "X", { messageId: ID, ttlSecs: 1 });
  host.clock.advance(3_000);
  assert.deepEqual(await send(alice, bob, "X", { messageId: ID, ttlSecs: 1 }), [1n, true]);
  assert.deepEqual(await inbox(bob), []);
});

test("I-01: outside the window it is a new message", async (t) => {
  const { host, alice, bob } = await twoUsers(t, { sessionMs: 200 * DAY });
  await send(alice, bob, "X", { messageId: ID, ttlSecs: 1 });
  host.clock.advance(DAY + 1_000);
  assert.deepEqual(await send(alice, bob, "X", { messageId: ID }), [2n, false]);
  host.clock.advance(29 * DAY);
  const still = await send(alice, bob, "X", { messageId: ID });
  assert.deepEqual(still, [2n, true], "the window is the life of the message where that is longer");
});

test("a message_id is the sender's, for one recipient", async (t) => {
  const { alice, bob, carol } = await threeUsers(t);
  const messageId = ID;
  assert.deepEqual(await send(alice, bob, "a", { messageId }), [1n, false]);
  assert.deepEqual(await send(alice, carol, "a", { messageId }), [1n, false]);
  assert.deepEqual(await send(carol, bob, "c", { messageId }), [2n, false]);
  assert.deepEqual(await send(alice, bob, "a"), [3n, false]);
  assert.deepEqual(await send(alice, bob, "a"), [4n, false]);
});

test("I-02: a recipient named twice gets two copies, or one under a message_id", async (t) => {
  const { alice, bob, carol } = await threeUsers(t);
  const batch = async (messageId = new Uint8Array(0)) => {
    const recipientKeys = [bob.key, carol.key, bob.key];
    const request = { recipientKeys, payload: Buffer.from("x"), messageId };
    return (await alice.call(batchEnqueue, request)).seqs;
  };
  assert.deepEqual(await batch(ID), [1n, 1n, 1n]);
  assert.deepEqual(await inbox(bob), ["1 x"]);
  assert.deepEqual(await batch(), [2n, 2n, 3n]);
  assert.deepEqual(await batch(ID), [1n, 1n, 1n], "a retry repeats the first numbers");
});

test("I-02: who has the message already gets its number, the others get the message", async (t) => {
  const { host, alice, bob, carol } = await threeUsers(t);
  for (let n = 0; n < 4; n++) await send(carol, bob, "before");
  await send(alice, bob, "x", { messageId: ID });
  const recipientKeys = [bob.key, carol.key];
  const request = { recipientKeys, payload: Buffer.from("x"), messageId: ID };
  assert.deepEqual((await alice.call(batchEnqueue, request)).seqs, [5n, 1n]);
  assert.deepEqual(await inbox(carol), ["1 x"]);
  assert.equal(host.pushed.length, 6, "one push per message stored");
});

test("I-02: a bad recipient stores nothing for anybody", async (t) => {
  const { alice, bob } = await twoUsers(t);
  const recipientKeys = [bob.key, new Uint8Array(31)];
  const batch = alice.call(batchEnqueue, { recipientKeys, payload: Buffer.from("x") });
  await refused(batch, Status.BadRequest, "delivery.recipient-key");
  assert.deepEqual(await inbox(bob), []);
  assert.deepEqual(await send(alice, bob, "y"), [1n, false]);
});

test("I-03: the counter never starts again, and an Ack removes nothing that comes later", async (t) => {
  const { alice, bob } = await twoUsers(t);
  const acknowledge = (seqUpTo: bigint) => bob.call(ack, { recipientKey: bob.key, seqUpTo });
  await acknowledge(0n);
  await acknowledge(2n ** 64n - 1n);
  for (let n = 1; n <= 5; n++) await send(alice, bob, `m${n}`);
  await acknowledge(5n);
  assert.deepEqual(await send(alice, bob, "m6"), [6n, false]);
  await acknowledge(2n ** 64n - 1n);
  assert.deepEqual(await inbox(bob), []);
  await send(alice, bob, "m7");
  assert.deepEqual(await inbox(bob), ["7 m7"]);
  await acknowledge(3n);
  await acknowledge(0n);
  assert.deepEqual(await inbox(bob), ["7 m7"]);
});

test("I-05: a small message never overtakes a large one", async (t) => {
  const { alice, bob } = await twoUsers(t);
  for (const size of [3 * MIB, 3 * MIB, 1024]) await sendBytes(alice, bob, size);
  assert.deepEqual(await sizes(bob), [3 * MIB]);
  await bob.call(ack, { recipientKey: bob.key, seqUpTo: 1n });
  assert.deepEqual(await sizes(bob), [3 * MIB, 1024]);
});

test("I-05: the largest message of a frame is stored, returned, and pushed without its data", async (t) => {
  const { host, alice, bob } = await twoUsers(t);
  await sendBytes(alice, bob, 4_194_265);
  assert.deepEqual(await sizes(bob), [4_194_265]);
  const [{ event } = assert.fail("nothing was pushed")] = host.pushed;
  const announced = fromBinary(NewMessageSchema, event.payload);
  assert.deepEqual([announced.seq, announced.data.length], [1n, 0]);
});

test("a limit is the most messages of an answer; 0 is 100", async (t) => {
  const { alice, bob } = await twoUsers(t);
  await Promise.all(Array.from({ length: 120 }, () => send(alice, bob, "x")));
  const count = async (limit: number) =>
    (await bob.call(fetch, { recipientKey: bob.key, limit })).payloads.length;
  assert.deepEqual([await count(0), await count(1), await count(1000)], [100, 1, 120]);
});

test("a message lives as long as it may: ttl_secs, 30 days by default, 90 at most", async (t) => {
  const { host, alice, bob } = await twoUsers(t, { sessionMs: 200 * DAY });
  await send(alice, bob, "an hour", { ttlSecs: 3600 });
  await send(alice, bob, "default");
  await send(alice, bob, "clamped", { ttlSecs: 2 ** 32 - 1 });
  const after = async (ms: number) => {
    host.clock.advance(ms);
    return (await inbox(bob)).map((line) => line.slice(2));
  };
  assert.deepEqual(await after(3_590_000), ["an hour", "default", "clamped"]);
  assert.deepEqual(await after(10_000), ["default", "clamped"]);
  assert.deepEqual(await after(30 * DAY - 3_610_000), ["default", "clamped"]);
  assert.deepEqual(await after(10_000), ["clamped"]);
  assert.deepEqual(await after(60 * DAY - 10_000), ["clamped"]);
  assert.deepEqual(await after(10_000), []);
});

test("an inbox at its cap refuses with RateLimited, and frees what was acknowledged", async (t) => {
  const { alice, bob } = await twoUsers(t, { storeLimits: { inboxMessages: 2 } });
  await send(alice, bob, "1");
  await send(alice, bob, "2");
  await refused(send(alice, bob, "3"), Status.RateLimited, "delivery.inbox-cap");
  await bob.call(ack, { recipientKey: bob.key, seqUpTo: 1n });
  assert.deepEqual(await send(alice, bob, "3"), [3n, false]);
});

test("any bytes travel unchanged, to keys without an account too", async (t) => {
  const { host, alice } = await twoUsers(t);
  const payload = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  await alice.call(enqueue, { recipientKey: new Uint8Array(32).fill(77), payload });
  const stranger = await host.user(77);
  const { payloads } = await stranger.call(fetch, { recipientKey: stranger.key });
  assert.deepEqual(Buffer.from(payloads[0]?.data ?? []), Buffer.from(payload));
});

async function twoUsers(t: TestContext, options: Parameters<typeof openHost>[1] = {}) {
  const host = await openHost(t, options);
  return { host, alice: await host.user(1), bob: await host.user(2) };
}

async function threeUsers(
  t: TestContext,
): Promise<{ host: Host } & Record<"alice" | "bob" | "carol", HostUser>> {
  const users = await twoUsers(t);
  return { ...users, carol: await users.host.user(3) };
}

interface Extras {
  readonly messageId?: Uint8Array;
  readonly ttlSecs?: number;
}

async function send(from: HostUser, to: HostUser, text: string, extras: Extras = {}) {
  const request = { recipientKey: to.key, payload: Buffer.from(text), ...extras };
  const { seq, duplicate } = await from.call(enqueue, request);
  return [seq, duplicate];
}

async function sendBytes(from: HostUser, to: HostUser, size: number): Promise<void> {
  await from.call(enqueue, { recipientKey: to.key, payload: new Uint8Array(size).fill(1) });
}

async function inbox(user: HostUser): Promise<string[]> {
  const { payloads } = await user.call(fetch, { recipientKey: user.key });
  return payloads.map(({ seq, data }) => `${seq} ${Buffer.from(data)}`);
}

async function sizes(user: HostUser): Promise<number[]> {
  const { payloads } = await user.call(fetch, { recipientKey: user.key });
  return payloads.map(({ data }) => data.length);
}

test("a batch costs no more than 64 MiB of storage", async (t) => {
  const host = await openHost(t);
  const [alice, bob] = [await host.user(1), await host.user(2)];
  const recipientKeys = Array<Uint8Array>(17).fill(bob.key);
  const payload = new Uint8Array(4_000_000);
  const batch = alice.call(DeliveryService.method.batchEnqueue, { recipientKeys, payload });
  await refused(batch, Status.BadRequest, "BATCH_TOO_LARGE");
  const { payloads } = await bob.call(DeliveryService.method.fetch, { recipientKey: bob.key });
  assert.equal(payloads.length, 0);
});
