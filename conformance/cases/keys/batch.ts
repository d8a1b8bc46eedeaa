// Hybrid public keys of many identities in one call (304): spec/services/keys.md; C-113, S-10.

import { Status } from "../../../src/registry/statuses.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { batchOf, holds, hybridKey, hybridOf, keyCase, type Named, putHybrid } from "./steps.ts";

interface Scene {
  readonly caller: User;
  readonly alice: User;
  readonly bob: User;
  readonly known: readonly Named[];
}

export const batchCases: readonly Case[] = [
  keyCase({
    id: "keys.batch.order",
    rules: ["keys.hybrid-batch"],
    sends: "FetchHybridKeys for Alice and Bob, then for Bob and Alice",
    expects: "Ok, and their keys in the order of each request",
    checks: ["answer", "order", "reversed"],
    async run(t) {
      const { caller, alice, bob, known } = await scene(t);
      const answer = await batchOf(caller, [alice.key, bob.key]);
      t.status(answer, Status.Ok);
      holds(t, "order", known, answer.message().keys, "Alice's", "Bob's");
      const reversed = await batchOf(caller, [bob.key, alice.key]);
      holds(t, "reversed", known, reversed.message().keys, "Bob's", "Alice's");
    },
  }),

  keyCase({
    id: "keys.batch.gaps",
    rules: ["keys.hybrid-batch", "keys.hybrid-empty-when-none"],
    sends: "FetchHybridKeys for unknown identities before, between and behind Alice and Bob",
    expects: "an entry for each, empty where there is no key",
    checks: ["entries"],
    errata: ["S-08"],
    async run(t) {
      const { caller, alice, bob, known } = await scene(t);
      const none = newIdentityKey;
      const answer = await batchOf(caller, [none(), alice.key, none(), none(), bob.key, none()]);
      const { keys } = answer.message();
      holds(t, "entries", known, keys, "none", "Alice's", "none", "none", "Bob's", "none");
    },
  }),

  keyCase({
    id: "keys.batch.duplicates",
    rules: ["keys.hybrid-batch"],
    sends: "FetchHybridKeys for Alice, Bob, Alice and Alice",
    expects: "four entries",
    checks: ["entries"],
    async run(t) {
      const { caller, alice, bob, known } = await scene(t);
      const answer = await batchOf(caller, [alice.key, bob.key, alice.key, alice.key]);
      const { keys } = answer.message();
      holds(t, "entries", known, keys, "Alice's", "Bob's", "Alice's", "Alice's");
    },
  }),

  keyCase({
    id: "keys.batch.none-known",
    rules: ["keys.hybrid-batch", "keys.hybrid-empty-when-none"],
    sends: "FetchHybridKeys for three unknown identities",
    expects: "Ok and three empty entries",
    checks: ["answer", "entries"],
    errata: ["S-08"],
    async run(t) {
      const caller = await t.user();
      const answer = await batchOf(caller, [newIdentityKey(), newIdentityKey(), newIdentityKey()]);
      t.status(answer, Status.Ok);
      holds(t, "entries", [], answer.message().keys, "none", "none", "none");
    },
  }),

  keyCase({
    id: "keys.batch.retained",
    rules: ["keys.hybrid-retained", "keys.hybrid-batch"],
    sends: "FetchHybridKeys for Alice twice, then FetchHybridKey for her",
    expects: "her key every time",
    checks: ["every-time"],
    async run(t) {
      const { caller, alice, known } = await scene(t);
      const first = (await batchOf(caller, [alice.key])).message().keys;
      const second = (await batchOf(caller, [alice.key])).message().keys;
      const fetched = [...first, ...second, await hybridOf(caller, alice.key)];
      holds(t, "every-time", known, fetched, "Alice's", "Alice's", "Alice's");
    },
  }),

  keyCase({
    id: "keys.batch.no-identities",
    rules: ["keys.batch-empty"],
    sends: "FetchHybridKeys without identity keys",
    expects: "Ok and no entries",
    errata: ["S-10"],
    async run(t) {
      const answer = await batchOf(await t.user(), []);
      const entries = answer.status === Status.Ok ? answer.message().keys.length : -1;
      t.check("answer", entries === 0, {
        expected: "Ok and no entries",
        got: entries < 0 ? `status ${answer.status}` : `${entries} entries`,
      });
    },
  }),

  ...[
    { count: 100, rule: "keys.batch-accepted" as const },
    { count: 1000, rule: "keys.batch-limit" as const },
  ].map(({ count, rule }) =>
    keyCase({
      id: `keys.batch.${count}-identities`,
      rules: [rule, "keys.hybrid-batch"],
      sends: `FetchHybridKeys for ${count} identities, Alice in the first place, Bob in the last`,
      expects: `Ok and ${count} entries, with their keys in these places`,
      checks: ["answer", "entries", "first", "last"],
      errata: ["C-113"],
      async run(t) {
        const { caller, alice, bob, known } = await scene(t);
        const between = Array.from({ length: count - 2 }, newIdentityKey);
        const answer = await batchOf(caller, [alice.key, ...between, bob.key]);
        t.status(answer, Status.Ok);
        const { keys } = answer.message();
        t.check("entries", keys.length === count, {
          expected: `${count}`,
          got: `${keys.length}`,
        });
        holds(t, "first", known, keys.slice(0, 2), "Alice's", "none");
        holds(t, "last", known, keys.slice(-2), "none", "Bob's");
      },
    }),
  ),

  keyCase({
    id: "keys.batch.1000-answers",
    rules: ["keys.batch-limit", "framing.response-limit"],
    sends: "FetchHybridKeys for 1,000 times one identity that has a hybrid key",
    expects: "Ok and 1,000 keys, 1.2 MB in one answer",
    checks: ["answer", "entries"],
    errata: ["C-113"],
    async run(t) {
      const { caller, alice, known } = await scene(t);
      const answer = await batchOf(
        caller,
        Array.from({ length: 1000 }, () => alice.key),
      );
      t.status(answer, Status.Ok);
      const { keys } = answer.message();
      const right = keys.filter((key) => Buffer.compare(key, known[0]?.bytes ?? key) === 0);
      t.check("entries", right.length === 1000, {
        expected: "1,000 keys",
        got: `${right.length} of ${keys.length}`,
      });
    },
  }),

  keyCase({
    id: "keys.batch.1001-identities",
    rules: ["keys.batch-limit"],
    twin: "keys.batch.1000-identities",
    sends: "FetchHybridKeys for 1,001 identities",
    expects: "BadRequest",
    errata: ["C-113"],
    async run(t) {
      t.refused(await tooMany(t), Status.BadRequest);
    },
  }),

  keyCase({
    id: "keys.batch.too-large-code",
    rules: ["keys.batch-limit", "status.error-detail"],
    twin: "keys.batch.1000-identities",
    when: { reconstructed: ["draft"] },
    sends: "FetchHybridKeys for 1,001 identities",
    expects: "ErrorDetail.code BATCH_TOO_LARGE",
    errata: ["C-113"],
    async run(t) {
      const { code } = await tooMany(t);
      t.check("answer", code === "BATCH_TOO_LARGE", {
        expected: "BATCH_TOO_LARGE",
        got: code ?? "no code",
      });
    },
  }),

  ...[
    { place: "first", at: 0 },
    { place: "last", at: 99 },
  ].map(({ place, at }) =>
    keyCase({
      id: `keys.batch.short-key-${place}`,
      rules: ["keys.identity-key", "limits.field-lengths"],
      twin: "keys.batch.100-identities",
      sends: `FetchHybridKeys for 100 identities, the ${place} one cut to 31 bytes`,
      expects: "BadRequest for the whole call",
      errata: ["C-113"],
      async run(t) {
        const keys = Array.from({ length: 100 }, newIdentityKey);
        keys[at] = newIdentityKey().subarray(0, 31);
        t.refused(await batchOf(await t.user(), keys), Status.BadRequest);
      },
    }),
  ),
];

async function scene(t: Trial): Promise<Scene> {
  const [caller, alice, bob] = [await t.user(), await t.user(), await t.user()];
  const known = [hybridKey(t, "Alice's"), hybridKey(t, "Bob's")] as const;
  await putHybrid(alice, known[0]);
  await putHybrid(bob, known[1]);
  return { caller, alice, bob, known };
}

async function tooMany(t: Trial) {
  return batchOf(await t.user(), Array.from({ length: 1001 }, newIdentityKey));
}
