// Whose bundles are replaced and deleted, and how many there are (750, 752): spec/services/recovery.md;
// C-67.

import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import {
  type Code,
  codeOf,
  forget,
  forgetAll,
  hasBundle,
  isSuccess,
  isUnknown,
  keep,
  open,
  recoveryCase,
} from "./steps.ts";

/** Bundles that an account beyond any bound is asked to store, at most. */
const MOST_BUNDLES = 200;

export const ownerCases: readonly Case[] = [
  recoveryCase({
    id: "recovery.foreign-hash.store",
    rules: ["recovery.foreign-hash"],
    twin: "recovery.store.replaced",
    sends: "a bundle of Alice; one of Mallory under the same token_hash",
    expects: "Forbidden, and the bundle of Alice",
    checks: ["answer", "kept"],
    errata: ["C-67"],
    async run(t) {
      const [alice, mallory] = [await t.user(), await t.user()];
      const code = codeOf(t, alice);
      await keep(alice, code);
      t.refused(await keep(mallory, code, t.bytes(20, "other")), Status.Forbidden);
      hasBundle(t, "kept", await open(await t.peer(), code), code.bundle);
      await forgetAll(alice, code);
    },
  }),

  recoveryCase({
    id: "recovery.foreign-hash.delete",
    rules: ["recovery.foreign-hash", "recovery.delete"],
    twin: "recovery.delete.own",
    sends: "a bundle of Alice; DeleteRecoveryBundle from Mallory",
    expects: "Forbidden, and the bundle of Alice",
    checks: ["answer", "kept"],
    errata: ["C-67"],
    async run(t) {
      const [alice, mallory] = [await t.user(), await t.user()];
      const code = codeOf(t, alice);
      await keep(alice, code);
      t.refused(await forget(mallory, code), Status.Forbidden);
      hasBundle(t, "kept", await open(await t.peer(), code), code.bundle);
      await forgetAll(alice, code);
    },
  }),

  recoveryCase({
    id: "recovery.foreign-hash.at-once",
    rules: ["recovery.foreign-hash"],
    twin: "recovery.store.replaced",
    sends: "a bundle each of Alice and Bob at once under one token_hash that is new",
    expects: "Ok for one of them and Forbidden for the other; the bundle of the first",
    checks: ["answer", "one-ok", "bundle"],
    errata: ["C-67"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const code = codeOf(t, alice);
      const other = t.bytes(40, "other");
      const [one, two] = await Promise.all([keep(alice, code), keep(bob, code, other)]);
      const isFirst = one.status === Status.Ok;
      t.refused(isFirst ? two : one, Status.Forbidden);
      t.check("one-ok", isFirst || two.status === Status.Ok, {
        expected: "one Ok",
        got: "none",
      });
      hasBundle(t, "bundle", await open(await t.peer(), code), isFirst ? code.bundle : other);
      await forgetAll(isFirst ? alice : bob, code);
    },
  }),

  recoveryCase({
    id: "recovery.delete.own",
    rules: ["recovery.delete", "recovery.unknown"],
    sends: "two bundles; DeleteRecoveryBundle of the first twice; both tokens",
    expects: "success, then none; NotFound for the first, the other bundle as it was",
    checks: ["deleted", "again", "gone", "other"],
    async run(t) {
      const [alice, nobody] = [await t.user(), await t.peer()];
      const [one, two] = [codeOf(t, alice, "one"), codeOf(t, alice, "two")];
      await keep(alice, one);
      await keep(alice, two);
      isSuccess(t, "deleted", await forget(alice, one));
      isSuccess(t, "again", await forget(alice, one), false);
      await isUnknown(t, "gone", nobody, one);
      hasBundle(t, "other", await open(nobody, two), two.bundle);
      await forgetAll(alice, two);
    },
  }),

  recoveryCase({
    id: "recovery.delete.never-stored",
    rules: ["recovery.delete"],
    sends: "DeleteRecoveryBundle of a token_hash that nobody stored",
    expects: "Ok without success",
    checks: ["answer", "none"],
    async run(t) {
      const alice = await t.user();
      const answer = await forget(alice, codeOf(t, alice));
      t.status(answer, Status.Ok);
      isSuccess(t, "none", answer, false);
    },
  }),

  recoveryCase({
    id: "recovery.bundle-cap.one-more",
    rules: ["recovery.bundle-cap"],
    twin: "recovery.store.eight",
    sends: "bundles under new tokens until one is refused, at most 200; the first one replaced",
    expects: "Forbidden at some point, no bound is for information; Ok for the replacement",
    checks: ["answer", "replaced", "first"],
    errata: ["C-67"],
    async run(t) {
      const alice = await t.newUser();
      const codes: Code[] = [];
      for (;;) {
        const code = codeOf(t, alice, `${codes.length}`, t.bytes(8));
        const answer = await keep(alice, code);
        if (answer.status === Status.Ok && codes.length < MOST_BUNDLES) {
          codes.push(code);
          continue;
        }
        t.refused(answer, Status.Forbidden);
        break;
      }
      const [first = codeOf(t, alice)] = codes;
      const bundle = t.bytes(9, "new");
      isSuccess(t, "replaced", await keep(alice, first, bundle));
      hasBundle(t, "first", await open(await t.peer(), first), bundle);
    },
  }),
];
