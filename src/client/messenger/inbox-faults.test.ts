// What a lying server or a bad peer puts into an inbox: each trick is named, changes nothing, and the honest
// message that was tampered with is read afterwards (spec/client/client.md, Receiving).

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { pad } from "../../crypto/client/padding.ts";
import type { GroupMember } from "../../crypto/mls/group-member.ts";
import { createMls } from "../../crypto/mls/mls.ts";
import { BatchEnqueueRequestSchema, EnqueueRequestSchema } from "../../gen/qpc/v1/delivery_pb.ts";
import { DeliveryService, KeyService } from "../../gen/qpc/v1/methods_pb.ts";
import { methodById } from "../../registry/methods.ts";
import type { Caller } from "../../rpc/caller.ts";
import { createClient } from "../client.ts";
import { faultsOf, type Player, startCast, syncAll, texts } from "../contract/cast.ts";
import { answering, flipped, lying } from "../contract/reference.ts";
import { findGroup } from "../store/groups.ts";
import { findOwnKeyPackage } from "../store/key-packages.ts";

const mls = await createMls();

test("envelope: a changed one does not open, the honest one does", async (t) => {
  const { alice, bob, inject, id } = await pair(t);
  const sent = await recordSent(alice);
  await alice.messenger.sendText(id, "sealed");
  const [payload = new Uint8Array(0)] = sent;
  assert.equal(payload[0], 0x01);
  await inject(flipped(payload, payload.length - 1), flipped(payload, 40));
  await assertFaults(bob, ["envelope", "envelope"]);
  assert.deepEqual(await texts(bob, id), ["alice: sealed"]);
});

test("welcome: a changed one, then the honest one, then the same again", async (t) => {
  const cast = await startCast(t);
  const [alice, bob] = [await cast.join("alice"), await cast.join("bob")];
  const inject = await injector(cast, bob);
  // Without a hybrid key the Welcome travels bare.
  await tap(alice, (caller) =>
    answering(caller, KeyService.method.fetchHybridKeys, ({ identityKeys }) => ({
      keys: identityKeys.map(() => new Uint8Array(0)),
    })),
  );
  const sent = await recordSent(alice, (payload) => inject(flipped(payload, payload.length - 40)));
  await alice.messenger.startDirect("bob");
  await assertFaults(bob, ["welcome"]);
  assert.equal((await bob.messenger.conversations()).length, 1);
  const [ref] = mls.welcomedBy(sent[0] ?? new Uint8Array(0));
  assert.equal(ref && (await bob.store.database.read(findOwnKeyPackage(ref))), undefined);
  await inject(...sent);
  await assertFaults(bob, ["welcome"]);
});

test("welcome: to a group that is there, on the channel that it would first have read", async (t) => {
  const { alice, bob, id } = await pair(t);
  const { groupId } = await bob.messenger.groupView(id);
  const recipientKey = bob.messenger.account.identityKey;
  const { caller } = alice.messenger.session;
  const keys = createClient(KeyService, caller);
  const { package: keyPackage } = await keys.fetchKeyPackage({ identityKey: recipientKey });
  const other = await mls.createGroup(groupId, identityOf(alice), Date.now());
  const { welcome: payload } = await other.commit({ add: [keyPackage] });
  assert.ok(payload);
  const delivery = createClient(DeliveryService, caller);
  await delivery.enqueue({ recipientKey, channelId: id, payload });
  let calls = 0;
  await tap(bob, (to) =>
    lying(to, DeliveryService.method.fetch, () => {
      assert.ok(++calls < 20, "fetched for ever");
      return {};
    }),
  );
  await assertFaults(bob, ["welcome"]);
  await alice.messenger.sendText(id, "in the old group");
  await assertFaults(bob, []);
  assert.deepEqual(await texts(bob, id), ["alice: in the old group"]);
});

