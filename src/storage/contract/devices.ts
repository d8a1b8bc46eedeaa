// Contract of devices: registering, binding, revoking, and what the views of an inbox see.
// Spec: services/device.md, services/delivery.md; C-36, C-68, C-103, I-04.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Stores } from "../stores.ts";
import {
  type Backend,
  device,
  inbox,
  key,
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
const [P, Q, R] = [1, 2, 3];
const CAP = 5;

export function devicesContract(backend: Backend): void {
  describe("devices", () => {
    registering(backend);
    binding(backend);
    views(backend);
    revoking(backend);
    pushTokens(backend);
  });
}

function registering(backend: Backend): void {
  test("a device is added with its name and time, and a known one is renamed", () =>
    withStores(backend, async (stores) => {
      const first = await session(stores, 1);
      assert.equal(await enrol(stores, first, P, "laptop", NOW), "registered");
      assert.equal(
        await enrol(stores, await session(stores, 1), Q, "phone", NOW + 5),
        "registered",
      );
      assert.equal(await enrol(stores, first, P, "old laptop", NOW + 9), "registered");
      assert.deepEqual(await stores.devices.list(key(1)), [
        { deviceId: device(P), name: "old laptop", registeredAt: NOW },
        { deviceId: device(Q), name: "phone", registeredAt: NOW + 5 },
      ]);
      assert.deepEqual(await stores.devices.list(key(2)), []);
    }));

  test("beyond the cap nothing is added, a known device is still updated, a freed place is used", () =>
    withStores(backend, async (stores) => {
      const sessions = await Promise.all([1, 2, 3, 4, 5].map(() => session(stores, 1)));
      const tries = sessions.map((one, index) => enrol(stores, one, index + 1));
      assert.ok((await Promise.all(tries)).every((outcome) => outcome === "registered"));
      const sixth = await session(stores, 1);
      assert.equal(await enrol(stores, sixth, 6), "too-many");
      assert.deepEqual(await boundTo(stores, sixth), NO_DEVICE);
      assert.equal(await enrol(stores, sessions[0] as Uint8Array, 1, "again"), "registered");
      assert.equal(await enrol(stores, await session(stores, 2), 6), "registered");
      await stores.devices.revoke(key(1), device(3));
      assert.equal(await enrol(stores, sixth, 6), "registered");
    }));

  test("of registrations that arrive together no more than the cap are accepted", () =>
    withStores(backend, async (stores) => {
      const sessions = await Promise.all(Array.from({ length: 8 }, () => session(stores, 1)));
      const outcomes = await Promise.all(sessions.map((one, n) => enrol(stores, one, n + 1)));
      assert.equal(outcomes.filter((outcome) => outcome === "registered").length, CAP);
      assert.equal((await stores.devices.list(key(1))).length, CAP);
    }));

  test("a session that is over registers nothing", () =>
    withStores(backend, async (stores) => {
      const over = await session(stores, 1);
      assert.equal(await enrol(stores, over, P, "p", LATER), "session-ended");
      assert.equal(await enrol(stores, key(99), P), "session-ended");
      assert.deepEqual(await stores.devices.list(key(1)), []);
    }));
}

function binding(backend: Backend): void {
  test("registering binds the session, once and for good", () =>
    withStores(backend, async (stores) => {
      const one = await session(stores, 1);
      await enrol(stores, one, P);
      assert.deepEqual(await boundTo(stores, one), device(P));
      assert.equal(await enrol(stores, one, Q), "bound-elsewhere");
      await register(stores, 1, Q);
      assert.equal(await enrol(stores, one, Q), "bound-elsewhere");
      assert.deepEqual(await stores.devices.bind(one, device(Q)), device(P));
      assert.deepEqual(await boundTo(stores, one), device(P));
    }));

  test("bind takes a registered device of the account and nothing else", () =>
    withStores(backend, async (stores) => {
      await register(stores, 1, P);
      await register(stores, 2, Q);
      const one = await session(stores, 1);
      assert.deepEqual(await stores.devices.bind(one, device(Q)), NO_DEVICE);
      assert.deepEqual(await stores.devices.bind(one, device(R)), NO_DEVICE);
      assert.deepEqual(await boundTo(stores, one), NO_DEVICE);
      assert.deepEqual(await stores.devices.bind(one, device(P)), device(P));
      assert.deepEqual(await boundTo(stores, one), device(P));
      assert.deepEqual(await stores.devices.bind(key(99), device(P)), NO_DEVICE);
    }));
}

function views(backend: Backend): void {
  test("I-04: P, Q and the unscoped view acknowledge on their own; R sees what is still queued", () =>
    withStores(backend, async (stores) => {
      await register(stores, 1, P);
      await register(stores, 1, Q);
      for (const text of ["a", "b", "c"]) await send(stores, message(B, text));
      await stores.deliveries.ack(B, device(P), 3n);
      assert.deepEqual(await lengths(stores, P, Q, 0), [0, 3, 3]);
      await stores.deliveries.ack(B, NO_DEVICE, 3n);
      assert.deepEqual(await lengths(stores, P, Q, 0), [0, 3, 0]);
      assert.equal(await stores.sweep(NOW, 100), 0);
      await stores.deliveries.ack(B, device(Q), 3n);
      assert.deepEqual(await lengths(stores, P, Q, 0), [0, 0, 0]);
      assert.equal(await stores.sweep(NOW, 100), 3);
      await send(stores, message(B, "d"));
      await stores.deliveries.ack(B, device(P), 4n);
      await register(stores, 1, R);
      assert.deepEqual(await seen(stores, B, { device: device(R) }), ["4:d"]);
      await stores.deliveries.ack(B, device(Q), 4n);
      assert.deepEqual(await lengths(stores, P, Q, R, 0), [0, 0, 1, 1]);
    }));

  test("a new device starts at the floor, and holds it there", () =>
    withStores(backend, async (stores) => {
      for (const text of ["a", "b", "c"]) await send(stores, message(B, text));
      await stores.deliveries.ack(B, NO_DEVICE, 2n);
      await register(stores, 1, P);
      assert.deepEqual(await seen(stores, B, { device: device(P) }), ["3:c"]);
      await stores.deliveries.ack(B, NO_DEVICE, 3n);
      assert.deepEqual(await seen(stores, B, { device: device(P) }), ["3:c"]);
      await stores.deliveries.ack(B, device(P), 1n);
      assert.deepEqual(await seen(stores, B, { device: device(P) }), ["3:c"]);
      await stores.deliveries.ack(B, device(P), 3n);
      await register(stores, 1, Q);
      assert.deepEqual(await lengths(stores, P, Q, 0), [0, 0, 0]);
    }));

  test("every inbox of an account has its own cursors", () =>
    withStores(backend, async (stores) => {
      const onChannel = inbox(1, 1);
      await register(stores, 1, P);
      for (const to of [B, onChannel]) await send(stores, message(to, "m"));
      await stores.deliveries.ack(B, device(P), 1n);
      assert.deepEqual(await seen(stores, B, { device: device(P) }), []);
      assert.deepEqual(await seen(stores, onChannel, { device: device(P) }), ["1:m"]);
      assert.deepEqual(await seen(stores, onChannel), ["1:m"]);
    }));

  test("a device of nobody, or of another account, has no view", () =>
    withStores(backend, async (stores) => {
      await register(stores, 2, P);
      await send(stores, message(B, "m"));
      assert.deepEqual(await seen(stores, B, { device: device(P) }), ["no such view"]);
      assert.equal(await stores.deliveries.ack(B, device(P), 1n), false);
      assert.equal(await stores.deliveries.ack(inbox(3), device(P), 1n), false);
      assert.equal(await stores.deliveries.ack(B, NO_DEVICE, 0n), true);
      await register(stores, 1, P);
      assert.deepEqual(await seen(stores, B, { device: device(P) }), ["1:m"]);
    }));
}

function revoking(backend: Backend): void {
  test("a revoked device is gone, and only the sessions bound to it are over", () =>
    withStores(backend, async (stores) => {
      const [onP, onQ, free, stranger] = [
        await session(stores, 1),
        await session(stores, 1),
        await session(stores, 1),
        await session(stores, 2),
      ];
      const alsoOnP = await session(stores, 1);
      await enrol(stores, onP, P);
      await enrol(stores, onQ, Q);
      await enrol(stores, stranger, P);
      await stores.devices.bind(alsoOnP, device(P));
      assert.equal(await stores.devices.revoke(key(1), device(P)), true);
      assert.equal(await stores.devices.revoke(key(1), device(P)), false);
      assert.deepEqual((await stores.devices.list(key(1))).length, 1);
      assert.equal((await stores.devices.list(key(2))).length, 1);
      const alive = [onP, alsoOnP, onQ, free, stranger].map((one) =>
        stores.sessions.find(one, NOW),
      );
      const found = (await Promise.all(alive)).map((one) => one !== undefined);
      assert.deepEqual(found, [false, false, true, true, true]);
    }));

  test("revoking the slowest device lets go of what it held, in every inbox", () =>
    withStores(backend, async (stores) => {
      const onChannel = inbox(1, 1);
      for (const number of [P, Q]) await register(stores, 1, number);
      for (const to of [B, onChannel, inbox(2)]) {
        for (const text of ["a", "b"]) await send(stores, message(to, text));
      }
      await stores.deliveries.ack(B, device(P), 2n);
      await stores.deliveries.ack(onChannel, device(P), 1n);
      await stores.deliveries.ack(B, device(Q), 1n);
      await stores.devices.revoke(key(1), device(Q));
      assert.deepEqual(await seen(stores, B), []);
      assert.deepEqual(await seen(stores, onChannel), ["2:b"]);
      assert.deepEqual(await seen(stores, inbox(2)), ["1:a", "2:b"]);
      assert.equal(await stores.sweep(NOW, 100), 3);
    }));

  test("without devices the floor follows the unscoped view again", () =>
    withStores(backend, async (stores) => {
      await register(stores, 1, P);
      for (const text of ["a", "b", "c"]) await send(stores, message(B, text));
      await stores.deliveries.ack(B, device(P), 1n);
      await stores.deliveries.ack(B, NO_DEVICE, 2n);
      await stores.devices.revoke(key(1), device(P));
      assert.equal(await stores.sweep(NOW, 100), 2);
      await stores.deliveries.ack(B, NO_DEVICE, 3n);
      assert.equal(await stores.sweep(NOW, 100), 1);
    }));

  test("a device registered anew starts anew, and the floor never goes down", () =>
    withStores(backend, async (stores) => {
      for (const number of [P, Q]) await register(stores, 1, number);
      for (const text of ["a", "b", "c"]) await send(stores, message(B, text));
      for (const number of [P, Q]) await stores.deliveries.ack(B, device(number), 1n);
      await stores.deliveries.ack(B, device(P), 3n);
      await stores.devices.revoke(key(1), device(P));
      await register(stores, 1, P);
      assert.deepEqual(await seen(stores, B, { device: device(P) }), ["2:b", "3:c"]);
      await stores.deliveries.ack(B, device(Q), 2n);
      assert.deepEqual(await lengths(stores, P, Q, 0), [2, 1, 2]);
    }));
}

function pushTokens(backend: Backend): void {
  test("a push token is set, replaced and forgotten, and goes with its device", () =>
    withStores(backend, async (stores) => {
      const { devices } = stores;
      await register(stores, 1, P);
      const [first, second] = [
        { platform: 1, token: key(1) },
        { platform: 2, token: key(2) },
      ];
      assert.equal(await devices.pushToken(key(1), device(P)), undefined);
      assert.equal(await devices.setPushToken(key(1), device(P), first), true);
      assert.deepEqual(await devices.pushToken(key(1), device(P)), first);
      await devices.setPushToken(key(1), device(P), second);
      await register(stores, 1, P);
      assert.deepEqual(await devices.pushToken(key(1), device(P)), second);
      await devices.setPushToken(key(1), device(P), undefined);
      assert.equal(await devices.pushToken(key(1), device(P)), undefined);
      await devices.setPushToken(key(1), device(P), first);
      await devices.revoke(key(1), device(P));
      await register(stores, 1, P);
      assert.equal(await devices.pushToken(key(1), device(P)), undefined);
    }));

  test("a device that the account has not registered has no token to set", () =>
    withStores(backend, async (stores) => {
      await register(stores, 2, P);
      const token = { platform: 1, token: key(1) };
      assert.equal(await stores.devices.setPushToken(key(1), device(P), token), false);
      assert.equal(await stores.devices.pushToken(key(2), device(P)), undefined);
    }));
}

/** session opens a session of an account and answers its token hash. */
async function session(stores: Stores, account: number): Promise<Uint8Array> {
  const tokenHash = crypto.getRandomValues(new Uint8Array(32));
  const entry = { tokenHash, identityKey: key(account), deviceId: NO_DEVICE, expiresAt: LATER };
  await stores.sessions.create(entry, NOW);
  return tokenHash;
}

function enrol(stores: Stores, on: Uint8Array, number: number, name = "name", now = NOW) {
  return stores.devices.register(on, { deviceId: device(number), name }, CAP, now);
}

async function boundTo(stores: Stores, on: Uint8Array): Promise<Uint8Array | undefined> {
  return (await stores.sessions.find(on, NOW))?.deviceId;
}

/** lengths answers how many messages of B each view sees; 0 is the unscoped one. */
async function lengths(stores: Stores, ...views: readonly number[]): Promise<readonly number[]> {
  const shown = views.map((view) => seen(stores, B, view === 0 ? {} : { device: device(view) }));
  return (await Promise.all(shown)).map((list) => list.length);
}
