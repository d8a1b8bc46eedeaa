// Lists of members (412): spec/services/group.md; C-113.

import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { toHex } from "../bytes.ts";
import { groupCase, groupOf } from "../channel/steps.ts";
import { isListed, listed, page, removed } from "./steps.ts";

export const listCases: readonly Case[] = [
  groupCase({
    id: "group.list.all",
    rules: ["group.list"],
    sends: "ListGroupMembers without a limit, in a group of five",
    expects: "Ok with the five keys in ascending order, whoever asks",
    checks: ["answer", "listed", "other"],
    tier: "smoke",
    async run(t) {
      const { users, groupId } = await five(t);
      const [alice, bob] = users;
      const answer = await page(alice, groupId);
      t.status(answer, Status.Ok);
      const keys = answer.message().members.map(({ identityKey }) => toHex(identityKey));
      isListed(t, "listed", keys, users);
      isListed(t, "other", await listed(bob, groupId), users);
    },
  }),

  groupCase({
    id: "group.list.entries",
    rules: ["group.list", "group.messages"],
    sends: "ListGroupMembers in a group of three",
    expects: "the names that the accounts have, or none, and times that are alike",
    checks: ["names", "times"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      const answer = await page(bob, groupId);
      demandOk(answer, "ListGroupMembers");
      const { members } = answer.message();
      const names = new Map([alice, bob, carol].map((user) => [toHex(user.key), user.account]));
      const strange = members.filter(
        ({ identityKey, username }) =>
          username !== "" && username !== names.get(toHex(identityKey))?.username,
      );
      t.check("names", members.length === 3 && strange.length === 0, {
        expected: "three members with their names",
        got: members.map(({ username }) => username).join(", "),
      });
      const times = members.map(({ joinedAtMs }) => Number(joinedAtMs));
      const spread = Math.max(...times) - Math.min(...times);
      t.check("times", Math.min(...times) > 0 && spread < 60_000, {
        expected: "times of one call",
        got: times.join(", "),
      });
    },
  }),

  ...[1, 2, 3, 4].map((limit) =>
    groupCase({
      id: `group.list-pages.limit-${limit}`,
      rules: ["group.list-pages", "group.list"],
      sends: `ListGroupMembers with the limit ${limit}, page after page, in a group of five`,
      expects: `at most ${limit} members in a page, and all five without a gap or a repetition`,
      checks: ["answer", "page", "listed"],
      errata: ["C-113"],
      async run(t) {
        const { users, groupId } = await five(t);
        const [alice] = users;
        const answer = await page(alice, groupId, limit);
        t.status(answer, Status.Ok);
        const { length } = answer.message().members;
        t.check("page", length >= 1 && length <= limit, {
          expected: `1 to ${limit} members`,
          got: `${length}`,
        });
        isListed(t, "listed", await listed(alice, groupId, limit), users);
      },
    }),
  ),

  groupCase({
    id: "group.list-pages.after-last",
    rules: ["group.list-pages"],
    sends: "ListGroupMembers after the highest key",
    expects: "Ok with no member",
    checks: ["answer", "empty"],
    async run(t) {
      const { users, groupId } = await five(t);
      const [alice] = users;
      const answer = await page(alice, groupId, 0, ascending(users).at(-1)?.key);
      t.status(answer, Status.Ok);
      const { length } = answer.message().members;
      t.check("empty", length === 0, { expected: "nobody", got: `${length} members` });
    },
  }),

  groupCase({
    id: "group.list-pages.cursor-removed",
    rules: ["group.list-pages"],
    sends: "a page of two, the removal of the second of them, and the page after it",
    expects: "the third member and those after it: a cursor need not be a member",
    checks: ["answer", "rest"],
    errata: ["C-113"],
    async run(t) {
      const { users, groupId } = await five(t);
      const [, second, ...rest] = ascending(users) as [User, User, ...User[]];
      const asking = rest[0] as User;
      const first = await page(asking, groupId, 2);
      demandOk(first, "ListGroupMembers");
      await removed(asking, groupId, second);
      const answer = await page(asking, groupId, 0, first.message().members.at(-1)?.identityKey);
      t.status(answer, Status.Ok);
      const keys = answer.message().members.map(({ identityKey }) => toHex(identityKey));
      isListed(t, "rest", keys, rest);
    },
  }),

  groupCase({
    id: "group.list-pages.huge-limit",
    rules: ["group.list-pages"],
    sends: "ListGroupMembers with the highest limit that a uint32 holds",
    expects: "Ok, and all members in the pages",
    checks: ["answer", "listed"],
    async run(t) {
      const { users, groupId } = await five(t);
      const [alice] = users;
      t.status(await page(alice, groupId, 0xffff_ffff), Status.Ok);
      isListed(t, "listed", await listed(alice, groupId, 0xffff_ffff), users);
    },
  }),
];

/** five registers a group whose creator is not the first in order. */
async function five(t: Trial) {
  const users = [
    await t.user(),
    await t.user(),
    await t.user(),
    await t.user(),
    await t.user(),
  ] as const;
  const [, , , highest] = ascending(users);
  const creator = highest ?? users[0];
  const { groupId } = await groupOf(creator, ...users.filter((user) => user !== creator));
  return { users, groupId };
}

function ascending(users: readonly User[]): User[] {
  return [...users].sort((a, b) => Buffer.compare(a.key, b.key));
}