test("malformed: no MLS message, and a plaintext that is no content", async (t) => {
  const { alice, bob, inject, id } = await trio(t);
  await inject(Uint8Array.of(0, 1, 2, 3), new TextEncoder().encode("hello"));
  await assertFaults(bob, ["malformed", "malformed"]);

  // What the sender's state would do next anyway, with a plaintext of the wrong kind.
  const { message } = await (await stateOf(alice, id)).send(pad(Uint8Array.of(0xff)));
  const unpadded = await (await stateOf(alice, id)).send(Uint8Array.of(1, 2, 3));
  await inject(message, unpadded.message);
  await assertFaults(bob, ["malformed", "malformed"]);
  await alice.messenger.sendText(id, "with the same key of the ratchet");
  await assertFaults(bob, []);
  assert.deepEqual(await texts(bob, id), ["alice: with the same key of the ratchet"]);
});

test("undecryptable: one changed bit; the honest message follows", async (t) => {
  const { alice, bob, inject, id } = await trio(t);
  const sent = await recordSent(alice);
  await alice.messenger.sendText(id, "honest");
  const [payload = new Uint8Array(0)] = sent;
  await inject(flipped(payload, payload.length - 1));
  await assertFaults(bob, ["undecryptable"]);
  assert.deepEqual(await texts(bob, id), ["alice: honest"]);
});

test("replayed: a message that was read is not shown again", async (t) => {
  const { alice, bob, inject, id } = await trio(t);
  const sent = await recordSent(alice);
  await alice.messenger.sendText(id, "once");
  await bob.messenger.sync();
  await inject(...sent);
  await assertFaults(bob, ["replayed"]);
  assert.deepEqual(await texts(bob, id), ["alice: once"]);
});

test("past-epoch: a commit that was processed", async (t) => {
  const { alice, bob, inject, id } = await trio(t);
  const sent = await recordSent(alice);
  await alice.messenger.rotateKeys(id);
  await bob.messenger.sync();
  const { epoch } = await bob.messenger.groupView(id);
  await inject(...sent);
  await assertFaults(bob, ["past-epoch"]);
  assert.equal((await bob.messenger.groupView(id)).epoch, epoch);
});

test("future-epoch: a message that comes before its commit is held until then", async (t) => {
  const { alice, bob, inject, id } = await trio(t);
  await alice.messenger.rotateKeys(id);
  const sent = await recordSent(alice);
  await alice.messenger.sendText(id, "early");
  await alice.messenger.rotateKeys(id);
  const [early = new Uint8Array(0), commit = new Uint8Array(0)] = sent;
  // The default inbox is read first, so these overtake what is on the channel.
  await inject(commit, early);
  // The copies on the channel are a commit of a past epoch and a replay then.
  await assertFaults(bob, ["future-epoch", "future-epoch", "replayed", "past-epoch"]);
  assert.deepEqual(await texts(bob, id), ["alice: early"]);
  assert.equal((await bob.messenger.groupView(id)).epoch, 3n);
});

test("removed-sender: what somebody sent who was removed before it came", async (t) => {
  const { alice, bob, carol, inject, id } = await trio(t);
  const sent = await recordSent(carol);
  await carol.messenger.sendText(id, "in time");
  await bob.messenger.sync();
  const { message: late } = await (await stateOf(carol, id)).send(pad(Uint8Array.of(1)));
  await alice.messenger.remove(id, "carol");
  await bob.messenger.sync();
  await inject(late);
  await assertFaults(bob, ["removed-sender"]);
  assert.equal(sent.length, 1);
  assert.deepEqual(await texts(bob, id), ["carol: in time"]);
});

test("invalid-commit: a third member in a direct conversation, and whatever is public", async (t) => {
  const { cast, alice, bob, inject, id } = await pair(t);
  const carol = await cast.join("carol");
  const keyPackage = await mls.generateKeyPackage(identityOf(carol), Date.now());
  const state = await stateOf(alice, id);
  const { message } = await state.commit({ add: [keyPackage.keyPackage] });
  const info = await state.groupInfo();
  const { commit } = await mls.joinExternal(info, identityOf(carol), Date.now());
  await inject(message, commit);
  await assertFaults(bob, ["invalid-commit", "invalid-commit"]);
  await alice.messenger.rotateKeys(id);
  await assertFaults(bob, []);
  assert.equal((await bob.messenger.groupView(id)).members.length, 2);
});

