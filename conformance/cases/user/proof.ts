// The inclusion proof that comes with a key (spec/services/user.md; C-53, I-20), verified from all leaves
// of an audit.

import { demandOk, newAccount, register } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { spell } from "../../judge/trace.ts";
import { gone } from "../account/steps.ts";
import { auditedLog, revoke } from "../kt/steps.ts";
import { holdsProof, PROOF_CHECKS, PROVED, proved, userCase } from "./steps.ts";

/** A clock that is further away than this counts something else than Unix milliseconds. */
const CLOCK_MS = 86_400_000;
const DAY_MS = 86_400_000;

export const proofCases: readonly Case[] = [
  userCase({
    id: "user.proof.several",
    rules: ["user.proof", "kt.leaf"],
    features: ["kt"],
    when: PROVED,
    sends: "the names of four users, then an audit",
    expects: "four proofs whose leaf, path and root follow from the leaves of the audit",
    checks: PROOF_CHECKS,
    errata: ["C-52", "C-53"],
    tier: "smoke",
    async run(t) {
      const users = [await t.user(), await t.user(), await t.user(), await t.newUser()];
      for (const user of users) {
        const proof = await proved(user, user.account.username);
        holdsProof(t, user, proof, await auditedLog(user));
      }
    },
  }),

  userCase({
    id: "user.proof.grown-log",
    rules: ["user.proof", "kt.append-only"],
    features: ["kt"],
    when: PROVED,
    sends: "the name of a user, then again after a registration, and after a revocation",
    expects: "each proof against a longer log, all of the same leaf",
    checks: [...PROOF_CHECKS, "grows", "same-leaf"],
    errata: ["C-53", "I-20"],
    async run(t) {
      const [caller, alice] = [await t.user(), await t.user()];
      const ask = () => proved(caller, alice.account.username);
      const first = await ask();
      const bob = await t.newUser();
      const second = await ask();
      await revoke(bob);
      const proofs = [first, second, await ask()];
      const log = await auditedLog(caller);
      for (const proof of proofs) holdsProof(t, alice, proof, log);
      const sizes = proofs.map(({ proof }) => proof.treeSize);
      const [one = 0n, two = 0n, three = 0n] = sizes;
      t.check("grows", one < two && two < three, {
        expected: "three rising sizes",
        got: sizes.join(", "),
      });
      const places = new Set(proofs.map(({ proof }) => `${proof.leafIndex}`));
      t.check("same-leaf", places.size === 1, {
        expected: "one leaf_index",
        got: [...places].join(", "),
      });
    },
  }),

  userCase({
    id: "user.proof.at-once",
    rules: ["user.proof"],
    features: ["kt"],
    when: PROVED,
    sends: "thirty times the names of three users at once, while two others register",
    expects: "thirty proofs that hold",
    checks: PROOF_CHECKS,
    errata: ["C-53", "I-20"],
    async run(t) {
      const users = [await t.user(), await t.user(), await t.user()] as const;
      const work = Promise.all([t.newUser(), t.newUser()]);
      work.catch(() => {}); // of no interest when a name is not resolved
      const proofs = await Promise.all(
        Array.from({ length: 30 }, async (_, i) => {
          const user = users[i % 3] ?? users[0];
          return { user, proof: await proved(users[0], user.account.username) };
        }),
      );
      await work;
      const log = await auditedLog(users[0]);
      for (const { user, proof } of proofs) holdsProof(t, user, proof, log);
    },
  }),

  userCase({
    id: "user.proof.revoked",
    rules: ["user.proof", "user.revoked"],
    features: ["kt"],
    when: PROVED,
    severity: "MUST",
    sends: "the name of a user whose key is revoked",
    expects: "a proof of the binding, not of the revocation",
    checks: PROOF_CHECKS,
    errata: ["C-53", "I-10"],
    async run(t) {
      const [caller, alice] = [await t.user(), await t.newUser()];
      await revoke(alice);
      const proof = await proved(caller, alice.account.username);
      holdsProof(t, alice, proof, await auditedLog(caller));
    },
  }),

  userCase({
    id: "user.proof.time",
    rules: ["user.proof", "kt.leaf"],
    features: ["kt"],
    when: PROVED,
    sends: "the name of a new user",
    expects: "the time of the registration in Unix milliseconds",
    checks: ["unix"],
    errata: ["C-52"],
    async run(t) {
      const alice = await t.newUser();
      const { proof } = await proved(alice, alice.account.username);
      const distance = Math.abs(Number(proof.timestampMs) - Date.now());
      t.check("unix", distance < CLOCK_MS, {
        expected: `about ${Date.now()}`,
        got: `${proof.timestampMs}`,
      });
    },
  }),

  userCase({
    id: "user.proof.new-owner",
    rules: ["user.proof", "account.name-blocked"],
    features: ["kt", "account"],
    when: PROVED,
    hooks: ["clock.advance"],
    sends: "DeleteAccount, a registration of its name with a new key 31 days later, and the name",
    expects: "the new key, with a proof of its binding: the newest one of the name",
    checks: ["key", ...PROOF_CHECKS],
    errata: ["C-73", "I-09"],
    async run(t) {
      const alice = await t.newUser();
      await gone(alice);
      await t.hook("clock.advance", 31 * DAY_MS);
      const account = newAccount({ username: alice.account.username });
      demandOk(await register(await t.peer(), account), "OpaqueRegisterFinish");
      const heir = await t.logIn(account);
      const proof = await proved(heir, account.username);
      t.check("key", spell(proof.key) === spell(heir.key), {
        expected: spell(heir.key),
        got: spell(proof.key),
      });
      holdsProof(t, heir, proof, await auditedLog(heir));
    },
  }),
];
