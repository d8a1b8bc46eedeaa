// Contract of the inbox cap. Spec: services/delivery.md; C-106, I-02, I-04.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { InboxFull, type Stores } from "../stores.ts";
import {
  type Backend,
  device,
  inbox,
  LATER,
  message,
  NO_DEVICE,
  NOW,
  register,
  seen,
  send,
  withStores,
} from "./harness.ts";

const B = inbox(1);
const C = inbox(2);
const LIMITS = { inboxMessages: 3, inboxBytes: 100 };

async function fill(stores: Stores): Promise<void> {
  for (const text of ["a", "b", "c"]) await send(stores, message(B, text));
}

export function capContract(backend: Backend): void {
  const capped = (body: (stores: Stores) => Promise<void>) => withStores(backend, body, LIMITS);

  describe("inbox cap", () => {
    test("a full inbox refuses, keeps what it has and burns no seq", () =>
      capped(async (stores) => {
        await fill(stores);
        await assert.rejects(send(stores, message(B, "d")), InboxFull);
        assert.deepEqual(await seen(stores, B), ["1:a", "2:b", "3:c"]);
        assert.equal(await send(stores, message(C, "d")), 1);
        await stores.deliveries.ack(B, NO_DEVICE, 1n);
        assert.equal(await send(stores, message(B, "e")), 4);
        assert.deepEqual(await seen(stores, B), ["2:b", "3:c", "4:e"]);
      }));

    test("bytes are capped as well as messages", () =>
      capped(async (stores) => {
        await send(stores, message(B, "x".repeat(60)));
        await send(stores, message(B, "y".repeat(40)));
        await assert.rejects(send(stores, message(B, "z")), InboxFull);
        await stores.deliveries.ack(B, NO_DEVICE, 1n);
        await send(stores, message(B, "z".repeat(60)));
        assert.equal((await seen(stores, B)).length, 2);
        await assert.rejects(send(stores, message(C, "z".repeat(101))), InboxFull);
      }));

    test("the oldest messages that one view has acknowledged go first, and no more than needed", () =>
      capped(async (stores) => {
        await fill(stores);
        for (const number of [1, 2]) await register(stores, 1, number);
        await stores.deliveries.ack(B, device(1), 2n);
        await send(stores, message(B, "d"));
        assert.deepEqual(await seen(stores, B), ["2:b", "3:c", "4:d"]);
        await send(stores, message(B, "e"));
        await assert.rejects(send(stores, message(B, "f")), InboxFull);
        assert.deepEqual(await seen(stores, B), ["3:c", "4:d", "5:e"]);
      }));

    test("expired messages make room before acknowledged ones", () =>
      capped(async (stores) => {
        await send(stores, message(B, "a"));
        await send(stores, { ...message(B, "b"), expiresAt: NOW + 10 });
        await send(stores, message(B, "c"));
        for (const number of [1, 2]) await register(stores, 1, number);
        await stores.deliveries.ack(B, device(1), 1n);
        await send(stores, message(B, "d"), NOW + 10);
        assert.deepEqual(await seen(stores, B, { now: NOW + 10 }), ["1:a", "3:c", "4:d"]);
      }));

    test("what sweep has deleted makes room", () =>
      capped(async (stores) => {
        await fill(stores);
        await stores.deliveries.ack(B, NO_DEVICE, 2n);
        assert.equal(await stores.sweep(NOW, 100), 2);
        for (const text of ["d", "e"]) await send(stores, message(B, text));
        await assert.rejects(send(stores, message(B, "f")), InboxFull);
        assert.deepEqual(await seen(stores, B), ["3:c", "4:d", "5:e"]);
        assert.equal(await stores.sweep(LATER, 100), 3);
        for (const text of ["g", "h", "i"]) await send(stores, message(B, text));
        assert.equal((await seen(stores, B)).length, 3);
      }));

    test("the bytes of what sweep has deleted are free again", () =>
      capped(async (stores) => {
        const large = (expiresAt: number) => ({ ...message(B, "x".repeat(90)), expiresAt });
        await send(stores, large(LATER));
        await stores.deliveries.ack(B, NO_DEVICE, 1n);
        assert.equal(await stores.sweep(NOW, 100), 1);
        await send(stores, large(NOW + 10));
        assert.equal(await stores.sweep(NOW + 10, 100), 1);
        assert.equal(await send(stores, large(LATER), NOW + 10), 3);
      }));

    test("one full inbox refuses the whole batch", () =>
      capped(async (stores) => {
        await fill(stores);
        const batch = [message(C, "m", 7), message(B, "m", 8), message(C, "n", 9)];
        await assert.rejects(stores.deliveries.enqueue(batch, NOW), InboxFull);
        assert.deepEqual(await seen(stores, C), []);
        assert.deepEqual(await stores.deliveries.enqueue([message(C, "m", 7)], NOW), [
          { seq: 1n, duplicate: false },
        ]);
      }));

    test("a batch counts its own messages, and a duplicate needs no room", () =>
      capped(async (stores) => {
        const four = ["a", "b", "c", "d"].map((text) => message(B, text));
        await assert.rejects(stores.deliveries.enqueue(four, NOW), InboxFull);
        await stores.deliveries.enqueue([message(B, "a", 7), ...four.slice(0, 2)], NOW);
        assert.deepEqual(await stores.deliveries.enqueue([message(B, "a", 7)], NOW), [
          { seq: 1n, duplicate: true },
        ]);
      }));

    test("a refused neighbour leaves the other calls of its group untouched", () =>
      capped(async (stores) => {
        await fill(stores);
        const calls = [message(C, "x"), message(B, "d"), message(C, "y")].map((outgoing) =>
          stores.deliveries.enqueue([outgoing], NOW),
        );
        const outcomes = await Promise.allSettled(calls);
        assert.deepEqual(
          outcomes.map((outcome) => outcome.status),
          ["fulfilled", "rejected", "fulfilled"],
        );
        assert.deepEqual(await seen(stores, C), ["1:x", "2:y"]);
      }));
  });
}
