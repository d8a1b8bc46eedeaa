// Recovery bundles: whose they are, who gets them, how often one may ask. Spec: services/recovery.md.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type TestContext, test } from "node:test";
import { RecoveryService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import { type HostClient, type HostUser, openHost, refused } from "./contract/host.ts";

const { storeRecoveryBundle, fetchRecoveryBundle, deleteRecoveryBundle } = RecoveryService.method;

const token = (n: number) => Buffer.alloc(32, n);
const hashOf = (n: number) => createHash("sha256").update(token(n)).digest();

const store = (user: HostUser, n: number, bundle: Uint8Array) =>
  user.call(storeRecoveryBundle, { tokenHash: hashOf(n), bundle });
const remove = (user: HostUser, n: number) =>
  user.call(deleteRecoveryBundle, { tokenHash: hashOf(n) });
const fetch = async (client: HostClient, n: number) =>
  (await client.call(fetchRecoveryBundle, { recoveryToken: token(n) })).bundle;

async function open(t: TestContext) {
  const host = await openHost(t);
  return { host, alice: await host.user(1), bob: await host.user(2), nobody: host.connect() };
}

test("the token alone gets the bundle; its hash does not", async (t) => {
  const { alice, nobody } = await open(t);
  const bundle = Buffer.from("sealed");
  assert.equal((await store(alice, 1, bundle)).success, true);
  assert.deepEqual(Buffer.from(await fetch(nobody, 1)), bundle);
  const byHash = nobody.call(fetchRecoveryBundle, { recoveryToken: hashOf(1) });
  await refused(byHash, Status.NotFound, "recovery.unknown");
  await refused(fetch(nobody, 2), Status.NotFound, "recovery.unknown");
});

test("only the account that stored a bundle replaces or deletes it", async (t) => {
  const { alice, bob, nobody } = await open(t);
  await store(alice, 1, Buffer.from("old"));
  await store(alice, 1, Buffer.from("new"));
  await refused(store(bob, 1, Buffer.from("bob's")), Status.Forbidden, "recovery.foreign-hash");
  await refused(remove(bob, 1), Status.Forbidden, "recovery.foreign-hash");
  assert.equal(Buffer.from(await fetch(nobody, 1)).toString(), "new");
  assert.deepEqual(
    [(await remove(alice, 1)).success, (await remove(alice, 1)).success],
    [true, false],
  );
  await refused(fetch(nobody, 1), Status.NotFound);
});

test("bundles are bounded in size and number", async (t) => {
  const { alice, nobody } = await open(t);
  const most = Buffer.alloc(LIMITS.recoveryBundle.value, 7);
  const more = Buffer.concat([most, most.subarray(0, 1)]);
  await refused(store(alice, 1, more), Status.BadRequest, "recovery.bundle-size");
  await store(alice, 1, most);
  assert.deepEqual(Buffer.from(await fetch(nobody, 1)), most);
  for (let n = 2; n <= LIMITS.recoveryBundles.value; n++) await store(alice, n, token(n));
  await refused(store(alice, 99, token(99)), Status.Forbidden, "recovery.bundle-cap");
  await store(alice, 2, token(99));
});

test("an address asks 30 times a minute, with a session or without", async (t) => {
  const { host, alice, nobody } = await open(t);
  await store(alice, 1, token(1));
  for (let n = 0; n < 15; n++) {
    await fetch(nobody, 1);
    await fetch(alice, 1);
  }
  await refused(fetch(nobody, 1), Status.RateLimited, "recovery.rate");
  await refused(fetch(alice, 2), Status.RateLimited, "recovery.rate");
  await fetch(host.connect("192.0.2.9"), 1);
  host.clock.advance(60_000);
  await fetch(nobody, 1);
});
