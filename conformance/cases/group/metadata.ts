// Metadata (411), which no method reads back: all that shows is the revision (spec/services/group.md; C-61).

import { GroupService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { groupCase, groupOf } from "../channel/steps.ts";
import { described, type Metadata } from "./steps.ts";

const { updateGroupMetadata } = GroupService.method;
const AT_ONCE = 50;
const EMPTY = new Uint8Array(0);

const FIELDS: readonly {
  readonly name: string;
  readonly some: Metadata;
  readonly none: Metadata;
  readonly others: Metadata;
}[] = [
  {
    name: "name",
    some: { name: "friends" },
    none: { name: "" },
    others: { description: "x", settings: Buffer.from("y") },
  },
  {
    name: "description",
    some: { description: "of old" },
    none: { description: "" },
    others: { name: "x", settings: Buffer.from("y") },
  },
  {
    name: "settings",
    some: { settings: Buffer.from("sealed") },
    none: { settings: EMPTY },
    others: { name: "x", description: "y" },
  },
];

export const metadataCases: readonly Case[] = [
  ...FIELDS.flatMap(({ name, some, none, others }) => [
    groupCase({
      id: `group.revision.${name}`,
      rules: ["group.revision", "group.metadata"],
      sends: `UpdateGroupMetadata with ${name} alone, then with another ${name}`,
      expects: "Ok, and a higher revision each time",
      checks: ["answer", "first", "second"],
      errata: ["C-61"],
      async run(t) {
        const { alice, groupId } = await group(t);
        const start = await described(alice, groupId, {});
        const answer = await alice.call(updateGroupMetadata, { groupId, ...some });
        t.status(answer, Status.Ok);
        const first = answer.message().revision;
        grows(t, "first", start, first);
        grows(t, "second", first, await described(alice, groupId, changed(some)));
      },
    }),

    groupCase({
      id: `group.metadata.${name}-emptied`,
      rules: ["group.metadata", "group.revision"],
      sends: `UpdateGroupMetadata with ${name}, then with ${name} present and empty`,
      expects: "a higher revision: an empty field is a value, not an absent field",
      checks: ["emptied"],
      errata: ["C-61"],
      async run(t) {
        const { alice, groupId } = await group(t);
        const before = await described(alice, groupId, some);
        grows(t, "emptied", before, await described(alice, groupId, none));
      },
    }),

    groupCase({
      id: `group.metadata.${name}-absent`,
      rules: ["group.revision-still", "group.metadata"],
      sends: `UpdateGroupMetadata with ${name}, then with the other fields, then with the same ${name}`,
      expects: `no change by the last call: the second left ${name} as it was`,
      checks: ["others", "same"],
      errata: ["C-61"],
      async run(t) {
        const { alice, groupId } = await group(t);
        const before = await described(alice, groupId, some);
        const middle = await described(alice, groupId, others);
        grows(t, "others", before, middle);
        const after = await described(alice, groupId, some);
        t.check("same", after === middle, { expected: `${middle}`, got: `${after}` });
      },
    }),
  ]),

  groupCase({
    id: "group.revision-still.nothing",
    rules: ["group.revision-still"],
    sends: "UpdateGroupMetadata with a name, by another member the same, and with no field",
    expects: "three times the same revision",
    checks: ["same", "none"],
    async run(t) {
      const { alice, bob, groupId } = await group(t);
      const first = await described(alice, groupId, { name: "friends" });
      const same = await described(bob, groupId, { name: "friends" });
      const none = await described(bob, groupId, {});
      t.check("same", same === first, { expected: `${first}`, got: `${same}` });
      t.check("none", none === first, { expected: `${first}`, got: `${none}` });
    },
  }),

  groupCase({
    id: "group.revision.one-per-record",
    rules: ["group.revision"],
    sends: "UpdateGroupMetadata by two members in turn, in two groups",
    expects: "a higher revision each time within a group",
    checks: ["second", "third", "other"],
    async run(t) {
      const { alice, bob, groupId } = await group(t);
      const other = await groupOf(alice, bob);
      const first = await described(alice, groupId, { name: "1" });
      const elsewhere = await described(alice, other.groupId, { name: "1" });
      const second = await described(bob, groupId, { name: "2" });
      grows(t, "second", first, second);
      grows(t, "third", second, await described(alice, groupId, { name: "1" }));
      grows(t, "other", elsewhere, await described(bob, other.groupId, { name: "2" }));
    },
  }),

  groupCase({
    id: "group.metadata.any-bytes",
    rules: ["group.metadata"],
    sends: "UpdateGroupMetadata with a name of all kinds of letters and NUL, 256 KiB of settings",
    expects: "Ok",
    errata: ["C-61"],
    async run(t) {
      const { alice, groupId } = await group(t);
      const change = { name: "Ü\0語😀", description: "\n\t", settings: t.bytes(262_144) };
      t.status(await alice.call(updateGroupMetadata, { groupId, ...change }), Status.Ok);
    },
  }),

  groupCase({
    id: "group.revision.parallel",
    rules: ["group.revision"],
    sends: `${AT_ONCE} different names at once, from two members`,
    expects: "as many different revisions, none below that of before",
    checks: ["answers", "different", "higher"],
    async run(t) {
      const { alice, bob, groupId } = await group(t);
      const before = await described(alice, groupId, { name: "start" });
      const calls = Array.from({ length: AT_ONCE }, (_, n) =>
        (n % 2 === 0 ? alice : bob).call(updateGroupMetadata, { groupId, name: `name ${n}` }),
      );
      const answers = await Promise.all(calls);
      const good = answers.filter(({ status }) => status === Status.Ok);
      t.demand("answers", good.length === AT_ONCE, {
        expected: `${AT_ONCE} times Ok`,
        got: `${good.length}`,
      });
      const revisions = good.map((answer) => answer.message().revision);
      const count = new Set(revisions).size;
      t.check("different", count === AT_ONCE, { expected: `${AT_ONCE}`, got: `${count}` });
      t.check(
        "higher",
        revisions.every((one) => one > before),
        {
          expected: `above ${before}`,
          got: revisions.join(", "),
        },
      );
    },
  }),
];

async function group(t: Trial) {
  const [alice, bob] = [await t.user(), await t.user()];
  const { groupId } = await groupOf(alice, bob);
  return { alice, bob, groupId };
}

/** changed is another value of the one field that is present. */
function changed({ name, description, settings }: Metadata): Metadata {
  if (name !== undefined) return { name: `${name}!` };
  if (description !== undefined) return { description: `${description}!` };
  return { settings: Buffer.concat([settings ?? EMPTY, Buffer.from("!")]) };
}

function grows(t: Trial, check: string, before: bigint, after: bigint): void {
  t.check(check, after > before, { expected: `above ${before}`, got: `${after}` });
}
