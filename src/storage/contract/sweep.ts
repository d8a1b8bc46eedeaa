// Contract of sweep: dead rows go in bounded batches, living ones stay.
// Spec: services/delivery.md, services/keys.md, sessions.md.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Stores } from "../stores.ts";
import {
  type Backend,
  inbox,
  key,
  message,
  NO_DEVICE,
  NOW,
  seen,
  send,
  signUp,
  withStores,
} from "./harness.ts";

const DEATH = NOW + 100;

/** sweepAll answers what each sweep deleted, until one deletes nothing. */
async function sweepAll(stores: Stores, now: number, batch: number): Promise<readonly number[]> {
  const deleted: number[] = [];
  do deleted.push(await stores.sweep(now, batch));
  while (deleted.at(-1) !== 0);
  return deleted;
}

export function sweepContract(backend: Backend): void {
  describe("sweep", () => {
    test("acknowledged messages go in batches, over several inboxes", () =>
      withStores(backend, async (stores) => {
        for (const recipient of [1, 2, 3]) {
          for (const text of ["a", "b", "c", "d"])
            await send(stores, message(inbox(recipient), text));
          await stores.deliveries.ack(inbox(recipient), NO_DEVICE, 3n);
        }
        assert.deepEqual(await sweepAll(stores, NOW, 5), [5, 4, 0]);
        for (const recipient of [1, 2, 3]) {
          assert.deepEqual(await seen(stores, inbox(recipient)), ["4:d"]);
        }
        await stores.deliveries.ack(inbox(2), NO_DEVICE, 4n);
        assert.deepEqual(await sweepAll(stores, NOW, 5), [1, 0]);
      }));

    test("a sweep answers 0 only when nothing dead is left, however small the batch", () =>
      withStores(backend, async (stores) => {
        for (const recipient of [1, 2, 3]) {
          await send(stores, message(inbox(recipient), "m"));
          await stores.deliveries.ack(inbox(recipient), NO_DEVICE, 1n);
        }
        assert.deepEqual(await sweepAll(stores, NOW, 1), [1, 1, 1, 0]);
        await send(stores, { ...message(inbox(1), "m"), expiresAt: DEATH });
        assert.deepEqual(await sweepAll(stores, DEATH, 1), [1, 0]);
        await stores.deliveries.ack(inbox(1), NO_DEVICE, 2n);
        await send(stores, message(inbox(3), "m"));
        await stores.deliveries.ack(inbox(3), NO_DEVICE, 2n);
        assert.deepEqual(await sweepAll(stores, DEATH, 1), [1, 0]);
      }));

    test("each kind of dead row goes at its time, a batch of each at once", () =>
      withStores(backend, async (stores) => {
        for (const n of [1, 2, 3]) {
          const expiresAt = DEATH;
          const dedup = { hash: key(n), until: DEATH };
          await send(stores, { ...message(inbox(1), "m"), expiresAt, dedup });
          const session = {
            tokenHash: key(n),
            identityKey: key(1),
            deviceId: NO_DEVICE,
            expiresAt,
          };
          await stores.sessions.create(session, NOW);
          const entry = { identityKey: key(n), package: key(n), fingerprint: key(n), expiresAt };
          await stores.keyPackages.upload(entry, 10, NOW);
        }
        assert.deepEqual(await sweepAll(stores, DEATH - 1, 2), [0]);
        assert.equal((await seen(stores, inbox(1))).length, 3);
        // Messages, hashes, packages, fingerprints, sessions.
        assert.deepEqual(await sweepAll(stores, DEATH, 2), [10, 5, 0]);
        assert.deepEqual(await seen(stores, inbox(1)), []);
      }));

    test("a message that is acknowledged and expired goes once", () =>
      withStores(backend, async (stores) => {
        await send(stores, { ...message(inbox(1), "m"), expiresAt: DEATH });
        await stores.deliveries.ack(inbox(1), NO_DEVICE, 1n);
        assert.deepEqual(await sweepAll(stores, DEATH, 10), [1, 0]);
      }));

    test("an inbox without an account goes with the last thing in it", () =>
      withStores(backend, async (stores) => {
        const dying = { ...message(inbox(1), "m"), expiresAt: DEATH };
        await send(stores, { ...dying, dedup: { hash: key(9), until: DEATH + 100 } });
        await sweepAll(stores, DEATH, 10);
        const other = { ...message(inbox(1), "n"), expiresAt: DEATH + 50 };
        assert.equal(await send(stores, other, DEATH), 2, "its hash is still remembered");
        await sweepAll(stores, DEATH + 100, 10);
        assert.equal(await send(stores, message(inbox(1), "o"), DEATH + 100), 1);
      }));

    test("the inbox of an account counts on, and so does one that was read", () =>
      withStores(backend, async (stores) => {
        await signUp(stores, key(1));
        for (const recipient of [1, 2]) {
          await send(stores, { ...message(inbox(recipient), "m"), expiresAt: DEATH });
        }
        await stores.deliveries.ack(inbox(2), NO_DEVICE, 1n);
        await sweepAll(stores, DEATH, 10);
        for (const recipient of [1, 2]) {
          assert.equal(await send(stores, message(inbox(recipient), "n"), DEATH), 2);
        }
      }));
  });
}
