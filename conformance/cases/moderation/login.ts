// Banned users at the door: what a login shows, and that it works again (spec/services/moderation.md;
// C-63, I-07, I-11).

import { setTimeout as sleep } from "node:timers/promises";
import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { beginLogin, demandOk, login } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { flipped, readInbox } from "../auth/steps.ts";
import { isStatus } from "../checks.ts";
import { ban, isOut, isSuccess, moderationCase, OUT, proveLogin, unban } from "./steps.ts";

const { opaqueLoginFinish } = AuthService.method;

/** From one login of a race to the next, in milliseconds. */
const STEP_MS = 10;

export const loginCases: readonly Case[] = [
  moderationCase({
    id: "moderation.login.wrong-password",
    rules: ["moderation.login", "auth.login-refused"],
    twin: "auth.login.right-password",
    sends: "a login of a banned user whose finalization has one bit changed",
    expects: "Unauthorized, as for anybody: the ban does not show",
    async run(t) {
      const [admin, alice] = [await t.admin(), await t.newUser()];
      await ban(admin, alice.key);
      const peer = await t.peer();
      const { finalization, ...rest } = await beginLogin(peer, alice.account);
      const wrong = { ...rest, finalization: flipped(finalization, 5) };
      t.refused(await peer.call(opaqueLoginFinish, wrong), Status.Unauthorized);
    },
  }),

  moderationCase({
    id: "moderation.login.leaves-the-connection",
    rules: ["moderation.login", "sessions.failed-login"],
    twin: "auth.login.right-password",
    when: { session: ["both", "connection"] },
    sends: "a login of a banned user on the connection of another user, then a Fetch by that one",
    expects: "Forbidden or Unauthorized, then Ok: the binding stays",
    checks: ["answer", "binding"],
    async run(t) {
      const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.newUser()];
      await ban(admin, alice.key);
      t.refused(await login(bob.peer, alice.account), OUT);
      isStatus(t, "binding", await readInbox(bob.peer, bob.key), Status.Ok);
    },
  }),

  moderationCase({
    id: "moderation.login.pending-when-banned",
    rules: ["moderation.login"],
    twin: "auth.login.right-password",
    sends: "OpaqueLoginStart, a ban on the key, then OpaqueLoginFinish with the right proof",
    expects: "Forbidden; Unauthorized is accepted",
    async run(t) {
      const [admin, alice] = [await t.admin(), await t.newUser()];
      const peer = await t.peer();
      const finish = await beginLogin(peer, alice.account);
      await ban(admin, alice.key);
      t.refused(await peer.call(opaqueLoginFinish, finish), OUT);
    },
  }),

  moderationCase({
    id: "moderation.login.races-the-ban",
    rules: ["moderation.login", "moderation.ban"],
    sends: "eight logins in a row, a ban among them, then a Fetch by every session that came of it",
    expects: "each login ends in a session that is over, or in none",
    checks: ["none-left"],
    async run(t) {
      const [admin, alice] = [await t.admin(), await t.newUser()];
      const peers = await Promise.all(Array.from({ length: 8 }, () => t.peer()));
      const begun = [];
      for (const peer of peers) begun.push({ peer, finish: await beginLogin(peer, alice.account) });
      const [finished] = await Promise.all([
        Promise.all(
          begun.map(async ({ peer, finish }, at) => {
            await sleep(at * STEP_MS);
            return peer.call(opaqueLoginFinish, finish);
          }),
        ),
        sleep(3.5 * STEP_MS).then(() => ban(admin, alice.key)),
      ]);
      let alive = 0;
      for (const [at, answer] of finished.entries()) {
        if (answer.status !== Status.Ok) continue;
        const token =
          t.profile.session === "connection" ? undefined : answer.message().sessionToken;
        const peer = peers[at] ?? (await t.peer());
        const { status } = await readInbox(peer, alice.key, token && { token });
        if (status === Status.Ok) alive += 1;
      }
      t.check("none-left", alive === 0, { expected: "no session", got: `${alive} sessions` });
    },
  }),

  moderationCase({
    id: "moderation.unban.login-anew",
    rules: ["moderation.unban", "sessions.ended"],
    sends: "a ban, an unban, a Fetch on the old session, a login on the same connection, a Fetch",
    expects: "success; Unauthorized or Forbidden; then Ok for the login and the Fetch",
    checks: ["success", "old-session", "answer", "anew"],
    errata: ["I-07", "I-11"],
    async run(t) {
      const [admin, alice] = [await t.admin(), await t.newUser()];
      await ban(admin, alice.key);
      isSuccess(t, "success", await unban(admin, alice.key), true);
      isOut(t, "old-session", await readInbox(alice, alice.key));
      const answer = await login(alice.peer, alice.account);
      t.status(answer, Status.Ok);
      const inBody = t.profile.session === "body";
      const token = inBody ? { token: answer.message().sessionToken } : undefined;
      isStatus(t, "anew", await readInbox(alice.peer, alice.key, token), Status.Ok);
    },
  }),

  moderationCase({
    id: "moderation.unban.twice",
    rules: ["moderation.unban"],
    sends: "UnbanUser before a ban, after it, and once more",
    expects: "success = false, true, false; the user can log in",
    checks: ["before", "after", "again", "login"],
    async run(t) {
      const [admin, alice] = [await t.admin(), await t.newUser()];
      isSuccess(t, "before", await unban(admin, alice.key), false);
      await ban(admin, alice.key);
      isSuccess(t, "after", await unban(admin, alice.key), true);
      isSuccess(t, "again", await unban(admin, alice.key), false);
      isStatus(t, "login", await proveLogin(t, alice), Status.Ok);
    },
  }),

  moderationCase({
    id: "moderation.ban.connection-serves-others",
    rules: ["moderation.ban", "sessions.ended"],
    when: { session: ["both", "connection"] },
    sends: "a ban, then a login of another user on the connection of the banned one, and a Fetch",
    expects: "Ok: the connection stays open and may be bound anew",
    checks: ["connection-lives", "answer"],
    features: ["health"],
    async run(t) {
      const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.user()];
      await ban(admin, alice.key);
      await t.connectionLives(alice.peer);
      demandOk(await login(alice.peer, bob.account), "OpaqueLoginFinish");
      t.status(await readInbox(alice.peer, bob.key), Status.Ok);
    },
  }),
];
