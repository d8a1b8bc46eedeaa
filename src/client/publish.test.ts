// Publishing keys at the reference server, and at one that takes something else.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type TestContext, test } from "node:test";
import { HYBRID_PUBLIC_KEY_BYTES, hybridPublicKey } from "../crypto/hybrid/keys.ts";
import { createMls } from "../crypto/mls/mls.ts";
import { KeyService, KeyTransparencyService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import type { Caller } from "../rpc/caller.ts";
import { blob, type Operation, q } from "../storage/sql/statement.ts";
import { createClient } from "./client.ts";
import { flipped, lying, type Person, recording, startReference } from "./contract/reference.ts";
import { createPublisher, type PublisherOptions } from "./publish.ts";
import { loadAccount } from "./store/account.ts";
import {
  countOwnKeyPackages,
  deleteOwnKeyPackage,
  findOwnKeyPackage,
} from "./store/key-packages.ts";

const { uploadKeyPackage } = KeyService.method;
const DAY = 86_400_000;
const mls = await createMls();

test("whoever publishes can be fetched, and has the private keys [keys.clients-several]", async (t) => {
  const { alice, bob, publisher } = await world(t);
  assert.equal(await publisher().publish(3), 3);
  const keys = createClient(KeyService, bob.caller);
  const identityKey = alice.identity.publicKey;
  for (let n = 0; n < 3; n++) {
    const { package: keyPackage } = await keys.fetchKeyPackage({ identityKey });
    const { ref, identityKey: named } = await mls.inspectKeyPackage(keyPackage, Date.now());
    assert.deepEqual(Buffer.from(named), Buffer.from(identityKey));
    const own = await alice.database.read(findOwnKeyPackage(ref));
    assert.deepEqual(own?.keyPackage, keyPackage);
  }
  assert.equal((await keys.fetchKeyPackage({ identityKey })).package.length, 0);

  const { hybridPublicKey: hybrid } = await keys.fetchHybridKey({ identityKey });
  const { hybridKey = assert.fail() } = (await alice.database.read(loadAccount())) ?? {};
  assert.equal(hybrid.length, HYBRID_PUBLIC_KEY_BYTES);
  assert.deepEqual(hybrid, hybridPublicKey(hybridKey));
});

test("what is there is not published again", async (t) => {
  const { alice, publisher } = await world(t);
  await publisher().publish(2);
  const before = await alice.database.read(loadAccount());
  const { caller, methods } = recording(alice.caller);
  assert.equal(await publisher({ caller }).publish(2), 0);
  assert.equal(await publisher({ caller }).publish(3), 1);
  assert.deepEqual(methods, [303, 303, 300]);
  assert.deepEqual(await alice.database.read(loadAccount()), before);
});

test("a hybrid key that the server lost or changed is uploaded again", async (t) => {
  const { alice, publisher } = await world(t);
  await publisher().publish(1);
  const { fetchHybridKey } = KeyService.method;
  for (const hybridPublicKey of [new Uint8Array(0), new Uint8Array(1216)]) {
    const { caller, methods } = recording(
      lying(alice.caller, fetchHybridKey, () => ({ hybridPublicKey })),
    );
    await publisher({ caller }).publish(1);
    assert.deepEqual(methods, [303, 302]);
  }
});

test("packages are refreshed when few are left, and before they expire [keys.clients-refresh]", async (t) => {
  const { alice, publisher, stored } = await world(t);
  assert.equal(await publisher().refresh(), 10);
  const refs = await refsOf(alice);
  for (const ref of refs.slice(0, 5)) await alice.database.write(deleteOwnKeyPackage(ref));
  assert.equal(await publisher().refresh(), 0);
  for (const ref of refs.slice(5, 6)) await alice.database.write(deleteOwnKeyPackage(ref));
  assert.equal(await publisher().refresh(), 6);
  assert.equal(await stored(), 10);

  const start = Date.now();
  assert.equal(await publisher({ now: () => start + 20 * DAY }).refresh(), 0);
  assert.equal(await publisher({ now: () => start + 22 * DAY }).refresh(), 10);
  assert.equal(await stored(), 20);
});

test("private keys stay as long as a Welcome for them may come", async (t) => {
  const { publisher, stored } = await world(t);
  const start = Date.now();
  await publisher().publish(2);
  await publisher({ now: () => start + 57 * DAY }).publish(0);
  assert.equal(await stored(), 2);
  await publisher({ now: () => start + 59 * DAY }).publish(0);
  assert.equal(await stored(), 0);
});

test("another fingerprint is tampering, and the package is forgotten [keys.clients-fingerprint]", async (t) => {
  const { alice, publisher, stored } = await world(t);
  await publisher().publish(1);
  const before = await alice.database.read(loadAccount());
  const lies = {
    flipped: (fingerprint: Uint8Array) => flipped(fingerprint, 31),
    short: (fingerprint: Uint8Array) => fingerprint.subarray(1),
    "of something else": () => createHash("sha256").update("other").digest(),
    empty: () => new Uint8Array(0),
  };
  for (const [name, lie] of Object.entries(lies)) {
    await t.test(name, async () => {
      const caller = lying(alice.caller, uploadKeyPackage, ({ fingerprint }) => ({
        fingerprint: lie(fingerprint),
      }));
      const publishing = publisher({ caller }).publish(2);
      await assert.rejects(publishing, { name: "ClientFault", fault: "fingerprint-mismatch" });
      assert.equal(await stored(), 1);
      assert.deepEqual(await alice.database.read(loadAccount()), before);
    });
  }
  assert.equal(await publisher().publish(2), 1);
});

test("the private keys are stored before the package leaves", async (t) => {
  const { alice, publisher } = await world(t);
  const caller: Caller = {
    ...alice.caller,
    async call(methodId, payload, signal) {
      if (methodId === 300) assert.equal((await refsOf(alice)).length, 1);
      return alice.caller.call(methodId, payload, signal);
    },
  };
  await publisher({ caller }).publish(1);
});

test("an upload whose answer was lost is repeated with the same package", async (t) => {
  const { alice, bob, publisher, stored } = await world(t);
  for (const arrives of [true, false]) {
    const caller: Caller = {
      ...alice.caller,
      async call(methodId, payload, signal) {
        if (methodId !== 300 || arrives) {
          const reply = await alice.caller.call(methodId, payload, signal);
          if (methodId !== 300) return reply;
        }
        throw new Error("the connection broke");
      },
    };
    const before = await stored();
    await assert.rejects(publisher({ caller }).publish(before + 1), /broke/);
    assert.equal(await stored(), before + 1);
    assert.equal(await publisher().publish(before + 1), 1);
    assert.equal(await stored(), before + 1);
  }
  const keys = createClient(KeyService, bob.caller);
  const { publicKey: identityKey } = alice.identity;
  const fetched = [0, 1, 2].map(() => keys.fetchKeyPackage({ identityKey }));
  const sizes = (await Promise.all(fetched)).map(({ package: bytes }) => bytes.length > 0);
  assert.equal(sizes.filter(Boolean).length, 2);
});

test("a revoked key publishes nothing (I-10)", async (t) => {
  const { alice, publisher } = await world(t);
  const keys = createClient(KeyTransparencyService, alice.caller);
  const identityKey = alice.identity.publicKey;
  await keys.revokeKey({ identityKey, reason: "compromised" });
  await assert.rejects(publisher().publish(1), { name: "CallError", status: Status.Unauthorized });
});

async function world(t: TestContext) {
  const reference = await startReference(t);
  const alice = await reference.signUp("alice");
  const bob = await reference.signUp("bob");
  const { caller, database } = alice;
  return {
    reference,
    alice,
    bob,
    publisher: (options: Partial<PublisherOptions> = {}) =>
      createPublisher({ caller, database, mls, now: Date.now, ...options }),
    stored: () => database.read(countOwnKeyPackages(0)),
  };
}

async function refsOf({ database }: Person): Promise<readonly Uint8Array[]> {
  return database.read(
    (function* (): Operation<readonly Uint8Array[]> {
      return (yield q("SELECT ref FROM own_key_packages")).map((row) => blob(row, "ref"));
    })(),
  );
}
