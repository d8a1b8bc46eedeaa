// Pending waits: no wake-up is lost, and each end is told apart (C-104, I-06).

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createClock } from "../rpc/clock.ts";
import type { Inbox } from "../storage/stores.ts";
import { createWaits, type Waiter } from "./waits.ts";

const ALICE = inbox(1);
const STAYS = new AbortController().signal;

test("a signal between registration and the first next is not lost", async () => {
  const { waits } = setup();
  const waiter = waits.register(ALICE, 60_000, STAYS);
  waits.signal(ALICE);
  assert.equal(await waiter.next(), "signal");
  assert.equal(await isPending(waiter), true, "one signal is one look");
  waiter.done();
});

test("a signal during a look leads to another look", async () => {
  const { waits } = setup();
  const waiter = waits.register(ALICE, 60_000, STAYS);
  waits.signal(ALICE);
  await waiter.next();
  waits.signal(ALICE);
  waits.signal(ALICE);
  assert.equal(await waiter.next(), "signal");
  assert.equal(await isPending(waiter), true, "two signals before a look are one look");
  waiter.done();
});

test("a signal wakes every waiter of its inbox and none of another", async () => {
  const { waits } = setup();
  const inboxes = [ALICE, ALICE, inbox(2), inbox(1, 5)];
  const waiters = inboxes.map((of) => waits.register(of, 60_000, STAYS));
  waits.signal(ALICE);
  assert.deepEqual(await Promise.all(waiters.map(isPending)), [false, false, true, true]);
  for (const waiter of waiters) waiter.done();
});

test("an inbox is its recipient and its channel, not the bytes of both in a row", async () => {
  const { waits } = setup();
  const waiter = waits.register(inbox(1, 5), 60_000, STAYS);
  waits.signal(inbox(1));
  waits.signal(inbox(5, 1));
  assert.equal(await isPending(waiter), true);
  waiter.done();
});

test("a recheck wakes the waiters on every inbox of its recipient and no others", async () => {
  const { waits } = setup();
  const inboxes = [ALICE, ALICE, inbox(1, 5), inbox(2), inbox(2, 1)];
  const waiters = inboxes.map((of) => waits.register(of, 60_000, STAYS));
  waits.recheck(ALICE.recipient);
  assert.deepEqual(await Promise.all(waiters.map(isPending)), [false, false, false, true, true]);
  for (const waiter of waiters) waiter.done();
});

test("time that is over ends the wait, and stays over", async () => {
  const { waits, clock } = setup();
  const waiter = waits.register(ALICE, 1_000, STAYS);
  clock.advance(500);
  assert.equal(await isPending(waiter), true);
  clock.advance(500);
  assert.equal(await waiter.next(), "timeout");
  assert.equal(await waiter.next(), "timeout");
  waiter.done();
});

test("a drain ends all waits, those to come included", async () => {
  const { waits } = setup();
  const before = waits.register(ALICE, 60_000, STAYS);
  waits.drain();
  const after = waits.register(inbox(2), 60_000, STAYS);
  assert.deepEqual([await before.next(), await after.next()], ["drain", "drain"]);
  before.done();
  after.done();
});

test("a client that is gone ends its wait and no other", async () => {
  const { waits } = setup();
  const client = new AbortController();
  const waiter = waits.register(ALICE, 60_000, client.signal);
  const other = waits.register(ALICE, 60_000, STAYS);
  client.abort();
  assert.equal(await waiter.next(), "gone");
  assert.equal(await isPending(other), true);
  const late = waits.register(ALICE, 60_000, client.signal);
  assert.equal(await late.next(), "gone");
  for (const one of [waiter, other, late]) one.done();
});

test("what is done is not woken, and others of the inbox still are", async () => {
  const { waits, clock } = setup();
  const done = waits.register(ALICE, 1_000, STAYS);
  const other = waits.register(ALICE, 60_000, STAYS);
  done.done();
  waits.signal(ALICE);
  clock.advance(1_000);
  assert.equal(await isPending(done), true);
  assert.equal(await other.next(), "signal");
  other.done();
  const again = waits.register(ALICE, 60_000, STAYS);
  waits.signal(ALICE);
  assert.equal(await again.next(), "signal");
  again.done();
});

test("however signals and looks interleave, the last signal is followed by a look", async () => {
  const steps = fc.array(fc.constantFrom("signal", "turn"), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const { waits } = setup();
      const waiter = waits.register(ALICE, 60_000, STAYS);
      let stored = 0;
      let seen = 0;
      const looking = (async () => {
        while ((await waiter.next()) === "signal") {
          await null;
          seen = stored;
        }
      })();
      for (const step of plan) {
        if (step === "turn") {
          await null;
        } else {
          stored += 1;
          waits.signal(ALICE);
        }
      }
      await new Promise(setImmediate);
      assert.equal(seen, stored);
      waits.drain();
      await looking;
      waiter.done();
    }),
  );
});

function setup() {
  const clock = createClock();
  return { clock, waits: createWaits(clock) };
}

function inbox(recipient: number, channel?: number): Inbox {
  const channelId = new Uint8Array(channel === undefined ? 0 : 16).fill(channel ?? 0);
  return { recipient: new Uint8Array(32).fill(recipient), channelId };
}

async function isPending(waiter: Waiter): Promise<boolean> {
  const turn = new Promise((resolve) => setImmediate(() => resolve("pending")));
  return (await Promise.race([waiter.next(), turn])) === "pending";
}
