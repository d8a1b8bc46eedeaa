// DeleteAccount itself: who goes, which sessions end, how the name answers (spec/services/account.md).

import {
  AccountService,
  AuthService,
  DeliveryService,
  HealthService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { type Account, beginLogin, demandOk, newUsername } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { PrerequisiteFailed } from "../../judge/errors.ts";
import type { Answer, Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { guessProof, ke1Of } from "../auth/steps.ts";
import { hex } from "../bytes.ts";
import { fetched, holdsTexts, LONG_MS, put, START_MS, waitFor } from "../delivery/inbox.ts";
import { accountCase, gone, isOut, remove } from "./steps.ts";

const { deleteAccount } = AccountService.method;

const TWIN = "methods.table.950-delete-account";

export const deletionCases: readonly Case[] = [
  accountCase({
    id: "account.messages.delete-account",
    rules: ["account.messages"],
    when: { reconstructed: ["draft"] },
    sends: "an empty DeleteAccount",
    expects: "08 01",
    checks: ["answer", "bytes"],
    async run(t) {
      const answer = await remove(await t.newUser());
      t.status(answer, Status.Ok);
      const got = Buffer.from(answer.payload).toString("hex");
      t.check("bytes", got === hex("0801").toString("hex"), { expected: "0801", got });
    },
  }),

  accountCase({
    id: "account.delete.answered-when-done",
    rules: ["account.delete", "account.sessions-end"],
    sends: "DeleteAccount, and on its answer a Peek on the same connection",
    expects: "Ok, then Unauthorized, on a connection that lives",
    checks: ["answer", "calling", "connection-lives"],
    features: ["health"],
    async run(t) {
      const user = await t.newUser();
      t.status(await remove(user), Status.Ok);
      await isOut(t, "calling", user);
      await t.connectionLives(user.peer);
    },
  }),

  accountCase({
    id: "account.delete.twice",
    rules: ["account.sessions-end"],
    twin: TWIN,
    sends: "DeleteAccount, and the same again",
    expects: "Ok, then Unauthorized",
    async run(t) {
      const user = await t.newUser();
      await gone(user);
      t.refused(await remove(user), Status.Unauthorized);
    },
  }),

  accountCase({
    id: "account.delete.by-body-token",
    rules: ["account.delete", "account.own"],
    when: { session: ["both", "body"] },
    sends: "DeleteAccount with the token of one user on a connection of another",
    expects: "Ok; the owner of the token is gone and the owner of the connection is not",
    checks: ["answer", "owner", "bystander"],
    errata: ["I-08", "I-12"],
    async run(t) {
      const [user, other] = [await t.newUser(), await t.user()];
      const { token } = user;
      t.status(await other.peer.call(deleteAccount, {}, { token }), Status.Ok);
      await isOut(t, "owner", user);
      const { status } = await other.call(DeliveryService.method.peek, { recipientKey: other.key });
      t.check("bystander", status === Status.Ok, { expected: "Ok", got: statusName(status) });
    },
  }),

  accountCase({
    id: "account.own.others-untouched",
    rules: ["account.own"],
    sends: "DeleteAccount by one user, then calls and a login of another",
    expects: "the other one finds everything as before",
    checks: ["answer", "inbox", "login"],
    async run(t) {
      const [alice, bob, carol] = [await t.newUser(), await t.user(), await t.user()];
      await put(carol, bob, "for Bob");
      t.status(await remove(alice), Status.Ok);
      holdsTexts(t, "inbox", await fetched(bob), ["for Bob"]);
      const again = await t.logIn(bob.account);
      t.check("login", again.token.length > 0, { expected: "a session", got: "no token" });
    },
  }),

  accountCase({
    id: "account.sessions.second-session",
    rules: ["account.sessions-end"],
    sends: "DeleteAccount while the account has a session on another connection",
    expects: "Ok, and Unauthorized to the other session",
    checks: ["answer", "second"],
    async run(t) {
      const user = await t.newUser();
      const second = await t.logIn(user.account);
      t.status(await remove(user), Status.Ok);
      await isOut(t, "second", second);
    },
  }),

  accountCase({
    id: "account.sessions.token",
    rules: ["account.sessions-end"],
    when: { session: ["both", "body"] },
    sends: "DeleteAccount, then a Peek with the token in its body on a fresh connection",
    expects: "Ok, then Unauthorized",
    checks: ["ok", "answer"],
    twin: TWIN,
    async run(t) {
      const { token, key, ...user } = await t.newUser();
      const { status } = await remove(user);
      t.demand("ok", status === Status.Ok, { expected: "Ok", got: statusName(status) });
      const peer = await t.peer();
      const answer = await peer.call(DeliveryService.method.peek, { recipientKey: key }, { token });
      t.refused(answer, Status.Unauthorized);
    },
  }),

  accountCase({
    id: "account.sessions.pending-wait",
    rules: ["account.sessions-end"],
    sends: "DeleteAccount while another session of the account waits in FetchWait, then a message",
    expects: "Ok; the wait ends without the message",
    checks: ["answer", "wait", "hidden"],
    errata: ["I-06", "I-08"],
    async run(t) {
      const [user, other] = [await t.newUser(), await t.user()];
      const waiting = waitFor(await t.logIn(user.account), LONG_MS);
      await new Promise((resolve) => setTimeout(resolve, START_MS));
      t.status(await remove(user), Status.Ok);
      await put(other, user, "too late");
      const answer = await waiting;
      const ends = [Status.Unauthorized, Status.Forbidden, Status.Ok];
      t.check("wait", ends.includes(answer.status as never), {
        expected: "Unauthorized, Forbidden, or Ok without a message",
        got: statusName(answer.status),
      });
      const shown = Buffer.from(answer.payload).includes("too late");
      t.check("hidden", !shown, { expected: "no message", got: "the message" });
    },
  }),

  accountCase({
    id: "account.sessions.no-more-pushes",
    rules: ["account.sessions-end"],
    features: ["push", "health"],
    when: { push: ["on"] },
    sends: "DeleteAccount, then a message for the deleted key",
    expects: "Ok, and no event on the connection of the deleted account",
    checks: ["answer", "no-push"],
    async run(t) {
      const [user, other] = [await t.newUser(), await t.user()];
      t.status(await remove(user), Status.Ok);
      user.peer.events.clear();
      await put(other, user, "for nobody");
      const event = await user.peer.events.find(() => true, 300);
      t.check("no-push", event === undefined, { expected: "none", got: `${event?.eventType}` });
      demandOk(await user.peer.call(HealthService.method.health, {}), "Health");
    },
  }),

  accountCase({
    id: "account.login.as-unknown",
    rules: ["account.login", "auth.unknown-user"],
    twin: "auth.login.right-password",
    sends: "a login for a deleted name, and one for a name that nobody ever had",
    expects: "the password opens nothing, and both starts and both refusals are alike",
    checks: ["password", "answer", "start", "same"],
    errata: ["C-28", "C-73"],
    async run(t) {
      const user = await t.newUser();
      await gone(user);
      const peer = await t.peer();
      const opened = await opens(peer, user.account);
      t.check("password", !opened, { expected: "no login", got: "an answer that it opens" });
      const deleted = await failedLogin(t, peer, user.account.username);
      const unknown = await failedLogin(t, peer, newUsername());
      t.refused(deleted.finish, Status.Unauthorized);
      t.check("start", deleted.start.payload.length === unknown.start.payload.length, {
        expected: `${unknown.start.payload.length} bytes, as for an unknown name`,
        got: `${deleted.start.payload.length} bytes`,
      });
      const [a, b] = [deleted.finish, unknown.finish];
      t.check("same", a.status === b.status && Buffer.compare(a.payload, b.payload) === 0, {
        expected: `${statusName(b.status)} ${Buffer.from(b.payload).toString("hex")}`,
        got: `${statusName(a.status)} ${Buffer.from(a.payload).toString("hex")}`,
      });
    },
  }),
];

// The envelope of a dummy answer cannot be opened, as with a wrong password.
async function opens(peer: Peer, account: Account): Promise<boolean> {
  try {
    return (await beginLogin(peer, account)).finalization.length > 0;
  } catch (error) {
    if (error instanceof PrerequisiteFailed) return false;
    throw error;
  }
}

interface FailedLogin {
  readonly start: Answer;
  readonly finish: Answer;
}

async function failedLogin(t: Trial, peer: Peer, username: string): Promise<FailedLogin> {
  const request = { username, request: ke1Of(t) };
  const start = await peer.call(AuthService.method.opaqueLoginStart, request);
  demandOk(start, "OpaqueLoginStart");
  return { start, finish: await guessProof(t, peer, username) };
}
