// Who may revoke a key and what 510 and 511 answer (spec/services/kt.md; C-54, C-111, I-22).

import { setTimeout as sleep } from "node:timers/promises";
import { KeyTransparencyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { readInbox } from "../auth/steps.ts";
import { REASON_BYTES, type Reason } from "./merkle.ts";
import {
  askRevocation,
  auditedLog,
  isOut,
  isRevoked,
  ktCase,
  revocationOf,
  revoke,
  revokedUser,
} from "./steps.ts";

const { revokeKey } = KeyTransparencyService.method;

/** Readings in which a token may travel in the body. */
const BODY = { session: ["both", "body"] } as const;

/** A clock that is further away than this counts something else than Unix milliseconds. */
const CLOCK_MS = 86_400_000;

export const revokeCases: readonly Case[] = [
  ...(Object.keys(REASON_BYTES) as Reason[]).map((reason) =>
    ktCase({
      id: `kt.revoke.${reason.replace("_", "-")}`,
      rules: ["kt.reason", "kt.revoke", "kt.check"],
      sends: `a revocation of the own key as "${reason}", then CheckRevocation by another user`,
      expects: `Ok with success = true, and revoked as "${reason}"`,
      checks: ["answer", "success", "check"],
      errata: ["C-54", "C-111"],
      tier: reason === "compromised" ? "smoke" : "default",
      async run(t) {
        const [alice, bob] = [await t.newUser(), await t.user()];
        const answer = await askRevocation(alice, reason);
        t.status(answer, Status.Ok);
        const { success } = answer.message();
        t.check("success", success, { expected: "success = true", got: "success = false" });
        await isRevoked(t, "check", bob, alice.key, reason);
      },
    }),
  ),

  ktCase({
    id: "kt.revoke.leaf-index",
    rules: ["kt.revoke", "kt.append-only"],
    sends: "an audit, a revocation, an audit",
    expects: "a leaf_index from the size of the first audit to before that of the second",
    checks: ["answer", "index"],
    errata: ["I-20"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const before = BigInt((await auditedLog(bob)).leaves.length);
      const answer = await askRevocation(alice);
      t.status(answer, Status.Ok);
      const { leafIndex } = answer.message();
      const after = BigInt((await auditedLog(bob)).leaves.length);
      t.check("index", leafIndex >= before && leafIndex < after, {
        expected: `from ${before} to before ${after}`,
        got: `${leafIndex}`,
      });
    },
  }),

  ...["Compromised", "user-revoked", "compromised ", "lost"].map((reason, index) =>
    ktCase({
      id: `kt.revoke.reason-${["capital", "hyphen", "space", "other"][index]}`,
      rules: ["kt.reason"],
      twin: "kt.revoke.compromised",
      sends: `a revocation of the own key as "${reason}"`,
      expects: "BadRequest, the key not revoked and the session alive",
      checks: ["answer", "check"],
      errata: ["C-54"],
      async run(t) {
        const alice = await t.user();
        t.refused(await askRevocation(alice, reason), Status.BadRequest);
        await isRevoked(t, "check", alice, alice.key, "not revoked");
      },
    }),
  ),

  ktCase({
    id: "kt.revoke.foreign-key",
    rules: ["kt.own-key", "sessions.own-identity"],
    twin: "kt.revoke.compromised",
    sends: "a revocation of another user's key",
    expects: "Forbidden, the key not revoked and its session alive",
    checks: ["answer", "check"],
    errata: ["C-42", "C-54"],
    async run(t) {
      const [alice, mallory] = [await t.user(), await t.user()];
      const answer = await askRevocation(mallory, "compromised", alice.key);
      t.refused(answer, [Status.Forbidden, Status.Unauthorized]);
      await isRevoked(t, "check", alice, alice.key, "not revoked");
    },
  }),

  ktCase({
    id: "kt.revoke.foreign-unknown-key",
    rules: ["kt.own-key"],
    twin: "kt.revoke.compromised",
    sends: "a revocation of a key that no account has, by a user",
    expects: "Forbidden, or NotFound, and the key not revoked",
    checks: ["answer", "check"],
    errata: ["C-54", "I-24"],
    async run(t) {
      const [mallory, key] = [await t.user(), newIdentityKey()];
      const answer = await askRevocation(mallory, "compromised", key);
      t.refused(answer, [Status.Forbidden, Status.Unauthorized, Status.NotFound]);
      await isRevoked(t, "check", mallory, key, "not revoked");
    },
  }),

  ktCase({
    id: "kt.revoke.operator",
    rules: ["kt.own-key", "sessions.operator-token", "kt.sessions-end"],
    when: BODY,
    sends: "a revocation of a user's key with the operator token; a call of the user",
    expects: "Ok, the key revoked, and Unauthorized for the user",
    checks: ["answer", "check", "session"],
    errata: ["C-22", "C-54", "I-22"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const request = { identityKey: alice.key, reason: "superseded" };
      const token = t.operatorToken();
      t.status(await (await t.peer()).call(revokeKey, request, { token }), Status.Ok);
      await isRevoked(t, "check", bob, alice.key, "superseded");
      isOut(t, "session", await readInbox(alice, alice.key));
    },
  }),

  ktCase({
    id: "kt.revoke.operator-unknown-key",
    rules: ["kt.unknown-key"],
    twin: "kt.revoke.operator",
    when: BODY,
    sends: "a revocation of a key that no account has, with the operator token",
    expects: "NotFound, and the key not revoked",
    checks: ["answer", "check"],
    errata: ["C-54", "I-22"],
    async run(t) {
      const [bob, peer, key] = [await t.user(), await t.peer(), newIdentityKey()];
      const request = { identityKey: key, reason: "superseded" };
      t.refused(await peer.call(revokeKey, request, { token: t.operatorToken() }), Status.NotFound);
      await isRevoked(t, "check", bob, key, "not revoked");
    },
  }),

  ktCase({
    id: "kt.first-stays.second",
    rules: ["kt.first-stays"],
    severity: "SHOULD",
    sends: "a revocation as compromised, a login, a revocation as superseded",
    expects: "Ok with the leaf_index of the first; reason and time of the first stay",
    checks: ["answer", "index", "stays"],
    errata: ["C-54", "I-10"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const first = await revoke(alice, "compromised");
      const stored = await revocationOf(bob, alice.key);
      const answer = await askRevocation(await t.logIn(alice.account), "superseded");
      t.status(answer, Status.Ok);
      const { leafIndex } = answer.message();
      t.check("index", leafIndex === first, { expected: `${first}`, got: `${leafIndex}` });
      const { reason, timestampMs } = await revocationOf(bob, alice.key);
      t.check("stays", reason === "compromised" && timestampMs === stored.timestampMs, {
        expected: `compromised at ${stored.timestampMs}`,
        got: `${reason} at ${timestampMs}`,
      });
    },
  }),

  ktCase({
    id: "kt.first-stays.at-once",
    rules: ["kt.first-stays"],
    severity: "SHOULD",
    when: BODY,
    sends: "twelve revocations of one key at once, with all reasons, by the operator",
    expects: "Ok with one leaf_index to all of them",
    checks: ["answer", "index", "check"],
    errata: ["I-10", "I-22"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const [token, peers] = [t.operatorToken(), [await t.peer(), await t.peer()] as const];
      const reasons = Object.keys(REASON_BYTES);
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, i) => {
          const request = { identityKey: alice.key, reason: reasons[i % 3] ?? "" };
          return peers[i < 6 ? 0 : 1].call(revokeKey, request, { token });
        }),
      );
      for (const answer of answers) t.status(answer, Status.Ok);
      const indices = new Set(answers.map((answer) => answer.message().leafIndex));
      t.check("index", indices.size === 1, {
        expected: "one leaf_index",
        got: [...indices].join(", "),
      });
      const { revoked } = await revocationOf(bob, alice.key);
      t.check("check", revoked, { expected: "revoked", got: "not revoked" });
    },
  }),

  ktCase({
    id: "kt.check.time",
    rules: ["kt.check"],
    sends: "a registration, a revocation, CheckRevocation twice",
    expects: "the same time in Unix milliseconds both times",
    checks: ["unix", "same"],
    errata: ["C-111"],
    async run(t) {
      const [alice, bob] = [await revokedUser(t), await t.user()];
      const { timestampMs } = await revocationOf(bob, alice.key);
      const distance = Math.abs(Number(timestampMs) - Date.now());
      t.check("unix", distance < CLOCK_MS, {
        expected: `about ${Date.now()}`,
        got: `${timestampMs}`,
      });
      await sleep(20);
      const again = await revocationOf(alice, alice.key);
      t.check("same", again.timestampMs === timestampMs, {
        expected: `${timestampMs}`,
        got: `${again.timestampMs}`,
      });
    },
  }),

  ktCase({
    id: "kt.check.not-revoked",
    rules: ["kt.check-unknown"],
    sends:
      "CheckRevocation of the own key, another user's, and both again after a third is revoked",
    expects: "Ok with revoked = false and no reason",
    checks: ["own", "other", "own-after", "other-after"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await isRevoked(t, "own", alice, alice.key, "not revoked");
      await isRevoked(t, "other", alice, bob.key, "not revoked");
      await revoke(await t.newUser());
      await isRevoked(t, "own-after", alice, alice.key, "not revoked");
      await isRevoked(t, "other-after", alice, bob.key, "not revoked");
    },
  }),

  ktCase({
    id: "kt.check.unknown-key",
    rules: ["kt.check-unknown"],
    sends: "CheckRevocation of a key that no account has, and of 32 zero bytes",
    expects: "Ok with revoked = false and no reason",
    checks: ["unknown", "zero"],
    async run(t) {
      const alice = await t.user();
      await isRevoked(t, "unknown", alice, newIdentityKey(), "not revoked");
      await isRevoked(t, "zero", alice, new Uint8Array(32), "not revoked");
    },
  }),
];
