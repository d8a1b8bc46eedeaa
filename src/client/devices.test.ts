// Devices of an account at the reference server.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { DeliveryService, DeviceService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import type { Caller } from "../rpc/caller.ts";
import { logIn } from "./auth.ts";
import { createClient } from "./client.ts";
import { lying, type Person, startReference } from "./contract/reference.ts";
import { listDevices, registerDevice, revokeDevice, setPushToken } from "./devices.ts";
import { loadAccount, saveAccount } from "./store/account.ts";
import { openClientStore } from "./store/open.ts";

test("a device has a random ID, which it keeps, and sees its own view", async (t) => {
  const { reference, alice } = await world(t);
  const deviceId = await registerDevice(alice, "laptop");
  assert.equal(deviceId.length, 16);
  assert.deepEqual((await alice.database.read(loadAccount()))?.deviceId, deviceId);
  assert.deepEqual(await registerDevice(alice, "desk"), deviceId);

  const [device, ...others] = await listDevices(alice);
  assert.deepEqual(others, []);
  assert.deepEqual(device, {
    deviceId,
    name: "desk",
    registeredAt: device?.registeredAt,
    isOwn: true,
  });
  assert.ok(Math.abs((device?.registeredAt ?? 0) - reference.clock.now()) < 60_000);

  const inbox = createClient(DeliveryService, alice.caller);
  const view = { recipientKey: alice.identity.publicKey, deviceId };
  assert.deepEqual((await inbox.fetch(view)).payloads, []);
});

test("a time that no date can be made of is as late as one can be", async (t) => {
  const { alice } = await world(t);
  await registerDevice(alice, "laptop");
  const caller = lying(alice.caller, DeviceService.method.listDevices, ({ devices }) => ({
    devices: devices.map((device) => ({ ...device, registeredAtMs: 2n ** 64n - 1n })),
  }));
  const [device] = await listDevices({ ...alice, caller });
  assert.match(new Date(device?.registeredAt ?? 0).toISOString(), /^\+275760-09-13/);
});

test("each store is a device of its own, and a sixth is one too many (C-68)", async (t) => {
  const { reference, alice } = await world(t);
  const own = await registerDevice(alice, "first");
  const ids = new Set([String(own)]);
  for (let n = 2; n <= 5; n++) {
    ids.add(String(await registerDevice(await another(t, reference, alice), `device ${n}`)));
  }
  assert.equal(ids.size, 5);
  const sixth = registerDevice(await another(t, reference, alice), "sixth");
  await assert.rejects(sixth, {
    name: "CallError",
    status: Status.Forbidden,
    code: "DEVICE_LIMIT",
  });
  const devices = await listDevices(alice);
  assert.deepEqual(
    devices.map(({ name, isOwn }) => [name, isOwn]),
    [["first", true], ...[2, 3, 4, 5].map((n) => [`device ${n}`, false])],
  );
});

test("a registration that broke off is repeated with the same ID", async (t) => {
  const { alice } = await world(t);
  const breaking: Caller = {
    ...alice.caller,
    async call(...request) {
      await alice.caller.call(...request);
      throw new Error("the connection broke");
    },
  };
  await assert.rejects(registerDevice({ ...alice, caller: breaking }, "laptop"), /broke/);
  const deviceId = await registerDevice(alice, "laptop");
  assert.deepEqual(
    (await listDevices(alice)).map((device) => device.deviceId),
    [deviceId],
  );
});

test("a revoked device is gone, and its session with it", async (t) => {
  const { reference, alice } = await world(t);
  await registerDevice(alice, "laptop");
  const phone = await another(t, reference, alice);
  const deviceId = await registerDevice(phone, "phone");
  await revokeDevice(alice, deviceId);
  assert.deepEqual(
    (await listDevices(alice)).map(({ name, isOwn }) => [name, isOwn]),
    [["laptop", true]],
  );
  await assert.rejects(listDevices(phone), { status: Status.Unauthorized });
  // The own ID is still in the store: this one was not asked.
  assert.notEqual((await phone.database.read(loadAccount()))?.deviceId, undefined);
  await assert.rejects(revokeDevice(alice, deviceId), { status: Status.NotFound });
});

test("who revokes the own device belongs to none", async (t) => {
  const { alice } = await world(t);
  const deviceId = await registerDevice(alice, "laptop");
  const before = await alice.database.read(loadAccount());
  await revokeDevice(alice, deviceId);
  const after = await alice.database.read(loadAccount());
  assert.deepEqual({ ...after, deviceId }, before);
  assert.equal(after?.deviceId, undefined);
});

test("a push token is for a device", async (t) => {
  const { reference, alice } = await world(t);
  const token = Uint8Array.of(1, 2, 3);
  await assert.rejects(setPushToken(alice, "fcm", token), RangeError);
  await registerDevice(alice, "laptop");
  await setPushToken(alice, "fcm", token);
  await setPushToken(alice, "apns", token);
  await setPushToken(alice, "apns", new Uint8Array(0));
  await assert.rejects(setPushToken(alice, "apns", new Uint8Array(4097)), {
    status: Status.BadRequest,
  });
  const phone = await another(t, reference, alice);
  const account = (await phone.database.read(loadAccount())) ?? assert.fail();
  await phone.database.write(saveAccount({ ...account, deviceId: new Uint8Array(16) }));
  await assert.rejects(setPushToken(phone, "apns", token), { status: Status.NotFound });
});

async function world(t: TestContext) {
  const reference = await startReference(t);
  return { reference, alice: await reference.signUp("alice") };
}

/** another is a further machine of a person: a store and a session of its own. */
async function another(
  t: TestContext,
  reference: Awaited<ReturnType<typeof startReference>>,
  { username, password, identity }: Person,
) {
  const caller = await reference.connect();
  await logIn(caller, username, password, identity.publicKey);
  const store = await openClientStore({ kind: "memory" });
  t.after(() => store.close());
  const { database } = store;
  const keys = { identityKey: identity.publicKey, identitySeed: identity.privateKey };
  await database.write(saveAccount({ username, ...keys }));
  return { caller, database };
}
