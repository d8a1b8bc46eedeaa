// Contract of opening, closing and surviving. Spec: I-25 and STORE-028.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { StorageUnavailable, type Stores } from "../stores.ts";
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

function survival(backend: Backend): void {
  test("everything that was answered is there when the stores are opened again", async () => {
    const place = backend.place();
    try {
      await whileOpen(place.open(), storeOneOfEach);
      await whileOpen(place.open(), async (stores) => {
        await findAccount(stores);
        await findKeyPackages(stores);
        await findInbox(stores);
      });
    } finally {
      place.remove();
    }
  });
}

async function storeOneOfEach(stores: Stores): Promise<void> {
  await stores.users.register(user, NOW);
  await stores.sessions.create(session, NOW);
  await stores.keyPackages.upload(handedOut, 10, NOW);
  await stores.keyPackages.pop(key(1), NOW);
  await stores.keyPackages.upload(queued, 10, NOW);
  await stores.hybridKeys.put(key(1), bytes(1216, 1), NOW);
  await stores.channels.create(device(1), [key(1), key(2)], NOW);
  await stores.serverState.getOrCreate("secret", () => key(7));
  for (const [id, text] of ["a", "b", "c"].entries()) await send(stores, message(B, text, id));
  await stores.deliveries.ack(B, NO_DEVICE, 1n);
  await stores.deliveries.ack(B, device(1), 2n);
}

async function findAccount(stores: Stores): Promise<void> {
  assert.deepEqual(await stores.users.find("alice"), user);
  assert.deepEqual(await stores.sessions.find(key(1), NOW), session);
  assert.deepEqual(await stores.hybridKeys.getMany([key(1)]), [bytes(1216, 1)]);
  assert.deepEqual((await stores.channels.find(device(1)))?.members, [key(1), key(2)]);
  assert.deepEqual(await stores.serverState.getOrCreate("secret", () => key(8)), key(7));
}

async function findKeyPackages(stores: Stores): Promise<void> {
  await stores.keyPackages.upload(handedOut, 10, NOW);
  await stores.keyPackages.upload(queued, 10, NOW);
  assert.deepEqual(await stores.keyPackages.pop(key(1), NOW), queued.package);
  assert.equal(await stores.keyPackages.pop(key(1), NOW), undefined);
}

async function findInbox(stores: Stores): Promise<void> {
  assert.deepEqual(await seen(stores, B), ["2:b", "3:c"]);
  assert.deepEqual(await seen(stores, B, { device: device(1) }), ["3:c"]);
  const repeat = [message(B, "a", 0)];
  assert.deepEqual(await stores.deliveries.enqueue(repeat, NOW), [{ seq: 1n, duplicate: true }]);
  assert.equal(await send(stores, message(B, "d")), 4);
}
