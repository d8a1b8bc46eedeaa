// The messages of 400 as bytes, laid out by hand (spec/services/channel.md, Messages).

import { ChannelService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import { answersWith, bytesField } from "../message-bytes.ts";
import { channelCase, channelOf, groupCase, groupOf, newGroupId, openGroup } from "./steps.ts";

const { createChannel } = ChannelService.method;
/** Field 2 with 1: was_new. */
const WAS_NEW = Uint8Array.of(0x10, 1);

export const messageCases: readonly Case[] = [
  channelCase({
    id: "channel.messages.known-pair",
    rules: ["channel.messages"],
    sends: "method 400 for a pair with a channel: peer_key as field 1",
    expects: "Ok with the channel_id as field 1 and nothing else",
    checks: ["answer", "payload"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const channelId = await channelOf(alice, bob);
      await answersWith(
        t,
        alice,
        createChannel,
        [bytesField(1, bob.key)],
        [bytesField(1, channelId)],
      );
    },
  }),

  channelCase({
    id: "channel.messages.new-pair",
    rules: ["channel.messages"],
    sends: "method 400 for a pair without a channel: peer_key as field 1",
    expects: "Ok with 16 bytes as field 1 and true as field 2",
    checks: ["answer", "payload"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.newUser()];
      const answer = await alice.call(createChannel, { peerKey: bob.key });
      t.status(answer, Status.Ok);
      isNewChannel(t, answer.payload);
    },
  }),

  groupCase({
    id: "channel.messages.new-group",
    rules: ["channel.messages"],
    sends: "method 400 for a new record: group_id as field 2, two member_keys as field 3",
    expects: "Ok with 16 bytes as field 1 and true as field 2, and both keys find the channel",
    checks: ["answer", "payload", "bob", "carol"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const groupId = newGroupId();
      const fields = [bytesField(2, groupId), bytesField(3, bob.key), bytesField(3, carol.key)];
      const body = Buffer.concat(fields);
      const answer = await alice.call(createChannel, {}, { append: body });
      t.status(answer, Status.Ok);
      isNewChannel(t, answer.payload);
      for (const [check, user] of [
        ["bob", bob],
        ["carol", carol],
      ] as const) {
        const found = await openGroup(user, groupId);
        t.check(check, found.status === Status.Ok, {
          expected: "a member",
          got: `status ${found.status}`,
        });
      }
    },
  }),

  groupCase({
    id: "channel.messages.known-group",
    rules: ["channel.messages"],
    sends: "method 400 for a registered record: group_id as field 2",
    expects: "Ok with the channel_id as field 1 and nothing else",
    checks: ["answer", "payload"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { groupId, channelId } = await groupOf(alice, bob);
      await answersWith(
        t,
        bob,
        createChannel,
        [bytesField(2, groupId)],
        [bytesField(1, channelId)],
      );
    },
  }),
];

function isNewChannel(t: Trial, payload: Uint8Array): void {
  const expected = Buffer.concat([bytesField(1, payload.subarray(2, 18)), WAS_NEW]);
  t.check("payload", Buffer.compare(payload, expected) === 0, {
    expected: "0a10, 16 bytes, 1001",
    got: spell(payload),
  });
}
