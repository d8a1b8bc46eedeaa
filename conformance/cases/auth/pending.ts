// What the server keeps between the halves of a login, and for how long: spec/services/auth.md.

import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { beginLogin, demandOk, newIdentityKey, newUsername } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { flipped, guessProof, ke1Of, readInbox } from "./steps.ts";

const { opaqueLoginStart, opaqueLoginFinish } = AuthService.method;

type Finish = Awaited<ReturnType<typeof beginLogin>>;

/** First finishes that fail, after which the right one comes too late. */
const FAILURES: readonly { id: string; what: string; spoil: (right: Finish) => Finish }[] = [
  {
    id: "wrong-proof-consumes",
    what: "a wrong finalization",
    spoil: (right) => ({ ...right, finalization: flipped(right.finalization, 0) }),
  },
  {
    id: "wrong-key-consumes",
    what: "another identity key",
    spoil: (right) => ({ ...right, identityKey: newIdentityKey() }),
  },
];

/** First finishes that are malformed, after which the right one still succeeds (S-04). */
const MALFORMED: readonly { id: string; what: string; spoil: (right: Finish) => Finish }[] = [
  {
    id: "short-proof-keeps",
    what: "a finalization of 63 bytes",
    spoil: (right) => ({ ...right, finalization: right.finalization.subarray(1) }),
  },
  {
    id: "short-key-keeps",
    what: "an identity key of 31 bytes",
    spoil: (right) => ({ ...right, identityKey: right.identityKey.subarray(1) }),
  },
];

const pendingCase = (spec: CaseSpec): Case =>
  defineCase({ features: ["auth"], errata: ["C-24"], ...spec });

