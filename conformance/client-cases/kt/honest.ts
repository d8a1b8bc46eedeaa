// Honest servers that a client must believe (spec/crypto/key-transparency.md).

import { Status } from "../../../src/registry/statuses.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { bytesOf } from "../../client/sdk.ts";
import { asked, refuse } from "../../hostile/world/bends.ts";
import { hex, same } from "../../hostile/world/state.ts";
import { believed, verify } from "../room.ts";
import { auditing, checkRevocation, KT_OPS, newcomers, resolveUser, settle, town } from "./town.ts";

const MOST_LEAVES = 40;

export const honestKtCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-kt.verify.honest",
    rules: ["user.clients-verify"],
    sends: "honest answers to 500, 520 and 511",
    expects: "ok with Bob's key, and kt ok",
    checks: ["answer"],
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      await believed(place, "bob", place.bob.identityKey, "answer");
    },
  }),

  defineClientCase({
    id: "client-kt.verify.grown",
    rules: ["key-transparency.mirror"],
    sends: "an honest log that grew since the client has verified Carol",
    expects: "ok with Bob's key, and kt ok",
    checks: ["answer"],
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      trial.ok(await verify(place, "carol"), "verify.user carol");
      newcomers(place.world, 3);
      await believed(place, "bob", place.bob.identityKey, "answer");
    },
  }),

  defineClientCase({
    id: "client-kt.verify.one-to-forty-leaves",
    rules: ["key-transparency.mirror", "key-transparency.root"],
    sends: "an honest log that grows from 1 leaf to 40, with another user to verify at every size",
    expects: "ok with the right key at every size",
    checks: ["sizes"],
    ops: KT_OPS,
    async run(trial) {
      const world = await trial.world();
      const alice = await trial.user(world);
      const aliceKey = await alice.register();
      const guest = { trial, world, alice, aliceKey };
      const wrong: string[] = [];
      for (let size = 2; size <= MOST_LEAVES; size++) {
        const account = settle(world, `person-${size}`);
        const reply = await verify(guest, account.username);
        const isIt = "ok" in reply && same(bytesOf(reply.ok, "identity_key"), account.identityKey);
        if (!isIt) wrong.push(`${size} leaves: ${JSON.stringify(reply)}`);
      }
      trial.check("sizes", wrong.length === 0, { expected: "ok 39 times", got: wrong.join("; ") });
    },
  }),

  defineClientCase({
    id: "client-kt.verify.every-leaf",
    rules: ["key-transparency.inclusion"],
    sends: "an honest log of 21 leaves, and 19 users of it to verify",
    expects: "ok with the right key for everybody",
    checks: ["leaves"],
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      newcomers(place.world, 16);
      const others = [...place.world.state.accounts.values()].slice(1);
      const wrong: string[] = [];
      for (const { username, identityKey, leafIndex } of others) {
        const reply = await verify(place, username);
        const isIt = "ok" in reply && same(bytesOf(reply.ok, "identity_key"), identityKey);
        if (!isIt) wrong.push(`leaf ${leafIndex}: ${JSON.stringify(reply)}`);
      }
      trial.check("leaves", wrong.length === 0, {
        expected: "ok each time",
        got: wrong.join("; "),
      });
    },
  }),

  ...[1, 2, 3].map((size) =>
    defineClientCase({
      id: `client-kt.verify.pages-of-${size}`,
      rules: ["key-transparency.pages"],
      sends: `an honest log of 12 leaves in pages of ${size}`,
      expects: "ok with Bob's key, and kt ok",
      checks: ["answer"],
      ops: KT_OPS,
      async run(trial) {
        const place = await town(trial);
        newcomers(place.world, 7);
        const { log } = place.world.state;
        auditing(place, (start, end) => log.audit(start, Math.min(start + size, end || log.size)));
        await believed(place, "bob", place.bob.identityKey, "answer");
      },
    }),
  ),

  defineClientCase({
    id: "client-kt.verify.log-grows-meanwhile",
    rules: ["key-transparency.mirror"],
    sends: "an honest log that grows between the proof and the audit, and between two pages",
    expects: "ok with Bob's key, and kt ok",
    checks: ["answer"],
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      const { log } = place.world.state;
      let pages = 0;
      auditing(place, (start, end) => {
        pages += 1;
        if (pages <= 2) newcomers(place.world, 1);
        return log.audit(start, pages === 1 ? Math.min(start + 2, log.size) : end);
      });
      await believed(place, "bob", place.bob.identityKey, "answer");
    },
  }),

  defineClientCase({
    id: "client-kt.verify.asks-for-revocation",
    rules: ["kt.clients-check"],
    sends: "honest answers",
    expects: "a CheckRevocation of Bob's key",
    checks: ["asked"],
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      trial.ok(await verify(place, "bob"), "verify.user bob");
      const keys = asked(place.world, checkRevocation).map(({ identityKey }) => hex(identityKey));
      trial.check("asked", keys.includes(hex(place.bob.identityKey)), {
        expected: `CheckRevocation of ${hex(place.bob.identityKey)}`,
        got: keys.join(", ") || "none",
      });
    },
  }),

  defineClientCase({
    id: "client-kt.verify.name-as-given",
    rules: ["key-transparency.names"],
    sends: "honest answers to a name of other letters than ASCII, in upper and lower case",
    expects: "the name as it was given in ResolveUser, and ok",
    checks: ["answer", "asked"],
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      const { identityKey } = settle(place.world, "Zoë.Ωmega");
      await believed(place, "Zoë.Ωmega", identityKey, "answer");
      const names = asked(place.world, resolveUser).map(({ username }) => username);
      trial.check("asked", names.includes("Zoë.Ωmega"), {
        expected: "Zoë.Ωmega",
        got: names.join(", "),
      });
    },
  }),

  defineClientCase({
    id: "client-kt.verify.two-cases",
    rules: ["key-transparency.names"],
    sends: "honest answers for carol and for Carol, who are two people",
    expects: "each with the own key",
    checks: ["lower", "upper"],
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      const upper = settle(place.world, "Carol");
      await believed(place, "carol", place.carol.identityKey, "lower");
      await believed(place, "Carol", upper.identityKey, "upper");
    },
  }),

  defineClientCase({
    id: "client-kt.verify.unknown-user",
    rules: ["user.not-found"],
    sends: "NotFound for a name",
    expects: "err local.invalid, and Bob's key believed",
    checks: ["answer", "honest-afterwards"],
    twin: "client-kt.verify.honest",
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      trial.refused(await verify(place, "nobody"), "local.invalid");
      await believed(place, "bob", place.bob.identityKey);
    },
  }),

  defineClientCase({
    id: "client-kt.verify.revocation-unavailable",
    rules: ["kt.clients-check"],
    sends: "Unavailable in answer to CheckRevocation",
    expects: "an error, and Bob's key believed when the server answers again",
    checks: ["answer", "honest-afterwards"],
    twin: "client-kt.verify.honest",
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      const undo = refuse(place.world, checkRevocation, Status.Unavailable);
      trial.refused(await verify(place, "bob"), ["local.invalid", "kt.mismatch", "deadline"]);
      undo();
      await believed(place, "bob", place.bob.identityKey);
    },
  }),
];
