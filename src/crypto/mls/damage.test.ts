// Damaged messages of every kind: each gives an MlsError, and the member goes on as if it had not come.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MlsError, type MlsFault } from "./group-member.ts";
import { createMls } from "./mls.ts";
import { fault, identityOf, NOW, TestGroup } from "./test-group.ts";

const mls = await createMls({ now: () => NOW });
const group = await TestGroup.of(mls, "alice", "bob", "carol");
const alice = group.get("alice");
const bob = group.get("bob");
const dave = await group.keyPackage("dave");
const addition = await alice.commit({ add: [dave.keyPackage] });
const welcome = addition.welcome ?? new Uint8Array();
const info = await alice.groupInfo();

/** What bob can be sent, with what shows that he can still read it undamaged. */
const messages: Readonly<Record<string, Uint8Array>> = {
  application: (await alice.send(Buffer.from("text"))).message,
  proposal: (await alice.proposeUpdate()).message,
  commit: addition.message,
  removal: (await alice.commit({ remove: [identityOf("carol").publicKey] })).message,
  external: (await mls.joinExternal(info, identityOf("erin"), NOW)).commit,
};
const KINDS = Object.entries(messages);
const NONE: Uint8Array = new Uint8Array();

const join = (bytes: Uint8Array) => mls.join(bytes, dave.keyPackage, Uint8Array.from(dave.secret));
const enter = (bytes: Uint8Array) => mls.joinExternal(bytes, identityOf("erin"), NOW);

async function faultOf(attempt: () => Promise<unknown>): Promise<MlsFault> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof MlsError) return error.fault;
    throw error;
  }
  return assert.fail("damage was accepted");
}

const damage = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  flip: fc.integer({ min: 1, max: 255 }),
});

function damaged(bytes: Uint8Array, { at, flip }: { at: number; flip: number }): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const index = Math.floor(at * copy.length);
  copy[index] = (copy[index] ?? 0) ^ flip;
  return copy;
}

for (const [kind, message] of KINDS) {
  test(`every prefix of ${kind} is malformed`, async () => {
    for (let length = 0; length < message.length; length++) {
      const attempt = bob.receive(message.subarray(0, length));
      await assert.rejects(attempt, fault("malformed"));
    }
    const longer = bob.receive(Buffer.concat([message, Uint8Array.of(0)]));
    await assert.rejects(longer, fault("malformed"));
  });

  test(`no changed byte of ${kind} gets through, and the whole one still does`, async () => {
    const before = bob.encode();
    const property = fc.asyncProperty(damage, async (change) => {
      await faultOf(() => bob.receive(damaged(message, change)));
    });
    await fc.assert(property, { numRuns: 60 });
    assert.deepEqual(bob.encode(), before);
    await bob.receive(message);
  });
}

test("bytes of anything but a message for a member are malformed", async () => {
  const wrapped = Buffer.concat([Uint8Array.of(0, 1, 0, 5), dave.keyPackage]);
  for (const bytes of [NONE, Uint8Array.of(0), welcome, info, wrapped, dave.keyPackage]) {
    await assert.rejects(bob.receive(bytes), fault("malformed"));
  }
  const property = fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
    await assert.rejects(bob.receive(bytes), fault("malformed"));
  });
  await fc.assert(property, { numRuns: 100 });
});

test("a truncated Welcome leads nowhere", async () => {
  for (let length = 0; length < welcome.length; length += 3) {
    await assert.rejects(join(welcome.subarray(0, length)), fault("malformed"));
  }
});

test("a changed Welcome leads nowhere", async () => {
  const property = fc.asyncProperty(damage, async (change) => {
    const found = await faultOf(() => join(damaged(welcome, change)));
    assert.ok(["malformed", "ciphersuite", "welcome"].includes(found), found);
  });
  await fc.assert(property, { numRuns: 100 });
});

test("a Welcome is for one KeyPackage and its private keys", async () => {
  const other = await group.keyPackage("dave");
  const wrong = mls.join(welcome, other.keyPackage, Uint8Array.from(other.secret));
  await assert.rejects(wrong, fault("welcome"));
  const mixed = mls.join(welcome, dave.keyPackage, Uint8Array.from(other.secret));
  await assert.rejects(mixed, fault("welcome"));
  assert.equal(mls.welcomedBy(welcome).length, 1);
  assert.deepEqual(mls.welcomedBy(welcome)[0], dave.ref);
});

test("private keys are wiped by the join that used them, and by no other", async () => {
  const secret = Uint8Array.from(dave.secret);
  await assert.rejects(mls.join(welcome.subarray(1), dave.keyPackage, secret));
  assert.deepEqual(secret, dave.secret);
  await mls.join(welcome, dave.keyPackage, secret);
  assert.deepEqual(secret, new Uint8Array(secret.length));
});

test("a changed or truncated GroupInfo leads nowhere", async () => {
  for (let length = 0; length < info.length; length += 7) {
    await assert.rejects(enter(info.subarray(0, length)), fault("malformed"));
  }
  const property = fc.asyncProperty(damage, async (change) => {
    const found = await faultOf(() => enter(damaged(info, change)));
    assert.ok(["malformed", "ciphersuite", "group-info"].includes(found), found);
  });
  await fc.assert(property, { numRuns: 100 });
});

test("the outside of a message can be read without its keys", () => {
  const place = { groupId: alice.groupId, epoch: 1n };
  assert.deepEqual(mls.peek(messages.application ?? NONE), {
    kind: "private",
    content: "application",
    ...place,
  });
  assert.deepEqual(mls.peek(messages.proposal ?? NONE), {
    kind: "private",
    content: "proposal",
    ...place,
  });
  assert.deepEqual(mls.peek(messages.external ?? NONE), {
    kind: "public",
    content: "commit",
    ...place,
  });
  assert.deepEqual(mls.peek(info), { kind: "group-info", ...place });
  assert.deepEqual(mls.peek(welcome), { kind: "welcome" });
  assert.throws(() => mls.peek(Uint8Array.of(0)), fault("malformed"));
  // A broken Welcome is told from other broken bytes, as far as its first four bytes are there.
  assert.throws(() => mls.peek(welcome.subarray(0, -1)), fault("welcome"));
  assert.throws(() => mls.peek(welcome.subarray(0, 3)), fault("malformed"));
  assert.throws(() => mls.welcomedBy(info), fault("malformed"));
});
