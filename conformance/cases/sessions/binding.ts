// The session of a connection: how it is bound, and what leaves it alone (spec/sessions.md).

import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { beginLogin, demandOk, login } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { flipped, guessProof, readInbox } from "../auth/steps.ts";
import { BINDING, BOTH } from "./trailer-bytes.ts";

const { opaqueLoginFinish } = AuthService.method;

const bindingCase = (spec: CaseSpec): Case =>
  defineCase({
    features: ["auth", "delivery"],
    when: BINDING,
    errata: ["C-20", "I-12"],
    ...spec,
  });

export const bindingCases: readonly Case[] = [
  bindingCase({
    id: "sessions.binding.later-calls",
    rules: ["sessions.binding"],
    sends: "three Fetches without a token on the connection of the login",
    expects: "Ok for all",
    checks: ["answer", "second", "third"],
    tier: "smoke",
    async run(t) {
      const alice = await t.user();
      t.status(await readInbox(alice.peer, alice.key), Status.Ok);
      await owns(t, "second", alice, alice);
      await owns(t, "third", alice, alice);
    },
  }),

  bindingCase({
    id: "sessions.binding.other-connection",
    rules: ["sessions.unauthorized", "sessions.binding"],
    twin: "sessions.binding.later-calls",
    sends: "a Fetch without a token on a second connection",
    expects: "Unauthorized: the binding is of one connection",
    async run(t) {
      const alice = await t.user();
      t.refused(await readInbox(await t.peer(), alice.key), Status.Unauthorized);
    },
  }),

  bindingCase({
    id: "sessions.binding.start-does-not-bind",
    rules: ["sessions.unauthorized", "sessions.binding"],
    twin: "sessions.token.both-stay-valid",
    when: {},
    sends: "a Fetch after OpaqueLoginStart, before its finish",
    expects: "Unauthorized",
    async run(t) {
      const alice = await t.user();
      const peer = await t.peer();
      await beginLogin(peer, alice.account);
      t.refused(await readInbox(peer, alice.key), Status.Unauthorized);
    },
  }),

  bindingCase({
    id: "sessions.binding.start-leaves-it",
    rules: ["sessions.binding", "sessions.second-login"],
    sends: "a Fetch of A on A's connection while a login of B is pending there",
    expects: "Ok",
    async run(t) {
      const [a, b] = [await t.user(), await t.user()];
      const at = await t.logIn(a.account);
      await beginLogin(at.peer, b.account);
      t.status(await readInbox(at.peer, a.key), Status.Ok);
    },
  }),

  bindingCase({
    id: "sessions.binding.second-login",
    rules: ["sessions.second-login"],
    twin: "sessions.binding.later-calls",
    sends: "a login of B on A's connection, then Fetches of both inboxes",
    expects: "B's inbox is read, A's is refused",
    checks: ["answer", "first"],
    async run(t) {
      const [a, b] = [await t.user(), await t.user()];
      const at = await t.logIn(a.account);
      demandOk(await login(at.peer, b.account), "OpaqueLoginFinish");
      t.status(await readInbox(at.peer, b.key), Status.Ok);
      await foreign(t, "first", at, a);
    },
  }),

  bindingCase({
    id: "sessions.binding.failed-login",
    rules: ["sessions.failed-login"],
    twin: "sessions.binding.later-calls",
    sends: "a login of B on A's connection that fails for its proof, then Fetches of both inboxes",
    expects: "A's inbox is read, B's is refused",
    checks: ["login", "answer", "other"],
    async run(t) {
      const [a, b] = [await t.user(), await t.user()];
      const at = await t.logIn(a.account);
      const finish = await beginLogin(at.peer, b.account);
      const spoiled = { ...finish, finalization: flipped(finish.finalization, 0) };
      t.refused(await at.peer.call(opaqueLoginFinish, spoiled), Status.Unauthorized, "login");
      t.status(await readInbox(at.peer, a.key), Status.Ok);
      await foreign(t, "other", at, b);
    },
  }),

  bindingCase({
    id: "sessions.binding.finish-without-start",
    rules: ["sessions.failed-login"],
    twin: "sessions.binding.later-calls",
    sends: "an OpaqueLoginFinish without a start on A's connection, then a Fetch",
    expects: "Unauthorized, then Ok",
    checks: ["login", "answer"],
    async run(t) {
      const a = await t.user();
      const at = await t.logIn(a.account);
      const finish = await guessProof(t, at.peer, a.account.username);
      t.refused(finish, Status.Unauthorized, "login");
      t.status(await readInbox(at.peer, a.key), Status.Ok);
    },
  }),

  bindingCase({
    id: "sessions.binding.after-a-failure",
    rules: ["sessions.binding", "sessions.failed-login"],
    sends: "a login that fails and one that succeeds on the same connection, then a Fetch",
    expects: "Ok",
    async run(t) {
      const { account, key } = await t.user();
      const peer = await t.peer();
      await guessProof(t, peer, account.username);
      demandOk(await login(peer, account), "OpaqueLoginFinish");
      t.status(await readInbox(peer, key), Status.Ok);
    },
  }),

  bindingCase({
    id: "sessions.binding.body-token-does-not-bind",
    rules: ["sessions.body-never-binds"],
    twin: "sessions.trailer.fresh-connection",
    when: BOTH,
    sends: "a Fetch with a token in the body on a fresh connection, then one without",
    expects: "Ok, then Unauthorized",
    checks: ["answer", "without"],
    async run(t) {
      const alice = await t.user();
      const peer = await t.peer();
      t.status(await readInbox(peer, alice.key, { token: alice.token }), Status.Ok);
      t.refused(await readInbox(peer, alice.key), Status.Unauthorized, "without");
    },
  }),

  bindingCase({
    id: "sessions.binding.body-token-leaves-it",
    rules: ["sessions.body-never-binds"],
    twin: "sessions.trailer.wins-over-binding",
    when: BOTH,
    sends: "a Fetch with B's token on A's connection, then Fetches without a token",
    expects: "Ok, then A's inbox is read and B's is refused",
    checks: ["answer", "own", "other"],
    async run(t) {
      const [a, b] = [await t.user(), await t.user()];
      t.status(await readInbox(a.peer, b.key, { token: b.token }), Status.Ok);
      await owns(t, "own", a, a);
      await foreign(t, "other", a, b);
    },
  }),
];

async function owns(t: Trial, id: string, at: User, owner: User): Promise<void> {
  const { status } = await readInbox(at.peer, owner.key);
  t.check(id, status === Status.Ok, { expected: "Ok", got: `status ${status}` });
}

async function foreign(t: Trial, id: string, at: User, owner: User): Promise<void> {
  const answer = await readInbox(at.peer, owner.key);
  t.refused(answer, [Status.Forbidden, Status.Unauthorized], id);
}
