// Groups through an SDK of level 2 (spec/crypto/mls.md, spec/services/group.md).

import { hex } from "../../../vectors/bytes.ts";
import { bytesOf, okOf } from "../../client/sdk.ts";
import { definePairCase, type PairCase, type PairCaseSpec } from "../case.ts";
import type { Member, PairTrial } from "../trial.ts";
import { textsOf } from "./messages.ts";

const RECV_MS = 20_000;

const group = (spec: Omit<PairCaseSpec, "ops" | "features">): PairCase =>
  definePairCase({
    ...spec,
    ops: ["user", "keys", "send", "recv", "group"],
    features: ["auth", "delivery", "keys", "user"],
  });

export const groupCases: readonly PairCase[] = [
  group({
    id: "pair-groups.create.all-read",
    rules: ["delivery.largest-payload"],
    sends: "alice makes a group of three and writes",
    expects: "bob and carol read it",
    checks: ["bob", "carol", "agree"],
    async run(t) {
      const [alice, bob, carol] = [await t.member(), await t.member(), await t.member()];
      const channel = await create(alice, bob, carol);
      okOf(await alice.ask("send", { channel, text: "to all" }), "send");
      t.same("bob", textsOf(await bob.recv(1, RECV_MS)), ["to all"]);
      t.same("carol", textsOf(await carol.recv(1, RECV_MS)), ["to all"]);
      await agree(t, "agree", channel, [alice, bob, carol]);
    },
  }),

  group({
    id: "pair-groups.messages.everyone-writes",
    rules: ["delivery.fifo"],
    sends: "each of three writes one text",
    expects: "each reads those of the two others",
    checks: ["alice", "bob", "carol"],
    async run(t) {
      const [alice, bob, carol] = [await t.member(), await t.member(), await t.member()];
      const channel = await create(alice, bob, carol);
      okOf(await alice.ask("send", { channel, text: "a" }), "send");
      await bob.recv(1, RECV_MS);
      await carol.recv(1, RECV_MS);
      okOf(await bob.ask("send", { channel, text: "b" }), "send");
      okOf(await carol.ask("send", { channel, text: "c" }), "send");
      t.same("alice", textsOf(await alice.recv(2, RECV_MS)).sort(), ["b", "c"]);
      t.same("bob", textsOf(await bob.recv(1, RECV_MS)), ["c"]);
      t.same("carol", textsOf(await carol.recv(1, RECV_MS)), ["b"]);
    },
  }),

  group({
    id: "pair-groups.add.reads-later",
    rules: ["keys.single-use"],
    sends: "alice writes to bob in a group, adds carol, and writes again",
    expects: "carol reads the second text only; all agree on the epoch",
    checks: ["carol", "bob", "agree"],
    async run(t) {
      const [alice, bob, carol] = [await t.member(), await t.member(), await t.member()];
      const channel = await create(alice, bob);
      okOf(await alice.ask("send", { channel, text: "early" }), "send");
      okOf(await alice.ask("group.add", { channel, usernames: [carol.name] }), "group.add");
      okOf(await alice.ask("send", { channel, text: "late" }), "send");
      t.same("carol", textsOf(await carol.recv(1, RECV_MS)), ["late"]);
      t.same("bob", textsOf(await bob.recv(2, RECV_MS)), ["early", "late"]);
      await agree(t, "agree", channel, [alice, bob, carol]);
    },
  }),

  group({
    id: "pair-groups.remove.reads-no-more",
    rules: ["group.removed-reads"],
    sends: "alice removes carol from a group of three and writes",
    expects: "bob reads it, carol does not; alice and bob agree on the epoch",
    checks: ["bob", "carol", "agree"],
    async run(t) {
      const [alice, bob, carol] = [await t.member(), await t.member(), await t.member()];
      const channel = await create(alice, bob, carol);
      okOf(await alice.ask("send", { channel, text: "all" }), "send");
      await bob.recv(1, RECV_MS);
      await carol.recv(1, RECV_MS);
      okOf(await alice.ask("group.remove", { channel, username: carol.name }), "group.remove");
      okOf(await alice.ask("send", { channel, text: "without carol" }), "send");
      t.same("bob", textsOf(await bob.recv(1, RECV_MS)), ["without carol"]);
      t.same("carol", textsOf(await carol.recv(1, 1_000)), []);
      await agree(t, "agree", channel, [alice, bob]);
    },
  }),

  group({
    id: "pair-groups.rotate.new-epoch",
    rules: ["group.rotate"],
    sends: "bob rotates his keys in a group of two, then both write",
    expects: "the epoch grows, the authenticator changes, both agree, and both read",
    checks: ["grows", "changes", "agree", "alice", "bob"],
    async run(t) {
      const [alice, bob] = [await t.member(), await t.member()];
      const channel = await create(alice, bob);
      const before = await state(bob, channel);
      okOf(await bob.ask("group.rotate", { channel }), "group.rotate");
      const after = await state(bob, channel);
      t.same("grows", BigInt(after.epoch) > BigInt(before.epoch), true);
      t.same("changes", after.authenticator === before.authenticator, false);
      await agree(t, "agree", channel, [alice, bob]);
      okOf(await bob.ask("send", { channel, text: "from bob" }), "send");
      t.same("alice", textsOf(await alice.recv(1, RECV_MS)), ["from bob"]);
      okOf(await alice.ask("send", { channel, text: "from alice" }), "send");
      t.same("bob", textsOf(await bob.recv(1, RECV_MS)), ["from alice"]);
    },
  }),
];

async function create(owner: Member, ...others: readonly Member[]): Promise<unknown> {
  const members = others.map(({ name }) => name);
  const ok = okOf(await owner.ask("group.create", { name: "group", members }), "group.create");
  return hex(bytesOf(ok, "channel"));
}

async function state(member: Member, channel: unknown) {
  const ok = okOf(await member.ask("group.state", { channel }), "group.state");
  return {
    epoch: String(ok.epoch),
    members: JSON.stringify(ok.members),
    authenticator: JSON.stringify(ok.authenticator),
  };
}

/** agree checks that members see one group, and that it is of exactly these. */
async function agree(t: PairTrial, id: string, channel: unknown, members: readonly Member[]) {
  const states = [];
  for (const member of members) states.push(await state(member, channel));
  const keys = members.map(({ key }) => Buffer.from(key).toString("hex")).sort();
  const expected = { ...states[0], members: JSON.stringify(keys.map((key) => ({ hex: key }))) };
  t.same(
    id,
    states,
    members.map(() => expected),
  );
}
