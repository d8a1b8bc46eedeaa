// Calls that need no session, and connections that have none (spec/sessions.md).

import { AuthService, HealthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { Feature } from "../../../src/registry/families.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { beginLogin, login, newUsername } from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { Answer, CallOptions, Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { enterUnused, GENERATOR, ke1Of, readInbox } from "../auth/steps.ts";
import { TRAILER } from "./trailer-bytes.ts";

const { opaqueRegisterStart, opaqueLoginStart, opaqueLoginFinish } = AuthService.method;

const OPEN: readonly {
  id: string;
  name: string;
  feature: Feature;
  call: (t: Trial, peer: Peer, options: CallOptions) => Promise<Answer>;
}[] = [
  {
    id: "register-start",
    name: "OpaqueRegisterStart",
    feature: "auth",
    call: (_, peer, options) => {
      const request = { username: newUsername(), request: GENERATOR };
      return peer.call(opaqueRegisterStart, request, options);
    },
  },
  {
    id: "register-finish",
    name: "OpaqueRegisterFinish",
    feature: "auth",
    call: (t, peer, options) => enterUnused(t, peer, options),
  },
  {
    id: "login-start",
    name: "OpaqueLoginStart",
    feature: "auth",
    call: (t, peer, options) => {
      const request = { username: newUsername(), request: ke1Of(t) };
      return peer.call(opaqueLoginStart, request, options);
    },
  },
  {
    id: "login-finish",
    name: "OpaqueLoginFinish",
    feature: "auth",
    call: async (t, peer, options) => {
      const { account } = await t.user();
      return peer.call(opaqueLoginFinish, await beginLogin(peer, account), options);
    },
  },
  {
    id: "health",
    name: "Health",
    feature: "health",
    call: (_, peer, options) => peer.call(HealthService.method.health, {}, options),
  },
];

export const openMethodCases: readonly Case[] = [
  ...OPEN.flatMap(({ id, name, feature, call }) => [
    defineCase({
      id: `sessions.open.${id}`,
      rules: ["sessions.open-methods"],
      features: [feature],
      sends: `${name} on a connection without a login`,
      expects: "Ok",
      errata: ["C-21", "C-29"],
      async run(t) {
        t.status(await call(t, await t.peer(), {}), Status.Ok);
      },
    }),
    defineCase({
      id: `sessions.open.${id}-invalid-token`,
      rules: ["sessions.open-methods-ignore"],
      features: [feature],
      when: TRAILER,
      sends: `${name} with a token that nobody has`,
      expects: "Ok: the trailer is not looked at",
      errata: ["I-13"],
      async run(t) {
        t.status(await call(t, await t.peer(), { token: t.bytes(32) }), Status.Ok);
      },
    }),
  ]),

  defineCase({
    id: "sessions.connection.without-token",
    rules: ["sessions.connection-not-rejected"],
    features: ["health"],
    sends: "a connection that shows no token, and Health on it, twice",
    expects: "Ok for both: it is not refused and not closed",
    checks: ["answer", "connection-lives"],
    errata: ["C-21"],
    async run(t) {
      const peer = await t.peer();
      t.status(await peer.call(HealthService.method.health, {}), Status.Ok);
      await t.connectionLives(peer);
    },
  }),

  defineCase({
    id: "sessions.connection.after-unauthorized",
    rules: ["sessions.connection-not-rejected"],
    twin: "sessions.token.both-stay-valid",
    features: ["auth", "delivery", "health"],
    sends: "five Fetches without a session, then a login, on one connection",
    expects: "Unauthorized each time, the connection lives, and the login is Ok",
    checks: ["answer", "connection-lives", "login"],
    errata: ["C-21"],
    async run(t) {
      const { account, key } = await t.user();
      const peer = await t.peer();
      for (let i = 0; i < 4; i++) await readInbox(peer, key);
      t.refused(await readInbox(peer, key), Status.Unauthorized);
      await t.connectionLives(peer);
      const { status } = await login(peer, account);
      t.check("login", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),

  defineCase({
    id: "sessions.connection.after-invalid-token",
    rules: ["sessions.connection-not-rejected"],
    twin: "sessions.trailer.fresh-connection",
    features: ["auth", "delivery", "health"],
    when: TRAILER,
    sends: "five Fetches with a token that nobody has, then one with a valid token",
    expects: "Unauthorized each time, the connection lives, and the last one is Ok",
    checks: ["answer", "connection-lives", "valid"],
    errata: ["C-21"],
    async run(t) {
      const { key, token } = await t.user();
      const peer = await t.peer();
      const invalid = { token: t.bytes(32) };
      for (let i = 0; i < 4; i++) await readInbox(peer, key, invalid);
      t.refused(await readInbox(peer, key, invalid), Status.Unauthorized);
      await t.connectionLives(peer);
      const { status } = await readInbox(peer, key, { token });
      t.check("valid", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),
];
