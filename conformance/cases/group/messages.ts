// The messages of 410 to 413 as bytes, laid out by hand (spec/services/group.md, Messages).

import { GroupService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { User } from "../../judge/user.ts";
import { groupCase, groupOf } from "../channel/steps.ts";
import { answersWith, bytesField, numberField } from "../message-bytes.ts";
import { described, isListed, listed, page, removed } from "./steps.ts";

const { removeMember, updateGroupMetadata, listGroupMembers, rotateKeys } = GroupService.method;

export const messageCases: readonly Case[] = [
  groupCase({
    id: "group.messages.remove-member",
    rules: ["group.messages"],
    sends: "method 410: group_id as field 1, member_key as field 2",
    expects: "Ok with true as field 1, and the member is gone",
    checks: ["answer", "payload", "listed"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob);
      const request = [bytesField(1, groupId), bytesField(2, bob.key)];
      await answersWith(t, alice, removeMember, request, [numberField(1, 1)]);
      isListed(t, "listed", await listed(alice, groupId), [alice]);
    },
  }),

  groupCase({
    id: "group.messages.remove-absent",
    rules: ["group.messages"],
    sends: "method 410 for a user who was removed",
    expects: "Ok with an empty payload: false is not written",
    checks: ["answer", "payload"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob);
      await removed(alice, groupId, bob);
      const request = [bytesField(1, groupId), bytesField(2, bob.key)];
      await answersWith(t, alice, removeMember, request, []);
    },
  }),

  ...(
    [
      ["name", 2],
      ["description", 3],
      ["settings", 4],
    ] as const
  ).map(([name, number]) =>
    groupCase({
      id: `group.messages.metadata-${name}`,
      rules: ["group.messages", "group.metadata"],
      sends: `method 411: group_id as field 1, ${name} as field ${number}`,
      expects:
        "Ok with a revision as field 1, above that of before; the same for it under its name",
      checks: ["answer", "higher", "same"],
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        const { groupId } = await groupOf(alice, bob);
        const before = await described(alice, groupId, {});
        const request = [bytesField(1, groupId), bytesField(number, Buffer.from("text"))];
        const append = Buffer.concat(request);
        const answer = await alice.call(updateGroupMetadata, {}, { append });
        t.status(answer, Status.Ok);
        const { revision } = answer.message();
        t.check("higher", answer.payload[0] === 0x08 && revision > before, {
          expected: `field 1 above ${before}`,
          got: `${revision}`,
        });
        const value = name === "settings" ? Buffer.from("text") : "text";
        const again = await described(alice, groupId, { [name]: value });
        t.check("same", again === revision, { expected: `${revision}`, got: `${again}` });
      },
    }),
  ),

  groupCase({
    id: "group.messages.list",
    rules: ["group.messages"],
    sends: "method 412: group_id as field 1, limit as field 2, after_key as field 3",
    expects: "Ok with field 1, in it the key as field 1 and the name and the time that 412 gives",
    checks: ["answer", "payload"],
    async run(t) {
      const users = [await t.user(), await t.user(), await t.user()];
      const [first, second] = users.sort((a, b) => Buffer.compare(a.key, b.key)) as [User, User];
      const { groupId } = await groupOf(first, ...users.slice(1));
      const all = await page(first, groupId);
      demandOk(all, "ListGroupMembers");
      const { username = "", joinedAtMs = 0n } = all.message().members[1] ?? {};
      const member = Buffer.concat([
        bytesField(1, second.key),
        ...(username === "" ? [] : [bytesField(2, Buffer.from(username))]),
        numberField(3, joinedAtMs),
      ]);
      const request = [bytesField(1, groupId), numberField(2, 1), bytesField(3, first.key)];
      await answersWith(t, first, listGroupMembers, request, [bytesField(1, member)]);
    },
  }),

  groupCase({
    id: "group.messages.rotate-keys",
    rules: ["group.messages", "group.notified"],
    sends: "method 413 in a group of three: group_id as field 1",
    expects: "Ok with 2 as field 1",
    checks: ["answer", "payload"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      await answersWith(t, alice, rotateKeys, [bytesField(1, groupId)], [numberField(1, 2)]);
    },
  }),
];
