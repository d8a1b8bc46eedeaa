// Hybrid public keys one at a time (302, 303): spec/services/keys.md; C-44, C-47.

import { KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import {
  batchOf,
  hasNone,
  holds,
  hybridKey,
  hybridOf,
  keyCase,
  offerHybrid,
  putHybrid,
} from "./steps.ts";

const { fetchHybridKey } = KeyService.method;

export const hybridCases: readonly Case[] = [
  keyCase({
    id: "keys.hybrid.round-trip",
    rules: ["keys.hybrid-length", "keys.messages"],
    severity: "MUST", // C-47: refusing 1,216 bytes is a failure
    sends: "a hybrid key of 1,216 bytes; another user fetches",
    expects: "Ok, and these bytes",
    checks: ["answer", "fetched"],
    tier: "smoke",
    errata: ["C-47"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const stored = hybridKey(t, "H");
      t.status(await offerHybrid(alice, stored.bytes), Status.Ok);
      holds(t, "fetched", [stored], [await hybridOf(bob, alice.key)], "H");
    },
  }),

  keyCase({
    id: "keys.hybrid.retained",
    rules: ["keys.hybrid-retained"],
    sends: "a hybrid key; two users fetch it, one of them twice, and its owner",
    expects: "the key every time",
    checks: ["every-time"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const stored = hybridKey(t, "H");
      await putHybrid(alice, stored);
      const fetched: (Uint8Array | undefined)[] = [];
      for (const caller of [bob, carol, bob, alice]) {
        fetched.push(await hybridOf(caller, alice.key));
      }
      holds(t, "every-time", [stored], fetched, "H", "H", "H", "H");
    },
  }),

  keyCase({
    id: "keys.hybrid.replaced",
    rules: ["keys.hybrid-replace"],
    sends: "hybrid keys H and I of one user, with a fetch after each; then H again",
    expects: "H, I and H, from FetchHybridKeys too, which has one entry",
    checks: ["latest", "batch"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const [h, i] = [hybridKey(t, "H"), hybridKey(t, "I")];
      const fetched: (Uint8Array | undefined)[] = [];
      for (const stored of [h, i, h]) {
        await putHybrid(alice, stored);
        fetched.push(await hybridOf(bob, alice.key));
      }
      holds(t, "latest", [h, i], fetched, "H", "I", "H");
      holds(t, "batch", [h, i], (await batchOf(bob, [alice.key])).message().keys, "H");
    },
  }),

  keyCase({
    id: "keys.hybrid.two-identities",
    rules: ["keys.hybrid-replace"],
    sends: "a hybrid key of each of two users, then another one of the second",
    expects: "the key of the first as it was",
    checks: ["kept"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const [a, b, c] = [hybridKey(t, "Alice's"), hybridKey(t, "Bob's"), hybridKey(t, "new")];
      await putHybrid(alice, a);
      await putHybrid(bob, b);
      await putHybrid(bob, c);
      const fetched = [await hybridOf(bob, alice.key), await hybridOf(alice, bob.key)];
      holds(t, "kept", [a, b, c], fetched, "Alice's", "new");
    },
  }),

  ...[
    {
      id: "never-uploaded",
      sends: "FetchHybridKey for a registered identity that never uploaded one",
      key: async (t: Trial) => (await t.newUser()).key,
    },
    {
      id: "unregistered",
      sends: "FetchHybridKey for an identity key that no account has",
      key: async () => newIdentityKey(),
    },
  ].map(({ id, sends, key }) =>
    keyCase({
      id: `keys.hybrid.${id}`,
      rules: ["keys.hybrid-empty-when-none", "status.not-found"],
      reading: "keypackage-empty",
      sends,
      expects: "Ok with an empty key; NotFound, if declared, is a warning",
      errata: ["C-44", "S-08"],
      async run(t) {
        const bob = await t.user();
        const answer = await bob.call(fetchHybridKey, { identityKey: await key(t) });
        hasNone(t, answer, (message) => message.hybridPublicKey);
      },
    }),
  ),

  ...[1215, 1217].map((length) =>
    keyCase({
      id: `keys.hybrid.${length}-bytes`,
      rules: ["keys.hybrid-length"],
      twin: "keys.hybrid.round-trip",
      sends: `a hybrid key, then one of ${length} bytes`,
      expects: "BadRequest, and the first key still there; Ok is a warning",
      checks: ["answer", "kept"],
      errata: ["C-47"],
      run: (t) => keptAfter(t, Buffer.concat([t.bytes(1216), t.bytes(1)]).subarray(0, length)),
    }),
  ),

  keyCase({
    id: "keys.hybrid.empty-over-key",
    rules: ["keys.hybrid-not-empty"],
    twin: "keys.hybrid.round-trip",
    sends: "a hybrid key, then an empty one",
    expects: "BadRequest, and the first key still there: an upload does not delete",
    checks: ["answer", "kept"],
    run: (t) => keptAfter(t, new Uint8Array(0)),
  }),
];

async function keptAfter(t: Trial, bad: Uint8Array): Promise<void> {
  const alice = await t.user();
  const stored = hybridKey(t, "H");
  await putHybrid(alice, stored);
  t.refused(await offerHybrid(alice, bad), Status.BadRequest);
  holds(t, "kept", [stored], [await hybridOf(alice, alice.key)], "H");
}
