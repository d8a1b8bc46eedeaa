// What a channel ban blocks, and all that it leaves alone (spec/services/moderation.md; C-63, I-07).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case, CaseSpec } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import {
  ackOn,
  batchOn,
  channelOf,
  groupOf,
  holdsOn,
  lookOn,
  openPair,
  putOn,
  sendOn,
} from "../channel/steps.ts";
import { isStatus } from "../checks.ts";
import { fetched, holdsTexts, put } from "../delivery/inbox.ts";
import { ban, moderationCase, proveLogin, unban } from "./steps.ts";

const { fetchWait } = DeliveryService.method;

const channelBanCase = (spec: CaseSpec): Case =>
  moderationCase({ ...spec, features: ["channel", ...(spec.features ?? [])] });

/** bannedOn opens a channel of alice's with bob, on which bob is banned. */
async function bannedOn(t: Trial) {
  const [alice, bob] = [await t.newUser(), await t.user()];
  const channelId = await channelOf(alice, bob);
  await ban(alice, bob.key, { channelId });
  return { alice, bob, channelId };
}

/** calls checks the status of several calls, each under its name. */
async function calls(
  t: Trial,
  made: Readonly<Record<string, Promise<{ readonly status: number }>>>,
): Promise<void> {
  for (const [check, call] of Object.entries(made)) {
    const { status } = await call;
    t.check(check, status === Status.Ok, { expected: "Ok", got: `status ${status}` });
  }
}

export const channelBanCases: readonly Case[] = [
  channelBanCase({
    id: "moderation.channel-ban.enqueue",
    rules: ["moderation.channel-ban"],
    twin: "moderation.channel-ban.lifted",
    sends: "an Enqueue by a member who is banned on the channel",
    expects: "Forbidden, and nothing in the inbox",
    checks: ["answer", "nothing-stored"],
    tier: "smoke",
    async run(t) {
      await t.admin(); // without one its twin cannot run
      const { alice, bob, channelId } = await bannedOn(t);
      t.refused(await sendOn(channelId, bob, alice, "one"), Status.Forbidden);
      await holdsOn(t, "nothing-stored", channelId, alice, []);
    },
  }),

  channelBanCase({
    id: "moderation.channel-ban.to-itself",
    rules: ["moderation.channel-ban"],
    twin: "moderation.channel-ban.lifted",
    sends: "an Enqueue by the banned member for its own inbox on the channel",
    expects: "Forbidden",
    async run(t) {
      await t.admin(); // without one its twin cannot run
      const { bob, channelId } = await bannedOn(t);
      t.refused(await sendOn(channelId, bob, bob, "one"), Status.Forbidden);
    },
  }),

  channelBanCase({
    id: "moderation.channel-ban.batch",
    rules: ["moderation.channel-ban"],
    twin: "moderation.channel-ban.lifted",
    sends: "a BatchEnqueue by a member who is banned on the channel, for both members",
    expects: "Forbidden, and nothing in either inbox",
    checks: ["answer", "nothing-stored", "nor-for-itself"],
    async run(t) {
      await t.admin(); // without one its twin cannot run
      const { alice, bob, channelId } = await bannedOn(t);
      t.refused(await batchOn(channelId, bob, [alice, bob], "one"), Status.Forbidden);
      await holdsOn(t, "nothing-stored", channelId, alice, []);
      await holdsOn(t, "nor-for-itself", channelId, bob, []);
    },
  }),

  channelBanCase({
    id: "moderation.channel-ban.group",
    rules: ["moderation.channel-ban", "moderation.ban-right"],
    features: ["group"],
    when: { groups: ["on"] },
    twin: "moderation.channel-ban.lifted",
    sends: "a ban by the creator of a group record on its channel; Enqueues there by two members",
    expects: "Forbidden for the banned one, Ok for the other",
    checks: ["answer", "other-member"],
    async run(t) {
      await t.admin(); // without one its twin cannot run
      const [alice, bob, carol] = [await t.newUser(), await t.user(), await t.user()];
      const { channelId } = await groupOf(alice, bob, carol);
      await ban(alice, bob.key, { channelId });
      t.refused(await sendOn(channelId, bob, alice, "one"), Status.Forbidden);
      isStatus(t, "other-member", await sendOn(channelId, carol, alice, "two"), Status.Ok);
    },
  }),

  channelBanCase({
    id: "moderation.channel-ban.reads-on",
    rules: ["moderation.channel-ban"],
    sends:
      "to and by a member banned on a channel: Enqueue to it, its Peek, FetchWait and Ack there",
    expects: "Ok to all, and the message that the other member sent",
    checks: ["to-it", "wait", "message", "ack", "other-member"],
    async run(t) {
      const { alice, bob, channelId } = await bannedOn(t);
      await calls(t, { "to-it": sendOn(channelId, alice, bob, "one") });
      const wait = { recipientKey: bob.key, channelId, timeoutMs: 100n };
      await calls(t, { wait: bob.call(fetchWait, wait) });
      const sent = await putOn(channelId, alice, bob, "two");
      const texts = t.profile.fetch === "drain" ? ["two"] : ["one", "two"];
      await holdsOn(t, "message", channelId, bob, texts);
      await calls(t, { ack: ackOn(channelId, bob, sent.seq) });
      await calls(t, { "other-member": lookOn(channelId, alice) });
    },
  }),

  channelBanCase({
    id: "moderation.channel-ban.elsewhere",
    rules: ["moderation.channel-ban"],
    sends:
      "by a member banned on a channel: Enqueues without a channel and on another one, a login",
    expects: "Ok to all: the session lives, and other channels are open",
    checks: ["other-channel", "own-channel", "message", "login"],
    async run(t) {
      const [{ alice, bob }, carol] = [await bannedOn(t), await t.user()];
      const other = await channelOf(carol, bob);
      await calls(t, { "other-channel": sendOn(other, bob, carol, "one") });
      await calls(t, { "own-channel": openPair(bob, carol) });
      await put(bob, alice, "two");
      holdsTexts(t, "message", await fetched(alice), ["two"]);
      isStatus(t, "login", await proveLogin(t, bob), Status.Ok);
    },
  }),

  channelBanCase({
    id: "moderation.channel-ban.lifted",
    rules: ["moderation.unban", "moderation.channel-ban"],
    sends: "a channel ban, UnbanUser without the channel, then with it; an Enqueue there",
    expects: "success = false, then true; Ok, without a new login",
    checks: ["without", "with", "answer", "message"],
    async run(t) {
      const [admin, { alice, bob, channelId }] = [await t.admin(), await bannedOn(t)];
      const unbanned = async (
        check: string,
        channel: Uint8Array | undefined,
        expected: boolean,
      ) => {
        const success = await unban(admin, bob.key, channel);
        t.check(check, success === expected, { expected: `${expected}`, got: `${success}` });
      };
      await unbanned("without", undefined, false);
      await unbanned("with", channelId, true);
      t.status(await sendOn(channelId, bob, alice, "one"), Status.Ok);
      await holdsOn(t, "message", channelId, alice, ["one"]);
    },
  }),
];
