// What a restart leaves, and what a hurried caller meets (spec/services/recovery.md; C-66, I-23, I-25).

import { setTimeout as sleep } from "node:timers/promises";
import { RecoveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import {
  codeOf,
  forget,
  hasBundle,
  isUnknown,
  keep,
  open,
  RECOVERY_WHEN,
  recoveryCase,
} from "./steps.ts";

const { fetchRecoveryBundle } = RecoveryService.method;

/** Who has eight codes tries as many tokens. */
const TRIES = 8;
/** A limit that lets through as many calls in two seconds is not a strict one. */
const MANY = 60;
const NEXT_WINDOW_MS = 1_050;
const MINUTE = 60_000;

const LEFT = {
  rules: ["recovery.survives-restart"],
  expects: "the replaced bundle and the untouched one; NotFound for the deleted one",
  checks: ["replaced", "untouched", "deleted"],
  errata: ["I-25"],
} as const;

const SENDS = "three bundles, the first one replaced and the third deleted";

export const lastingCases: readonly Case[] = [
  recoveryCase({
    id: "recovery.restart.hook",
    ...LEFT,
    hooks: ["restart"],
    sends: `${SENDS}; a restart`,
    run: (t) => outlives(t, () => t.hook("restart")),
  }),

  recoveryCase({
    id: "recovery.restart.kill",
    ...LEFT,
    needs: "own-server",
    sends: `${SENDS}; SIGKILL, and a new start`,
    run: (t) => outlives(t, () => t.kill()),
  }),

  defineCase({
    id: "recovery.rate.per-address",
    rules: ["recovery.rate", "limits.rate-limit-key"],
    twin: "recovery.token.no-session",
    features: ["auth", "recovery"],
    when: { ...RECOVERY_WHEN, "rate-limit": ["on"] },
    hooks: ["clock.advance"],
    server: { limits: { rate_per_s: 50 } },
    sends:
      "8 fetches of a bundle; 60 more within two seconds; one on another connection of the same " +
      "address and one with a session; one a minute later",
    expects: "8 times Ok; RateLimited at some point, there and with the session; Ok in the end",
    checks: ["eight", "answer", "other-connection", "session", "later"],
    errata: ["C-66", "I-23"],
    async run(t) {
      const alice = await t.user();
      const [one, other] = [await t.peer(), await t.peer()];
      const code = codeOf(t, alice);
      await keep(alice, code);
      const request = { recoveryToken: code.token };
      const fetch = (peer: typeof one | typeof alice) =>
        peer.call(fetchRecoveryBundle, request, { paced: false });
      const fetches = (count: number) =>
        Promise.all(Array.from({ length: count }, () => fetch(one)));

      const served = (await fetches(TRIES)).filter(({ status }) => status === Status.Ok).length;
      t.check("eight", served === TRIES, {
        expected: `${TRIES} times Ok`,
        got: `${served} times`,
      });
      const more = [...(await fetches(MANY / 2))];
      await sleep(NEXT_WINDOW_MS);
      more.push(...(await fetches(MANY / 2)));
      // The newest one: that of the rate of all calls would be over by now.
      const limited = more.findLast(({ status }) => status === Status.RateLimited);
      const last = limited ?? (await fetch(one));
      t.refused(last, Status.RateLimited);
      for (const [check, peer] of [
        ["other-connection", other],
        ["session", alice],
      ] as const) {
        const { status } = await fetch(peer);
        t.check(check, status === Status.RateLimited, {
          expected: "RateLimited",
          got: `status ${status}`,
        });
      }
      await t.hook("clock.advance", MINUTE);
      hasBundle(t, "later", await fetch(other), code.bundle);
    },
  }),
];

async function outlives(t: Trial, restart: () => Promise<void>): Promise<void> {
  const alice = await t.user();
  const [first, second, third] = [
    codeOf(t, alice, "first"),
    codeOf(t, alice, "second"),
    codeOf(t, alice, "third"),
  ];
  for (const code of [first, second, third]) await keep(alice, code);
  const bundle = t.bytes(50, "new");
  await keep(alice, first, bundle);
  await forget(alice, third);
  await restart();

  const nobody = await t.peer();
  hasBundle(t, "replaced", await open(nobody, first), bundle);
  hasBundle(t, "untouched", await open(nobody, second), second.bundle);
  await isUnknown(t, "deleted", nobody, third);
}
