// Keys of others from the reference server, and from one that hands out something else.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { newIdentityKey } from "../crypto/identity/signing.ts";
import { createMls } from "../crypto/mls/mls.ts";
import { KeyService } from "../gen/qpc/v1/methods_pb.ts";
import { createClient } from "./client.ts";
import { answering, flipped, lying, recording, startReference } from "./contract/reference.ts";
import { createPeerKeys, type PeerKeysOptions } from "./peer-keys.ts";
import { createPublisher } from "./publish.ts";
import { hadHybridKey } from "./store/hybrid-keys.ts";
import { rememberUsed } from "./store/key-packages.ts";

const { fetchKeyPackage, fetchHybridKeys } = KeyService.method;
const mls = await createMls();
const NONE = new Uint8Array(0);

test("a package is of the identity that was asked for, and there is one no more", async (t) => {
  const { alice, peerKeys } = await world(t);
  const identityKey = alice.identity.publicKey;
  const keyPackage = (await peerKeys().fetchKeyPackage(identityKey)) ?? assert.fail();
  const inspected = await mls.inspectKeyPackage(keyPackage, Date.now());
  assert.deepEqual(Buffer.from(inspected.identityKey), Buffer.from(identityKey));
  assert.equal(await peerKeys().fetchKeyPackage(identityKey), undefined);
});

test("a package of somebody else is refused", async (t) => {
  const { alice, bob, peerKeys } = await world(t);
  const { keyPackage } = await mls.generateKeyPackage(newIdentityKey(), Date.now());
  const caller = lying(bob.caller, fetchKeyPackage, () => ({ package: keyPackage }));
  const fetching = peerKeys({ caller }).fetchKeyPackage(alice.identity.publicKey);
  await assert.rejects(fetching, { name: "ClientFault", fault: "key-package-swapped" });
});

test("what is no valid package is refused, and the package itself is good", async (t) => {
  const { alice, bob, peerKeys, isNew } = await world(t);
  const identityKey = alice.identity.publicKey;
  const { package: good } = await createClient(KeyService, bob.caller).fetchKeyPackage({
    identityKey,
  });
  const giving = (keyPackage: Uint8Array) => ({
    caller: answering(bob.caller, fetchKeyPackage, () => ({ package: keyPackage })),
  });
  const lies: Record<string, Uint8Array> = {
    "a flipped signature": flipped(good, good.length - 1),
    "a flipped version": flipped(good, 1),
    "a byte more": Buffer.concat([good, NONE, Uint8Array.of(0)]),
    "a byte less": good.subarray(0, -1),
    "an MLSMessage around it": Buffer.concat([Uint8Array.of(0, 1, 0, 5), good]),
    "four bytes": Uint8Array.of(0, 1, 2, 3),
  };
  for (const [name, lie] of Object.entries(lies)) {
    await t.test(name, async () => {
      const fetching = peerKeys(giving(lie)).fetchKeyPackage(identityKey);
      await assert.rejects(fetching, { name: "ClientFault", fault: "key-package-invalid" });
    });
  }
  const late = { ...giving(good), now: () => Date.now() + 29 * 86_400_000 };
  await assert.rejects(peerKeys(late).fetchKeyPackage(identityKey), {
    fault: "key-package-invalid",
  });
  // None of this has made it a package that was used.
  assert.deepEqual(await peerKeys(giving(good)).fetchKeyPackage(identityKey), good);
  const { ref } = await mls.inspectKeyPackage(good, Date.now());
  assert.equal(await isNew(ref), false);
});

test("a package that was handed out before is refused", async (t) => {
  const { alice, bob, peerKeys } = await world(t);
  const identityKey = alice.identity.publicKey;
  const first = (await peerKeys().fetchKeyPackage(identityKey)) ?? assert.fail();
  const replaying = answering(bob.caller, fetchKeyPackage, () => ({ package: first }));
  const again = peerKeys({ caller: replaying }).fetchKeyPackage(identityKey);
  await assert.rejects(again, { name: "ClientFault", fault: "key-package-replayed" });
});

