// Contract of delivery: order, retention, idempotency, acknowledgement, prefixes.
// Spec: services/delivery.md; C-30 to C-39, I-01 to I-05.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Backend,
  bytes,
  inbox,
  key,
  LATER,
  message,
  NO_DEVICE,
  NOW,
  seen,
  send,
  withStores,
} from "./harness.ts";

const B = inbox(1);
const MAX_UINT64 = 2n ** 64n - 1n;

export function deliveriesContract(backend: Backend): void {
  describe("deliveries", () => {
    order(backend);
    idempotency(backend);
    receipts(backend);
    acknowledgement(backend);
    prefixes(backend);
  });
}

function order(backend: Backend): void {
  test("seq counts from 1 in every (recipient, channel) inbox", () =>
    withStores(backend, async (stores) => {
      const inboxes = [B, B, inbox(2), inbox(1, 1), inbox(1, 2), B];
      const batch = inboxes.map((to) => message(to, "m"));
      const seqs = (await stores.deliveries.enqueue(batch, NOW)).map((answer) => answer.seq);
      assert.deepEqual(seqs, [1n, 2n, 1n, 1n, 1n, 3n]);
      assert.equal(await send(stores, message(inbox(1, 2), "n")), 2);
      assert.deepEqual(await stores.deliveries.enqueue([], NOW), []);
    }));

  test("a view shows messages in order and keeps them", () =>
    withStores(backend, async (stores) => {
      for (const text of ["a", "b", "c"]) await send(stores, message(B, text));
      await send(stores, message(inbox(1, 1), "other"));
      assert.deepEqual(await seen(stores, B), ["1:a", "2:b", "3:c"]);
      assert.deepEqual(await seen(stores, B), ["1:a", "2:b", "3:c"]);
      assert.deepEqual(await seen(stores, inbox(3)), []);
    }));

  test("an expired message is never shown, and its seq is not used again", () =>
    withStores(backend, async (stores) => {
      await send(stores, { ...message(B, "short"), expiresAt: NOW + 10 });
      await send(stores, message(B, "long"));
      assert.deepEqual(await seen(stores, B, { now: NOW + 9 }), ["1:short", "2:long"]);
      assert.deepEqual(await seen(stores, B, { now: NOW + 10 }), ["2:long"]);
      assert.deepEqual(await seen(stores, B, { now: LATER }), []);
      assert.equal(await send(stores, message(B, "next"), LATER), 3);
    }));

  test("enqueues at once are numbered without a hole, and duplicates burn no seq", () =>
    withStores(backend, async (stores) => {
      const ids = Array.from({ length: 400 }, (_, n) => n % 250);
      const calls = ids.map((id) => stores.deliveries.enqueue([message(B, `m${id}`, id)], NOW));
      const answers = (await Promise.all(calls)).flat();
      const fresh = answers.filter((answer) => !answer.duplicate);
      const expected = Array.from({ length: 250 }, (_, n) => BigInt(n + 1));
      assert.deepEqual(
        fresh.map((answer) => answer.seq),
        expected,
      );
      assert.deepEqual(
        answers.slice(250),
        answers.slice(0, 150).map((a) => ({ ...a, duplicate: true })),
      );
      assert.equal((await seen(stores, B)).length, 250);
    }));
}

function idempotency(backend: Backend): void {
  test("a repeated message_id stores nothing and answers the first seq, also after Ack, expiry and sweep", () =>
    withStores(backend, async (stores) => {
      const first = { ...message(B, "first", 7), expiresAt: NOW + 10 };
      assert.equal(await send(stores, first), 1);
      await send(stores, message(B, "other", 8));
      const repeat = () => stores.deliveries.enqueue([message(B, "again", 7)], NOW + 10);
      assert.deepEqual(await repeat(), [{ seq: 1n, duplicate: true }]);
      await stores.deliveries.ack(B, NO_DEVICE, 2n);
      await stores.sweep(NOW + 10, 100);
      assert.deepEqual(await repeat(), [{ seq: 1n, duplicate: true }]);
      assert.deepEqual(await seen(stores, B), []);
      assert.equal(await send(stores, message(B, "next")), 3);
    }));

  test("after its window a message_id is new, swept or not, and is remembered anew", () =>
    withStores(backend, async (stores) => {
      const windowed = (until: number) => ({ ...message(B, "m"), dedup: { hash: key(7), until } });
      await send(stores, windowed(NOW + 10));
      const enqueue = (now: number) => stores.deliveries.enqueue([windowed(now + 10)], now);
      assert.deepEqual(await enqueue(NOW + 9), [{ seq: 1n, duplicate: true }]);
      assert.deepEqual(await enqueue(NOW + 10), [{ seq: 2n, duplicate: false }]);
      assert.deepEqual(await enqueue(NOW + 19), [{ seq: 2n, duplicate: true }]);
      await stores.sweep(NOW + 20, 100);
      assert.deepEqual(await enqueue(NOW + 20), [{ seq: 3n, duplicate: false }]);
    }));

  test("a batch with one recipient twice: two copies without message_id, one copy with it", () =>
    withStores(backend, async (stores) => {
      const C = inbox(2);
      const plain = [B, C, B].map((to) => message(to, "plain"));
      const seqs = (answers: readonly { seq: bigint }[]) => answers.map((answer) => answer.seq);
      assert.deepEqual(seqs(await stores.deliveries.enqueue(plain, NOW)), [1n, 1n, 2n]);
      const [toB, toC] = [message(B, "id", 7), message(C, "id", 8)];
      assert.deepEqual(await stores.deliveries.enqueue([toB, toC, toB], NOW), [
        { seq: 3n, duplicate: false },
        { seq: 2n, duplicate: false },
        { seq: 3n, duplicate: true },
      ]);
      const retry = [toB, toC, message(inbox(3), "id", 9)];
      assert.deepEqual(seqs(await stores.deliveries.enqueue(retry, NOW)), [3n, 2n, 1n]);
      assert.deepEqual(await seen(stores, B), ["1:plain", "2:plain", "3:id"]);
    }));
}

