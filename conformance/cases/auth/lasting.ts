// What time and a restart do to logins: spec/services/auth.md.

import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { beginLogin, login } from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";

const { opaqueLoginFinish } = AuthService.method;

const LIFETIME_MS = 60_000;

export const lastingCases: readonly Case[] = [
  defineCase({
    id: "auth.pending.lifetime",
    rules: ["auth.pending-lifetime"],
    twin: "auth.login.right-password",
    features: ["auth"],
    server: { limits: { pending_login_ms: LIFETIME_MS } },
    hooks: ["clock.advance"],
    sends: "a finish 59 s after its start, and one 61 s after its start",
    expects: "Ok, then Unauthorized",
    checks: ["in-time", "answer"],
    errata: ["C-24"],
    async run(t) {
      const { account } = await t.newUser();
      const peer = await t.peer();
      const quick = await beginLogin(peer, account);
      await t.hook("clock.advance", LIFETIME_MS - 1000);
      const { status } = await peer.call(opaqueLoginFinish, quick);
      t.check("in-time", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
      const slow = await beginLogin(peer, account);
      await t.hook("clock.advance", LIFETIME_MS + 1000);
      t.refused(await peer.call(opaqueLoginFinish, slow), Status.Unauthorized);
    },
  }),

  defineCase({
    id: "auth.restart.account-logs-in",
    rules: ["auth.survives-restart"],
    twin: "auth.login.right-password",
    features: ["auth"],
    hooks: ["restart"],
    sends: "a registration, a restart of the server, and a login on a new connection",
    expects: "Ok; a login begun before the restart is Unauthorized",
    checks: ["answer", "pending"],
    errata: ["I-25"],
    async run(t) {
      const { account } = await t.newUser();
      const begun = await beginLogin(await t.peer(), account);
      await t.hook("restart");
      const peer = await t.peer();
      t.refused(await peer.call(opaqueLoginFinish, begun), Status.Unauthorized, "pending");
      t.status(await login(peer, account), Status.Ok);
    },
  }),
];
