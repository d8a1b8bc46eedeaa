// KeyPackages and hybrid keys on real stores (I-16).

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type TestContext, test } from "node:test";
import { KeyService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import { type HostUser, openHost, refused } from "./contract/host.ts";

const { uploadKeyPackage, fetchKeyPackage, uploadHybridKey, fetchHybridKey, fetchHybridKeys } =
  KeyService.method;
const DAY = 86_400_000;

test("packages are handed out in the order of their uploads, each once, then none", async (t) => {
  const { alice, bob } = await setup(t);
  for (const name of ["one", "two", "three"]) await upload(alice, name);
  assert.deepEqual(await take(bob, alice, 4), ["one", "two", "three", ""]);
});

test("an upload answers the SHA-256 of the package", async (t) => {
  const { alice } = await setup(t);
  const bytes = Buffer.from("00010203", "hex");
  const { fingerprint } = await alice.call(uploadKeyPackage, {
    identityKey: alice.key,
    package: bytes,
  });
  const expected = "054edec1d0211f624fed0cbca9d4f9400b0e491c43742af2c5b0abebf0c990d8";
  assert.equal(Buffer.from(fingerprint).toString("hex"), expected);
  assert.equal(createHash("sha256").update(bytes).digest("hex"), expected);
});

test("the 101st upload is Ok and the oldest package goes", async (t) => {
  const { host, alice } = await setup(t);
  for (let n = 1; n <= 101; n++) await upload(alice, `p${n}`);
  const takers = [await host.user(7), await host.user(8)] as const;
  const taken = [...(await take(takers[0], alice, 50)), ...(await take(takers[1], alice, 51))];
  assert.deepEqual(taken, [...Array.from({ length: 100 }, (_, n) => `p${n + 2}`), ""]);
});

test("a package of 31 days is skipped, a younger one behind it is handed out", async (t) => {
  const { host, alice, bob } = await setup(t, { sessionMs: 90 * DAY });
  await upload(alice, "old");
  host.clock.advance(2 * DAY);
  await upload(alice, "young");
  host.clock.advance(29 * DAY);
  assert.deepEqual(await take(bob, alice, 2), ["young", ""]);
});

test("two callers at once do not get the same package", async (t) => {
  const { alice, bob, carol } = await setup(t);
  await upload(alice, "only");
  const both = await Promise.all([take(bob, alice, 1), take(carol, alice, 1)]);
  assert.deepEqual(both.flat().sort(), ["", "only"]);
});

test("one's own packages can be taken, and are gone then", async (t) => {
  const { alice, bob } = await setup(t);
  await upload(alice, "mine");
  assert.deepEqual(await take(alice, alice, 1), ["mine"]);
  assert.deepEqual(await take(bob, alice, 1), [""]);
});

test("the same bytes are queued once, and not again while they live", async (t) => {
  const { host, alice, bob } = await setup(t, { sessionMs: 90 * DAY });
  for (let n = 0; n < 3; n++) await upload(alice, "same");
  await upload(bob, "same");
  assert.deepEqual(await take(bob, alice, 2), ["same", ""]);
  await upload(alice, "same");
  assert.deepEqual(await take(bob, alice, 1), [""]);
  host.clock.advance(31 * DAY);
  await upload(alice, "same");
  assert.deepEqual(await take(bob, alice, 1), ["same"]);
});

test("one caller takes 60 packages a minute of one identity, and a refusal takes none", async (t) => {
  const { host, alice, bob, carol } = await setup(t);
  for (let n = 1; n <= 62; n++) await upload(alice, `p${n}`);
  assert.equal((await take(bob, alice, 60)).at(-1), "p60");
  await refused(take(bob, alice, 1), Status.RateLimited, "keys.fetch-rate");
  assert.deepEqual(await take(bob, carol, 1), [""], "another identity");
  assert.deepEqual(await take(carol, alice, 1), ["p61"], "another caller");
  host.clock.advance(60_000);
  assert.deepEqual(await take(bob, alice, 1), ["p62"]);
});

test("keys are uploaded by their owner only", async (t) => {
  const { alice, bob } = await setup(t);
  const foreign = bob.call(uploadKeyPackage, { identityKey: alice.key, package: Buffer.of(1) });
  await refused(foreign, Status.Forbidden, "keys.own-key");
  const hybrid = { identityKey: alice.key, hybridPublicKey: new Uint8Array(1216) };
  await refused(bob.call(uploadHybridKey, hybrid), Status.Forbidden, "keys.own-key");
});

test("a hybrid key stays when it is fetched, and the newest one counts", async (t) => {
  const { alice, bob } = await setup(t);
  assert.equal((await hybridKey(bob, alice)).length, 0);
  for (const byte of [1, 2]) {
    const hybridPublicKey = new Uint8Array(1216).fill(byte);
    await alice.call(uploadHybridKey, { identityKey: alice.key, hybridPublicKey });
    for (let n = 0; n < 2; n++) {
      assert.deepEqual(Buffer.from(await hybridKey(bob, alice)), Buffer.from(hybridPublicKey));
    }
  }
});

test("a batch has one entry per identity, in its order, empty where there is none", async (t) => {
  const { alice, bob, carol } = await setup(t);
  for (const user of [alice, carol]) {
    const hybridPublicKey = new Uint8Array(1216).fill(user.key[0] as number);
    await user.call(uploadHybridKey, { identityKey: user.key, hybridPublicKey });
  }
  const identityKeys = [carol.key, bob.key, alice.key, carol.key];
  const { keys } = await bob.call(fetchHybridKeys, { identityKeys });
  assert.deepEqual(
    keys.map((key) => key[0]),
    [3, undefined, 1, 3],
  );
  assert.deepEqual((await bob.call(fetchHybridKeys)).keys, []);
});

async function setup(t: TestContext, options: Parameters<typeof openHost>[1] = {}) {
  const host = await openHost(t, options);
  const [alice, bob, carol] = [await host.user(1), await host.user(2), await host.user(3)];
  return { host, alice, bob, carol };
}

async function upload(user: HostUser, text: string): Promise<void> {
  await user.call(uploadKeyPackage, { identityKey: user.key, package: Buffer.from(text) });
}

async function take(caller: HostUser, owner: HostUser, times: number): Promise<string[]> {
  const taken: string[] = [];
  for (let n = 0; n < times; n++) {
    const answer = await caller.call(fetchKeyPackage, { identityKey: owner.key });
    taken.push(Buffer.from(answer.package).toString());
  }
  return taken;
}

async function hybridKey(caller: HostUser, owner: HostUser): Promise<Uint8Array> {
  return (await caller.call(fetchHybridKey, { identityKey: owner.key })).hybridPublicKey;
}
