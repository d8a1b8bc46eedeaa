// Event 1003 about changes of a group record (spec/events.md, Other events; C-19).

import { MembershipChange } from "../../../src/gen/qpc/v1/push_pb.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case, CaseSpec } from "../../judge/case.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { added, channelOf, groupCase, groupOf, openGroup, putOn } from "../channel/steps.ts";
import { put } from "../delivery/inbox.ts";
import { removal, removed } from "../group/steps.ts";
import { bytesField, numberField } from "../message-bytes.ts";
import { type Change, changeArrives, changesOf } from "./membership-events.ts";
import { announcement, EVENT_MS, readNewMessage } from "./received.ts";

const { ADDED, REMOVED } = MembershipChange;
const MEMBERSHIP = 1003;

export const membershipCases: readonly Case[] = [
  membershipCase({
    id: "events.membership.registered",
    rules: ["events.membership"],
    sends: "the registration of a group record with two member keys",
    expects: "event 1003 with ADDED for each of the two, about itself and about the other",
    checks: ["bob", "carol", "bob-of-carol", "carol-of-bob"],
    tier: "smoke",
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      await changeArrives(t, "bob", bob.peer, about(groupId, bob, ADDED));
      await changeArrives(t, "carol", carol.peer, about(groupId, carol, ADDED));
      await changeArrives(t, "bob-of-carol", bob.peer, about(groupId, carol, ADDED));
      await changeArrives(t, "carol-of-bob", carol.peer, about(groupId, bob, ADDED));
    },
  }),

  membershipCase({
    id: "events.membership.added",
    rules: ["events.membership"],
    sends: "the addition of a key to a group record by a member",
    expects: "event 1003 with ADDED for the new member and for the other old one",
    checks: ["dave", "alice"],
    async run(t) {
      const [alice, bob, dave] = [await t.user(), await t.user(), await t.user()];
      const group = await groupOf(alice, bob);
      await added(bob, group, dave);
      await changeArrives(t, "dave", dave.peer, about(group.groupId, dave, ADDED));
      await changeArrives(t, "alice", alice.peer, about(group.groupId, dave, ADDED));
    },
  }),

  membershipCase({
    id: "events.membership.removed",
    rules: ["events.membership"],
    sends: "the removal of a member by another",
    expects: "event 1003 with REMOVED and the key, for the third member",
    checks: ["carol"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      await removed(alice, groupId, bob);
      await changeArrives(t, "carol", carol.peer, about(groupId, bob, REMOVED));
    },
  }),

  membershipCase({
    id: "events.membership.left",
    rules: ["events.membership"],
    sends: "the removal of a member by itself",
    expects: "event 1003 with REMOVED and its key, for both others",
    checks: ["alice", "carol"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      await removed(bob, groupId, bob);
      await changeArrives(t, "alice", alice.peer, about(groupId, bob, REMOVED));
      await changeArrives(t, "carol", carol.peer, about(groupId, bob, REMOVED));
    },
  }),

  membershipCase({
    id: "events.membership.every-connection",
    rules: ["events.membership", "events.receivers"],
    sends: "the removal of a member while the third has a second connection",
    expects: "the event on both connections",
    checks: ["first", "second"],
    errata: ["I-11"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      const second = await t.logIn(carol.account);
      await removed(alice, groupId, bob);
      await changeArrives(t, "first", carol.peer, about(groupId, bob, REMOVED));
      await changeArrives(t, "second", second.peer, about(groupId, bob, REMOVED));
    },
  }),

  membershipCase({
    id: "events.membership.nobody-else",
    rules: ["events.membership"],
    sends: "a registration, an addition and a removal; a stranger is connected too",
    expects: "no event about the group for the stranger",
    checks: ["stranger"],
    async run(t) {
      const [alice, bob, carol, dave] = [
        await t.user(),
        await t.user(),
        await t.user(),
        await t.user(),
      ];
      const group = await groupOf(alice, bob);
      await added(alice, group, carol);
      await removed(alice, group.groupId, bob);
      await settled(t, alice, dave);
      hasCount(t, "stranger", dave, group.groupId, 0);
    },
  }),

  membershipCase({
    id: "events.membership.former-member",
    rules: ["events.membership"],
    sends: "the removal of a member, and then that of another",
    expects: "no event about the second removal for the first member",
    checks: ["bob"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      await removed(alice, groupId, bob);
      await removed(alice, groupId, carol);
      await settled(t, alice, bob);
      const about = changesOf(t, bob.peer, groupId).filter(
        ({ change, memberKey }) => change === REMOVED && Buffer.compare(memberKey, carol.key) === 0,
      );
      t.check("bob", about.length === 0, { expected: "no event", got: `${about.length}` });
    },
  }),

  membershipCase({
    id: "events.membership.no-change",
    rules: ["events.membership"],
    sends: "calls that change nothing: a known key added, an absent one removed, a stranger's call",
    expects: "no event beside that of the registration",
    checks: ["bob"],
    severity: "SHOULD",
    async run(t) {
      const [alice, bob, dave] = [await t.user(), await t.user(), await t.user()];
      const group = await groupOf(alice, bob);
      await added(alice, group, bob);
      demandOk(await removal(alice, group.groupId, dave), "RemoveMember");
      await openGroup(dave, group.groupId, [dave]);
      await settled(t, alice, bob);
      hasCount(t, "bob", bob, group.groupId, 1);
    },
  }),

  membershipCase({
    id: "events.membership.bare",
    rules: ["events.bare-payload", "events.membership"],
    when: { "push-payload": ["bare"] },
    sends: "the removal of a member",
    expects: "group_id as field 1, member_key as field 2, change 2 as field 3, and nothing else",
    checks: ["payload"],
    errata: ["C-18"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      await removed(alice, groupId, bob);
      const expected = Buffer.concat([
        bytesField(1, groupId),
        bytesField(2, bob.key),
        numberField(3, REMOVED),
      ]);
      const event = await carol.peer.events.find(
        ({ eventType, payload }) =>
          eventType === MEMBERSHIP && Buffer.compare(payload, expected) === 0,
        EVENT_MS,
      );
      const all = carol.peer.events.all().map(({ payload }) => spell(payload));
      t.check("payload", event !== undefined, {
        expected: spell(expected),
        got: all.join(", ") || "no event",
      });
    },
  }),

  membershipCase({
    id: "events.new-message.on-channel",
    rules: ["events.new-message-fields", "events.new-message"],
    sends: "a message on the channel of two",
    expects: "event 1000 that names the channel",
    checks: ["channel"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const channelId = await channelOf(alice, bob);
      await putOn(channelId, alice, bob, "hello");
      const event = await bob.peer.events.find((received) => {
        const message = readNewMessage(t, received);
        return message !== undefined && Buffer.compare(message.channelId, channelId) === 0;
      }, EVENT_MS);
      t.check("channel", event !== undefined, {
        expected: "an event with the channel_id",
        got: `${bob.peer.events.all().length} other events`,
      });
    },
  }),
];

function membershipCase(spec: CaseSpec): Case {
  const when = { push: ["on"], ...spec.when };
  return groupCase({ errata: ["C-19"], ...spec, features: ["push"], when });
}

function about(groupId: Uint8Array, { key }: User, change: MembershipChange): Change {
  return { groupId, memberKey: key, change };
}

// What was sent before a later event has arrived when that has.
async function settled(t: Trial, sender: User, user: User): Promise<void> {
  const { seq } = await put(sender, user, "marker");
  await announcement(t, user.peer, user.key, seq);
}

function hasCount(t: Trial, check: string, user: User, groupId: Uint8Array, most: number): void {
  const count = changesOf(t, user.peer, groupId).length;
  t.check(check, count === most, { expected: `${most} events`, got: `${count}` });
}
