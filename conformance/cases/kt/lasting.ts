// What a restart leaves of the log: everything (spec/services/kt.md; I-20, I-25).

import { Status, statusName } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { holdsProof, PROOF_CHECKS, PROVED, proved } from "../user/steps.ts";
import {
  askRevocation,
  auditedLog,
  isPrefix,
  isRevoked,
  ktCase,
  type Log,
  revocationOf,
  revoke,
} from "./steps.ts";

export const lastingCases: readonly Case[] = [
  ktCase({
    id: "kt.restart.hook",
    rules: ["kt.survives-restart", "kt.append-only"],
    hooks: ["restart"],
    sends: "two registrations and a revocation; a restart; a second revocation and a registration",
    expects: "the same leaves, root and revocation; one leaf more for the registration",
    checks: ["leaves", "same-root", "revocation", "second", "grows"],
    errata: ["I-25"],
    async run(t) {
      await outlives(t, () => t.hook("restart"));
    },
  }),

  ktCase({
    id: "kt.restart.kill",
    rules: ["kt.survives-restart", "kt.append-only", "user.proof"],
    features: ["user"],
    when: PROVED,
    needs: "own-server",
    sends: "the same with SIGKILL and a new start, and the name of a user afterwards",
    expects: "the same leaves, root and revocation; one leaf more; a proof that holds",
    checks: ["leaves", "same-root", "revocation", "second", "grows", ...PROOF_CHECKS],
    errata: ["I-25"],
    async run(t) {
      const { user, log } = await outlives(t, () => t.kill());
      holdsProof(t, user, await proved(user, user.account.username), log);
    },
  }),
];

async function outlives(
  t: Trial,
  restart: () => Promise<void>,
): Promise<{ readonly user: User; readonly log: Log }> {
  const [alice, bob] = [await t.newUser(), await t.newUser()];
  const first = await revoke(alice, "superseded");
  const before = await auditedLog(bob);
  const { timestampMs } = await revocationOf(bob, alice.key);
  await restart();

  const user = await t.logIn(bob.account);
  const after = await auditedLog(user);
  isPrefix(t, "leaves", before, after);
  const [expected, got] = [before, after].map(
    ({ leaves, root }) => `${leaves.length} leaves, root ${spell(root)}`,
  );
  t.check("same-root", expected === got, { expected: expected ?? "", got: got ?? "" });
  await isRevoked(t, "revocation", user, alice.key, "superseded");
  const stored = await revocationOf(user, alice.key);
  t.check("revocation", stored.timestampMs === timestampMs, {
    expected: `at ${timestampMs}`,
    got: `at ${stored.timestampMs}`,
  });
  const second = await askRevocation(await t.logIn(alice.account));
  const index = second.status === Status.Ok ? `${second.message().leafIndex}` : undefined;
  const evidence = {
    expected: `leaf_index ${first}`,
    got: index ?? statusName(second.status),
  };
  // I-10: what a second revocation answers is a warning.
  t.check("second", index === `${first}`, evidence, "warn");
  await t.newUser();
  const log = await auditedLog(user);
  isPrefix(t, "grows", after, log);
  t.check("grows", log.leaves.length === after.leaves.length + 1, {
    expected: `${after.leaves.length + 1} leaves`,
    got: `${log.leaves.length}`,
  });
  return { user, log };
}
