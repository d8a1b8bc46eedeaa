// What appends a leaf, what does not, and which bytes are hashed (spec/services/kt.md; C-52, I-09, I-20).
// Cases that count leaves run while nobody else appends.

import { newIdentityKey, newUsername, register } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { proved } from "../user/steps.ts";
import { bindingLeaf, REASON_BYTES, type Reason, revocationLeaf } from "./merkle.ts";
import {
  askRevocation,
  audit,
  auditedLog,
  enter,
  HASHED,
  isLeaf,
  ktCase,
  revocationOf,
  revoke,
} from "./steps.ts";

export const leafCases: readonly Case[] = [
  ...(Object.keys(REASON_BYTES) as Reason[]).map((reason) =>
    ktCase({
      id: `kt.leaf.${reason.replace("_", "-")}`,
      rules: ["kt.leaf", "kt.revoke"],
      when: HASHED,
      sends: `a revocation as "${reason}", and an audit`,
      expects: "at leaf_index the hash of key, reason and the time that CheckRevocation tells",
      checks: ["leaf"],
      errata: ["C-52"],
      async run(t) {
        const [alice, bob] = [await t.newUser(), await t.user()];
        const index = await revoke(alice, reason);
        const { timestampMs } = await revocationOf(bob, alice.key);
        const leaf = revocationLeaf(alice.key, reason, timestampMs);
        isLeaf(t, "leaf", await auditedLog(bob), index, leaf);
      },
    }),
  ),

  ktCase({
    id: "kt.one-leaf.registration",
    rules: ["kt.one-leaf"],
    needs: "quiet",
    sends: "three registrations, one after the other",
    expects: "one leaf more after each",
    checks: ["one", "two", "three"],
    errata: ["I-20"],
    async run(t) {
      const [caller, peer] = [await t.user(), await t.peer()];
      for (const check of ["one", "two", "three"]) {
        await grows(t, check, caller, 1n, () => enter(t, peer, newUsername(), newIdentityKey()));
      }
    },
  }),

  ktCase({
    id: "kt.one-leaf.registrations-at-once",
    rules: ["kt.one-leaf"],
    needs: "quiet",
    sends: "forty registrations at once on four connections, ten of them under one name",
    expects: "31 leaves more",
    checks: ["at-once"],
    errata: ["I-20"],
    async run(t) {
      const caller = await t.user();
      const peers = await Promise.all([t.peer(), t.peer(), t.peer(), t.peer()]);
      const shared = newUsername();
      const names = Array.from({ length: 40 }, (_, i) => (i < 10 ? shared : newUsername()));
      await grows(t, "at-once", caller, 31n, () =>
        Promise.all(names.map((name, i) => enter(t, peers[i % 4] as Peer, name, newIdentityKey()))),
      );
    },
  }),

  ktCase({
    id: "kt.one-leaf.failed-registration",
    rules: ["kt.one-leaf", "auth.record-kept"],
    needs: "quiet",
    sends: "a registration of a taken name, one with a taken key, one of an account that exists",
    expects: "no leaf more after any of them",
    checks: ["name", "key", "account"],
    errata: ["C-27", "I-09"],
    async run(t) {
      const [caller, alice, peer] = [await t.user(), await t.user(), await t.peer()];
      const { username } = alice.account;
      await grows(t, "name", caller, 0n, () => enter(t, peer, username, newIdentityKey()));
      await grows(t, "key", caller, 0n, () => enter(t, peer, newUsername(), alice.key));
      await grows(t, "account", caller, 0n, () => register(peer, alice.account));
    },
  }),

  ktCase({
    id: "kt.one-leaf.revocation",
    rules: ["kt.one-leaf", "kt.first-stays"],
    needs: "quiet",
    sends: "a revocation, a login, a second revocation; a revocation that is refused",
    expects: "one leaf more after the first, none after the others",
    checks: ["first", "login", "second", "refused"],
    errata: ["I-10", "I-20"],
    async run(t) {
      const [caller, alice] = [await t.user(), await t.newUser()];
      await grows(t, "first", caller, 1n, () => revoke(alice));
      let again = alice;
      await grows(t, "login", caller, 0n, async () => {
        again = await t.logIn(alice.account);
      });
      await grows(t, "second", caller, 0n, () => askRevocation(again, "superseded"));
      const stranger = newIdentityKey();
      await grows(t, "refused", caller, 0n, () => askRevocation(caller, "superseded", stranger));
    },
  }),

  ktCase({
    id: "kt.leaf.whole-log",
    rules: ["kt.leaf", "kt.one-leaf"],
    when: { ...HASHED, reconstructed: ["draft"] },
    features: ["user"],
    needs: "own-server",
    sends: "on a server of its own: two registrations, a revocation, a registration; an audit",
    expects: "the four leaves that follow from names, keys, reason and times",
    checks: ["size", "first", "second", "revocation", "third"],
    errata: ["C-52"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.newUser()];
      const third = await revoke(alice, "superseded");
      const carol = await t.newUser();
      const log = await auditedLog(carol);
      const size = log.leaves.length;
      t.check("size", size === 4 && third === 2n, {
        expected: "four leaves, the revocation at 2",
        got: `${size}, the revocation at ${third}`,
      });
      const { timestampMs } = await revocationOf(carol, alice.key);
      isLeaf(t, "first", log, 0n, await bindingOf(carol, alice));
      isLeaf(t, "second", log, 1n, await bindingOf(carol, bob));
      isLeaf(t, "revocation", log, 2n, revocationLeaf(alice.key, "superseded", timestampMs));
      isLeaf(t, "third", log, 3n, await bindingOf(carol, carol));
    },
  }),
];

/** bindingOf is the leaf of a user, with the time that the proof of the binding tells. */
async function bindingOf(caller: User, { account, key }: User): Promise<Uint8Array> {
  const { proof } = await proved(caller, account.username);
  return bindingLeaf(account.username, key, proof.timestampMs);
}

/** grows checks by how many leaves the log is longer after some work. */
async function grows(
  t: Trial,
  check: string,
  caller: User,
  by: bigint,
  work: () => Promise<unknown>,
): Promise<void> {
  const before = (await audit(caller, 0n, 1n)).treeSize;
  await work();
  const after = (await audit(caller, 0n, 1n)).treeSize;
  t.check(check, after - before === by, {
    expected: `${by} more than ${before}`,
    got: `${after}`,
  });
}