test("unknown-group: a message of other people", async (t) => {
  const { cast, alice, bob, inject, id } = await pair(t);
  await cast.join("carol");
  await cast.join("dave");
  const other = await alice.messenger.createGroup("without bob", ["carol", "dave"]);
  const sent = await recordSent(alice);
  await alice.messenger.sendText(other.id, "not for bob");
  await inject(...sent);
  await assertFaults(bob, ["unknown-group"]);
  await alice.messenger.sendText(id, "for bob");
  await assertFaults(bob, []);
  assert.deepEqual(await texts(bob, id), ["alice: for bob"]);
});

async function assertFaults({ messenger }: Player, expected: readonly string[]): Promise<void> {
  assert.deepEqual(faultsOf(await messenger.sync()), expected);
}

async function pair(t: TestContext) {
  const cast = await startCast(t);
  const [alice, bob] = [await cast.join("alice"), await cast.join("bob")];
  const { id } = await alice.messenger.startDirect("bob");
  await bob.messenger.sync();
  return { cast, alice, bob, id, inject: await injector(cast, bob) };
}

/** Several recipients get one payload without an envelope, which is easier to tamper with. */
async function trio(t: TestContext) {
  const cast = await startCast(t);
  const [alice, bob] = [await cast.join("alice"), await cast.join("bob")];
  const carol = await cast.join("carol");
  const { id } = await alice.messenger.createGroup("three", ["bob", "carol"]);
  await syncAll([bob, carol], 1);
  return { cast, alice, bob, carol, id, inject: await injector(cast, bob) };
}

/** injector puts payloads into the default inbox of somebody, as anybody with an account can. */
async function injector(cast: Awaited<ReturnType<typeof startCast>>, { messenger }: Player) {
  const { caller } = await cast.reference.signUp("mallory");
  const delivery = createClient(DeliveryService, caller);
  const recipientKey = messenger.account.identityKey;
  return async (...payloads: readonly Uint8Array[]) => {
    for (const payload of payloads) await delivery.enqueue({ recipientKey, payload });
  };
}

/** recordSent collects the payloads that somebody sends from now on; `before` runs before each goes. */
async function recordSent(
  player: Player,
  before: (payload: Uint8Array) => Promise<void> = async () => {},
): Promise<Uint8Array[]> {
  const sent: Uint8Array[] = [];
  const outer = player.network.tap;
  await tap(player, (caller) => {
    const inner = outer(caller);
    return {
      ...inner,
      async call(methodId, request, signal) {
        const payload = payloadOf(methodById(methodId)?.name, request);
        if (payload) await before(payload);
        if (payload) sent.push(payload);
        return inner.call(methodId, request, signal);
      },
    };
  });
  return sent;
}

function payloadOf(method: string | undefined, request: Uint8Array): Uint8Array | undefined {
  if (method === "Enqueue") return fromBinary(EnqueueRequestSchema, request).payload;
  if (method === "BatchEnqueue") return fromBinary(BatchEnqueueRequestSchema, request).payload;
  return undefined;
}

async function tap({ network }: Player, wrap: (caller: Caller) => Caller): Promise<void> {
  network.tap = wrap;
  network.cut();
}

/** stateOf is a copy of the group's state at a member, to do with what the member never would. */
async function stateOf({ store, messenger }: Player, id: Uint8Array): Promise<GroupMember> {
  const { groupId } = await messenger.groupView(id);
  const stored = await store.database.read(findGroup(groupId));
  assert.ok(stored);
  return mls.decode(stored.state);
}

function identityOf({ messenger }: Player) {
  const { identityKey: publicKey, identitySeed: privateKey } = messenger.account;
  return { publicKey, privateKey };
}
