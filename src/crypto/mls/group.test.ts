import assert from "node:assert/strict";
import { test } from "node:test";
import { createMls } from "./mls.ts";
import { epochs, fault, hex, identityOf, NOW, TestGroup } from "./test-group.ts";

const mls = await createMls({ now: () => NOW });

const names = (group: TestGroup, of: string) =>
  group.get(of).members.map(({ identityKey }) => hex(identityKey));
const keys = (...people: string[]) => people.map((name) => hex(identityOf(name).publicKey));

test("the creator is alone in epoch 0", async () => {
  const group = await TestGroup.of(mls, "alice");
  const alice = group.get("alice");
  assert.equal(alice.epoch, 0n);
  assert.equal(alice.leafIndex, 0);
  assert.equal(alice.active, true);
  assert.deepEqual(names(group, "alice"), keys("alice"));
  assert.equal(alice.epochAuthenticator.length, 32);
});

test("adding gives a commit and one Welcome, from which all enter the same epoch", async () => {
  const group = await TestGroup.of(mls, "alice");
  const pending = await group.add("alice", "bob", "carol");
  assert.equal(pending.welcome === undefined, false);
  assert.deepEqual(pending.added.map(hex), keys("bob", "carol"));
  assert.deepEqual(pending.removed, []);
  assert.equal(group.get("carol").epoch, 1n);
  assert.equal(epochs(group).length, 1);
  for (const name of ["alice", "bob", "carol"]) {
    assert.deepEqual(names(group, name), keys("alice", "bob", "carol"));
  }
});

test("everybody reads what everybody sends, and learns who sent it", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  for (const sender of ["alice", "bob", "carol"]) {
    for (const length of [0, 1, 1_000, 65_536]) {
      const plaintext = Buffer.alloc(length, sender);
      const { next, message } = await group.get(sender).send(plaintext);
      group.set(sender, next);
      const received = await group.deliver(message, sender);
      assert.equal(received.length, 2);
      for (const result of received) {
        assert.ok(result.kind === "application");
        assert.deepEqual(Buffer.from(result.plaintext), plaintext);
        assert.equal(hex(result.sender), hex(identityOf(sender).publicKey));
        assert.equal(result.epoch, 1n);
      }
    }
  }
});

test("padding is not ours: 100 bytes more make 100 bytes more", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const short = await group.get("alice").send(new Uint8Array(100));
  const long = await group.get("alice").send(new Uint8Array(200));
  assert.equal(long.message.length - short.message.length, 100);
});

test("a commit without a change renews the committer's keys", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const before = hex(group.get("carol").epochAuthenticator);
  const pending = await group.commit("bob");
  assert.equal(pending.welcome, undefined);
  assert.equal(group.get("carol").epoch, 2n);
  assert.notEqual(hex(group.get("carol").epochAuthenticator), before);
  assert.equal(epochs(group).length, 1);
});

test("a removed member learns of it, is inactive and keeps no secret", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const pending = await group.remove("alice", "bob");
  assert.deepEqual(pending.removed.map(hex), keys("bob"));
  assert.deepEqual(names(group, "carol"), keys("alice", "carol"));
  const bob = group.get("bob");
  assert.equal(bob.active, false);
  assert.deepEqual(bob.identityKey, identityOf("bob").publicKey);
  const { message } = await group.get("alice").send(new Uint8Array(1));
  await assert.rejects(bob.receive(message), fault("not-a-member"));
  await assert.rejects(bob.send(new Uint8Array(1)), fault("not-a-member"));
  await assert.rejects(bob.commit(), fault("not-a-member"));
  await assert.rejects(bob.leave(), fault("not-a-member"));
  await assert.rejects(bob.proposeUpdate(), fault("not-a-member"));
  await assert.rejects(bob.groupInfo(), fault("not-a-member"));
  const restored = mls.decode(bob.encode());
  assert.equal(restored.active, false);
  assert.deepEqual(restored.identityKey, bob.identityKey);
  const seed = hex(identityOf("bob").privateKey);
  assert.equal(hex(bob.encode()).includes(seed), false);
});

test("an Update proposal of one member comes into force with another's commit", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const { next, message } = await group.get("bob").proposeUpdate();
  group.set("bob", mls.decode(next.encode()));
  const received = await group.deliver(message, "bob");
  assert.deepEqual(
    received.map(({ kind }) => kind),
    ["proposal", "proposal"],
  );
  assert.equal(group.get("carol").hasProposals, true);
  await group.commit("carol");
  assert.equal(epochs(group).length, 1);
  assert.equal(group.get("bob").hasProposals, false);
  // Only with the new key of the leaf can bob read the next path.
  await group.commit("alice");
  assert.equal(epochs(group).length, 1);
});

