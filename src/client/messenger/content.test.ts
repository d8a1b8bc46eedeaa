// What messages do to each other, whose they are, and when they go (spec/client/content.md).

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { q } from "../../storage/sql/statement.ts";
import { type Player, startCast, texts } from "../contract/cast.ts";
import { findMessage } from "../store/messages.ts";

test("an edit, a reaction and a deletion are about an earlier message", async (t) => {
  const { alice, bob, id } = await pair(t);
  const { contentId: targetId } = await alice.messenger.sendText(id, "helo");
  await alice.messenger.sendText(id, "second");
  await bob.messenger.sync();
  await alice.messenger.send(id, { case: "edit", value: { targetId, text: "hello" } });
  const emoji = "👍";
  await bob.messenger.send(id, { case: "reaction", value: { targetId, emoji } });
  await alice.messenger.send(id, { case: "reaction", value: { targetId, emoji: "🎉" } });
  await bob.messenger.sync();
  await alice.messenger.sync();

  for (const { messenger } of [alice, bob]) {
    const [first] = await messenger.history(id, 2);
    assert.deepEqual(first?.body, { kind: "text", text: "hello" });
    assert.equal(first?.isEdited, true);
    const reactions = first?.reactions.map(({ emoji, senderName }) => `${senderName} ${emoji}`);
    assert.deepEqual(reactions?.sort(), ["alice 🎉", "bob 👍"]);
  }
  await bob.messenger.send(id, { case: "reaction", value: { targetId, emoji, remove: true } });
  await alice.messenger.sync();
  assert.equal((await alice.messenger.history(id, 2))[0]?.reactions.length, 1);

  await alice.messenger.send(id, { case: "deletion", value: { targetId } });
  await bob.messenger.sync();
  for (const player of [alice, bob]) assert.deepEqual(await texts(player, id), ["alice: second"]);
});

test("edits and deletions of what others sent are not sent, and change nothing", async (t) => {
  const { alice, bob, id } = await pair(t);
  const { contentId: targetId } = await alice.messenger.sendText(id, "mine");
  await bob.messenger.sync();
  const edit = { case: "edit", value: { targetId, text: "yours" } } as const;
  const deletion = { case: "deletion", value: { targetId } } as const;
  for (const body of [edit, deletion]) {
    await assert.rejects(bob.messenger.send(id, body), { fault: "content" });
  }
  // A client that does not ask: bob's, who believes that the message is his own.
  const [own] = await alice.messenger.history(id);
  await bob.store.database.write(claim(bob, own?.contentId ?? targetId));
  for (const body of [edit, deletion]) await bob.messenger.send(id, body);
  const { received, faults } = await alice.messenger.sync();
  assert.deepEqual([received, faults], [[], []]);
  assert.deepEqual(await texts(alice, id), ["alice: mine"]);
});

test("a timer makes later messages disappear on both sides", async (t) => {
  let now = Date.now();
  const { alice, bob, id } = await pair(t, () => now);
  await alice.messenger.sendText(id, "for ever");
  await alice.messenger.send(id, { case: "timer", value: { expireSecs: 1800 } });
  await bob.messenger.sync();
  await bob.messenger.sendText(id, "for half an hour");
  await alice.messenger.sync();
  const [conversation] = await alice.messenger.conversations();
  assert.equal(conversation?.expireSecs, 1800);
  assert.equal((await alice.messenger.history(id)).at(-1)?.expiresAt, now + 1_800_000);

  now += 1_799_000;
  await Promise.all([alice.messenger.sync(), bob.messenger.sync()]);
  assert.equal((await texts(alice, id)).at(-1), "bob: for half an hour");
  now += 1_000;
  assert.deepEqual(await texts(alice, id), ["alice: for ever", "alice: timer"]);
  await Promise.all([alice.messenger.sync(), bob.messenger.sync()]);
  for (const player of [alice, bob]) {
    assert.deepEqual(await texts(player, id), ["alice: for ever", "alice: timer"]);
  }
});

test("a contact is verified when somebody has compared, and not before", async (t) => {
  const { alice, bob, id } = await pair(t);
  await bob.messenger.sendText(id, "one");
  await alice.messenger.sync();
  assert.equal((await alice.messenger.history(id))[0]?.trust, "pinned");
  assert.equal(
    await alice.messenger.safetyNumber("bob"),
    await bob.messenger.safetyNumber("alice"),
  );
  const compared = alice.messenger.account.identityKey;
  await assert.rejects(alice.messenger.markVerified("bob", compared), { fault: "other-key" });
  assert.equal((await alice.messenger.history(id))[0]?.trust, "pinned");
  await alice.messenger.markVerified("bob", bob.messenger.account.identityKey);
  assert.equal((await alice.messenger.history(id))[0]?.trust, "verified");
  assert.equal((await bob.messenger.history(id))[0]?.trust, "own");
  await assert.rejects(alice.messenger.markVerified("carol"), { fault: "unknown-user" });
});

test("what a blocked contact sends is kept nowhere, and the group goes on", async (t) => {
  const { alice, bob, id } = await pair(t);
  await bob.messenger.sync();
  await alice.messenger.block("bob");
  const { contentId } = await bob.messenger.sendText(id, "unheard");
  assert.deepEqual((await alice.messenger.sync()).received, []);
  assert.equal(await alice.store.database.read(findMessage(id, contentId)), undefined);
  await alice.messenger.unblock("bob");
  await bob.messenger.sendText(id, "heard");
  await alice.messenger.sync();
  assert.deepEqual(await texts(alice, id), ["bob: heard"]);
});

test("what no receiver would take is not sent", async (t) => {
  const { alice, id } = await pair(t);
  await assert.rejects(alice.messenger.sendText(id, ""), { fault: "content" });
  const targetId = new Uint8Array(16);
  const reaction = { case: "reaction", value: { targetId, emoji: "x" } } as const;
  await assert.rejects(alice.messenger.send(id, reaction), { fault: "content" });
  assert.deepEqual(await texts(alice, id), []);
  assert.equal((await alice.messenger.sync()).waiting, 0);
});

async function pair(t: TestContext, now: () => number = Date.now) {
  const cast = await startCast(t);
  const [alice, bob] = [await cast.join("alice", { now }), await cast.join("bob", { now })];
  const { id } = await alice.messenger.startDirect("bob");
  await bob.messenger.sync();
  return { cast, alice, bob, id };
}

function* claim({ messenger }: Player, contentId: Uint8Array) {
  yield q(
    "UPDATE messages SET sender_key = ? WHERE content_id = ?",
    messenger.account.identityKey,
    contentId,
  );
}
