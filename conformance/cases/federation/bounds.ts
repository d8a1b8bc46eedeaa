// What a relay does not do: reach channels, travel on, or see who is banned (spec/services/federation.md,
// Relay; C-56, C-58, I-07, I-10, I-19).

import {
  ChannelService,
  DeliveryService,
  FederationService,
  ModerationService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { SECOND } from "../../judge/federation.ts";
import { equals } from "../checks.ts";
import { revokedUser } from "../kt/steps.ts";
import { tableCaseOf } from "../methods/table.ts";
import {
  acquaint,
  ask,
  federationCase,
  from,
  holdsInbox,
  message,
  put,
  relay,
  relayAll,
  relayed,
  routingCase,
  wasRelayed,
} from "./steps.ts";

const { relayEnqueue, relayBatchEnqueue, proxyResolveUser } = FederationService.method;

const QUEUED = tableCaseOf(methodOf(relayEnqueue));

export const boundCases: readonly Case[] = [
  federationCase({
    id: "federation.channel.unknown",
    rules: ["federation.unknown-channel"],
    twin: QUEUED,
    sends: "RelayEnqueue with a channel_id that nobody has",
    expects: "NotFound, and nothing in the default inbox",
    checks: ["answer", "inbox"],
    errata: ["C-56", "I-19"],
    async run(t) {
      const [bob, peer] = [await t.user(), await t.federation().peer()];
      const one = message(bob, "hello", { channelId: t.bytes(16) });
      t.refused(await relay(peer, one), Status.NotFound);
      await holdsInbox(t, "inbox", bob);
    },
  }),

  federationCase({
    id: "federation.channel.unknown-in-batch",
    rules: ["federation.unknown-channel"],
    twin: tableCaseOf(methodOf(relayBatchEnqueue)),
    sends: "RelayBatchEnqueue of a good message and one with a channel_id that nobody has",
    expects: "NotFound, and nothing in the default inbox",
    checks: ["answer", "inbox"],
    errata: ["I-19"],
    async run(t) {
      const [bob, peer] = [await t.user(), await t.federation().peer()];
      const batch = [message(bob, "hello"), message(bob, "hello", { channelId: t.bytes(16) })];
      t.refused(await relayAll(peer, batch), Status.NotFound);
      await holdsInbox(t, "inbox", bob);
    },
  }),

  federationCase({
    id: "federation.channel.known",
    rules: ["federation.known-channel"],
    twin: QUEUED,
    features: ["channel"],
    when: { channels: ["enforced"] },
    sends: "RelayEnqueue on the channel of Alice and Bob, for Bob",
    expects: "Forbidden, and nothing on the channel",
    checks: ["answer", "channel", "inbox"],
    errata: ["C-58"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const opened = await alice.call(ChannelService.method.createChannel, { peerKey: bob.key });
      demandOk(opened, "CreateChannel");
      const { channelId } = opened.message();
      const peer = await t.federation().peer();
      t.refused(await relay(peer, message(bob, "hello", { channelId })), Status.Forbidden);
      const { fetch } = DeliveryService.method;
      const found = await bob.call(fetch, { recipientKey: bob.key, channelId });
      demandOk(found, "Fetch");
      equals(t, "channel", found.message().payloads.length, 0);
      await holdsInbox(t, "inbox", bob);
    },
  }),

  routingCase({
    id: "federation.loop.relay",
    rules: ["federation.no-loop", "federation.unknown-user"],
    twin: QUEUED,
    sends: "RelayEnqueue and a batch from b.test for a key that a user has resolved at c.test",
    expects: "NotFound to both, and no relay to c.test",
    checks: ["answer", "batch", "relayed"],
    errata: ["I-19"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const carol = await acquaint(t, alice, SECOND);
      const peer = await t.federation().peer();
      t.refused(await relay(peer, message(carol, "hello")), Status.NotFound);
      const batch = [message(bob, "hello"), message(carol, "hello")];
      t.refused(await relayAll(peer, batch), Status.NotFound, "batch");
      wasRelayed(t, "relayed", carol);
    },
  }),

  routingCase({
    id: "federation.loop.origin-of-the-key",
    rules: ["federation.no-loop", "federation.unknown-user"],
    twin: QUEUED,
    sends: "RelayEnqueue from b.test for a key that a user has resolved at b.test",
    expects: "NotFound, and no relay back",
    checks: ["answer", "relayed"],
    errata: ["I-19"],
    async run(t) {
      const bob = await acquaint(t, await t.user());
      const peer = await t.federation().peer();
      t.refused(await relay(peer, message(bob, "hello")), Status.NotFound);
      wasRelayed(t, "relayed", bob);
    },
  }),

  routingCase({
    id: "federation.loop.resolve",
    rules: ["federation.no-loop", "federation.proxy-user"],
    twin: tableCaseOf(methodOf(proxyResolveUser)),
    sends: "ProxyResolveUser from b.test for a name with the domain c.test, where it exists",
    expects: "NotFound, and c.test is not asked",
    checks: ["answer", "asked"],
    errata: ["I-19"],
    async run(t) {
      const federation = t.federation();
      const carol = federation.remote(SECOND).newUser();
      const peer = await federation.peer();
      const request = { ...from(), username: carol.address };
      t.refused(await peer.call(proxyResolveUser, request), Status.NotFound);
      equals(t, "asked", carol.asked.length, 0);
    },
  }),

  federationCase({
    id: "federation.relay.banned-user",
    rules: ["federation.relay"],
    features: ["moderation"],
    when: { moderation: ["on"] },
    sends: "RelayEnqueue for a user who is banned from the server; then the ban is lifted",
    expects: "Ok, and the message after the next login",
    checks: ["answer", "inbox"],
    errata: ["I-07", "I-19"],
    async run(t) {
      const [admin, bob] = [await t.admin(), await t.newUser()];
      const { banUser, unbanUser } = ModerationService.method;
      const ban = { identityKey: bob.key, reason: "test" };
      demandOk(await admin.call(banUser, ban), "BanUser");
      const peer = await t.federation().peer();
      t.status(await relay(peer, message(bob, "hello")), Status.Ok);
      demandOk(await admin.call(unbanUser, { identityKey: bob.key }), "UnbanUser");
      await holdsInbox(t, "inbox", await t.logIn(bob.account), "hello");
    },
  }),

  federationCase({
    id: "federation.relay.revoked-user",
    rules: ["federation.relay"],
    features: ["kt"],
    sends: "RelayEnqueue for a user whose key is revoked",
    expects: "Ok",
    errata: ["I-10", "I-19"],
    async run(t) {
      const [bob, peer] = [await revokedUser(t), await t.federation().peer()];
      t.status(await relay(peer, message(bob, "hello")), Status.Ok);
    },
  }),

  routingCase({
    id: "federation.address.local-account",
    rules: ["federation.address"],
    sends: "the name of a user of b.test who claims the key of a local user; a message for the key",
    expects: "the message in the local inbox, no relay; and b.test can relay to the local user",
    checks: ["inbox", "relayed"],
    errata: ["I-19"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const claimant = t.federation().remote().newUser();
      claimant.key = bob.key;
      demandOk(await ask(alice, claimant.address), "ResolveUser");
      demandOk(await put(alice, bob, "local"), "Enqueue");
      await relayed(await t.federation().peer(), message(bob, "from b.test"));
      await holdsInbox(t, "inbox", bob, "local", "from b.test");
      wasRelayed(t, "relayed", claimant);
    },
  }),
];
