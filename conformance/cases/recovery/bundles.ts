// Storing bundles and fetching them by token (750, 751): spec/services/recovery.md; C-66, C-67.

import { RecoveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { answersWith, bytesField, numberField } from "../message-bytes.ts";
import { codeOf, forgetAll, hasBundle, isSuccess, keep, open, recoveryCase } from "./steps.ts";

const { storeRecoveryBundle, fetchRecoveryBundle, deleteRecoveryBundle } = RecoveryService.method;

const CODES = ["1", "2", "3", "4", "5", "6", "7", "8"];
const AT_ONCE = 50;

export const bundleCases: readonly Case[] = [
  recoveryCase({
    id: "recovery.messages.store",
    rules: ["recovery.messages", "recovery.store"],
    sends: "method 750: token_hash as field 1, bundle as field 2",
    expects: "Ok with success as field 1",
    checks: ["answer", "payload"],
    async run(t) {
      const alice = await t.user();
      const code = codeOf(t, alice);
      await answersWith(
        t,
        alice,
        storeRecoveryBundle,
        [bytesField(1, code.tokenHash), bytesField(2, code.bundle)],
        [numberField(1, 1)],
      );
      await forgetAll(alice, code);
    },
  }),

  recoveryCase({
    id: "recovery.messages.fetch",
    rules: ["recovery.messages", "recovery.token"],
    sends: "method 751 for a stored bundle: recovery_token as field 1",
    expects: "Ok with the bundle as field 1",
    checks: ["answer", "payload"],
    async run(t) {
      const alice = await t.user();
      const code = codeOf(t, alice);
      await keep(alice, code);
      await answersWith(
        t,
        { peer: await t.peer() },
        fetchRecoveryBundle,
        [bytesField(1, code.token)],
        [bytesField(1, code.bundle)],
      );
      await forgetAll(alice, code);
    },
  }),

  recoveryCase({
    id: "recovery.messages.delete",
    rules: ["recovery.messages", "recovery.delete"],
    sends: "method 752 for a stored bundle: token_hash as field 1",
    expects: "Ok with success as field 1",
    checks: ["answer", "payload"],
    async run(t) {
      const alice = await t.user();
      const code = codeOf(t, alice);
      await keep(alice, code);
      await answersWith(
        t,
        alice,
        deleteRecoveryBundle,
        [bytesField(1, code.tokenHash)],
        [numberField(1, 1)],
      );
    },
  }),

  recoveryCase({
    id: "recovery.token.no-session",
    rules: ["recovery.token", "recovery.store"],
    tier: "smoke",
    sends: "a bundle; its token on a connection without a session",
    expects: "success, and the bundle",
    checks: ["answer", "stored", "bundle"],
    async run(t) {
      const alice = await t.user();
      const code = codeOf(t, alice);
      const stored = await keep(alice, code);
      t.status(stored, Status.Ok);
      isSuccess(t, "stored", stored);
      hasBundle(t, "bundle", await open(await t.peer(), code), code.bundle);
      await forgetAll(alice, code);
    },
  }),

  recoveryCase({
    id: "recovery.token.twice",
    rules: ["recovery.token"],
    sends: "a bundle; its token twice without a session, from its owner and from another user",
    expects: "the bundle every time: a fetch takes nothing away",
    checks: ["first", "second", "owner", "other"],
    async run(t) {
      const [alice, bob, nobody] = [await t.user(), await t.user(), await t.peer()];
      const code = codeOf(t, alice);
      await keep(alice, code);
      hasBundle(t, "first", await open(nobody, code), code.bundle);
      hasBundle(t, "second", await open(nobody, code), code.bundle);
      hasBundle(t, "owner", await open(alice, code), code.bundle);
      hasBundle(t, "other", await open(bob, code), code.bundle);
      await forgetAll(alice, code);
    },
  }),

  recoveryCase({
    id: "recovery.token.bad-session",
    rules: ["recovery.token", "sessions.open-methods-ignore"],
    sends: "a bundle; its token in a request whose trailer has a session token that nobody has",
    expects: "the bundle: the method looks at no session",
    checks: ["bundle"],
    errata: ["C-66", "I-13"],
    async run(t) {
      const alice = await t.user();
      const code = codeOf(t, alice);
      await keep(alice, code);
      const request = { recoveryToken: code.token };
      const bad = { token: t.bytes(32, "session") };
      const answer = await (await t.peer()).call(fetchRecoveryBundle, request, bad);
      hasBundle(t, "bundle", answer, code.bundle);
      await forgetAll(alice, code);
    },
  }),

  recoveryCase({
    id: "recovery.token.hash-instead",
    rules: ["recovery.unknown", "recovery.token"],
    twin: "recovery.token.no-session",
    sends: "a bundle; its token_hash as recovery_token",
    expects: "NotFound: who knows what the server keeps cannot fetch with it",
    async run(t) {
      const alice = await t.user();
      const code = codeOf(t, alice);
      await keep(alice, code);
      t.refused(await open(await t.peer(), { token: code.tokenHash }), Status.NotFound);
      await forgetAll(alice, code);
    },
  }),

  recoveryCase({
    id: "recovery.unknown.last-byte",
    rules: ["recovery.unknown"],
    twin: "recovery.token.no-session",
    sends: "a bundle; its token with another last byte",
    expects: "NotFound",
    async run(t) {
      const alice = await t.user();
      const code = codeOf(t, alice);
      await keep(alice, code);
      const token = Uint8Array.from(code.token);
      token[31] = (token[31] ?? 0) ^ 1;
      t.refused(await open(await t.peer(), { token }), Status.NotFound);
      await forgetAll(alice, code);
    },
  }),

  recoveryCase({
    id: "recovery.store.eight",
    rules: ["recovery.store", "recovery.token"],
    sends: "eight bundles under eight tokens; each token without a session",
    expects: "success each time, and for each token its own bundle",
    checks: [...CODES.map((n) => `stored-${n}`), ...CODES.map((n) => `bundle-${n}`)],
    errata: ["C-67"],
    async run(t) {
      const [alice, nobody] = [await t.user(), await t.peer()];
      const codes = CODES.map((n) => codeOf(t, alice, n));
      for (const [n, code] of codes.entries()) {
        isSuccess(t, `stored-${n + 1}`, await keep(alice, code));
      }
      for (const [n, code] of codes.entries()) {
        hasBundle(t, `bundle-${n + 1}`, await open(nobody, code), code.bundle);
      }
      await forgetAll(alice, ...codes);
    },
  }),

  recoveryCase({
    id: "recovery.store.replaced",
    rules: ["recovery.store"],
    sends: "two bundles; another bundle under the first token_hash",
    expects: "success; the new bundle for the first token, the other one as it was",
    checks: ["replaced", "new", "other"],
    async run(t) {
      const [alice, nobody] = [await t.user(), await t.peer()];
      const [one, two] = [codeOf(t, alice, "one"), codeOf(t, alice, "two")];
      await keep(alice, one);
      await keep(alice, two);
      const bundle = t.bytes(77, "new");
      isSuccess(t, "replaced", await keep(alice, one, bundle));
      hasBundle(t, "new", await open(nobody, one), bundle);
      hasBundle(t, "other", await open(nobody, two), two.bundle);
      await forgetAll(alice, one, two);
    },
  }),

  recoveryCase({
    id: "recovery.store.50-at-once",
    rules: ["recovery.store", "recovery.opaque"],
    sends: "50 different bundles at once under one token_hash; its token",
    expects: "success each time, and one of the 50 as it was sent",
    checks: ["stored", "bundle"],
    async run(t) {
      const alice = await t.user();
      const code = codeOf(t, alice);
      const bundles = Array.from({ length: AT_ONCE }, (_, n) => t.bytes(3000, `bundle ${n}`));
      const answers = await Promise.all(bundles.map((bundle) => keep(alice, code, bundle)));
      const stored = answers.filter(({ status }) => status === Status.Ok).length;
      t.check("stored", stored === AT_ONCE, {
        expected: `${AT_ONCE} times Ok`,
        got: `${stored} times`,
      });
      const answer = await open(await t.peer(), code);
      const got = answer.status === Status.Ok ? Buffer.from(answer.message().bundle) : undefined;
      const one = bundles.find((bundle) => got?.equals(bundle));
      hasBundle(t, "bundle", answer, one ?? code.bundle);
      await forgetAll(alice, code);
    },
  }),
];
