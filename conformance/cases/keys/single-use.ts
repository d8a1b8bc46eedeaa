// A package is handed out once (301), and the same bytes are queued once (300): spec/services/keys.md;
// C-107, I-16.

import { createHash } from "node:crypto";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import {
  holds,
  keyCase,
  type Named,
  numbered,
  offer,
  owner,
  packagesFor,
  spellNames,
  take,
  takeSome,
  upload,
} from "./steps.ts";

const PACKAGES = 20;
const CONNECTIONS = 5;
const FETCHES_EACH = 10;

export const singleUseCases: readonly Case[] = [
  keyCase({
    id: "keys.single-use.second-fetch",
    rules: ["keys.single-use"],
    sends: "one package; a fetch, then one by another user and one by the first again",
    expects: "the package once",
    checks: ["once"],
    async run(t) {
      const [alice, bob, carol] = [await owner(t), await t.user(), await t.user()];
      const packages = packagesFor(t, alice, "A");
      await upload(alice, packages);
      const taken = [
        await take(bob, alice.key),
        await take(carol, alice.key),
        await take(bob, alice.key),
      ];
      holds(t, "once", packages, taken, "A", "none", "none");
    },
  }),

  keyCase({
    id: "keys.single-use.50-at-once",
    rules: ["keys.single-use", "keys.empty-when-none"],
    sends: "20 packages; 50 fetches at once over five connections",
    expects: "each package once, and 30 times none",
    checks: ["once", "rest"],
    errata: ["I-16"],
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const packages = packagesFor(t, alice, ...numbered(PACKAGES));
      const callers = [bob];
      while (callers.length < CONNECTIONS) callers.push(await t.logIn(bob.account));
      await upload(alice, packages);
      const taken = await Promise.all(
        callers.flatMap((caller) =>
          Array.from({ length: FETCHES_EACH }, () => take(caller, alice.key)),
        ),
      );
      const given = taken.filter((bytes) => bytes !== undefined);
      const names = spellNames(packages, given).split(", ");
      const inOrder = names.sort((a, b) => Number(a) - Number(b)).join(", ");
      const expected = numbered(PACKAGES).join(", ");
      t.check("once", inOrder === expected, { expected, got: inOrder });
      const rest = taken.length - given.length;
      t.check("rest", rest === taken.length - PACKAGES, { expected: "30", got: `${rest}` });
    },
  }),

  keyCase({
    id: "keys.single-use.two-on-one",
    rules: ["keys.single-use"],
    sends: "ten times one package and two fetches at once, over two connections",
    expects: "one gets it, one gets none, every time",
    checks: ["rounds"],
    errata: ["I-16"],
    async run(t) {
      const [alice, bob, carol] = [await owner(t), await t.user(), await t.user()];
      const wrong: string[] = [];
      for (const one of packagesFor(t, alice, ...numbered(10))) {
        await upload(alice, [one]);
        const taken = await Promise.all([take(bob, alice.key), take(carol, alice.key)]);
        const names = spellNames([one], taken).split(", ").sort().join(", ");
        if (names !== `${one.name}, none`) wrong.push(`in round ${one.name}: ${names}`);
      }
      t.check("rounds", wrong.length === 0, {
        expected: "the package and none",
        got: wrong.join("; "),
      });
    },
  }),

  keyCase({
    id: "keys.same-package.queued",
    rules: ["keys.same-package", "keys.fingerprint"],
    sends: "packages A, B and A again; three fetches",
    expects: "Ok with the fingerprint for the second A; then A, B and none",
    checks: ["answer", "fingerprint", "queue"],
    errata: ["C-107"],
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const [a, b] = packagesFor(t, alice, "A", "B");
      await upload(alice, [a, b]);
      await knownAlready(t, alice, a);
      holds(t, "queue", [a, b], await takeSome(bob, alice.key, 3), "A", "B", "none");
    },
  }),

  keyCase({
    id: "keys.same-package.handed-out",
    rules: ["keys.same-package", "keys.single-use"],
    sends: "package A, a fetch, A again, a fetch",
    expects: "Ok with the fingerprint for the second A, and none to fetch",
    checks: ["answer", "fingerprint", "queue"],
    errata: ["C-107"],
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const [a] = packagesFor(t, alice, "A");
      await upload(alice, [a]);
      const first = await take(bob, alice.key);
      await knownAlready(t, alice, a);
      holds(t, "queue", [a], [first, await take(bob, alice.key)], "A", "none");
    },
  }),

  keyCase({
    id: "keys.same-package.at-once",
    rules: ["keys.same-package"],
    sends: "the same package ten times at once, from two sessions of one account; two fetches",
    expects: "Ok for all; the package, then none",
    checks: ["uploads", "queue"],
    errata: ["C-107"],
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const second = await t.logIn(alice.account);
      const [a] = packagesFor(t, alice, "A");
      const answers = await Promise.all(
        numbered(10).map((_, i) => offer(i % 2 === 0 ? alice : second, a.bytes)),
      );
      const refused = answers.filter(({ status }) => status !== Status.Ok);
      t.check("uploads", refused.length === 0, {
        expected: "Ok for all",
        got: refused.map(({ status }) => statusName(status)).join(", "),
      });
      holds(t, "queue", [a], await takeSome(bob, alice.key, 2), "A", "none");
    },
  }),

  keyCase({
    id: "keys.same-package.dropped",
    rules: ["keys.same-package", "keys.queue-cap"],
    sends: "101 packages, so that the first is dropped, then the first again; 100 fetches",
    expects: "packages 3 to 101 and the first: nobody had got it",
    checks: ["first", "last"],
    errata: ["C-101", "C-107"],
    async run(t) {
      const [alice, bob, carol] = [await t.newUser(), await t.user(), await t.user()];
      const packages = packagesFor(t, alice, ...numbered(101));
      await upload(alice, packages);
      await upload(alice, packages.slice(0, 1));
      // Nobody takes more than 60 in a minute (I-16).
      holds(t, "first", packages, (await takeSome(bob, alice.key, 50)).slice(0, 1), "3");
      holds(t, "last", packages, (await takeSome(carol, alice.key, 50)).slice(-1), "1");
    },
  }),
];

async function knownAlready(t: Trial, user: User, { bytes }: Named): Promise<void> {
  const answer = await offer(user, bytes);
  t.status(answer, Status.Ok);
  const expected = spell(createHash("sha256").update(bytes).digest());
  const got = spell(answer.message().fingerprint);
  t.check("fingerprint", got === expected, { expected, got });
}
