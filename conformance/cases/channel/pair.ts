// Channels of two: one per pair, the same for both sides (spec/services/channel.md; C-55, C-56).

import { ChannelService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { channelCase, channelOf, isSame, newGroupId, opened, openPair } from "./steps.ts";

const { createChannel } = ChannelService.method;
const TWIN = "channel.create.pair";
const AT_ONCE = 50;

export const pairCases: readonly Case[] = [
  channelCase({
    id: TWIN,
    rules: ["channel.create", "channel.id-length"],
    sends: "CreateChannel with the key of a user with whom there is no channel yet",
    expects: "Ok with a channel_id of 16 bytes and was_new",
    checks: ["answer", "id", "was-new"],
    tier: "smoke",
    errata: ["C-55", "C-57"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.newUser()];
      const answer = await openPair(alice, bob);
      t.status(answer, Status.Ok);
      const { channelId, wasNew } = answer.message();
      t.check("id", channelId.length === 16, {
        expected: "16 bytes",
        got: `${channelId.length} bytes`,
      });
      isNew(t, "was-new", wasNew, true);
    },
  }),

  channelCase({
    id: "channel.id-length.every-channel",
    rules: ["channel.id-length"],
    sends: "CreateChannel for four pairs",
    expects: "16 bytes each, all different",
    checks: ["lengths", "different"],
    errata: ["C-57"],
    async run(t) {
      const [alice, bob, carol, dave] = [
        await t.user(),
        await t.user(),
        await t.user(),
        await t.user(),
      ];
      const ids = [
        await channelOf(alice, bob),
        await channelOf(alice, carol),
        await channelOf(carol, bob),
        await channelOf(dave, carol),
      ].map((id) => Buffer.from(id).toString("hex"));
      const got = ids.join(", ");
      t.check(
        "lengths",
        ids.every(({ length }) => length === 32),
        { expected: "16 bytes", got },
      );
      t.check("different", new Set(ids).size === 4, { expected: "four IDs", got });
    },
  }),

  channelCase({
    id: "channel.create.other-side",
    rules: ["channel.deterministic"],
    sends: "CreateChannel by Alice, by Bob, and by Alice again",
    expects: "the same channel_id each time, was_new the first time only",
    checks: ["bob", "again", "new-first", "new-bob", "new-again"],
    tier: "smoke",
    errata: ["C-56"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.newUser()];
      const first = await opened(alice, bob);
      const other = await opened(bob, alice);
      const again = await opened(alice, bob);
      isSame(t, "bob", other.channelId, first.channelId);
      isSame(t, "again", again.channelId, first.channelId);
      isNew(t, "new-first", first.wasNew, true);
      isNew(t, "new-bob", other.wasNew, false);
      isNew(t, "new-again", again.wasNew, false);
    },
  }),

  channelCase({
    id: "channel.create.other-side-first",
    rules: ["channel.deterministic"],
    sends: "CreateChannel by the user with the higher key and then by the other one",
    expects: "the same channel_id, was_new for the first call only",
    checks: ["same", "new-first", "new-second"],
    errata: ["C-56"],
    async run(t) {
      const users = [await t.user(), await t.newUser()] as const;
      const [low, high] = [...users].sort((a, b) => Buffer.compare(a.key, b.key));
      const first = await opened(high ?? users[0], low ?? users[1]);
      const second = await opened(low ?? users[0], high ?? users[1]);
      isSame(t, "same", second.channelId, first.channelId);
      isNew(t, "new-first", first.wasNew, true);
      isNew(t, "new-second", second.wasNew, false);
    },
  }),

  channelCase({
    id: "channel.create.parallel",
    rules: ["channel.deterministic"],
    sends: `CreateChannel ${AT_ONCE} times at once, half of them from either side`,
    expects: "one channel_id in all answers, and was_new in one of them",
    checks: ["answers", "one-id", "one-new"],
    errata: ["C-56"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.newUser()];
      const calls = Array.from({ length: AT_ONCE }, (_, n) =>
        n % 2 === 0 ? openPair(alice, bob) : openPair(bob, alice),
      );
      const answers = await Promise.all(calls);
      const good = answers.filter(({ status }) => status === Status.Ok);
      t.demand("answers", good.length === AT_ONCE, {
        expected: `${AT_ONCE} times Ok`,
        got: `${good.length}`,
      });
      const messages = good.map((answer) => answer.message());
      const ids = new Set(messages.map(({ channelId }) => Buffer.from(channelId).toString("hex")));
      t.check("one-id", ids.size === 1, { expected: "one ID", got: `${ids.size}` });
      const news = messages.filter(({ wasNew }) => wasNew).length;
      t.check("one-new", news === 1, { expected: "was_new once", got: `${news} times` });
    },
  }),

  channelCase({
    id: "channel.create.self",
    rules: ["channel.not-self"],
    twin: TWIN,
    sends: "CreateChannel with the own key as peer_key",
    expects: "BadRequest",
    errata: ["C-55"],
    async run(t) {
      const alice = await t.user();
      t.refused(await openPair(alice, alice), Status.BadRequest);
    },
  }),

  channelCase({
    id: "channel.create.unknown-peer",
    rules: ["channel.peer-exists"],
    twin: TWIN,
    sends: "CreateChannel with a key that no account has, twice",
    expects: "NotFound both times: the first call left nothing",
    checks: ["answer", "again"],
    errata: ["I-19"],
    async run(t) {
      const [alice, nobody] = [await t.user(), { key: newIdentityKey() }];
      t.refused(await openPair(alice, nobody), Status.NotFound);
      t.refused(await openPair(alice, nobody), Status.NotFound, "again");
    },
  }),

  ...[
    { slug: "both-forms", peer: true, group: true, members: false },
    { slug: "no-form", peer: false, group: false, members: false },
    { slug: "members-alone", peer: false, group: false, members: true },
  ].map(({ slug, peer, group, members }) =>
    channelCase({
      id: `channel.create.${slug}`,
      rules: ["channel.one-form"],
      twin: TWIN,
      sends: `CreateChannel with ${
        [peer && "peer_key", group && "group_id", members && "member_keys"]
          .filter(Boolean)
          .join(" and ") || "no field at all"
      }`,
      expects: "BadRequest",
      errata: ["C-55"],
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        const request = {
          ...(peer && { peerKey: bob.key }),
          ...(group && { groupId: newGroupId() }),
          ...(members && { memberKeys: [bob.key] }),
        };
        t.refused(await alice.call(createChannel, request), Status.BadRequest);
      },
    }),
  ),

  channelCase({
    id: "channel.restart.same-id",
    rules: ["channel.deterministic", "delivery.survives-restart"],
    hooks: ["restart"],
    sends: "CreateChannel; after a restart, and after a kill, CreateChannel from either side",
    expects: "the same channel_id, and not as a new one",
    checks: ["restart", "restart-new", "kill", "kill-new"],
    errata: ["C-56", "I-25"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { channelId } = await opened(alice, bob);
      await t.hook("restart");
      const second = await opened(await t.logIn(bob.account), alice);
      isSame(t, "restart", second.channelId, channelId);
      isNew(t, "restart-new", second.wasNew, false);
      await t.kill();
      const third = await opened(await t.logIn(alice.account), bob);
      isSame(t, "kill", third.channelId, channelId);
      isNew(t, "kill-new", third.wasNew, false);
    },
  }),
];

function isNew(t: Trial, check: string, got: boolean, expected: boolean): void {
  t.check(check, got === expected, { expected: `was_new ${expected}`, got: `${got}` });
}
