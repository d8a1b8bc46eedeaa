import assert from "node:assert/strict";
import { test } from "node:test";
import { createMls } from "./mls.ts";
import { epochs, fault, hex, identityOf, NOW, TestGroup } from "./test-group.ts";

const mls = await createMls({ now: () => NOW });

test("the committer stays in its epoch until it merges", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const alice = group.get("alice");
  const pending = await alice.commit();
  assert.equal(alice.epoch, 1n);
  const merged = pending.merge(alice);
  assert.equal(merged.epoch, 2n);
  const { next } = await group.get("bob").receive(pending.message);
  assert.deepEqual(next.epochAuthenticator, merged.epochAuthenticator);
});

test("a pending commit survives encoding, welcome and all", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const own = await group.keyPackage("dave");
  const pending = await group.get("alice").commit({
    add: [own.keyPackage],
    remove: [identityOf("bob").publicKey],
  });
  const restored = mls.decodePending(pending.encode());
  assert.deepEqual(restored.message, pending.message);
  assert.deepEqual(restored.welcome, pending.welcome);
  assert.deepEqual(restored.added.map(hex), [hex(identityOf("dave").publicKey)]);
  assert.deepEqual(restored.removed.map(hex), [hex(identityOf("bob").publicKey)]);
  const merged = restored.merge(mls.decode(group.get("alice").encode()));
  const dave = await mls.join(restored.welcome ?? new Uint8Array(), own.keyPackage, own.secret);
  assert.deepEqual(dave.epochAuthenticator, merged.epochAuthenticator);
  const update = await group.get("bob").commit();
  assert.equal(mls.decodePending(update.encode()).welcome, undefined);
});

test("what was read while the commit was pending counts as read after it", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const pending = await group.get("alice").commit();
  const first = await group.get("bob").send(Uint8Array.of(1));
  const second = await first.next.send(Uint8Array.of(2));
  const { next: current } = await group.get("alice").receive(first.message);
  const merged = pending.merge(current);
  await assert.rejects(merged.receive(first.message), fault("replayed"));
  const late = await merged.receive(second.message);
  assert.ok(late.kind === "application");
  assert.equal(late.epoch, 1n);
  // Merged from the old value, the message would be new.
  const unaware = pending.merge(group.get("alice"));
  assert.equal((await unaware.receive(first.message)).kind, "application");
});

test("merging keeps the epochs before the one that ends", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const late = await group.get("bob").send(Uint8Array.of(1));
  group.set("bob", late.next);
  await group.commit("bob");
  await group.commit("alice");
  await group.commit("alice");
  assert.equal((await group.get("alice").receive(late.message)).kind, "application");
});

test("a commit merges into the epoch that it ends, and no other", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const first = await group.get("alice").commit();
  const before = group.get("alice");
  const merged = first.merge(before);
  const second = await merged.commit();
  assert.throws(() => first.merge(merged), fault("past-epoch"));
  assert.throws(() => second.merge(before), fault("future-epoch"));
  // The same number after another commit is another epoch.
  const rival = (await before.commit()).merge(before);
  assert.throws(() => second.merge(rival), fault("invalid-commit"));
});

test("a member that was removed meanwhile cannot merge", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const pending = await group.get("alice").commit();
  await group.remove("bob", "alice");
  assert.throws(() => pending.merge(group.get("alice")), fault("not-a-member"));
});

test("proposals that came while the commit was pending are over with their epoch", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const pending = await group.get("alice").commit();
  const proposed = await group.get("bob").proposeUpdate();
  group.set("bob", proposed.next);
  await group.deliver(proposed.message, "bob");
  assert.equal(group.get("alice").hasProposals, true);
  await group.deliver(pending.message, "alice");
  group.set("alice", pending.merge(group.get("alice")));
  for (const [, member] of group.active()) assert.equal(member.hasProposals, false);
  assert.equal(epochs(group).length, 1);
  await group.commit("bob");
  assert.equal(epochs(group).length, 1);
});

test("every prefix of an encoding is malformed, and so is a byte more", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const state = group.get("alice").encode();
  const pending = (await group.get("alice").commit()).encode();
  for (let length = 0; length < state.length; length += 1 + (length % 7)) {
    assert.throws(() => mls.decode(state.subarray(0, length)), fault("malformed"));
  }
  for (let length = 0; length < pending.length; length += 1 + (length % 13)) {
    assert.throws(() => mls.decodePending(pending.subarray(0, length)), fault("malformed"));
  }
  const more = Uint8Array.of(0);
  assert.throws(() => mls.decode(Buffer.concat([state, more])), fault("malformed"));
  assert.throws(() => mls.decodePending(Buffer.concat([pending, more])), fault("malformed"));
  const version = Uint8Array.from(state).fill(2, 0, 1);
  assert.throws(() => mls.decode(version), fault("malformed"));
});
