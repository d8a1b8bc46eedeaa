// Revocation and audit. Spec: services/kt.md; C-51, C-54, I-10, I-22.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { revocationEntry } from "../crypto/kt/entries.ts";
import { leafHash } from "../crypto/kt/hash.ts";
import { MerkleTree } from "../crypto/kt/tree.ts";
import { DeliveryService, KeyService, KeyTransparencyService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import type { KtStore } from "../storage/stores/kt.ts";
import { openHost, refused } from "./contract/host.ts";
import { signUp } from "./contract/people.ts";
import { createKeyLog } from "./key-log.ts";
import { createKtService } from "./kt.ts";
import { createWaits } from "./waits.ts";

const { revokeKey, checkRevocation, auditKeyTransparency } = KeyTransparencyService.method;
const { fetchWait, enqueue } = DeliveryService.method;
const { uploadKeyPackage, uploadHybridKey, fetchKeyPackage } = KeyService.method;

test("the owner revokes: the answer comes, then every session of the key is over", async (t) => {
  const { host, alice, bob } = await setup(t);
  const second = await host.user(1);
  const request = { identityKey: alice.key, reason: "compromised" };
  const wait = second.call(fetchWait, { recipientKey: alice.key, timeoutMs: 30_000n });
  let isOver = false;
  const waiting = wait.finally(() => {
    isOver = true;
  });
  waiting.catch(() => {}); // asserted below
  await turns();
  const answer = await alice.call(revokeKey, request);
  assert.deepEqual([answer.success, answer.leafIndex], [true, 2n]);
  await turns();
  assert.equal(isOver, true, "the wait ends with the session, not with its time");
  await refused(waiting, Status.Unauthorized, "sessions.unauthorized");
  for (const one of [alice, second]) {
    await refused(one.call(revokeKey, request), Status.Unauthorized, "sessions.unauthorized");
  }
  const found = await bob.call(checkRevocation, { identityKey: alice.key });
  const { revoked, reason, timestampMs } = found;
  assert.deepEqual([revoked, reason], [true, "compromised"]);
  const { entries } = await bob.call(auditKeyTransparency, { start: 2n });
  const leaf = leafHash(revocationEntry(alice.key, "compromised", timestampMs));
  assert.deepEqual(entries[0]?.leafHash, leaf);
});

test("what a revoked key may do: no uploads; messages go on", async (t) => {
  const { host, alice, bob } = await setup(t);
  const identityKey = alice.key;
  await alice.call(uploadKeyPackage, { identityKey, package: new Uint8Array(9) });
  await alice.call(revokeKey, { identityKey, reason: "superseded" });
  const again = await host.user(1);
  const upload = { identityKey, package: new Uint8Array(9) };
  await refused(again.call(uploadKeyPackage, upload), Status.Forbidden, "kt.refused");
  const hybrid = { identityKey, hybridPublicKey: new Uint8Array(1216) };
  await refused(again.call(uploadHybridKey, hybrid), Status.Forbidden, "kt.refused");
  assert.equal((await bob.call(fetchKeyPackage, { identityKey })).package.length, 0);
  await bob.call(enqueue, { recipientKey: identityKey, payload: Uint8Array.of(1) });
  const { payloads } = await again.call(fetchWait, { recipientKey: identityKey });
  assert.equal(payloads.length, 1);
});

test("nobody revokes another one's key, but the operator any that has an account", async (t) => {
  const { host, alice, bob } = await setup(t, { operatorToken: "0123456789abcdef", admins: [2] });
  const request = { identityKey: alice.key, reason: "compromised" };
  await refused(bob.call(revokeKey, request), Status.Forbidden, "kt.own-key");
  const unknown = { ...request, identityKey: new Uint8Array(32).fill(7) };
  await refused(bob.call(revokeKey, unknown), Status.Forbidden, "kt.own-key");
  await refused(host.connect().call(revokeKey, request), Status.Unauthorized);
  const [handler] = createKtService({
    ...host,
    kt: host.stores.kt,
    keyLog: createKeyLog(host.stores.kt),
  });
  const asOperator = (body: object) =>
    handler?.handle(body as never, { caller: { kind: "operator" } } as never);
  await assert.rejects(async () => asOperator(unknown), { rule: "kt.unknown-key" });
  assert.deepEqual(await asOperator(request), { success: true, leafIndex: 2n });
  assert.equal((await bob.call(checkRevocation, request)).revoked, true);
});

test("a second revocation answers the first, with its reason and time", async (t) => {
  const { host, alice, bob } = await setup(t);
  const { key: identityKey } = alice;
  await alice.call(revokeKey, { identityKey, reason: "compromised" });
  const first = await bob.call(checkRevocation, { identityKey });
  host.clock.advance(5_000);
  const again = await host.user(1);
  const { success, leafIndex } = await again.call(revokeKey, {
    identityKey,
    reason: "user_revoked",
  });
  assert.deepEqual([success, leafIndex], [true, 2n]);
  assert.deepEqual(await bob.call(checkRevocation, { identityKey }), first);
  await refused(again.call(revokeKey, { identityKey, reason: "superseded" }), Status.Unauthorized);
});

test("a key that is not revoked or that nobody has is not revoked", async (t) => {
  const { bob } = await setup(t);
  for (const identityKey of [bob.key, new Uint8Array(32).fill(9)]) {
    const { revoked, reason, timestampMs } = await bob.call(checkRevocation, { identityKey });
    assert.deepEqual([revoked, reason, timestampMs], [false, "", 0n]);
  }
});

test("an audit answers the range, with size and root of the whole log", async (t) => {
  const { host, bob } = await setup(t);
  for (const number of [3, 4, 5]) await signUp(host, `user ${number}`, number);
  const all = await bob.call(auditKeyTransparency, {});
  assert.deepEqual(
    all.entries.map(({ index }) => index),
    [0n, 1n, 2n, 3n, 4n],
  );
  const tree = new MerkleTree();
  for (const { leafHash } of all.entries) tree.append(leafHash);
  assert.deepEqual(all.root, tree.root());
  const ranges = [
    [1n, 3n, [1n, 2n]],
    [4n, 0n, [4n]],
    [2n, 2n, []],
    [5n, 0n, []],
    [5n, 5n, []],
    [3n, 2n ** 64n - 1n, [3n, 4n]],
    [0n, 1n, [0n]],
  ] as const;
  for (const [start, end, indices] of ranges) {
    const part = await bob.call(auditKeyTransparency, { start, end });
    assert.deepEqual(
      part.entries.map(({ index }) => index),
      indices,
      `${start} to ${end}`,
    );
    assert.deepEqual([part.treeSize, part.root], [5n, all.root]);
  }
  const refusals = [
    { start: 6n, end: 0n },
    { start: 6n, end: 7n },
    { start: 3n, end: 2n },
  ];
  for (const range of refusals) {
    const call = bob.call(auditKeyTransparency, range);
    await refused(call, Status.BadRequest, "kt.range-invalid");
  }
});

test("an answer holds 10,000 leaves, from start on", async () => {
  const leaves = Array.from({ length: 25_000 }, (_, i) => leafHash(Buffer.from(`${i}`)));
  const kt: KtStore = {
    leaves: async (from, limit) => leaves.slice(from, from + limit),
    revoke: () => assert.fail("an audit revokes nothing"),
    findRevocation: () => assert.fail("an audit asks for no key"),
  };
  const clock = { now: () => 0, after: () => () => {} };
  const [, , audit] = createKtService({
    kt,
    keyLog: createKeyLog(kt),
    waits: createWaits(clock),
    clock,
  });
  const ask = async (start: bigint, end: bigint) => {
    const answer = await audit?.handle({ start, end } as never, {} as never);
    const { entries } = answer as { entries: { index: bigint; leafHash: Uint8Array }[] };
    for (const { index, leafHash } of entries) assert.deepEqual(leafHash, leaves[Number(index)]);
    return [entries[0]?.index, entries.at(-1)?.index, entries.length];
  };
  assert.deepEqual(await ask(0n, 0n), [0n, 9_999n, 10_000]);
  assert.deepEqual(await ask(10_000n, 20_001n), [10_000n, 19_999n, 10_000]);
  assert.deepEqual(await ask(20_000n, 0n), [20_000n, 24_999n, 5_000]);
});

async function setup(t: TestContext, options = {}) {
  const host = await openHost(t, options);
  await signUp(host, "alice", 1);
  await signUp(host, "bob", 2);
  return { host, alice: await host.user(1), bob: await host.user(2) };
}

/** turns lets everything run that waits for no time. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}
