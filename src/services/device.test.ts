// Devices on real stores: registering, binding, revoking, and who reads which view (C-103, I-04, I-11).

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { SessionTrailerSchema } from "../gen/qpc/v1/common_pb.ts";
import { PushPlatform } from "../gen/qpc/v1/device_pb.ts";
import { DeliveryService, DeviceService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import { type HostUser, openHost, refused } from "./contract/host.ts";

const { registerDevice, listDevices, revokeDevice, registerPushToken } = DeviceService.method;
const { enqueue, fetch, fetchWait, ack } = DeliveryService.method;

const P = new Uint8Array(16).fill(0x50);
const Q = new Uint8Array(16).fill(0x51);
const R = new Uint8Array(16).fill(0x52);

test("a device is listed with its name and its time, and a known one is renamed", async (t) => {
  const { host, onP } = await setup(t);
  await onP.call(registerDevice, { deviceId: P, deviceName: "laptop" });
  const before = host.clock.now();
  host.clock.advance(1000);
  await onP.call(registerDevice, { deviceId: P, deviceName: "old laptop" });
  const { devices } = await onP.call(listDevices);
  assert.deepEqual(
    devices.map(({ deviceId, deviceName }) => [Buffer.from(deviceId), deviceName]),
    [[Buffer.from(P), "old laptop"]],
  );
  assert.ok(Number(devices[0]?.registeredAtMs) <= before);
});

test("a sixth device is refused, and a session keeps to the device it is bound to", async (t) => {
  const { host } = await setup(t);
  const sessions = await Promise.all([1, 2, 3, 4, 5, 6].map(() => host.user(2)));
  const id = (n: number) => new Uint8Array(16).fill(n);
  for (const [n, session] of sessions.entries()) {
    const call = session.call(registerDevice, { deviceId: id(n) });
    if (n < 5) await call;
    else await refused(call, Status.Forbidden, "DEVICE_LIMIT");
  }
  const first = sessions[0] as HostUser;
  await refused(first.call(registerDevice, { deviceId: id(1) }), Status.Forbidden, "device.binds");
  await first.call(registerDevice, { deviceId: id(0), deviceName: "again" });
});

test("names, tokens and platforms have their bounds", async (t) => {
  const { onP } = await setup(t);
  const register = (deviceName: string) => onP.call(registerDevice, { deviceId: P, deviceName });
  await register("ä".repeat(128));
  await refused(register("ä".repeat(129)), Status.BadRequest, "device.name-length");
  const token = (length: number, platform: PushPlatform = PushPlatform.APNS) =>
    onP.call(registerPushToken, { deviceId: P, platform, token: new Uint8Array(length) });
  await token(4096);
  await refused(token(4097), Status.BadRequest, "device.token-length");
  const unknown = 3 as PushPlatform;
  await refused(token(8, unknown), Status.BadRequest, "device.push-platform");
});

test("a push token is kept for a device of the account, and an empty one forgets it", async (t) => {
  const { host, onP, bob } = await setup(t);
  await onP.call(registerDevice, { deviceId: P });
  const set = (token: string, deviceId = P) =>
    bob.call(registerPushToken, {
      deviceId,
      platform: PushPlatform.FCM,
      token: Buffer.from(token),
    });
  await set("token");
  const kept = () => host.stores.devices.pushToken(bob.key, P);
  assert.deepEqual((await kept())?.platform, PushPlatform.FCM);
  await set("");
  assert.equal(await kept(), undefined);
  await refused(set("token", Q), Status.NotFound, "device.push-token");
});

test("revoking ends the sessions of the device and their waits, and nobody else's", async (t) => {
  const { host, onP, bob, alice } = await setup(t);
  await onP.call(registerDevice, { deviceId: P });
  const wait = (on: HostUser) =>
    on
      .call(fetchWait, { recipientKey: on.key, timeoutMs: 30_000n })
      .then(({ payloads }) => payloads);
  const [ofP, ofBob] = [wait(onP), wait(bob)];
  const onView = bob.call(fetchWait, { recipientKey: bob.key, timeoutMs: 30_000n, deviceId: P });
  await pending();
  await refused(alice.call(revokeDevice, { deviceId: P }), Status.NotFound, "device.own-devices");
  await bob.call(revokeDevice, { deviceId: P });
  await refused(ofP, Status.Unauthorized, "sessions.unauthorized");
  await refused(onView, Status.NotFound, "device.unregistered");
  await refused(onP.call(listDevices), Status.Unauthorized, "sessions.unauthorized");
  assert.deepEqual((await bob.call(listDevices)).devices, []);
  await refused(bob.call(revokeDevice, { deviceId: P }), Status.NotFound, "device.own-devices");
  await alice.call(enqueue, { recipientKey: bob.key, payload: Buffer.from("x") });
  assert.equal((await ofBob).length, 1);
  assert.equal(host.pushed.length, 1);
});

test("I-04 on the wire: each view acknowledges for itself", async (t) => {
  const { alice, bob, onP, onQ } = await setup(t);
  await onP.call(registerDevice, { deviceId: P });
  await onQ.call(registerDevice, { deviceId: Q });
  const send = () => alice.call(enqueue, { recipientKey: bob.key, payload: Buffer.from("x") });
  for (let n = 0; n < 3; n++) await send();
  const seen = async (deviceId?: Uint8Array) => {
    const request = { recipientKey: bob.key, ...(deviceId && { deviceId }) };
    return (await bob.call(fetch, request)).payloads.map(({ seq }) => Number(seq));
  };
  const acknowledge = (seqUpTo: bigint, deviceId?: Uint8Array) =>
    bob.call(ack, { recipientKey: bob.key, seqUpTo, ...(deviceId && { deviceId }) });
  await acknowledge(3n, P);
  assert.deepEqual([await seen(P), await seen(Q), await seen()], [[], [1, 2, 3], [1, 2, 3]]);
  await acknowledge(3n);
  assert.deepEqual([await seen(Q), await seen()], [[1, 2, 3], []]);
  await acknowledge(3n, Q);
  assert.deepEqual([await seen(P), await seen(Q), await seen()], [[], [], []]);
  await send();
  await acknowledge(4n, P);
  await bob.call(registerDevice, { deviceId: R });
  assert.deepEqual(await seen(R), [4]);
});

test("a foreign view is not found, and a bound session reads its own alone", async (t) => {
  const { alice, bob, onP, onQ } = await setup(t);
  await onP.call(registerDevice, { deviceId: P });
  await onQ.call(registerDevice, { deviceId: Q });
  const read = (on: HostUser, deviceId: Uint8Array) =>
    on.call(fetch, { recipientKey: on.key, deviceId });
  await refused(read(bob, R), Status.NotFound, "device.unregistered");
  await refused(read(alice, P), Status.NotFound, "device.unregistered");
  await refused(read(onP, Q), Status.Forbidden, "device.other-device");
  await read(onP, P);
  await read(onP, new Uint8Array(0));
  const foreignAck = { recipientKey: bob.key, seqUpTo: 1n, deviceId: Q };
  await refused(onP.call(ack, foreignAck), Status.Forbidden, "device.other-device");
  const unknownAck = { recipientKey: bob.key, seqUpTo: 1n, deviceId: R };
  await refused(bob.call(ack, unknownAck), Status.NotFound, "device.unregistered");
});

test("the trailer of an accepted call binds, that of a refused call does not", async (t) => {
  const { bob, onP, onQ } = await setup(t);
  await onP.call(registerDevice, { deviceId: P });
  await onQ.call(registerDevice, { deviceId: Q });
  const read = (recipientKey: Uint8Array, named: Uint8Array) => {
    const trailer = create(SessionTrailerSchema, { auth: { deviceId: named } });
    const bytes = toBinary(SessionTrailerSchema, trailer);
    return bob.call(fetch, { recipientKey }, undefined, bytes);
  };
  const foreign = new Uint8Array(32).fill(9);
  await refused(read(foreign, Q), Status.Forbidden, "delivery.own-inbox");
  await read(bob.key, R);
  const own = { recipientKey: bob.key };
  await bob.call(fetch, { ...own, deviceId: Q });
  await read(bob.key, P);
  await read(bob.key, Q);
  const other = bob.call(fetch, { ...own, deviceId: Q });
  await refused(other, Status.Forbidden, "device.other-device");
});

const pending = () => new Promise(setImmediate);

/** setup opens sessions of Bob, of which none is bound yet, and one of Alice. */
async function setup(t: TestContext) {
  const host = await openHost(t);
  const [alice, bob, onP, onQ] = [
    await host.user(1),
    await host.user(2),
    await host.user(2),
    await host.user(2),
  ];
  return { host, alice, bob, onP, onQ };
}