function acknowledgement(backend: Backend): void {
  test("Ack is cumulative, never goes back and stops at what was assigned", () =>
    withStores(backend, async (stores) => {
      const ack = (seq: bigint) => stores.deliveries.ack(B, NO_DEVICE, seq);
      await ack(5n);
      for (const text of ["a", "b", "c"]) await send(stores, message(B, text));
      await ack(0n);
      assert.deepEqual(await seen(stores, B), ["1:a", "2:b", "3:c"]);
      await ack(2n);
      await ack(1n);
      assert.deepEqual(await seen(stores, B), ["3:c"]);
      await ack(MAX_UINT64);
      await ack(MAX_UINT64);
      assert.deepEqual(await seen(stores, B), []);
      assert.equal(await send(stores, message(B, "d")), 4);
      await ack(3n);
      assert.deepEqual(await seen(stores, B), ["4:d"]);
    }));

  test("the counter survives emptying the inbox and sweeping it", () =>
    withStores(backend, async (stores) => {
      for (const text of ["a", "b"]) await send(stores, message(B, text));
      await stores.deliveries.ack(B, NO_DEVICE, 2n);
      while ((await stores.sweep(LATER, 100)) > 0);
      assert.equal(await send(stores, message(B, "c")), 3);
      assert.deepEqual(await seen(stores, B), ["3:c"]);
    }));

  test("Ack of one inbox leaves the others alone", () =>
    withStores(backend, async (stores) => {
      for (const to of [B, inbox(1, 1), inbox(2)]) await send(stores, message(to, "m"));
      await stores.deliveries.ack(inbox(1, 1), NO_DEVICE, 1n);
      assert.deepEqual(await seen(stores, B), ["1:m"]);
      assert.deepEqual(await seen(stores, inbox(1, 1)), []);
      assert.deepEqual(await seen(stores, inbox(2)), ["1:m"]);
    }));
}

function receipts(backend: Backend): void {
  test("a receipt is handed back, and with a duplicate that of the first copy, when that had one", () =>
    withStores(backend, async (stores) => {
      const enqueue = async (id: number, receipt?: Uint8Array) => {
        const entry = { ...message(B, "m", id), ...(receipt && { receipt }) };
        const [answer] = await stores.deliveries.enqueue([entry], NOW);
        return answer;
      };
      assert.deepEqual(await enqueue(1, bytes(40, 5)), {
        seq: 1n,
        duplicate: false,
        receipt: bytes(40, 5),
      });
      assert.deepEqual(await enqueue(1, bytes(40, 6)), {
        seq: 1n,
        duplicate: true,
        receipt: bytes(40, 5),
      });
      await enqueue(2);
      assert.deepEqual(await enqueue(2, bytes(40, 6)), { seq: 2n, duplicate: true });
    }));
}

function prefixes(backend: Backend): void {
  test("limit cuts the prefix; after an Ack the rest follows", () =>
    withStores(backend, async (stores) => {
      for (const text of ["a", "b", "c"]) await send(stores, message(B, text));
      assert.deepEqual(await seen(stores, B, { limit: 2 }), ["1:a", "2:b"]);
      await stores.deliveries.ack(B, NO_DEVICE, 2n);
      assert.deepEqual(await seen(stores, B, { limit: 2 }), ["3:c"]);
    }));

  test("maxBytes cuts the prefix at encoded envelopes", () =>
    withStores(backend, async (stores) => {
      // Each envelope is 6 bytes of tags, lengths and seq around 4 bytes of payload.
      for (const text of ["aaaa", "bbbb", "cccc"]) await send(stores, message(B, text));
      const shown = async (maxBytes: number) => (await seen(stores, B, { maxBytes })).length;
      assert.deepEqual([await shown(19), await shown(20), await shown(29)], [1, 2, 2]);
      assert.equal(await shown(30), 3);
    }));

  test("the first message comes whatever its size, and a smaller later one never overtakes", () =>
    withStores(backend, async (stores) => {
      const sizes = [3_145_728, 3_145_728, 1_024];
      for (const size of sizes) {
        await send(stores, { ...message(B, ""), payload: new Uint8Array(size) });
      }
      const lengths = async (maxBytes: number) => {
        const bounds = { limit: 100, maxBytes, now: NOW };
        const shown = (await stores.deliveries.view(B, NO_DEVICE, bounds)) ?? [];
        return shown.map((envelope) => envelope.data.length);
      };
      assert.deepEqual(await lengths(4_194_304), [3_145_728]);
      assert.deepEqual(await lengths(1), [3_145_728]);
      await stores.deliveries.ack(B, NO_DEVICE, 1n);
      assert.deepEqual(await lengths(4_194_304), [3_145_728, 1_024]);
    }));
}