export const pendingCases: readonly Case[] = [
  pendingCase({
    id: "auth.pending.finish-without-start",
    rules: ["auth.finish-without-start"],
    twin: "auth.login.right-password",
    sends: "a finish for a registered name without a start",
    expects: "Unauthorized",
    async run(t) {
      const { account } = await t.user();
      t.refused(await guessProof(t, await t.peer(), account.username), Status.Unauthorized);
    },
  }),

  pendingCase({
    id: "auth.pending.finish-without-start-unknown",
    rules: ["auth.finish-without-start"],
    twin: "auth.login.right-password",
    sends: "a finish without a start for a name that nobody has",
    expects: "Unauthorized",
    async run(t) {
      t.refused(await guessProof(t, await t.peer(), newUsername()), Status.Unauthorized);
    },
  }),

  pendingCase({
    id: "auth.pending.replayed-finish",
    rules: ["auth.single-use-login"],
    twin: "auth.login.right-password",
    features: ["auth", "delivery"],
    sends: "a finish that succeeds, and the same finish once more",
    expects: "Unauthorized, and the session of the first one still counts",
    checks: ["answer", "session"],
    errata: ["C-24", "I-15"],
    async run(t) {
      const { account } = await t.user();
      const peer = await t.peer();
      const finish = await beginLogin(peer, account);
      const first = await peer.call(opaqueLoginFinish, finish);
      demandOk(first, "OpaqueLoginFinish");
      t.refused(await peer.call(opaqueLoginFinish, finish), Status.Unauthorized);
      const token = first.message().sessionToken;
      const options = t.profile.session === "connection" ? {} : { token };
      const { status } = await readInbox(peer, account.identityKey, options);
      t.check("session", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),

  ...FAILURES.map(({ id, what, spoil }) =>
    pendingCase({
      id: `auth.pending.${id}`,
      rules: ["auth.single-use-login"],
      twin: "auth.login.right-password",
      sends: `a finish with ${what}, then the right one`,
      expects: "Unauthorized for both",
      checks: ["answer", "right-one"],
      async run(t) {
        const { account } = await t.user();
        const peer = await t.peer();
        const right = await beginLogin(peer, account);
        t.refused(await peer.call(opaqueLoginFinish, spoil(right)), Status.Unauthorized);
        t.refused(await peer.call(opaqueLoginFinish, right), Status.Unauthorized, "right-one");
      },
    }),
  ),

  ...MALFORMED.map(({ id, what, spoil }) =>
    pendingCase({
      id: `auth.pending.${id}`,
      rules: ["auth.finalization-length", "auth.identity-key"],
      twin: "auth.login.right-password",
      sends: `a finish with ${what}, then the right one`,
      expects: "BadRequest, then Ok",
      checks: ["answer", "right-one"],
      errata: ["S-04"],
      async run(t) {
        const { account } = await t.user();
        const peer = await t.peer();
        const right = await beginLogin(peer, account);
        t.refused(await peer.call(opaqueLoginFinish, spoil(right)), Status.BadRequest);
        const { status } = await peer.call(opaqueLoginFinish, right);
        t.check("right-one", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
      },
    }),
  ),

  pendingCase({
    id: "auth.pending.interleaved",
    rules: ["auth.interleaved-logins"],
    sends: "start A, start B, finish A, finish B on one connection",
    expects: "Ok for both, with different tokens",
    checks: ["answer", "other", "tokens"],
    run: (t) => interleave(t, ["a", "b"]),
  }),

  pendingCase({
    id: "auth.pending.interleaved-crossed",
    rules: ["auth.interleaved-logins"],
    sends: "start A, start B, finish B, finish A on one connection",
    expects: "Ok for both, with different tokens",
    checks: ["answer", "other", "tokens"],
    run: (t) => interleave(t, ["b", "a"]),
  }),

  pendingCase({
    id: "auth.pending.failure-beside",
    rules: ["auth.interleaved-logins"],
    twin: "auth.pending.interleaved",
    sends: "start A, start B, a finish of B that fails, finish A on one connection",
    expects: "Unauthorized for B, Ok for A",
    checks: ["answer", "other"],
    async run(t) {
      const [a, b] = [await t.user(), await t.user()];
      const peer = await t.peer();
      const right = await beginLogin(peer, a.account);
      const wrong = await beginLogin(peer, b.account);
      const finalization = flipped(wrong.finalization, 0);
      const answer = await peer.call(opaqueLoginFinish, { ...wrong, finalization });
      t.refused(answer, Status.Unauthorized);
      const { status } = await peer.call(opaqueLoginFinish, right);
      t.check("other", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),

  pendingCase({
    id: "auth.pending.sixteen-fit",
    rules: ["auth.pending-cap"],
    sends: "a start, 15 starts under other names, and the finish of the first",
    expects: "Ok",
    errata: ["S-03"],
    async run(t) {
      const { account } = await t.user();
      const peer = await t.peer();
      const finish = await beginLogin(peer, account);
      await startOthers(t, peer, 15);
      t.status(await peer.call(opaqueLoginFinish, finish), Status.Ok);
    },
  }),

  pendingCase({
    id: "auth.pending.seventeenth-drops-the-first",
    rules: ["auth.pending-cap"],
    twin: "auth.pending.sixteen-fit",
    sends: "a start, 16 starts under other names, and the finish of the first",
    expects: "Unauthorized",
    errata: ["S-03"],
    async run(t) {
      const { account } = await t.user();
      const peer = await t.peer();
      const finish = await beginLogin(peer, account);
      await startOthers(t, peer, 16);
      t.refused(await peer.call(opaqueLoginFinish, finish), Status.Unauthorized);
    },
  }),
];

async function interleave(t: Trial, order: readonly ["a" | "b", "a" | "b"]): Promise<void> {
  const users = { a: await t.user(), b: await t.user() };
  const peer = await t.peer();
  const finishes = {
    a: await beginLogin(peer, users.a.account),
    b: await beginLogin(peer, users.b.account),
  };
  const first = await peer.call(opaqueLoginFinish, finishes[order[0]]);
  t.status(first, Status.Ok);
  const other = await peer.call(opaqueLoginFinish, finishes[order[1]]);
  t.demand("other", other.status === Status.Ok, {
    expected: "Ok",
    got: `status ${other.status}`,
  });
  const tokens = [first, other].map((one) => one.message().sessionToken);
  const differ = Buffer.compare(tokens[0] as Uint8Array, tokens[1] as Uint8Array) !== 0;
  t.check("tokens", differ, { expected: "two tokens", got: "one token twice" });
}

async function startOthers(t: Trial, peer: Peer, count: number): Promise<void> {
  const request = ke1Of(t);
  await Promise.all(
    Array.from({ length: count }, async () => {
      const start = await peer.call(opaqueLoginStart, { username: newUsername(), request });
      demandOk(start, "OpaqueLoginStart");
    }),
  );
}
