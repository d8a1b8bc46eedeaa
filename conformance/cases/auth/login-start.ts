// The first half of a login (102), for names with and without an account: spec/services/auth.md.

import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newAccount, newUsername, register } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { ke1Of, same, spell } from "./steps.ts";

const { opaqueLoginStart } = AuthService.method;

/** Names that nobody can have (C-108); the errata leave other readings of them open. */
const IMPOSSIBLE = [
  { id: "empty", what: "an empty name", name: () => "" },
  { id: "65-bytes", what: "a name of 65 bytes", name: () => newUsername().padEnd(65, "-") },
  { id: "at-sign", what: "a name with an @", name: () => `${newUsername()}@b` },
] as const;

const startCase = (spec: CaseSpec): Case => defineCase({ features: ["auth"], ...spec });

export const loginStartCases: readonly Case[] = [
  startCase({
    id: "auth.login-start.known-name",
    rules: ["auth.login-start", "opaque.wire-sizes"],
    sends: "a KE1 for a registered name",
    expects: "Ok with 320 bytes",
    checks: ["answer", "length"],
    tier: "smoke",
    async run(t) {
      const { account } = await t.user();
      await answered(t, account.username);
    },
  }),

  startCase({
    id: "auth.login-start.unknown-name",
    rules: ["auth.unknown-user"],
    sends: "a KE1 for a name that nobody has",
    expects: "Ok with 320 bytes, as for a known one",
    checks: ["answer", "length"],
    run: (t) => answered(t, newUsername()),
  }),

  ...IMPOSSIBLE.map(({ id, what, name }) =>
    startCase({
      id: `auth.login-start.name-${id}`,
      rules: ["auth.unknown-user", "auth.username"],
      sends: `a KE1 for ${what}`,
      expects: "Ok with 320 bytes, as for a known one",
      checks: ["answer", "length"],
      errata: ["C-108"],
      severity: "SHOULD",
      run: (t) => answered(t, name()),
    }),
  ),

  startCase({
    id: "auth.login-start.unknown-element-stable",
    rules: ["auth.dummy-stable"],
    sends: "one KE1 twice for a name that nobody has",
    expects: "the same evaluated element, and everything after it different",
    checks: ["element", "rest"],
    errata: ["S-05"],
    async run(t) {
      const peer = await t.peer();
      const username = newUsername();
      compare(t, await ke2For(t, peer, username), await ke2For(t, peer, username));
    },
  }),

  startCase({
    id: "auth.login-start.known-element-stable",
    rules: ["auth.dummy-stable"],
    sends: "one KE1 twice for a registered name",
    expects: "the same evaluated element, and everything after it different",
    checks: ["element", "rest"],
    errata: ["S-05"],
    async run(t) {
      const { account } = await t.user();
      const peer = await t.peer();
      compare(t, await ke2For(t, peer, account.username), await ke2For(t, peer, account.username));
    },
  }),

  startCase({
    id: "auth.login-start.unknown-then-known",
    rules: ["auth.dummy-stable"],
    sends: "one KE1 for a name, before it is registered and after",
    expects: "the same evaluated element",
    checks: ["element"],
    errata: ["S-05"],
    async run(t) {
      const peer = await t.peer();
      const account = newAccount();
      const before = elementOf(await ke2For(t, peer, account.username));
      await register(peer, account);
      const after = elementOf(await ke2For(t, peer, account.username));
      t.check("element", same(before, after), { expected: spell(before), got: spell(after) });
    },
  }),
];

async function answered(t: Trial, username: string): Promise<void> {
  const peer = await t.peer();
  const answer = await peer.call(opaqueLoginStart, { username, request: ke1Of(t) });
  t.status(answer, Status.Ok);
  const { length } = answer.message().response;
  t.check("length", length === 320, { expected: "320 bytes", got: `${length} bytes` });
}

async function ke2For(t: Trial, peer: Peer, username: string): Promise<Uint8Array> {
  const answer = await peer.call(opaqueLoginStart, { username, request: ke1Of(t) });
  return answer.message().response;
}

const elementOf = (ke2: Uint8Array): Uint8Array => ke2.subarray(0, 32);

function compare(t: Trial, one: Uint8Array, other: Uint8Array): void {
  t.check("element", same(elementOf(one), elementOf(other)), {
    expected: spell(elementOf(one)),
    got: spell(elementOf(other)),
  });
  // Masking nonce, masked response, server nonce, server key share, server MAC.
  const parts = [32, 64, 192, 224, 256, 320];
  const equal = parts.slice(1).filter((end, i) => {
    const range = [parts[i] as number, end] as const;
    return same(one.subarray(...range), other.subarray(...range));
  });
  t.check("rest", equal.length === 0, {
    expected: "fresh bytes",
    got: `the same bytes up to ${equal.join(", ")}`,
  });
}
