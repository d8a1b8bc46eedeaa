// Channels end at the border of a server: no remote user is a member, and no relay names one
// (spec/services/federation.md, spec/services/channel.md; C-56, C-58, I-19).

import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { batchOn, channelOf, holdsOn, openPair, sendOn } from "../channel/steps.ts";
import { acquaint, routingCase, wasRelayed } from "./steps.ts";

export const channelCases: readonly Case[] = [
  routingCase({
    id: "federation.channel.pair-with-remote-user",
    rules: ["channel.peer-exists", "federation.routing"],
    features: ["channel"],
    twin: "channel.create.other-side",
    sends: "CreateChannel with the key of a user of b.test whom the caller has resolved",
    expects: "NotFound, and no call to b.test for it",
    checks: ["answer", "relayed"],
    errata: ["C-55", "I-19"],
    async run(t) {
      const alice = await t.user();
      const bob = await acquaint(t, alice);
      t.refused(await openPair(alice, bob), Status.NotFound);
      wasRelayed(t, "relayed", bob);
    },
  }),

  routingCase({
    id: "federation.channel.to-remote-user",
    rules: ["delivery.channel-members", "federation.routing"],
    features: ["channel"],
    when: { channels: ["enforced"] },
    twin: "channel.access.both-ways",
    sends: "on a channel of two local users: a message for a user of b.test, a batch for both",
    expects: "Forbidden or NotFound to both, no relay, and nothing for the local user",
    checks: ["answer", "batch", "relayed", "local"],
    errata: ["C-58", "I-18", "I-19"],
    async run(t) {
      const [alice, carol] = [await t.user(), await t.user()];
      const bob = await acquaint(t, alice);
      const channelId = await channelOf(alice, carol);
      const refusals = [Status.Forbidden, Status.NotFound] as const;
      t.refused(await sendOn(channelId, alice, bob, "one"), refusals);
      t.refused(await batchOn(channelId, alice, [carol, bob], "two"), refusals, "batch");
      wasRelayed(t, "relayed", bob);
      await holdsOn(t, "local", channelId, carol, []);
    },
  }),
];
