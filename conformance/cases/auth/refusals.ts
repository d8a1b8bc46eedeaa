// Failed logins look alike, whatever made them fail: spec/services/auth.md.

import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { statusName } from "../../../src/registry/statuses.ts";
import { beginLogin, demandOk, newIdentityKey, newUsername } from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { flipped, guessProof, ke1Of, same, spell } from "./steps.ts";

const { opaqueLoginStart, opaqueLoginFinish } = AuthService.method;

/** What may not be told from a wrong password. */
const REASONS = [
  { id: "unknown-user", what: "a name that nobody has", fail: unknownUser },
  { id: "wrong-identity-key", what: "another identity key", fail: wrongKey },
] as const;

export const refusalCases: readonly Case[] = [
  ...REASONS.map(({ id, what, fail }) =>
    defineCase({
      id: `auth.refusals.${id}`,
      rules: ["auth.refusals-alike"],
      features: ["auth"],
      sends: `a login that fails for ${what}, and one that fails for a wrong password`,
      expects: "the same status and the same payload",
      checks: ["answer", "payload"],
      errata: ["C-28"],
      async run(t) {
        const [got, expected] = [await fail(t), await wrongPassword(t)];
        t.check("answer", got.status === expected.status, {
          expected: statusName(expected.status),
          got: statusName(got.status),
        });
        t.check("payload", same(got.payload, expected.payload), {
          expected: spell(expected.payload),
          got: spell(got.payload),
        });
      },
    }),
  ),

  defineCase({
    id: "auth.refusals.start-size",
    rules: ["auth.unknown-user", "auth.refusals-alike"],
    features: ["auth"],
    sends: "a KE1 for a registered name and for one that nobody has",
    expects: "answers of the same status and the same number of bytes",
    async run(t) {
      const { account } = await t.user();
      const peer = await t.peer();
      const ask = (username: string) =>
        peer.call(opaqueLoginStart, { username, request: ke1Of(t) });
      const [known, unknown] = [await ask(account.username), await ask(newUsername())];
      const size = ({ status, payload }: Answer) =>
        `${statusName(status)}, ${payload.length} bytes`;
      t.check("answer", size(known) === size(unknown), {
        expected: size(known),
        got: size(unknown),
      });
    },
  }),
];

async function wrongPassword(t: Trial): Promise<Answer> {
  const { account } = await t.user();
  const peer = await t.peer();
  const finish = await beginLogin(peer, account);
  const finalization = flipped(finish.finalization, 0);
  return peer.call(opaqueLoginFinish, { ...finish, finalization });
}

async function unknownUser(t: Trial): Promise<Answer> {
  const peer = await t.peer();
  const username = newUsername();
  const start = await peer.call(opaqueLoginStart, { username, request: ke1Of(t) });
  demandOk(start, "OpaqueLoginStart");
  return guessProof(t, peer, username);
}

async function wrongKey(t: Trial): Promise<Answer> {
  const { account } = await t.user();
  const peer = await t.peer();
  const finish = await beginLogin(peer, account);
  return peer.call(opaqueLoginFinish, { ...finish, identityKey: newIdentityKey() });
}
