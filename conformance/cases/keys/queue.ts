// The queue of an identity: first in, first out, nothing lost, nothing mixed up (300, 301:
// spec/services/keys.md; C-44, C-101, I-16).

import { KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import {
  hasNone,
  holds,
  keyCase,
  numbered,
  offer,
  owner,
  packagesFor,
  spellNames,
  take,
  takeSome,
  upload,
} from "./steps.ts";

const { fetchKeyPackage } = KeyService.method;

const CAP = 100;

export const queueCases: readonly Case[] = [
  keyCase({
    id: "keys.queue.five-in-order",
    rules: ["keys.fifo", "keys.upload"],
    sends: "five packages; another user fetches six times",
    expects: "the five in the order of their upload, then none",
    checks: ["order"],
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const packages = packagesFor(t, alice, ...numbered(5));
      await upload(alice, packages);
      const taken = await takeSome(bob, alice.key, 6);
      holds(t, "order", packages, taken, ...numbered(5), "none");
    },
  }),

  keyCase({
    id: "keys.queue.interleaved",
    rules: ["keys.fifo", "keys.upload"],
    sends: "packages A and B, a fetch, package C, three fetches",
    expects: "A, then B, C and none",
    checks: ["order"],
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const [a, b, c] = packagesFor(t, alice, "A", "B", "C");
      await upload(alice, [a, b]);
      const first = await take(bob, alice.key);
      await upload(alice, [c]);
      const taken = [first, ...(await takeSome(bob, alice.key, 3))];
      holds(t, "order", [a, b, c], taken, "A", "B", "C", "none");
    },
  }),

  keyCase({
    id: "keys.queue.concurrent-uploads",
    rules: ["keys.upload"],
    sends: "ten packages at once, from two sessions of one account; eleven fetches",
    expects: "each of the ten once, in any order, then none",
    checks: ["uploads", "all"],
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const second = await t.logIn(alice.account);
      const packages = packagesFor(t, alice, ...numbered(10));
      const answers = await Promise.all(
        packages.map(({ bytes }, i) => offer(i % 2 === 0 ? alice : second, bytes)),
      );
      const refused = answers.filter(({ status }) => status !== Status.Ok);
      t.check("uploads", refused.length === 0, {
        expected: "Ok for all",
        got: refused.map(({ status }) => statusName(status)).join(", "),
      });
      const names = spellNames(packages, await takeSome(bob, alice.key, 11)).split(", ");
      const last = names.pop();
      const all = names.sort((a, b) => Number(a) - Number(b)).join(", ");
      t.check("all", last === "none" && all === numbered(10).join(", "), {
        expected: `${numbered(10).join(", ")} and none`,
        got: `${all} and ${last}`,
      });
    },
  }),

  keyCase({
    id: "keys.queue.two-identities",
    rules: ["keys.fifo", "keys.upload"],
    sends: "packages of two users in turn; two fetches for each of them",
    expects: "the own package of each, then none",
    checks: ["alice", "bob"],
    async run(t) {
      const [alice, bob, carol] = [await owner(t), await owner(t), await t.user()];
      const [a] = packagesFor(t, alice, "Alice's");
      const [b] = packagesFor(t, bob, "Bob's");
      await upload(alice, [a]);
      await upload(bob, [b]);
      holds(t, "bob", [a, b], await takeSome(carol, bob.key, 2), "Bob's", "none");
      holds(t, "alice", [a, b], await takeSome(carol, alice.key, 2), "Alice's", "none");
    },
  }),

  keyCase({
    id: "keys.queue.same-bytes-two-identities",
    rules: ["keys.upload", "keys.same-package"],
    when: { "ciphersuite-allowlist": ["off"] },
    sends: "the same bytes as a package of two users; a fetch for each of them",
    expects: "the bytes both times: what one has queued says nothing about the other",
    checks: ["alice", "bob"],
    errata: ["C-107"],
    async run(t) {
      const [alice, bob, carol] = [await owner(t), await owner(t), await t.user()];
      const [one] = packagesFor(t, alice, "A");
      await upload(alice, [one]);
      await upload(bob, [one]);
      holds(t, "alice", [one], [await take(carol, alice.key)], "A");
      holds(t, "bob", [one], [await take(carol, bob.key)], "A");
    },
  }),

  ...[
    {
      id: "never-filled",
      sends: "a fetch for a registered identity that never uploaded a package",
      key: async (t: Trial) => (await t.newUser()).key,
    },
    {
      id: "unregistered",
      sends: "a fetch for an identity key that no account has",
      key: async () => newIdentityKey(),
    },
    {
      id: "after-last",
      sends: "a package, a fetch that takes it, and another fetch",
      async key(t: Trial, bob: User) {
        const alice = await owner(t);
        await upload(alice, packagesFor(t, alice, "A"));
        await take(bob, alice.key);
        return alice.key;
      },
    },
  ].map(({ id, sends, key }) =>
    keyCase({
      id: `keys.queue.empty-${id}`,
      rules: ["keys.empty-when-none", "status.not-found"],
      reading: "keypackage-empty",
      sends,
      expects: "Ok with an empty package; NotFound, if declared, is a warning",
      errata: ["C-44", "S-08"],
      async run(t) {
        const bob = await t.user();
        const answer = await bob.call(fetchKeyPackage, { identityKey: await key(t, bob) });
        hasNone(t, answer, (message) => message.package);
      },
    }),
  ),

  keyCase({
    id: "keys.queue.own-fetch",
    rules: ["keys.own-fetch", "keys.single-use"],
    sends: "packages A and B; their owner fetches, another user fetches, the owner fetches",
    expects: "A, B and none: the own fetch takes a package like any other",
    checks: ["order"],
    errata: ["I-16"],
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const packages = packagesFor(t, alice, "A", "B");
      await upload(alice, packages);
      const taken = [
        await take(alice, alice.key),
        await take(bob, alice.key),
        await take(alice, alice.key),
      ];
      holds(t, "order", packages, taken, "A", "B", "none");
    },
  }),

  keyCase({
    id: "keys.queue.ten-kept",
    rules: ["keys.queue-minimum", "keys.fifo"],
    sends: "ten packages; ten fetches",
    expects: "all ten, the first one first",
    checks: ["order"],
    errata: ["C-101"],
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const packages = packagesFor(t, alice, ...numbered(10));
      await upload(alice, packages);
      holds(t, "order", packages, await takeSome(bob, alice.key, 10), ...numbered(10));
    },
  }),

  keyCase({
    id: "keys.queue.100-kept",
    rules: ["keys.queue-cap"],
    sends: "100 packages; a fetch",
    expects: "Ok for all, and the first one",
    checks: ["oldest"],
    errata: ["C-101", "I-16"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const packages = packagesFor(t, alice, ...numbered(CAP));
      await upload(alice, packages);
      holds(t, "oldest", packages, [await take(bob, alice.key)], "1");
    },
  }),

  keyCase({
    id: "keys.queue.101st-drops-oldest",
    rules: ["keys.queue-cap"],
    sends: "101 packages; 101 fetches",
    expects: "Ok for the 101st upload; packages 2 to 101, then none",
    checks: ["answer", "oldest", "rest"],
    errata: ["C-101", "I-16"],
    async run(t) {
      const [alice, bob, carol] = [await t.newUser(), await t.user(), await t.user()];
      const packages = packagesFor(t, alice, ...numbered(CAP));
      const [another] = packagesFor(t, alice, "101");
      await upload(alice, packages);
      t.status(await offer(alice, another.bytes), Status.Ok);
      const known = [...packages, another];
      // Nobody takes more than 60 in a minute (I-16).
      const firstHalf = await takeSome(bob, alice.key, CAP / 2);
      const [oldest, ...rest] = [...firstHalf, ...(await takeSome(carol, alice.key, CAP / 2 + 1))];
      holds(t, "oldest", known, [oldest], "2");
      holds(t, "rest", known, rest, ...numbered(CAP + 1).slice(2), "none");
    },
  }),
];
