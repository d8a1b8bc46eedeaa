// What a restart and a kill leave of group records (I-25).

import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import {
  added,
  type Group,
  groupCase,
  groupOf,
  holdsOn,
  isSame,
  openGroup,
  putOn,
} from "../channel/steps.ts";
import { described, isListed, listed, removed } from "./steps.ts";

export const lastingCases: readonly Case[] = [
  groupCase({
    id: "group.restart.keeps-all",
    rules: ["channel.group-create", "group.remove", "group.metadata", "delivery.survives-restart"],
    hooks: ["restart"],
    sends: "a record with a member added, one removed, and metadata; a restart, then a kill",
    expects: "members, channel, revision and the inbox of the removed member as before",
    checks: ["listed", "id", "revision", "removed", "kill-listed", "kill-id", "kill-revision"],
    errata: ["I-25"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const group = await groupOf(alice, bob);
      await added(bob, group, carol);
      await putOn(group.channelId, alice, bob, "queued");
      const revision = await described(alice, group.groupId, { name: "friends" });
      await removed(carol, group.groupId, bob);
      const expected = { group, revision, members: [alice, carol] };

      await t.hook("restart");
      const removedMember = await t.logIn(bob.account);
      await isKept(t, "", await t.logIn(carol.account), expected);
      await holdsOn(t, "removed", group.channelId, removedMember, ["queued"]);
      await t.kill();
      await isKept(t, "kill-", await t.logIn(carol.account), expected);
    },
  }),
];

async function isKept(
  t: Trial,
  prefix: string,
  user: User,
  { group, revision, members }: { group: Group; revision: bigint; members: readonly User[] },
): Promise<void> {
  isListed(t, `${prefix}listed`, await listed(user, group.groupId), members);
  const found = await openGroup(user, group.groupId);
  isSame(t, `${prefix}id`, found.message().channelId, group.channelId);
  const now = await described(user, group.groupId, { name: "friends" });
  t.check(`${prefix}revision`, now === revision, { expected: `${revision}`, got: `${now}` });
}
