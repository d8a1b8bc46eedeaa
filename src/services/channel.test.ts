// CreateChannel: spec/services/channel.md; C-55 to C-59, I-19.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ChannelService } from "../gen/qpc/v1/methods_pb.ts";
import { MembershipChange } from "../gen/qpc/v1/push_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import { type Host, type HostUser, openHost, refused } from "./contract/host.ts";
import { changesPushed, keysOf } from "./contract/membership.ts";

const { createChannel } = ChannelService.method;
const GROUP = new Uint8Array(32).fill(0x66);

test("a pair gets one channel of 16 bytes, from either side", async (t) => {
  const { alice, bob } = await withAccounts(t);
  const first = await alice.call(createChannel, { peerKey: bob.key });
  assert.equal(first.channelId.length, 16);
  assert.equal(first.wasNew, true);
  for (const [user, peer] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const again = await user.call(createChannel, { peerKey: peer.key });
    assert.deepEqual(again.channelId, first.channelId);
    assert.equal(again.wasNew, false);
  }
});

test("IDs are not a function of the keys", async (t) => {
  const opened = await Promise.all(
    [0, 1].map(async () => {
      const { alice, bob } = await withAccounts(t);
      return alice.call(createChannel, { peerKey: bob.key });
    }),
  );
  assert.notDeepEqual(opened[0]?.channelId, opened[1]?.channelId);
});

test("one form or the other, another key, and a key that is known here", async (t) => {
  const { alice, bob, stranger } = await withAccounts(t);
  const { BadRequest, NotFound } = Status;
  await refused(alice.call(createChannel, {}), BadRequest, "channel.one-form");
  const both = { peerKey: bob.key, groupId: GROUP };
  await refused(alice.call(createChannel, both), BadRequest, "channel.one-form");
  const members = { memberKeys: [bob.key] };
  await refused(alice.call(createChannel, members), BadRequest, "channel.one-form");
  const self = { peerKey: alice.key };
  await refused(alice.call(createChannel, self), BadRequest, "channel.not-self");
  const unknown = { peerKey: stranger.key };
  await refused(alice.call(createChannel, unknown), NotFound, "channel.peer-exists");
});

test("a group record is registered, found and extended by its members", async (t) => {
  const { host, alice, bob, stranger } = await withAccounts(t);
  const call = { groupId: GROUP, memberKeys: [bob.key] };
  const { channelId, wasNew } = await alice.call(createChannel, call);
  assert.equal(wasNew, true);
  const found = await bob.call(createChannel, { groupId: GROUP });
  assert.deepEqual(found.channelId, channelId);
  assert.equal(found.wasNew, false);
  const own = { groupId: GROUP, memberKeys: [stranger.key] };
  await refused(stranger.call(createChannel, own), Status.Forbidden, "channel.group-stranger");
  await refused(
    stranger.call(createChannel, { groupId: GROUP }),
    Status.Forbidden,
    "channel.group-stranger",
  );
  await bob.call(createChannel, own);
  const all = [alice, bob, stranger].map(({ key }) => key);
  const standings = await host.stores.channels.standings(channelId, all);
  assert.deepEqual(standings, ["member", "member", "member"]);
});

test("everybody in the record hears of every key that is added", async (t) => {
  const { host, alice, bob, stranger } = await withAccounts(t);
  await alice.call(createChannel, { groupId: GROUP, memberKeys: [bob.key, bob.key] });
  await bob.call(createChannel, { groupId: GROUP, memberKeys: [alice.key, stranger.key] });
  const { ADDED } = MembershipChange;
  const about = (to: HostUser, member: HostUser) => ({
    to: to.key[0],
    groupId: GROUP,
    member: member.key[0],
    change: ADDED,
  });
  assert.deepEqual(changesPushed(host), [
    about(alice, bob),
    about(bob, bob),
    about(alice, stranger),
    about(bob, stranger),
    about(stranger, stranger),
  ]);
});

test("of very many keys each hears at least of itself, and the events stay few", async (t) => {
  const { host, alice } = await withAccounts(t);
  const memberKeys = keysOf(LIMITS.groupMembers.value - 1);
  await alice.call(createChannel, { groupId: GROUP, memberKeys });
  assert.ok(host.pushed.length <= 3000, `${host.pushed.length} pushes`);
  const told = new Set(host.pushed.map(({ to }) => Buffer.from(to).toString("hex")));
  assert.equal(told.size, LIMITS.groupMembers.value);
});

test("a record has 1,000 members at most, and a call names no more", async (t) => {
  const { alice } = await withAccounts(t);
  const most = LIMITS.groupMembers.value;
  const full = { groupId: GROUP, memberKeys: keysOf(most) };
  await refused(alice.call(createChannel, full), Status.BadRequest, "channel.group-limit");
  const long = { groupId: GROUP, memberKeys: Array(most + 1).fill(alice.key) };
  await refused(alice.call(createChannel, long), Status.BadRequest, "channel.group-limit");
  const fits = { groupId: GROUP, memberKeys: Array(most).fill(alice.key) };
  assert.equal((await alice.call(createChannel, fits)).wasNew, true);
});

/** withAccounts opens a host where Alice and Bob have accounts and the stranger has none. */
async function withAccounts(t: TestContext) {
  const host = await openHost(t);
  const [alice, bob, stranger] = [await host.user(1), await host.user(2), await host.user(3)];
  for (const user of [alice, bob]) await register(host, user);
  return { host, alice, bob, stranger };
}

async function register({ stores, clock }: Host, { key }: HostUser): Promise<void> {
  const user = { username: `user-${key[0]}`, record: new Uint8Array(192), identityKey: key };
  await stores.users.register(user, new Uint8Array(32), clock.now());
}
