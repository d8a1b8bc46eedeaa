// Methods 410 to 413: spec/services/group.md; C-59 to C-61, I-18.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ChannelService, GroupService } from "../gen/qpc/v1/methods_pb.ts";
import { MembershipChange } from "../gen/qpc/v1/push_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import { type HostUser, openHost, refused } from "./contract/host.ts";
import { changesPushed, keysOf } from "./contract/membership.ts";

const { createChannel } = ChannelService.method;
const { removeMember, updateGroupMetadata, listGroupMembers, rotateKeys } = GroupService.method;
const GROUP = new Uint8Array(32).fill(0x66);
const { REMOVED, KEYS_ROTATED } = MembershipChange;

const CALLS: readonly ((user: HostUser, groupId: Uint8Array) => Promise<unknown>)[] = [
  (user, groupId) => user.call(removeMember, { groupId, memberKey: user.key }),
  (user, groupId) => user.call(updateGroupMetadata, { groupId, name: "x" }),
  (user, groupId) => user.call(listGroupMembers, { groupId }),
  (user, groupId) => user.call(rotateKeys, { groupId }),
];

test("the methods are for members, and for records that exist", async (t) => {
  const { alice, dave } = await groupOfThree(t);
  const nowhere = new Uint8Array(32).fill(0x67);
  for (const call of CALLS) {
    await refused(call(dave, GROUP), Status.Forbidden, "group.members-only");
    await refused(call(alice, nowhere), Status.NotFound, "group.no-record");
  }
});

test("a member removes another, or itself; who is none cannot be removed", async (t) => {
  const { host, alice, bob, carol, dave } = await groupOfThree(t);
  const remove = async (by: HostUser, member: HostUser) => {
    const request = { groupId: GROUP, memberKey: member.key };
    return (await by.call(removeMember, request)).removed;
  };
  assert.equal(await remove(alice, dave), false);
  assert.equal(await remove(bob, alice), true);
  assert.equal(await remove(bob, alice), false);
  assert.equal(await remove(carol, carol), true);
  await refused(remove(carol, bob), Status.Forbidden, "group.members-only");
  const about = (to: HostUser, member: HostUser) => ({
    to: to.key[0],
    groupId: GROUP,
    member: member.key[0],
    change: REMOVED,
  });
  assert.deepEqual(
    changesPushed(host).filter(({ change }) => change === REMOVED),
    [
      about(bob, alice),
      about(carol, alice),
      about(alice, alice),
      about(bob, carol),
      about(carol, carol),
    ],
  );
  assert.equal(await remove(bob, bob), true);
  await refused(remove(bob, bob), Status.NotFound, "group.no-record");
});

test("a field that is absent stays, one that is empty is a value", async (t) => {
  const { alice, bob } = await groupOfThree(t);
  const describe = async (change: object) => {
    const request = { groupId: GROUP, ...change };
    return (await bob.call(updateGroupMetadata, request)).revision;
  };
  assert.equal(await describe({ name: "a", settings: new Uint8Array(3) }), 1n);
  assert.equal(await describe({ description: "b" }), 2n);
  assert.equal(await describe({ name: "a", settings: new Uint8Array(3) }), 2n);
  assert.equal(await describe({ name: "" }), 3n);
  const again = await alice.call(updateGroupMetadata, { groupId: GROUP });
  assert.equal(again.revision, 3n);
});

test("the list has every member once, whatever the page", async (t) => {
  const { alice, bob, carol } = await groupOfThree(t);
  const list = async (limit: number, after: Uint8Array = new Uint8Array(0)) => {
    const request = { groupId: GROUP, limit, afterKey: after };
    const { members } = await alice.call(listGroupMembers, request);
    return members.map(({ identityKey }) => Buffer.from(identityKey));
  };
  const all = [alice, bob, carol].map(({ key }) => Buffer.from(key));
  assert.deepEqual(await list(0), all);
  assert.deepEqual(await list(2), all.slice(0, 2));
  assert.deepEqual(await list(2, bob.key), all.slice(2));
  assert.deepEqual(await list(4_294_967_295), all);
});

test("a full record fits one answer", async (t) => {
  const { alice } = await groupOfThree(t);
  const memberKeys = keysOf(LIMITS.groupMembers.value - 3);
  await alice.call(createChannel, { groupId: GROUP, memberKeys });
  const { members } = await alice.call(listGroupMembers, { groupId: GROUP });
  assert.equal(members.length, LIMITS.groupMembers.value);
});

test("a rotation is announced to the others, and says to how many", async (t) => {
  const { host, bob } = await groupOfThree(t);
  assert.equal((await bob.call(rotateKeys, { groupId: GROUP })).notified, 2);
  assert.deepEqual(
    changesPushed(host).filter(({ change }) => change === KEYS_ROTATED),
    [1, 3].map((to) => ({ to, groupId: GROUP, member: undefined, change: KEYS_ROTATED })),
  );
});

/** groupOfThree registers a record of Alice, Bob and Carol. */
async function groupOfThree(t: TestContext) {
  const host = await openHost(t);
  const [alice, bob] = [await host.user(1), await host.user(2)];
  const [carol, dave] = [await host.user(3), await host.user(4)];
  const memberKeys = [bob.key, carol.key];
  await alice.call(createChannel, { groupId: GROUP, memberKeys });
  return { host, alice, bob, carol, dave };
}
