// Removing members (410): spec/services/group.md; C-59, I-08.

import { GroupService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { groupCase, groupOf, openGroup } from "../channel/steps.ts";
import { described, isListed, listed, page, removal, removed, rotation } from "./steps.ts";

const { updateGroupMetadata } = GroupService.method;
const REMOVE = "group.remove.other";
const AT_ONCE = 50;

export const memberCases: readonly Case[] = [
  groupCase({
    id: REMOVE,
    rules: ["group.remove"],
    sends: "RemoveMember by one member for another",
    expects: "Ok with removed = true, and the key is not listed any more",
    checks: ["answer", "removed", "listed"],
    tier: "smoke",
    errata: ["C-59"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      const answer = await removal(alice, groupId, bob);
      t.status(answer, Status.Ok);
      isRemoved(t, "removed", answer.message().removed, true);
      isListed(t, "listed", await listed(alice, groupId), [alice, carol]);
    },
  }),

  groupCase({
    id: "group.remove.creator",
    rules: ["group.remove"],
    sends: "RemoveMember by a member for the one who registered the record",
    expects: "Ok with removed = true: any member removes any member",
    checks: ["answer", "removed", "listed"],
    errata: ["C-59"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      const answer = await removal(bob, groupId, alice);
      t.status(answer, Status.Ok);
      isRemoved(t, "removed", answer.message().removed, true);
      isListed(t, "listed", await listed(bob, groupId), [bob, carol]);
    },
  }),

  groupCase({
    id: "group.remove.oneself",
    rules: ["group.remove"],
    sends: "RemoveMember by a member for itself",
    expects: "Ok with removed = true, and the key is not listed any more",
    checks: ["answer", "removed", "listed"],
    errata: ["C-59"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob);
      const answer = await removal(bob, groupId, bob);
      t.status(answer, Status.Ok);
      isRemoved(t, "removed", answer.message().removed, true);
      isListed(t, "listed", await listed(alice, groupId), [alice]);
    },
  }),

  groupCase({
    id: "group.remove.one-group-only",
    rules: ["group.remove"],
    sends: "RemoveMember in one of two groups of the same users",
    expects: "the key stays a member of the other one",
    checks: ["here", "there"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const [one, other] = [await groupOf(alice, bob), await groupOf(alice, bob)];
      await removed(alice, one.groupId, bob);
      isListed(t, "here", await listed(alice, one.groupId), [alice]);
      isListed(t, "there", await listed(bob, other.groupId), [alice, bob]);
    },
  }),

  groupCase({
    id: "group.remove.never-member",
    rules: ["group.remove-absent"],
    sends: "RemoveMember for a user outside the group, and for a key that nobody has",
    expects: "Ok with removed = false, and the same list",
    checks: ["answer", "user", "key", "listed"],
    async run(t) {
      const [alice, bob, dave] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob);
      const answer = await removal(alice, groupId, dave);
      t.status(answer, Status.Ok);
      isRemoved(t, "user", answer.message().removed, false);
      const nobody = await removal(alice, groupId, { key: newIdentityKey() });
      isRemoved(t, "key", nobody.message().removed, false);
      isListed(t, "listed", await listed(alice, groupId), [alice, bob]);
    },
  }),

  groupCase({
    id: "group.remove.twice",
    rules: ["group.remove-absent"],
    sends: "RemoveMember twice for one member",
    expects: "Ok both times, removed = true and then false",
    checks: ["first", "second"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      isRemoved(t, "first", await removed(alice, groupId, bob), true);
      isRemoved(t, "second", await removed(carol, groupId, bob), false);
    },
  }),

  groupCase({
    id: "group.remove.parallel",
    rules: ["group.remove-absent", "group.remove"],
    sends: `RemoveMember for one member ${AT_ONCE} times at once`,
    expects: "Ok to all, and removed = true once",
    checks: ["answers", "once"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      const calls = Array.from({ length: AT_ONCE }, (_, n) =>
        removal(n % 2 === 0 ? alice : carol, groupId, bob),
      );
      const answers = await Promise.all(calls);
      const good = answers.filter(({ status }) => status === Status.Ok);
      t.demand("answers", good.length === AT_ONCE, {
        expected: `${AT_ONCE} times Ok`,
        got: `${good.length}`,
      });
      const count = good.filter((answer) => answer.message().removed).length;
      t.check("once", count === 1, { expected: "once", got: `${count} times` });
    },
  }),

  groupCase({
    id: "group.remove.added-again",
    rules: ["channel.group-add", "group.remove"],
    sends: "RemoveMember for a member, then CreateChannel of another member with its key",
    expects: "Ok, and the key is listed again and may call again",
    checks: ["answer", "listed"],
    errata: ["C-59"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      await removed(alice, groupId, bob);
      t.status(await openGroup(carol, groupId, [bob]), Status.Ok);
      isListed(t, "listed", await listed(bob, groupId), [alice, bob, carol]);
    },
  }),

  groupCase({
    id: "group.remove.not-by-itself-again",
    rules: ["channel.group-stranger"],
    twin: "group.remove.added-again",
    sends: "RemoveMember for a member, then CreateChannel of this key with itself",
    expects: "Forbidden, and the key is not listed",
    checks: ["answer", "listed"],
    errata: ["C-59"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      await removed(alice, groupId, bob);
      t.refused(await openGroup(bob, groupId, [bob]), Status.Forbidden);
      isListed(t, "listed", await listed(alice, groupId), [alice, carol]);
    },
  }),

  groupCase({
    id: "group.members-only.removed",
    rules: ["group.members-only"],
    twin: REMOVE,
    sends: "410 to 413 from a user who was removed",
    expects: "Forbidden each time, and the record as it was",
    checks: ["remove", "metadata", "list", "rotate", "listed", "revision"],
    errata: ["C-59"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      const before = await described(bob, groupId, { name: "before" });
      await removed(alice, groupId, bob);
      t.refused(await removal(bob, groupId, carol), Status.Forbidden, "remove");
      const change = { groupId, name: "after" };
      const changed = await bob.call(updateGroupMetadata, change);
      t.refused(changed, Status.Forbidden, "metadata");
      t.refused(await page(bob, groupId), Status.Forbidden, "list");
      t.refused(await rotation(bob, groupId), Status.Forbidden, "rotate");
      isListed(t, "listed", await listed(alice, groupId), [alice, carol]);
      const after = await described(alice, groupId, {});
      t.check("revision", after === before, { expected: `${before}`, got: `${after}` });
    },
  }),

  groupCase({
    id: "group.record-ends.last-member",
    rules: ["group.record-ends", "group.no-record"],
    twin: REMOVE,
    sends: "RemoveMember by both members for themselves, and 412; then a registration of the ID",
    expects: "NotFound for the list, and a new channel for whoever registers the ID again",
    checks: ["answer", "new", "another"],
    errata: ["I-08"],
    async run(t) {
      const [alice, bob, dave] = [await t.user(), await t.user(), await t.user()];
      const { groupId, channelId } = await groupOf(alice, bob);
      await removed(bob, groupId, bob);
      await removed(alice, groupId, alice);
      t.refused(await page(alice, groupId), Status.NotFound);
      const again = await openGroup(dave, groupId);
      const { wasNew, channelId: next } = again.message();
      t.check("new", again.status === Status.Ok && wasNew, {
        expected: "Ok with was_new",
        got: statusName(again.status),
      });
      t.check("another", Buffer.compare(next, channelId) !== 0, {
        expected: "another channel",
        got: "the channel of the record that ended",
      });
    },
  }),
];

function isRemoved(t: Trial, check: string, got: boolean, expected: boolean): void {
  t.check(check, got === expected, { expected: `removed ${expected}`, got: `removed ${got}` });
}
