// What time, a restart and a hurried caller do to key material (spec/services/keys.md; C-101, C-107, I-16,
// I-25).

import { setTimeout as sleep } from "node:timers/promises";
import { KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import {
  holds,
  hybridKey,
  hybridOf,
  keyCase,
  numbered,
  owner,
  packagesFor,
  putHybrid,
  take,
  takeSome,
  upload,
} from "./steps.ts";

const { fetchKeyPackage } = KeyService.method;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A sliding window of a second has moved on after this, in milliseconds. */
const NEXT_WINDOW_MS = 1_050;

const LEFT_BY_RESTART = {
  sends: "packages A, B and C, a fetch that takes A, a hybrid key",
  expects: "the hybrid key, packages B and C, and A not again, after an upload of A either",
  checks: ["packages", "hybrid", "known"],
  errata: ["I-25"],
} as const;

export const lastingCases: readonly Case[] = [
  keyCase({
    id: "keys.package.lifetime",
    rules: ["keys.package-lifetime", "keys.same-package"],
    hooks: ["clock.advance"],
    sends: "packages A and B; a fetch 29 days and 23 hours later, one 2 hours on; then A again",
    expects: "A, then none; A is queued again, because the lifetime of the first is over",
    checks: ["before", "after", "again"],
    errata: ["C-101", "C-107", "I-16"],
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const [a, b] = packagesFor(t, alice, "A", "B");
      await upload(alice, [a, b]);
      // Sessions end after a day, so everybody logs in anew.
      await t.hook("clock.advance", 30 * DAY - HOUR);
      const first = await take(await t.logIn(bob.account), alice.key);
      holds(t, "before", [a, b], [first], "A");
      await t.hook("clock.advance", 2 * HOUR);
      const [owning, taking] = [await t.logIn(alice.account), await t.logIn(bob.account)];
      holds(t, "after", [a, b], [await take(taking, alice.key)], "none");
      await upload(owning, [a]);
      holds(t, "again", [a, b], [await take(taking, alice.key)], "A");
    },
  }),

  keyCase({
    id: "keys.restart.hook",
    rules: ["keys.survives-restart", "keys.same-package"],
    hooks: ["restart"],
    ...LEFT_BY_RESTART,
    sends: `${LEFT_BY_RESTART.sends}; a restart`,
    run: (t) => outlives(t, () => t.hook("restart")),
  }),

  keyCase({
    id: "keys.restart.kill",
    rules: ["keys.survives-restart", "keys.same-package"],
    needs: "own-server",
    ...LEFT_BY_RESTART,
    sends: `${LEFT_BY_RESTART.sends}; SIGKILL, and a new start`,
    run: (t) => outlives(t, () => t.kill()),
  }),

  keyCase({
    id: "keys.fetch-rate.61st",
    rules: ["keys.fetch-rate", "limits.rate-limit-no-effect"],
    twin: "keys.upload.round-trip",
    server: { limits: { rate_per_s: 50 } },
    sends: "62 packages; 61 fetches of one user within two seconds, 40 of them in the first",
    expects: "RateLimited for the 61st, which takes none: the 61st package is for another user",
    checks: ["sixty", "answer", "other-target", "other-caller"],
    errata: ["I-16", "I-23"],
    async run(t) {
      const [alice, bob, carol] = [await owner(t), await t.user(), await t.user()];
      const packages = packagesFor(t, alice, ...numbered(62));
      await upload(alice, packages);
      const request = { identityKey: alice.key };
      const fetches = (count: number) =>
        Promise.all(
          Array.from({ length: count }, () => bob.call(fetchKeyPackage, request, { paced: false })),
        );
      const sixty = await fetches(40);
      await sleep(NEXT_WINDOW_MS);
      sixty.push(...(await fetches(20)));
      const refused = sixty.filter(({ status }) => status !== Status.Ok).length;
      t.check("sixty", refused === 0, { expected: "60 times Ok", got: `${refused} times not` });
      t.refused(await bob.call(fetchKeyPackage, request, { paced: false }), Status.RateLimited);
      holds(t, "other-target", packages, [await take(bob, carol.key)], "none");
      holds(t, "other-caller", packages, [await take(carol, alice.key)], "61");
    },
  }),
];

async function outlives(t: Trial, restart: () => Promise<void>): Promise<void> {
  const [alice, bob] = [await owner(t), await t.user()];
  const packages = packagesFor(t, alice, "A", "B", "C");
  const hybrid = hybridKey(t, "H");
  await upload(alice, packages);
  await take(bob, alice.key);
  await putHybrid(alice, hybrid);
  await restart();

  const [owning, taking] = [await t.logIn(alice.account), await t.logIn(bob.account)];
  const left = await takeSome(taking, alice.key, 3);
  holds(t, "packages", packages, left, "B", "C", "none");
  holds(t, "hybrid", [hybrid], [await hybridOf(taking, alice.key)], "H");
  await upload(owning, packages.slice(0, 1));
  const again = await take(taking, alice.key);
  // C-107: the same bytes twice are a warning.
  t.check("known", again === undefined, { expected: "none", got: "A once more" }, "warn");
}