test("hybrid keys come in the order of the identities, in pages of 1,000", async (t) => {
  const { alice, bob, peerKeys } = await world(t);
  const strangers = Array.from({ length: 1000 }, (_, n) => {
    const key = Buffer.alloc(32, 0xff);
    key.writeUInt32BE(n);
    return key;
  });
  const { caller, methods } = recording(bob.caller);
  const keys = await peerKeys({ caller }).hybridKeysOf([...strangers, alice.identity.publicKey]);
  assert.deepEqual(methods, [304, 304]);
  assert.equal(keys.length, 1001);
  assert.ok(keys.slice(0, 1000).every((key) => key === undefined));
  assert.equal(keys[1000]?.length, 1216);
  assert.deepEqual(await peerKeys().hybridKeysOf([]), []);
});

test("what is no hybrid key is refused", async (t) => {
  const { alice, bob, peerKeys, hadKey } = await world(t);
  const asked = [alice.identity.publicKey];
  const [good = assert.fail()] = await peerKeys().hybridKeysOf(asked);
  const other = newIdentityKey().publicKey;
  const lies: Record<string, readonly Uint8Array[]> = {
    "a byte less": [good.subarray(1)],
    "a byte more": [Buffer.concat([good, Uint8Array.of(0)])],
    "a point of low order": [Buffer.concat([new Uint8Array(32), good.subarray(32)])],
    "coefficients that are not below q": [
      Buffer.concat([good.subarray(0, 32), new Uint8Array(1184).fill(0xff)]),
    ],
    "one too many": [good, good],
    "one too few": [],
  };
  for (const [name, keys] of Object.entries(lies)) {
    await t.test(name, async () => {
      const caller = answering(bob.caller, fetchHybridKeys, () => ({ keys: [...keys] }));
      const fetching = peerKeys({ caller }).hybridKeysOf([other]);
      await assert.rejects(fetching, { name: "ClientFault", fault: "hybrid-key-invalid" });
      assert.equal(await hadKey(other), false);
    });
  }
  assert.deepEqual(await peerKeys().hybridKeysOf(asked), [good]);
});

test("a hybrid key that is gone is a downgrade, and one that never was is none", async (t) => {
  const { alice, bob, peerKeys, hadKey } = await world(t);
  const asked = [bob.identity.publicKey, alice.identity.publicKey];
  const [none, good = assert.fail()] = await peerKeys().hybridKeysOf(asked);
  assert.equal(none, undefined);
  assert.deepEqual(await Promise.all(asked.map(hadKey)), [false, true]);

  const third = newIdentityKey().publicKey;
  const caller = answering(bob.caller, fetchHybridKeys, () => ({ keys: [good, NONE] }));
  const fetching = peerKeys({ caller }).hybridKeysOf([third, alice.identity.publicKey]);
  await assert.rejects(fetching, { name: "ClientFault", fault: "hybrid-key-invalid" });
  assert.equal(await hadKey(third), false);
  assert.deepEqual(await peerKeys().hybridKeysOf(asked), [undefined, good]);
});

/** world has alice, who published one package and a hybrid key, and bob, who asks. */
async function world(t: TestContext) {
  const reference = await startReference(t);
  const alice = await reference.signUp("alice");
  const bob = await reference.signUp("bob");
  const { caller, database } = bob;
  await createPublisher({ ...alice, mls, now: Date.now }).publish(1);
  return {
    alice,
    bob,
    peerKeys: (options: Partial<PeerKeysOptions> = {}) =>
      createPeerKeys({ caller, database, mls, now: Date.now, ...options }),
    isNew: (ref: Uint8Array) => database.write(rememberUsed(ref)),
    hadKey: (identityKey: Uint8Array) => database.read(hadHybridKey(identityKey)),
  };
}
