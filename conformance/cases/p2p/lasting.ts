// What a restart and a crash leave of endpoints (spec/services/p2p.md; I-25).

import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { NOTHING, p2pCase, published, resolvesTo } from "./steps.ts";

const LEFT = {
  rules: ["p2p.resolve", "p2p.replace"],
  expects: "the second address, and none",
  checks: ["latest", "none"],
  errata: ["I-25"],
} as const;

const SENDS = "two addresses of Alice, one after the other; one of Bob, and an empty one";

export const lastingCases: readonly Case[] = [
  p2pCase({
    id: "p2p.restart.hook",
    ...LEFT,
    hooks: ["restart"],
    sends: `${SENDS}; a restart`,
    run: (t) => outlives(t, () => t.hook("restart")),
  }),

  p2pCase({
    id: "p2p.restart.kill",
    ...LEFT,
    needs: "own-server",
    sends: `${SENDS}; SIGKILL, and a new start`,
    run: (t) => outlives(t, () => t.kill()),
  }),
];

async function outlives(t: Trial, restart: () => Promise<void>): Promise<void> {
  const [alice, bob] = [await t.user(), await t.user()];
  const address = t.bytes(60, "B");
  await published(alice, t.bytes(60, "A"));
  await published(alice, address);
  await published(bob, t.bytes(60, "C"));
  await published(bob, NOTHING);
  await restart();

  const reader = await t.logIn(bob.account);
  await resolvesTo(t, "latest", reader, alice.key, address);
  await resolvesTo(t, "none", reader, bob.key, NOTHING);
}
