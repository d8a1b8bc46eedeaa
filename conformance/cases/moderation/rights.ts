// Who may set and lift which ban, and on whom (spec/services/moderation.md; C-62, I-07).

import { ModerationService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case, CaseSpec } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { readInbox } from "../auth/steps.ts";
import { bystander } from "../bystander.ts";
import { channelOf, sendOn } from "../channel/steps.ts";
import { isStatus } from "../checks.ts";
import { askBan, askUnban, ban, bansOn, isOut, isSuccess, moderationCase } from "./steps.ts";

const { listReports, listBanned } = ModerationService.method;

const rightCase = (spec: CaseSpec): Case =>
  moderationCase({
    errata: ["C-62"],
    ...spec,
    features: ["channel", ...(spec.features ?? [])],
  });

interface Pair {
  /** Who made the channel, and the other one. */
  readonly alice: User;
  readonly bob: User;
  readonly channelId: Uint8Array;
}

/** pairOf opens a channel that no other case has: one of its two is new. */
async function pairOf(t: Trial): Promise<Pair> {
  const [alice, bob] = [await t.newUser(), await t.user()];
  return { alice, bob, channelId: await channelOf(alice, bob) };
}

export const rightCases: readonly Case[] = [
  rightCase({
    id: "moderation.ban-right.creator",
    rules: ["moderation.ban-right"],
    sends: "a channel ban by the creator of the channel on the other member, and its end",
    expects: "Ok to both; the ban was in force, and success = true lifts it",
    checks: ["answer", "in-force", "lifted"],
    async run(t) {
      const { alice, bob, channelId } = await pairOf(t);
      t.status(await askBan(alice, bob.key, { channelId }), Status.Ok);
      const { status } = await sendOn(channelId, bob, alice, "one");
      t.check("in-force", status === Status.Forbidden, { expected: "Forbidden", got: `${status}` });
      const unban = await askUnban(alice, bob.key, channelId);
      isSuccess(t, "lifted", unban.status === Status.Ok && unban.message().success, true);
    },
  }),

  rightCase({
    id: "moderation.ban-right.other-member",
    twin: "moderation.ban-right.creator",
    rules: ["moderation.ban-right"],
    sends: "a channel ban by the member who did not create the channel, on the creator",
    expects: "Forbidden; the creator sends on",
    checks: ["answer", "not-banned"],
    async run(t) {
      const { alice, bob, channelId } = await pairOf(t);
      t.refused(await askBan(bob, alice.key, { channelId }), Status.Forbidden);
      isStatus(t, "not-banned", await sendOn(channelId, alice, bob, "one"), Status.Ok);
    },
  }),

  rightCase({
    id: "moderation.ban-right.stranger",
    twin: "moderation.ban-right.creator",
    rules: ["moderation.ban-right"],
    sends: "a channel ban by a user who is no member of the channel",
    expects: "Forbidden; the member sends on",
    checks: ["answer", "not-banned"],
    async run(t) {
      const [{ alice, bob, channelId }, carol] = [await pairOf(t), await t.user()];
      t.refused(await askBan(carol, alice.key, { channelId }), Status.Forbidden);
      isStatus(t, "not-banned", await sendOn(channelId, alice, bob, "one"), Status.Ok);
    },
  }),

  rightCase({
    id: "moderation.ban-right.creator-server-wide",
    twin: "moderation.ban-right.creator",
    rules: ["moderation.ban-right"],
    sends: "a server-wide ban by the creator of a channel on its other member",
    expects: "Forbidden; the other member's session lives",
    checks: ["answer", "not-banned"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.newUser()];
      await channelOf(alice, bob);
      t.refused(await askBan(alice, bob.key), Status.Forbidden);
      isStatus(t, "not-banned", await readInbox(bob, bob.key), Status.Ok);
    },
  }),

  rightCase({
    id: "moderation.ban-right.unban-by-the-banned",
    twin: "moderation.ban-right.creator",
    rules: ["moderation.ban-right", "moderation.unban"],
    sends: "a channel ban, and UnbanUser by the banned member itself",
    expects: "Forbidden; the ban stays",
    checks: ["answer", "still-banned"],
    async run(t) {
      const { alice, bob, channelId } = await pairOf(t);
      await ban(alice, bob.key, { channelId });
      t.refused(await askUnban(bob, bob.key, channelId), Status.Forbidden);
      isStatus(t, "still-banned", await sendOn(channelId, bob, alice, "one"), Status.Forbidden);
    },
  }),

  rightCase({
    id: "moderation.ban-right.unban-server-wide",
    twin: "methods.table.422-unban-user",
    rules: ["moderation.ban-right", "moderation.unban"],
    sends: "a server-wide ban, and UnbanUser by an ordinary user",
    expects: "Forbidden; the ban stays in the list",
    checks: ["answer", "still-banned"],
    async run(t) {
      const [admin, alice, key] = [await t.admin(), await t.user(), await bystander(t)];
      await ban(admin, key);
      t.refused(await askUnban(alice, key), Status.Forbidden);
      const lifted = await askUnban(admin, key);
      isSuccess(t, "still-banned", lifted.status === Status.Ok && lifted.message().success, true);
    },
  }),

  rightCase({
    id: "moderation.ban-right.administrator",
    rules: ["moderation.ban-right"],
    sends: "a channel ban by an administrator who is no member, on the creator",
    expects: "Ok, and the creator's Enqueue there is Forbidden",
    checks: ["answer", "in-force"],
    async run(t) {
      const [admin, { alice, bob, channelId }] = [await t.admin(), await pairOf(t)];
      t.status(await askBan(admin, alice.key, { channelId }), Status.Ok);
      isStatus(t, "in-force", await sendOn(channelId, alice, bob, "one"), Status.Forbidden);
    },
  }),

  rightCase({
    id: "moderation.operator.bans",
    rules: ["moderation.operator", "moderation.ban-right"],
    when: { session: ["both", "body"] },
    sends: "with the operator token: a server-wide ban, a channel ban, UnbanUser of both",
    expects: "Ok to all, and both bans were in force",
    checks: ["answer", "session", "channel", "lifted", "lifted-on-channel"],
    errata: ["C-22", "C-62", "I-22"],
    async run(t) {
      const token = t.operatorToken();
      const peer = await t.peer();
      const operator: Pick<User, "call"> = {
        call: (method, request, options) => peer.call(method, request, { token, ...options }),
      };
      const [{ alice, bob, channelId }, carol] = [await pairOf(t), await t.newUser()];
      t.status(await askBan(operator, carol.key), Status.Ok);
      isOut(t, "session", await readInbox(carol, carol.key));
      await ban(operator, bob.key, { channelId });
      isStatus(t, "channel", await sendOn(channelId, bob, alice, "one"), Status.Forbidden);
      const lifted = await askUnban(operator, carol.key);
      isSuccess(t, "lifted", lifted.status === Status.Ok && lifted.message().success, true);
      const on = await askUnban(operator, bob.key, channelId);
      isSuccess(t, "lifted-on-channel", on.status === Status.Ok && on.message().success, true);
    },
  }),

  rightCase({
    id: "moderation.admin-only.creator",
    rules: ["moderation.admin-only"],
    twin: "methods.table.424-list-banned",
    sends: "ListBanned of a channel by its creator",
    expects: "Forbidden",
    async run(t) {
      await t.admin(); // without one its twin cannot run
      const { alice, channelId } = await pairOf(t);
      t.refused(await alice.call(listBanned, { channelId }), Status.Forbidden);
    },
  }),

  rightCase({
    id: "moderation.admin-only.appointed",
    rules: ["moderation.admin-only", "moderation.ban-right"],
    twin: "methods.table.423-list-reports",
    hooks: ["admin"],
    sends: "ListReports by a user before and after its key is made an administrator's; then a ban",
    expects: "Forbidden, then Ok, and the ban is listed",
    checks: ["answer", "after", "listed"],
    async run(t) {
      const [alice, key] = [await t.newUser(), await bystander(t)];
      t.refused(await alice.call(listReports, {}), Status.Forbidden);
      await t.hook("admin", alice.key);
      isStatus(t, "after", await alice.call(listReports, {}), Status.Ok);
      await ban(alice, key);
      const list = await bansOn(alice, new Uint8Array(0));
      t.check("listed", list.length === 1, { expected: "one ban", got: `${list.length}` });
    },
  }),
];
