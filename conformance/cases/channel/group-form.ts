// The group form of 400: registering, extending and finding a group record (spec/services/channel.md;
// C-55, C-59).

import { ChannelService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { isListed, listed } from "../group/steps.ts";
import {
  batchOn,
  groupCase,
  groupOf,
  holdsOn,
  isSame,
  lookOn,
  newGroupId,
  openGroup,
  putOn,
  sendOn,
} from "./steps.ts";

const { createChannel } = ChannelService.method;
const CREATE = "channel.group-create.three";
const AT_ONCE = 50;

export const groupFormCases: readonly Case[] = [
  groupCase({
    id: CREATE,
    rules: ["channel.group-create", "channel.id-length"],
    sends: "CreateChannel with a new group_id and two member_keys; messages among the three",
    expects: "Ok with 16 bytes and was_new, and every message arrives on the channel",
    checks: ["answer", "id", "was-new", "alice", "bob", "carol"],
    tier: "smoke",
    errata: ["C-55", "C-59"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const answer = await openGroup(alice, newGroupId(), [bob, carol]);
      t.status(answer, Status.Ok);
      const { channelId, wasNew } = answer.message();
      t.check("id", channelId.length === 16, {
        expected: "16 bytes",
        got: `${channelId.length} bytes`,
      });
      t.check("was-new", wasNew, { expected: "was_new", got: "not" });
      await putOn(channelId, alice, bob, "a to b");
      await putOn(channelId, bob, carol, "b to c");
      await putOn(channelId, carol, alice, "c to a");
      await holdsOn(t, "alice", channelId, alice, ["c to a"]);
      await holdsOn(t, "bob", channelId, bob, ["a to b"]);
      await holdsOn(t, "carol", channelId, carol, ["b to c"]);
    },
  }),

  groupCase({
    id: "channel.group-create.batch",
    rules: ["channel.group-create", "channel.batch-members"],
    sends: "a batch of one member for the other two on the channel of the group",
    expects: "Ok, and the message for both",
    checks: ["answer", "bob", "carol"],
    errata: ["I-18"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { channelId } = await groupOf(alice, bob, carol);
      t.status(await batchOn(channelId, alice, [bob, carol], "all"), Status.Ok);
      await holdsOn(t, "bob", channelId, bob, ["all"]);
      await holdsOn(t, "carol", channelId, carol, ["all"]);
    },
  }),

  groupCase({
    id: "channel.group-create.admits-exactly",
    rules: ["channel.group-create", "delivery.channel-members"],
    twin: CREATE,
    sends: "messages to, from and a Peek of a user whom nobody named, on the channel of a group",
    expects: "Forbidden or NotFound each time, and nothing arrives",
    checks: ["answer", "from", "peek", "bob"],
    errata: ["C-58", "I-18"],
    async run(t) {
      const [alice, bob, dave] = [await t.user(), await t.user(), await t.user()];
      const { channelId } = await groupOf(alice, bob);
      const hidden = [Status.Forbidden, Status.NotFound];
      t.refused(await sendOn(channelId, alice, dave, "secret"), hidden);
      t.refused(await sendOn(channelId, dave, bob, "spam"), hidden, "from");
      t.refused(await lookOn(channelId, dave), hidden, "peek");
      await holdsOn(t, "bob", channelId, bob, []);
    },
  }),

  groupCase({
    id: "channel.group-create.two-groups",
    rules: ["channel.group-create", "delivery.channel-separate"],
    sends: "two groups of the same two users, and a message in one",
    expects: "two channels; the message is in the one only",
    checks: ["first", "second"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const [first, second] = [await groupOf(alice, bob), await groupOf(alice, bob)];
      await putOn(first.channelId, alice, bob, "here");
      await holdsOn(t, "first", first.channelId, bob, ["here"]);
      await holdsOn(t, "second", second.channelId, bob, []);
    },
  }),

  groupCase({
    id: "channel.group-create.named-twice",
    rules: ["channel.group-create"],
    sends: "CreateChannel with a new group_id whose member_keys name the caller, and one key twice",
    expects: "Ok, and each is listed once",
    checks: ["answer", "listed"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const groupId = newGroupId();
      t.status(await openGroup(alice, groupId, [bob, alice, bob]), Status.Ok);
      isListed(t, "listed", await listed(alice, groupId), [alice, bob]);
    },
  }),

  groupCase({
    id: "channel.group-create.parallel",
    rules: ["channel.group-create"],
    sends: `the same registration ${AT_ONCE} times at once, from the members in turn`,
    expects: "one channel_id in all Ok answers, was_new in one, and no second record",
    checks: ["one-ok", "one-id", "one-new"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const groupId = newGroupId();
      const calls = Array.from({ length: AT_ONCE }, (_, n) =>
        n % 2 === 0 ? openGroup(alice, groupId, [bob]) : openGroup(bob, groupId, [alice]),
      );
      const good = (await Promise.all(calls)).filter(({ status }) => status === Status.Ok);
      t.check("one-ok", good.length === AT_ONCE, { expected: "Ok to all", got: `${good.length}` });
      const messages = good.map((answer) => answer.message());
      const ids = new Set(messages.map(({ channelId }) => Buffer.from(channelId).toString("hex")));
      t.check("one-id", ids.size === 1, { expected: "one ID", got: `${ids.size}` });
      const news = messages.filter(({ wasNew }) => wasNew).length;
      t.check("one-new", news === 1, { expected: "was_new once", got: `${news} times` });
    },
  }),

  groupCase({
    id: "channel.group-add.by-member",
    rules: ["channel.group-add"],
    sends: "CreateChannel of a member who is not the creator, with the key of a fourth user",
    expects: "Ok with the same channel_id and no was_new; the fourth sends and receives",
    checks: ["answer", "same", "was-new", "dave", "alice", "listed"],
    errata: ["C-59"],
    async run(t) {
      const [alice, bob, dave] = [await t.user(), await t.user(), await t.user()];
      const { groupId, channelId } = await groupOf(alice, bob);
      const answer = await openGroup(bob, groupId, [dave]);
      t.status(answer, Status.Ok);
      isSame(t, "same", answer.message().channelId, channelId);
      t.check("was-new", !answer.message().wasNew, { expected: "false", got: "true" });
      await putOn(channelId, alice, dave, "welcome");
      await putOn(channelId, dave, alice, "thanks");
      await holdsOn(t, "dave", channelId, dave, ["welcome"]);
      await holdsOn(t, "alice", channelId, alice, ["thanks"]);
      isListed(t, "listed", await listed(dave, groupId), [alice, bob, dave]);
    },
  }),

  groupCase({
    id: "channel.group-add.known-again",
    rules: ["channel.group-add"],
    sends: "CreateChannel with a member and a new key among the member_keys",
    expects: "Ok, and each is listed once",
    checks: ["answer", "listed"],
    async run(t) {
      const [alice, bob, dave] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob);
      t.status(await openGroup(alice, groupId, [bob, dave]), Status.Ok);
      isListed(t, "listed", await listed(alice, groupId), [alice, bob, dave]);
    },
  }),

  groupCase({
    id: "channel.group-add.by-nothing-else",
    rules: ["channel.group-add", "channel.group-stranger"],
    twin: "channel.group-add.by-member",
    sends: "the messages and the CreateChannel of a pair, one of whom is in the group",
    expects: "the other one is no member of the group for it",
    checks: ["answer", "listed"],
    async run(t) {
      const [alice, bob, dave] = [await t.user(), await t.user(), await t.user()];
      const group = await groupOf(alice, bob);
      await alice.call(createChannel, { peerKey: dave.key });
      t.refused(await openGroup(dave, group.groupId), Status.Forbidden);
      isListed(t, "listed", await listed(alice, group.groupId), [alice, bob]);
    },
  }),

  groupCase({
    id: "channel.group-stranger.adds-itself",
    rules: ["channel.group-stranger", "channel.group-add", "delivery.channel-members"],
    twin: "channel.group-add.by-member",
    sends: "CreateChannel with a registered group_id from a stranger who names itself",
    expects: "Forbidden, and the stranger is no member: it is not listed and cannot send",
    checks: ["answer", "listed", "sends"],
    errata: ["C-59"],
    async run(t) {
      const [alice, bob, dave] = [await t.user(), await t.user(), await t.user()];
      const { groupId, channelId } = await groupOf(alice, bob);
      t.refused(await openGroup(dave, groupId, [dave]), Status.Forbidden);
      isListed(t, "listed", await listed(alice, groupId), [alice, bob]);
      const sent = await sendOn(channelId, dave, bob, "spam");
      t.refused(sent, [Status.Forbidden, Status.NotFound], "sends");
    },
  }),

  groupCase({
    id: "channel.group-stranger.adds-another",
    rules: ["channel.group-stranger"],
    twin: "channel.group-add.by-member",
    sends: "CreateChannel with a registered group_id from a stranger who names a third user",
    expects: "Forbidden, and nobody is added",
    checks: ["answer", "listed"],
    errata: ["C-59"],
    async run(t) {
      const [alice, dave, eve] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice);
      t.refused(await openGroup(dave, groupId, [eve]), Status.Forbidden);
      isListed(t, "listed", await listed(alice, groupId), [alice]);
    },
  }),

  groupCase({
    id: "channel.group-stranger.asks-for-the-channel",
    rules: ["channel.group-stranger"],
    twin: "channel.group-find.member",
    sends: "CreateChannel with a registered group_id and no member_keys, from a stranger",
    expects: "Forbidden: who knows the group_id does not learn the channel_id",
    async run(t) {
      const [alice, dave] = [await t.user(), await t.user()];
      const { groupId } = await groupOf(alice);
      t.refused(await openGroup(dave, groupId), Status.Forbidden);
    },
  }),

  groupCase({
    id: "channel.group-find.member",
    rules: ["channel.group-find"],
    sends: "CreateChannel with a registered group_id and no member_keys, from a member",
    expects: "Ok with the channel_id, no was_new, and the same members as before",
    checks: ["answer", "same", "was-new", "listed"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { groupId, channelId } = await groupOf(alice, bob);
      const answer = await openGroup(bob, groupId);
      t.status(answer, Status.Ok);
      isSame(t, "same", answer.message().channelId, channelId);
      t.check("was-new", !answer.message().wasNew, { expected: "false", got: "true" });
      isListed(t, "listed", await listed(alice, groupId), [alice, bob]);
    },
  }),
];
