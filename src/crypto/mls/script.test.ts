// A random life of a group: whatever its members do, with one order of commits all of them agree.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createMls } from "./mls.ts";
import { epochs, fault, identityOf, NOW, TestGroup } from "./test-group.ts";

const mls = await createMls({ now: () => NOW });

const PEOPLE = ["alice", "bob", "carol", "dave", "erin"] as const;
const ACTIONS = [
  "send",
  "update",
  "propose update",
  "leave",
  "add",
  "remove",
  "replace",
  "enter",
  "lose",
  "restore",
] as const;

const step = fc.record({
  action: fc.constantFrom(...ACTIONS),
  who: fc.nat({ max: 4 }),
  whom: fc.nat({ max: 4 }),
});
type Step = { action: (typeof ACTIONS)[number]; who: number; whom: number };

async function take(group: TestGroup, { action, who, whom }: Step): Promise<void> {
  const active = group.active().map(([name]) => name);
  const absent = PEOPLE.filter((name) => !active.includes(name));
  const by = active[who % active.length] ?? "alice";
  const other = active[whom % active.length] ?? "alice";
  const newcomer = absent[whom % Math.max(absent.length, 1)];
  const leaving = group.get(by).hasProposals && (await isLeaving(group, by));
  const propose = async (kind: "leave" | "proposeUpdate") => {
    const { next, message } = await group.get(by)[kind]();
    group.set(by, next);
    await group.deliver(message, by);
  };

  switch (action) {
    case "send":
      if (group.get(by).hasProposals) {
        const attempt = group.get(by).send(new Uint8Array(1));
        return assert.rejects(attempt, fault("invalid-commit"));
      }
      return group.send(by, `from ${by}`);
    case "propose update":
      return propose("proposeUpdate");
    case "leave":
      return active.length > 1 ? propose("leave") : undefined;
    case "restore":
      group.set(by, mls.decode(group.get(by).encode()));
      return;
    case "enter": {
      if (newcomer === undefined) return;
      const info = await group.get(by).groupInfo();
      const { next, commit } = await mls.joinExternal(info, identityOf(newcomer), NOW);
      await group.deliver(commit, newcomer);
      group.set(newcomer, next);
      return;
    }
  }
  if (leaving) return;
  switch (action) {
    case "update":
      await group.commit(by);
      return;
    case "add":
      if (newcomer !== undefined) await group.add(by, newcomer);
      return;
    case "remove":
      if (other !== by) await group.remove(by, other);
      return;
    case "lose": {
      // Two commit at once: the order decides, and the loser follows.
      const loser = await group.get(by).commit();
      if (other === by || (await isLeaving(group, other))) return;
      await group.commit(other);
      const merging = () => loser.merge(group.get(by));
      return assert.throws(merging, fault(group.get(by).active ? "past-epoch" : "not-a-member"));
    }
    case "replace": {
      if (other === by) return;
      const own = await group.keyPackage(other);
      const change = { remove: [identityOf(other).publicKey], add: [own.keyPackage] };
      const pending = await group.commit(by, change);
      assert.equal(group.get(other).active, false);
      const welcome = pending.welcome ?? new Uint8Array();
      group.set(other, await mls.join(welcome, own.keyPackage, own.secret));
    }
  }
}

/** A member that waits for its removal cannot commit. */
async function isLeaving(group: TestGroup, name: string): Promise<boolean> {
  return group
    .get(name)
    .commit()
    .then(
      () => false,
      () => true,
    );
}

test("after any script all members are in one epoch, and read each other", async () => {
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 4, maxLength: 10 }),
    async (steps) => {
      const group = await TestGroup.of(mls, "alice", "bob", "carol", "dave");
      for (const next of steps) {
        await take(group, next);
        assert.equal(epochs(group).length, 1);
      }
      const sender = group.active().find(([, member]) => !member.hasProposals)?.[0];
      if (sender !== undefined) await group.send(sender, "still here");
    },
  );
  await fc.assert(property, { numRuns: 12 });
});
