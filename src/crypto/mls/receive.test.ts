import assert from "node:assert/strict";
import { test } from "node:test";
import type { GroupMember } from "./group-member.ts";
import { createMls } from "./mls.ts";
import { epochs, fault, hex, identityOf, NOW, TestGroup } from "./test-group.ts";

const mls = await createMls({ now: () => NOW });

/** several sends a number of messages and answers them; the sender has moved on. */
async function several(group: TestGroup, sender: string, count: number): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const { next, message } = await group.get(sender).send(Uint8Array.of(index));
    group.set(sender, next);
    messages.push(message);
  }
  return messages;
}

async function read(member: GroupMember, message: Uint8Array | undefined) {
  assert.ok(message);
  const result = await member.receive(message);
  assert.ok(result.kind === "application");
  return result;
}

test("messages of one epoch are read in any order, each once", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const messages = await several(group, "alice", 6);
  let bob = group.get("bob");
  for (const index of [3, 0, 5, 4, 1, 2]) {
    const result = await read(bob, messages[index]);
    assert.deepEqual([...result.plaintext], [index]);
    bob = mls.decode(result.next.encode());
  }
  for (const message of messages) await assert.rejects(bob.receive(message), fault("replayed"));
});

test("an own message that comes back counts as read", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const { next, message } = await group.get("alice").send(Uint8Array.of(1));
  await assert.rejects(next.receive(message), fault("replayed"));
  const update = await next.proposeUpdate();
  await assert.rejects(update.next.receive(update.message), fault("replayed"));
  const pending = await next.commit();
  await assert.rejects(next.receive(pending.message), fault("replayed"));
});

test("messages of the four epochs before are read, those of the fifth are forgotten", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const old = await group.get("alice").send(Uint8Array.of(1));
  group.set("alice", old.next);
  for (let distance = 1; distance <= 4; distance++) {
    await group.commit("carol");
    const bob = mls.decode(group.get("bob").encode());
    const result = await read(bob, old.message);
    assert.equal(result.epoch, bob.epoch - BigInt(distance));
    assert.equal(hex(result.sender), hex(identityOf("alice").publicKey));
    await assert.rejects(result.next.receive(old.message), fault("replayed"));
  }
  await group.commit("carol");
  await assert.rejects(group.get("bob").receive(old.message), fault("past-epoch"));
});

test("a message that was read in its epoch is a replay in the next ones", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const { next, message } = await group.get("alice").send(Uint8Array.of(1));
  group.set("alice", next);
  await group.deliver(message, "alice");
  await group.commit("alice");
  await assert.rejects(group.get("bob").receive(message), fault("replayed"));
});

test("a member that was removed since can be told by the caller, who learns epoch and sender", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const { message } = await group.get("carol").send(Uint8Array.of(1));
  await group.remove("alice", "carol");
  const result = await read(group.get("bob"), message);
  const { sender, next } = result;
  assert.equal(result.epoch, next.epoch - 1n);
  assert.equal(
    next.members.some(({ identityKey }) => hex(identityKey) === hex(sender)),
    false,
  );
});

test("messages and commits of an epoch to come have to wait", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const bob = group.get("bob");
  const first = await group.get("alice").commit();
  const alice = first.merge(group.get("alice"));
  const sent = await alice.send(Uint8Array.of(1));
  const second = await sent.next.commit();
  await assert.rejects(bob.receive(sent.message), fault("future-epoch"));
  await assert.rejects(bob.receive(second.message), fault("future-epoch"));
  const after = await bob.receive(first.message);
  await read(after.next, sent.message);
  assert.equal((await after.next.receive(second.message)).kind, "commit");
});

test("a commit of an epoch that is over changes nothing", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const winner = await group.get("alice").commit();
  const loser = await group.get("bob").commit();
  const { next } = await group.get("carol").receive(winner.message);
  await assert.rejects(next.receive(loser.message), fault("past-epoch"));
  await assert.rejects(next.receive(winner.message), fault("past-epoch"));
});

test("the loser of two commits drops its own and follows the winner", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const loser = await group.get("bob").commit();
  await group.commit("alice");
  assert.throws(() => loser.merge(group.get("bob")), fault("past-epoch"));
  await group.commit("bob");
  assert.equal(epochs(group).length, 1);
});

test("a message of another group says so", async () => {
  const one = await TestGroup.of(mls, "alice", "bob");
  const other = new TestGroup(mls);
  const id = new Uint8Array(20);
  other.set("alice", await mls.createGroup(id, identityOf("alice"), NOW));
  await other.add("alice", "bob");
  const { message } = await other.get("alice").send(Uint8Array.of(1));
  await assert.rejects(one.get("bob").receive(message), fault("wrong-group"));
  const pending = await other.get("alice").commit();
  await assert.rejects(one.get("bob").receive(pending.message), fault("wrong-group"));
  assert.throws(() => pending.merge(one.get("alice")), fault("wrong-group"));
});

test("a gap of a thousand messages is bridged, a wider one is not", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const messages = await several(group, "alice", 1_002);
  const bob = group.get("bob");
  await assert.rejects(bob.receive(messages[1_001] ?? new Uint8Array()), fault("undecryptable"));
  const { next } = await read(bob, messages[1_000]);
  // Of what was skipped the last 64 can still come.
  await read(next, messages[999]);
  await read(next, messages[937]);
  await assert.rejects(next.receive(messages[930] ?? new Uint8Array()), fault("replayed"));
});

test("receiving and sending leave the old value as it was", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const alice = group.get("alice");
  const bob = group.get("bob");
  const [aliceBefore, bobBefore] = [alice.encode(), bob.encode()];
  const sent = await alice.send(Uint8Array.of(1));
  await read(bob, sent.message);
  const proposed = await alice.proposeUpdate();
  await bob.receive(proposed.message);
  const pending = await alice.commit({ remove: [identityOf("carol").publicKey] });
  await bob.receive(pending.message);
  pending.merge(alice);
  await alice.groupInfo();
  await alice.leave();
  assert.deepEqual(alice.encode(), aliceBefore);
  assert.deepEqual(bob.encode(), bobBefore);
  // The same message twice from the same value: nothing was remembered in between.
  await read(bob, sent.message);
  await read(bob, sent.message);
});

test("the caller's buffers are not kept", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const info = await group.get("alice").groupInfo();
  const entry = await mls.joinExternal(info, identityOf("carol"), NOW);
  const message = Buffer.from(entry.commit);
  const { next } = await group.get("bob").receive(message);
  const expected = next.encode();
  message.fill(0xff);
  assert.deepEqual(next.encode(), expected);

  const keyPackage = Buffer.from((await group.keyPackage("dave")).keyPackage);
  const pending = await next.commit({ add: [keyPackage] });
  const encoded = pending.encode();
  keyPackage.fill(0xff);
  assert.deepEqual(pending.encode(), encoded);

  const state = Buffer.from(expected);
  const restored = mls.decode(state);
  state.fill(0xff);
  assert.deepEqual(restored.encode(), expected);
});
