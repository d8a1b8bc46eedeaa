// Only the owner of a key publishes its address (800): spec/services/p2p.md; C-42.

import { Status } from "../../../src/registry/statuses.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { NOTHING, p2pCase, publish, published, resolvesTo } from "./steps.ts";

/** What Mallory sends for the key of Alice. */
const FOREIGN: readonly { id: string; what: string; bytes: (t: Trial) => Uint8Array }[] = [
  { id: "replace", what: "another address", bytes: (t) => t.bytes(40, "other") },
  { id: "unpublish", what: "an empty address", bytes: () => NOTHING },
];

export const ownerCases: readonly Case[] = [
  ...FOREIGN.map(({ id, what, bytes }) =>
    p2pCase({
      id: `p2p.own-key.${id}`,
      rules: ["p2p.own-key"],
      twin: "p2p.resolve.other-user",
      sends: `an address of Alice; ${what} for her key from Mallory`,
      expects: "Forbidden or Unauthorized, and the address of Alice as it was",
      checks: ["answer", "kept"],
      errata: ["C-42"],
      async run(t) {
        const [alice, mallory] = [await t.user(), await t.user()];
        const address = t.bytes(40);
        await published(alice, address);
        const answer = await publish(mallory, bytes(t), alice.key);
        t.refused(answer, [Status.Forbidden, Status.Unauthorized]);
        await resolvesTo(t, "kept", mallory, alice.key, address);
      },
    }),
  ),

  p2pCase({
    id: "p2p.own-key.unregistered",
    rules: ["p2p.own-key"],
    twin: "p2p.resolve.other-user",
    sends: "an address for a key that no account has",
    expects: "Forbidden or Unauthorized, and no address",
    checks: ["answer", "none"],
    errata: ["C-42"],
    async run(t) {
      const [mallory, key] = [await t.user(), newIdentityKey()];
      const answer = await publish(mallory, t.bytes(40), key);
      t.refused(answer, [Status.Forbidden, Status.Unauthorized]);
      await resolvesTo(t, "none", mallory, key, NOTHING);
    },
  }),
];