test("of several Updates of one member the last one counts", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  for (let round = 0; round < 3; round++) {
    const { next, message } = await group.get("bob").proposeUpdate();
    group.set("bob", next);
    await group.deliver(message, "bob");
  }
  await group.commit("alice");
  await group.commit("carol");
  assert.equal(epochs(group).length, 1);
});

test("a committer's own Update gives way to its path", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const { next, message } = await group.get("alice").proposeUpdate();
  group.set("alice", next);
  await group.deliver(message, "alice");
  await group.commit("alice");
  await group.commit("bob");
  assert.equal(epochs(group).length, 1);
});

test("with proposals waiting nothing is sent, but a commit ends the wait", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const { next, message } = await group.get("alice").proposeUpdate();
  group.set("alice", next);
  await group.deliver(message, "alice");
  await assert.rejects(group.get("bob").send(new Uint8Array(1)), fault("invalid-commit"));
  await group.commit("bob");
  await group.send("bob", "now it goes");
});

test("who leaves proposes it, and another commits it", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const { next, message } = await group.get("alice").leave();
  group.set("alice", next);
  await group.deliver(message, "alice");
  await assert.rejects(group.get("alice").commit(), fault("invalid-commit"));
  const pending = await group.commit("bob");
  assert.deepEqual(pending.removed.map(hex), keys("alice"));
  assert.equal(group.get("alice").active, false);
  assert.equal(epochs(group).length, 1);
});

test("a removal that was proposed and is asked for happens once, and beats an Update", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const update = await group.get("bob").proposeUpdate();
  group.set("bob", update.next);
  await group.deliver(update.message, "bob");
  const leave = await group.get("bob").leave();
  group.set("bob", leave.next);
  await group.deliver(leave.message, "bob");
  const pending = await group.remove("carol", "bob");
  assert.deepEqual(pending.removed.map(hex), keys("bob"));
  assert.equal(epochs(group).length, 1);
});

test("a place that became free is taken again", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  await group.remove("alice", "bob");
  await group.add("carol", "dave");
  assert.equal(group.get("dave").leafIndex, 1);
  await group.send("dave", "hello");
  assert.equal(epochs(group).length, 1);
});

test("an identity can be removed and added again in one commit", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const own = await group.keyPackage("bob");
  const pending = await group.commit("alice", {
    remove: [identityOf("bob").publicKey],
    add: [own.keyPackage],
  });
  assert.deepEqual(pending.added.map(hex), keys("bob"));
  assert.deepEqual(pending.removed.map(hex), keys("bob"));
  assert.equal(group.get("bob").active, false);
  assert.ok(pending.welcome);
  group.set("bob", await mls.join(pending.welcome, own.keyPackage, own.secret));
  assert.equal(epochs(group).length, 1);
  await group.send("bob", "back");
});

test("one commit adds and removes", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const own = await group.keyPackage("dave");
  const pending = await group.commit("alice", {
    remove: [identityOf("bob").publicKey],
    add: [own.keyPackage],
  });
  assert.ok(pending.welcome);
  group.set("dave", await mls.join(pending.welcome, own.keyPackage, own.secret));
  assert.deepEqual(names(group, "dave"), keys("alice", "dave", "carol"));
  assert.equal(epochs(group).length, 1);
});

test("what cannot be committed", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const alice = group.get("alice");
  const before = alice.encode();
  const bob = await group.keyPackage("bob");
  const dave = await group.keyPackage("dave");
  const otherDave = await group.keyPackage("dave");
  const { publicKey } = identityOf("dave");
  await assert.rejects(alice.commit({ remove: [publicKey] }), fault("not-a-member"));
  await assert.rejects(alice.commit({ remove: [alice.identityKey] }), fault("invalid-commit"));
  await assert.rejects(alice.commit({ add: [bob.keyPackage] }), fault("invalid-commit"));
  const twice = alice.commit({ add: [dave.keyPackage, otherDave.keyPackage] });
  await assert.rejects(twice, fault("invalid-commit"));
  const cut = alice.commit({ add: [dave.keyPackage.subarray(1)] });
  await assert.rejects(cut, fault("ciphersuite"));
  const old = await mls.generateKeyPackage(identityOf("dave"), NOW - 40 * 86_400_000);
  await assert.rejects(alice.commit({ add: [old.keyPackage] }), fault("lifetime"));
  assert.deepEqual(alice.encode(), before);
});
