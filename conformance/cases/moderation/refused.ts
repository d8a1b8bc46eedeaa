// Bans that cannot be set (spec/services/moderation.md; I-07, C-113).

import { Status } from "../../../src/registry/statuses.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { readInbox } from "../auth/steps.ts";
import { bystander } from "../bystander.ts";
import { channelOf, sendOn } from "../channel/steps.ts";
import { isStatus } from "../checks.ts";
import { askBan, bansOn, isSuccess, moderationCase, unban } from "./steps.ts";

const TABLE_CASE = "methods.table.421-ban-user";

/** 1,024 bytes of UTF-8 in 512 characters. */
const LONGEST_REASON = "é".repeat(512);

export const refusedCases: readonly Case[] = [
  // On a server of its own: whoever has banned its administrator has nobody left for the other cases.
  moderationCase({
    id: "moderation.not-self.administrator",
    rules: ["moderation.not-self"],
    twin: TABLE_CASE,
    server: {},
    sends: "a server-wide ban by an administrator on its own key",
    expects: "BadRequest; its session lives",
    checks: ["answer", "not-banned"],
    async run(t) {
      const admin = await t.admin();
      t.refused(await askBan(admin, admin.key), Status.BadRequest);
      isStatus(t, "not-banned", await readInbox(admin, admin.key), Status.Ok);
    },
  }),

  moderationCase({
    id: "moderation.not-self.creator",
    rules: ["moderation.not-self"],
    twin: "moderation.ban-right.creator",
    features: ["channel"],
    sends: "a channel ban by the creator on its own key",
    expects: "BadRequest; the creator sends on",
    checks: ["answer", "not-banned"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const channelId = await channelOf(alice, bob);
      t.refused(await askBan(alice, alice.key, { channelId }), Status.BadRequest);
      isStatus(t, "not-banned", await sendOn(channelId, alice, bob, "one"), Status.Ok);
    },
  }),

  moderationCase({
    id: "moderation.unknown.key",
    rules: ["moderation.unknown"],
    twin: TABLE_CASE,
    sends: "a server-wide ban on a key that nobody registered, then UnbanUser of it",
    expects: "NotFound, then success = false",
    checks: ["answer", "not-banned"],
    async run(t) {
      const [admin, key] = [await t.admin(), newIdentityKey()];
      t.refused(await askBan(admin, key), Status.NotFound);
      isSuccess(t, "not-banned", await unban(admin, key), false);
    },
  }),

  moderationCase({
    id: "moderation.unknown.channel",
    rules: ["moderation.unknown"],
    twin: "moderation.ban-right.administrator",
    features: ["channel"],
    sends: "a channel ban by an administrator for a channel that nobody opened",
    expects: "NotFound, and no ban in its list",
    checks: ["answer", "not-banned"],
    async run(t) {
      const [admin, key, channelId] = [await t.admin(), await bystander(t), t.bytes(16)];
      t.refused(await askBan(admin, key, { channelId }), Status.NotFound);
      const { length } = await bansOn(admin, channelId);
      t.check("not-banned", length === 0, { expected: "no ban", got: `${length} bans` });
    },
  }),

  moderationCase({
    id: "moderation.unknown.key-on-channel",
    rules: ["moderation.unknown"],
    twin: "moderation.ban-right.creator",
    features: ["channel"],
    sends: "a channel ban by the creator on a key that nobody registered",
    expects: "NotFound",
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const channelId = await channelOf(alice, bob);
      t.refused(await askBan(alice, newIdentityKey(), { channelId }), Status.NotFound);
    },
  }),

  moderationCase({
    id: "moderation.reason-length.maximum",
    rules: ["moderation.reason-length"],
    features: ["channel"],
    errata: ["C-113"],
    sends: "a channel ban with a reason of 512 characters in 1,024 bytes, then ListBanned",
    expects: "Ok, and the reason unchanged",
    checks: ["answer", "reason"],
    async run(t) {
      const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.user()];
      const channelId = await channelOf(alice, bob);
      const terms = { channelId, reason: LONGEST_REASON };
      t.status(await askBan(alice, bob.key, terms), Status.Ok);
      const [entry] = await bansOn(admin, channelId);
      t.check("reason", entry?.reason === LONGEST_REASON, {
        expected: "512 characters",
        got: `${entry?.reason.length} characters`,
      });
    },
  }),

  moderationCase({
    id: "moderation.reason-length.one-more",
    rules: ["moderation.reason-length"],
    twin: "moderation.reason-length.maximum",
    features: ["channel"],
    errata: ["C-113"],
    sends: "a channel ban with a reason of 1,025 bytes",
    expects: "BadRequest; the member sends on",
    checks: ["answer", "not-banned"],
    async run(t) {
      await t.admin(); // without one its twin cannot run
      const [alice, bob] = [await t.newUser(), await t.user()];
      const channelId = await channelOf(alice, bob);
      const terms = { channelId, reason: `${LONGEST_REASON}x` };
      t.refused(await askBan(alice, bob.key, terms), Status.BadRequest);
      isStatus(t, "not-banned", await sendOn(channelId, bob, alice, "one"), Status.Ok);
    },
  }),
];
