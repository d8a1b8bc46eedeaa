// Keys that change or are revoked, by a log that holds (spec/crypto/key-transparency.md, Pinned keys).

import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { lie } from "../../hostile/world/bends.ts";
import { type Account, addAccount } from "../../hostile/world/state.ts";
import { revoke } from "../../hostile/world/users.ts";
import { believed, verify } from "../room.ts";
import { checkRevocation, KT_OPS, newcomers, newKey, type Town, town } from "./town.ts";

/** rebound binds Bob's name to another key in the honest log, as a server can. */
function rebound({ world }: Town): Account {
  return addAccount(world.state, "bob", newKey());
}

const TWIN = "client-kt.verify.grown";

export const pinCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-kt.pinned.key-changed",
    rules: ["key-transparency.pinned", "client.pinning"],
    sends: "another key for a name that was verified before, with a good proof",
    expects: "err kt.mismatch, and Carol's key believed",
    checks: ["answer", "honest-afterwards"],
    twin: TWIN,
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      trial.ok(await verify(place, "bob"), "verify.user bob");
      rebound(place);
      trial.refused(await verify(place, "bob"), "kt.mismatch");
      await believed(place, "carol", place.carol.identityKey);
    },
  }),

  defineClientCase({
    id: "client-kt.pinned.key-changed-again",
    rules: ["key-transparency.pinned", "key-transparency.nothing-stored"],
    sends: "the other key for a verified name twice, with more leaves the second time",
    expects: "err kt.mismatch both times, and the first key believed when it is back",
    checks: ["first", "answer", "honest-afterwards"],
    twin: TWIN,
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      trial.ok(await verify(place, "bob"), "verify.user bob");
      rebound(place);
      trial.refused(await verify(place, "bob"), "kt.mismatch", "first");
      newcomers(place.world, 2);
      trial.refused(await verify(place, "bob"), "kt.mismatch");
      place.world.state.accounts.set("bob", place.bob);
      await believed(place, "bob", place.bob.identityKey);
    },
  }),

  defineClientCase({
    id: "client-kt.pinned.after-restart",
    rules: ["key-transparency.pinned"],
    sends: "another key for a name that was verified before the program ended and began again",
    expects: "err kt.mismatch",
    checks: ["answer"],
    twin: TWIN,
    ops: [...KT_OPS, "user.reopen"],
    async run(trial) {
      const place = await town(trial);
      trial.ok(await verify(place, "bob"), "verify.user bob");
      trial.ok(await place.alice.ask("user.reopen"), "user.reopen");
      rebound(place);
      trial.refused(await verify(place, "bob"), "kt.mismatch");
    },
  }),

  defineClientCase({
    id: "client-kt.revoked.at-first",
    rules: ["kt.clients-check"],
    sends: "a good proof of a key that is revoked",
    expects: "err kt.mismatch, and Carol's key believed",
    checks: ["answer", "honest-afterwards"],
    twin: "client-kt.verify.honest",
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      revoke(place.world.state, place.bob.identityKey, "compromised");
      trial.refused(await verify(place, "bob"), "kt.mismatch");
      await believed(place, "carol", place.carol.identityKey);
    },
  }),

  defineClientCase({
    id: "client-kt.revoked.later",
    rules: ["kt.clients-check"],
    sends: "a good proof of a key that was verified and has been revoked since",
    expects: "err kt.mismatch, and Carol's key believed",
    checks: ["answer", "honest-afterwards"],
    twin: TWIN,
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      trial.ok(await verify(place, "bob"), "verify.user bob");
      revoke(place.world.state, place.bob.identityKey, "user_revoked");
      trial.refused(await verify(place, "bob"), "kt.mismatch");
      await believed(place, "carol", place.carol.identityKey);
    },
  }),

  defineClientCase({
    id: "client-kt.revoked.taken-back",
    rules: ["key-transparency.revocation-final"],
    sends: "revoked for a verified key, and later revoked = false for the same key",
    expects: "err kt.mismatch both times",
    checks: ["first", "answer"],
    twin: TWIN,
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      trial.ok(await verify(place, "bob"), "verify.user bob");
      revoke(place.world.state, place.bob.identityKey, "superseded");
      trial.refused(await verify(place, "bob"), "kt.mismatch", "first");
      lie(place.world, checkRevocation, () => ({ revoked: false }));
      trial.refused(await verify(place, "bob"), "kt.mismatch");
    },
  }),

  defineClientCase({
    id: "client-kt.revoked.other-name",
    rules: ["key-transparency.revocation-final"],
    sends: "a revoked key under a second name, with a good proof and revoked = false",
    expects: "err kt.mismatch",
    checks: ["first", "answer"],
    twin: TWIN,
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      trial.ok(await verify(place, "bob"), "verify.user bob");
      const { state } = place.world;
      revoke(state, place.bob.identityKey, "compromised");
      trial.refused(await verify(place, "bob"), "kt.mismatch", "first");
      addAccount(state, "robert", place.bob.identityKey);
      lie(place.world, checkRevocation, () => ({ revoked: false }));
      trial.refused(await verify(place, "robert"), "kt.mismatch");
    },
  }),
];
