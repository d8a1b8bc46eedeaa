// Everything that can end a FetchWait (I-06), and that nothing else does.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { DeliveryService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import type { DeliveryStore } from "../storage/stores.ts";
import { type Host, type HostUser, openHost, refused } from "./contract/host.ts";

const { enqueue, fetchWait } = DeliveryService.method;

test("a message that is there is answered at once", async (t) => {
  const { alice, bob } = await setup(t);
  await send(alice, bob);
  assert.equal(await wait(bob), 1);
});

test("timeout_ms = 0 answers as Fetch", async (t) => {
  const { bob } = await setup(t);
  assert.equal(await wait(bob, 0n), 0);
});

test("a message that arrives ends every wait on its inbox", async (t) => {
  const { alice, bob } = await setup(t);
  const waits = [wait(bob), wait(bob), wait(bob)];
  await pending();
  await send(alice, bob);
  assert.deepEqual(await Promise.all(waits), [1, 1, 1]);
});

test("a message that arrives while the wait takes its first look is not missed", async (t) => {
  const { host, alice, bob } = await setup(t);
  const { deliveries } = host.stores;
  const { view } = deliveries;
  const late: DeliveryStore["view"] = async (...parameters) => {
    const before = await view(...parameters);
    Object.assign(deliveries, { view });
    await send(alice, bob);
    return before;
  };
  Object.assign(deliveries, { view: late });
  assert.equal(await wait(bob), 1);
});

test("a message on another channel or for somebody else wakes nobody", async (t) => {
  const { host, alice, bob } = await setup(t);
  const channelId = await channelOf(host, alice, bob);
  const waiting = observe(wait(bob));
  await pending();
  await alice.call(enqueue, { recipientKey: bob.key, channelId, payload: Buffer.from("x") });
  await send(bob, alice);
  await pending();
  assert.equal(waiting.settled, false);
  host.clock.advance(30_000);
  assert.equal(await waiting.promise, 0);
});

test("a signal without a visible message lets the wait go on", async (t) => {
  const { host, alice, bob } = await setup(t);
  const waiting = observe(wait(bob));
  await pending();
  host.waits.signal({ recipient: bob.key, channelId: new Uint8Array(0) });
  await pending();
  assert.equal(waiting.settled, false);
  await send(alice, bob);
  assert.equal(await waiting.promise, 1);
});

test("the time is over: Ok with nothing, at timeout_ms or at the cap", async (t) => {
  const { host, bob } = await setup(t, { waitCapMs: 5_000 });
  const short = observe(wait(bob, 2_000n));
  const long = observe(wait(bob, 2n ** 64n - 1n));
  await pending();
  host.clock.advance(2_000);
  assert.equal(await short.promise, 0);
  assert.equal(long.settled, false);
  host.clock.advance(3_000);
  assert.equal(await long.promise, 0);
});

test("the session ends: Unauthorized, and nothing that was enqueued afterwards", async (t) => {
  const { host, alice, bob } = await setup(t);
  const waiting = wait(bob);
  await pending();
  host.endSession(bob);
  await Promise.all([
    refused(waiting, Status.Unauthorized, "sessions.unauthorized"),
    send(alice, bob),
  ]);
});

test("a recheck after the end of the session: Unauthorized at once", async (t) => {
  const { host, alice, bob } = await setup(t);
  const channelId = await channelOf(host, alice, bob);
  const onChannel = bob.call(fetchWait, { recipientKey: bob.key, channelId, timeoutMs: 30_000n });
  const waits = [wait(bob), onChannel];
  const other = observe(wait(alice));
  await pending();
  host.endSession(bob);
  host.waits.recheck(bob.key);
  for (const one of waits) await refused(one, Status.Unauthorized, "sessions.unauthorized");
  host.waits.recheck(alice.key);
  await pending();
  assert.equal(other.settled, false, "a session that lives goes on waiting");
  host.waits.drain();
  await other.promise;
});

test("the session expires: Unauthorized at that moment", async (t) => {
  const { host, bob } = await setup(t, { sessionMs: 10_000 });
  const waiting = observe(wait(bob));
  await pending();
  host.clock.advance(9_900);
  await pending();
  assert.equal(waiting.settled, false);
  host.clock.advance(100);
  await refused(waiting.promise, Status.Unauthorized, "sessions.unauthorized");
});

test("the server drains: Ok with nothing, at once, for waits to come too", async (t) => {
  const { host, bob } = await setup(t);
  const waiting = wait(bob);
  await pending();
  host.waits.drain();
  assert.equal(await waiting, 0);
  assert.equal(await wait(bob), 0);
});

test("the client gives up: the wait is over, the message stays", async (t) => {
  const { alice, bob } = await setup(t);
  const gone = new AbortController();
  const waiting = bob.call(fetchWait, { recipientKey: bob.key, timeoutMs: 30_000n }, gone.signal);
  await pending();
  gone.abort();
  assert.equal((await waiting).payloads.length, 0);
  await send(alice, bob);
  assert.equal(await wait(bob), 1);
});

test("a limit does not make it wait for more", async (t) => {
  const { alice, bob } = await setup(t);
  await send(alice, bob);
  const request = { recipientKey: bob.key, timeoutMs: 30_000n, limit: 10 };
  assert.equal((await bob.call(fetchWait, request)).payloads.length, 1);
});

/** channelOf makes a channel of two users, without accounts as they are. */
async function channelOf(host: Host, alice: HostUser, bob: HostUser): Promise<Uint8Array> {
  const channelId = new Uint8Array(16).fill(0xc1);
  const call = { groupId: alice.key, channelId, caller: alice.key, memberKeys: [bob.key] };
  await host.stores.groups.open(call, 2, host.clock.now());
  return channelId;
}

async function setup(t: TestContext, options: Parameters<typeof openHost>[1] = {}) {
  const host: Host = await openHost(t, options);
  return { host, alice: await host.user(1), bob: await host.user(2) };
}

async function wait(user: HostUser, timeoutMs = 30_000n): Promise<number> {
  const { payloads } = await user.call(fetchWait, { recipientKey: user.key, timeoutMs });
  return payloads.length;
}

async function send(from: HostUser, to: HostUser): Promise<void> {
  await from.call(enqueue, { recipientKey: to.key, payload: Buffer.from("x") });
}

/** pending lets a call get as far as it can. */
async function pending(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

function observe<T>(promise: Promise<T>) {
  const observed = { promise, settled: false };
  const settle = () => {
    observed.settled = true;
  };
  promise.then(settle, settle);
  return observed;
}
