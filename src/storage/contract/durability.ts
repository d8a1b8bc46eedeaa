// Contract of opening, closing and surviving. Spec: I-25 and STORE-028.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { StorageUnavailable, type Stores } from "../stores.ts";
import { chunkOf, idOf } from "./blobs.ts";
import {
  type Backend,
  bytes,
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

export function durabilityContract(backend: Backend): void {
  describe("opening and closing", () => {
    test("close finishes what was asked before it and refuses what comes after", () =>
      withStores(backend, async (stores) => {
        const pending = [send(stores, message(B, "a")), send(stores, message(B, "b"))];
        const closing = stores.close();
        assert.deepEqual(await Promise.all(pending), [1, 2]);
        await closing;
        await assert.rejects(send(stores, message(B, "c")), StorageUnavailable);
        await assert.rejects(seen(stores, B), StorageUnavailable);
        await stores.close();
      }));

    if (backend.persistent) survival(backend);
    else {
      test("nothing outlives the stores", async () => {
        const place = backend.place();
        await whileOpen(place.open(), async (stores) => {
          await send(stores, message(B, "a"));
        });
        await whileOpen(place.open(), async (stores) =>
          assert.deepEqual(await seen(stores, B), []),
        );
        place.remove();
      });
    }
  });
}

async function whileOpen(
  opening: Promise<Stores>,
  body: (stores: Stores) => Promise<void>,
): Promise<void> {
  const stores = await opening;
  try {
    await body(stores);
  } finally {
    await stores.close();
  }
}

const user = { username: "alice", record: bytes(192, 1), identityKey: key(1) };
const session = { tokenHash: key(1), identityKey: key(1), deviceId: device(1), expiresAt: LATER };
const queued = {
  identityKey: key(1),
  package: bytes(300, 1),
  fingerprint: key(1),
  expiresAt: LATER,
};
const handedOut = { ...queued, package: bytes(300, 2), fingerprint: key(2) };

const bundle = { tokenHash: key(70), identityKey: key(1), bundle: bytes(99, 7) };
const complete = bytes(40, 8);
const begun = bytes(50, 9);
const BOUNDS = { quota: 1_000, leastCost: 1, lifetime: 1_000 };

const group = { groupId: key(60), channelId: device(2), caller: key(1) };

const report = {
  encryptedReport: bytes(100, 3),
  reporterKey: key(1),
  reportedKey: key(2),
  channelId: device(1),
  messageId: device(4),
  seq: 5n,
};
const ban = {
  identityKey: key(1),
  channelId: device(1),
  reason: "spam",
  bannedAt: NOW,
  expiresAt: LATER,
};

function survival(backend: Backend): void {
  test("everything that was answered is there when the stores are opened again", async () => {
    const place = backend.place();
    try {
      await whileOpen(place.open(), storeOneOfEach);
      await whileOpen(place.open(), async (stores) => {
        await findAccount(stores);
        await findKeyPackages(stores);
        await findDevices(stores);
        await findReportsAndBans(stores);
        await findInbox(stores);
        await findContents(stores);
      });
    } finally {
      place.remove();
    }
  });
}

async function storeOneOfEach(stores: Stores): Promise<void> {
  await stores.users.register(user, key(90), NOW);
  await stores.sessions.create(session, NOW);
  await stores.keyPackages.upload(handedOut, 10, NOW);
  await stores.keyPackages.pop(key(1), NOW);
  await stores.keyPackages.upload(queued, 10, NOW);
  await stores.hybridKeys.put(key(1), bytes(1216, 1), NOW);
  const pair = { channelId: device(1), caller: key(2), peer: key(1) };
  await stores.channels.openPair(pair, NOW);
  await stores.groups.open({ ...group, memberKeys: [key(3), key(4)] }, 10, NOW);
  await stores.groups.remove(group.groupId, key(3), NOW);
  await stores.groups.describe(group.groupId, { name: "friends" });
  await stores.serverState.getOrCreate("secret", () => key(7));
  for (const [id, text] of ["a", "b", "c"].entries()) await send(stores, message(B, text, id));
  await stores.deliveries.ack(B, NO_DEVICE, 1n);
  for (const number of [1, 2]) await register(stores, 1, number);
  await stores.devices.setPushToken(key(1), device(1), { platform: 2, token: key(5) });
  await stores.deliveries.ack(B, device(1), 2n);
  await stores.recovery.store(bundle, 1, NOW);
  await stores.endpoints.publish(key(1), bytes(40, 6), NOW);
  await stores.blobs.upload(chunkOf(complete, 0, 40), BOUNDS, NOW);
  await stores.blobs.upload(chunkOf(begun, 0, 30), BOUNDS, NOW);
  await stores.moderation.report(report, { most: 1, since: 0 }, NOW);
  await stores.moderation.ban(ban);
}

async function findAccount(stores: Stores): Promise<void> {
  const registered = { ...user, registeredAt: NOW, leafIndex: 0 };
  assert.deepEqual(await stores.users.find("alice"), registered);
  assert.deepEqual(await stores.sessions.find(key(1), NOW), session);
  assert.deepEqual(await stores.hybridKeys.getMany([key(1)]), [bytes(1216, 1)]);
  const pair = { channelId: device(3), caller: key(2), peer: key(1) };
  const known = { channelId: device(1), wasNew: false };
  assert.deepEqual(await stores.channels.openPair(pair, NOW), known);
  const asked = [key(3), key(4)];
  assert.deepEqual(await stores.channels.standings(device(2), asked), ["former", "member"]);
  assert.equal(await stores.groups.describe(group.groupId, { name: "friends" }), 1n);
  assert.deepEqual(await stores.serverState.getOrCreate("secret", () => key(8)), key(7));
}

async function findDevices(stores: Stores): Promise<void> {
  assert.deepEqual(await stores.devices.list(key(1)), [
    { deviceId: device(1), name: "device 1", registeredAt: NOW },
    { deviceId: device(2), name: "device 2", registeredAt: NOW },
  ]);
  const token = await stores.devices.pushToken(key(1), device(1));
  assert.deepEqual(token, { platform: 2, token: key(5) });
}

async function findKeyPackages(stores: Stores): Promise<void> {
  await stores.keyPackages.upload(handedOut, 10, NOW);
  await stores.keyPackages.upload(queued, 10, NOW);
  assert.deepEqual(await stores.keyPackages.pop(key(1), NOW), queued.package);
  assert.equal(await stores.keyPackages.pop(key(1), NOW), undefined);
}

async function findContents(stores: Stores): Promise<void> {
  assert.deepEqual(await stores.recovery.fetch(key(70)), bundle.bundle);
  assert.deepEqual(await stores.endpoints.resolve(key(1)), bytes(40, 6));
  const range = await stores.blobs.read(idOf(complete), 0, () => 100);
  assert.deepEqual(range, { bytes: complete, totalSize: 40, mimeType: "text/plain" });
  const rest = await stores.blobs.upload(chunkOf(begun, 30, 50), BOUNDS, NOW);
  assert.deepEqual(rest, { received: 50, complete: true });
}

async function findReportsAndBans(stores: Stores): Promise<void> {
  const page = { limit: 10, maxBytes: 1_000_000 };
  const [found] = await stores.moderation.listReports(0n, page);
  assert.deepEqual(found, { ...report, reportId: 1n, createdAt: NOW });
  const bans = await stores.moderation.listBanned(device(1), key(0), { ...page, now: NOW });
  assert.deepEqual(bans, [ban]);
}

async function findInbox(stores: Stores): Promise<void> {
  assert.deepEqual(await seen(stores, B), ["2:b", "3:c"]);
  assert.deepEqual(await seen(stores, B, { device: device(1) }), ["3:c"]);
  const repeat = [message(B, "a", 0)];
  assert.deepEqual(await stores.deliveries.enqueue(repeat, NOW), [{ seq: 1n, duplicate: true }]);
  assert.equal(await send(stores, message(B, "d")), 4);
}
