// DeleteAccount: what its caller and others notice. Spec: services/account.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import {
  AccountService,
  ChannelService,
  DeliveryService,
  KeyTransparencyService,
} from "../gen/qpc/v1/methods_pb.ts";
import { PushEventType } from "../gen/qpc/v1/push_event_type_pb.ts";
import { GroupMembershipChangeSchema, MembershipChange } from "../gen/qpc/v1/push_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import { openHost, refused } from "./contract/host.ts";
import { signUp } from "./contract/people.ts";

const { deleteAccount } = AccountService.method;
const { peek, fetchWait } = DeliveryService.method;

test("the answer comes, then every session is over", async (t) => {
  const host = await openHost(t);
  await signUp(host, "alice", 1);
  const [alice, second] = [await host.user(1), await host.user(1)];
  assert.equal((await alice.call(deleteAccount)).success, true);
  for (const user of [alice, second]) {
    await refused(user.call(peek, { recipientKey: user.key }), Status.Unauthorized);
  }
  await refused(second.call(deleteAccount), Status.Unauthorized, "sessions.unauthorized");
});

test("of calls at once one deletes", async (t) => {
  const host = await openHost(t);
  await signUp(host, "alice", 1);
  const alice = await host.user(1);
  const calls = Array.from({ length: 50 }, () => alice.call(deleteAccount));
  const outcomes = await Promise.allSettled(calls);
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
});

test("a pending wait ends at once", async (t) => {
  const host = await openHost(t);
  await signUp(host, "alice", 1);
  const [alice, second] = [await host.user(1), await host.user(1)];
  const waiting = second.call(fetchWait, { recipientKey: second.key, timeoutMs: 30_000n });
  await new Promise(setImmediate);
  await alice.call(deleteAccount);
  await refused(waiting, Status.Unauthorized, "sessions.unauthorized");
});

test("the other members of its groups get event 1003, and nobody else does", async (t) => {
  const host = await openHost(t);
  for (const number of [1, 2, 3]) await signUp(host, `user ${number}`, number);
  const [alice, bob] = [await host.user(1), await host.user(2)];
  const groupId = new Uint8Array(32).fill(9);
  await bob.call(ChannelService.method.createChannel, { groupId, memberKeys: [alice.key] });
  const before = host.pushed.length;
  await alice.call(deleteAccount);
  const events = host.pushed.slice(before);
  assert.deepEqual(
    events.map(({ to, event }) => [to[0], event.eventType]),
    [[2, PushEventType.MEMBERSHIP]],
  );
  const told = fromBinary(GroupMembershipChangeSchema, events[0]?.event.payload ?? groupId);
  assert.deepEqual(told.memberKey, alice.key);
  assert.equal(told.change, MembershipChange.REMOVED);
});

test("the log gains a leaf that says user_revoked, and the name is held for 30 days", async (t) => {
  const host = await openHost(t);
  await signUp(host, "alice", 1);
  await signUp(host, "bob", 2);
  const [alice, bob] = [await host.user(1), await host.user(2)];
  await alice.call(deleteAccount);
  const { checkRevocation, auditKeyTransparency } = KeyTransparencyService.method;
  const { revoked, reason } = await bob.call(checkRevocation, { identityKey: alice.key });
  assert.deepEqual([revoked, reason], [true, "user_revoked"]);
  assert.equal((await bob.call(auditKeyTransparency)).treeSize, 3n);
  assert.equal(await signUp(host, "carol", 1), false);
  assert.equal(await signUp(host, "alice", 4), false);
  host.clock.advance(LIMITS.usernameHold.value);
  assert.equal(await signUp(host, "alice", 4), true);
});

test("the operator token is nobody's account", async (t) => {
  const host = await openHost(t, { operatorToken: "operator" });
  const trailer = Buffer.concat([Buffer.from("7a0a0a08", "hex"), Buffer.from("operator")]);
  const call = host.connect().call(deleteAccount, {}, undefined, trailer);
  await refused(call, Status.Forbidden, "sessions.operator-token");
});
