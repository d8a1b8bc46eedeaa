// Coming back after a deletion, and what a restart leaves of it (spec/services/account.md; I-09, I-20, I-25).

import { AuthService, KeyTransparencyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import {
  demandOk,
  login,
  newAccount,
  newIdentityKey,
  newUsername,
  register,
} from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { User } from "../../judge/user.ts";
import { guessProof, isRegistered, ke1Of, readInbox, spellRegistration } from "../auth/steps.ts";
import { put, spellSeqs } from "../delivery/inbox.ts";
import { accountCase, remove } from "./steps.ts";

const { opaqueLoginStart } = AuthService.method;

const DAY = 86_400_000;
const AT_ONCE = 50;

export const backCases: readonly Case[] = [
  accountCase({
    id: "account.key-blocked.other-name",
    rules: ["account.key-blocked"],
    twin: "auth.login.right-password",
    sends: "DeleteAccount, then a registration of its key under a new name",
    expects: "Ok, then success = false",
    checks: ["answer", "refused"],
    errata: ["C-27", "I-09"],
    async run(t) {
      const { account, ...user } = await t.newUser();
      t.status(await remove(user), Status.Ok);
      const again = await register(await t.peer(), { ...account, username: newUsername() });
      t.check("refused", !isRegistered(again), {
        expected: "success = false",
        got: spellRegistration(again),
      });
    },
  }),

  accountCase({
    id: "account.name-blocked.at-once",
    rules: ["account.name-blocked"],
    twin: "auth.login.right-password",
    sends: "DeleteAccount, then a registration of its name with a new key",
    expects: "Ok, then success = false; a server that lets the name go at once is as good",
    checks: ["answer", "refused"],
    errata: ["C-73", "I-09"],
    async run(t) {
      const { account, ...user } = await t.newUser();
      t.status(await remove(user), Status.Ok);
      const again = await register(await t.peer(), { ...account, identityKey: newIdentityKey() });
      t.check("refused", !isRegistered(again), {
        expected: "success = false",
        got: spellRegistration(again),
      });
    },
  }),

  accountCase({
    id: "account.old-inbox.new-owner",
    rules: ["account.old-inbox", "account.key-blocked", "account.name-blocked"],
    hooks: ["clock.advance"],
    sends: "DeleteAccount, and registrations of its name after 29 and 31 days, of its key after 31",
    expects: "the name is free in the end and the key is not; the new owner reads nothing",
    checks: ["answer", "name", "own-inbox", "old-inbox", "key"],
    errata: ["I-09"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.newUser()];
      await put(bob, alice, "for the old key", { ttlSecs: 60 * 86_400 });
      t.status(await remove(alice), Status.Ok);
      await put(bob, alice, "for the deleted key", { ttlSecs: 60 * 86_400 });
      const heir = newAccount({ username: alice.account.username });
      await t.hook("clock.advance", 29 * DAY);
      const early = await register(await t.peer(), heir);
      if (isRegistered(early)) t.note("the name was free before 30 days were over");
      await t.hook("clock.advance", 2 * DAY);
      const late = isRegistered(early) ? early : await register(await t.peer(), heir);
      t.demand("name", isRegistered(late), {
        expected: "success = true after 31 days",
        got: spellRegistration(late),
      });
      const owner = await t.logIn(heir);
      const own = await readInbox(owner, owner.key);
      const list = own.status === Status.Ok ? own.message().payloads : [];
      t.check("own-inbox", own.status === Status.Ok && list.length === 0, {
        expected: "an empty inbox",
        got: `${statusName(own.status)}, ${spellSeqs(list)}`,
      });
      const { status } = await readInbox(owner, alice.key);
      const isRefused = status === Status.Forbidden || status === Status.Unauthorized;
      t.check("old-inbox", isRefused, { expected: "Forbidden", got: statusName(status) });
      const key = await register(await t.peer(), { ...alice.account, username: newUsername() });
      t.check("key", !isRegistered(key), {
        expected: "success = false",
        got: spellRegistration(key),
      });
    },
  }),

  accountCase({
    id: "account.log-stays.leaves",
    rules: ["account.log-stays", "account.delete", "kt.one-leaf"],
    features: ["kt"],
    server: {},
    sends: `${AT_ONCE} DeleteAccounts at once, then the DeleteAccount of a key that was revoked before`,
    expects:
      "Ok to one and Unauthorized to the others, one leaf for the first account, none for the second",
    checks: ["answer", "at-once", "one-leaf", "no-leaf", "first-reason"],
    errata: ["C-73", "I-10", "I-20"],
    async run(t) {
      const [alice, bob, carol] = [await t.newUser(), await t.newUser(), await t.newUser()];
      const before = await treeSize(carol);
      const calls = Array.from({ length: AT_ONCE }, () => remove(alice));
      const statuses = (await Promise.all(calls)).map(({ status }) => status);
      const done = statuses.filter((status) => status === Status.Ok).length;
      const out = statuses.filter((status) => status === Status.Unauthorized).length;
      t.check("at-once", done === 1 && done + out === AT_ONCE, {
        expected: `1 Ok, ${AT_ONCE - 1} Unauthorized`,
        got: `${done} Ok, ${out} Unauthorized`,
      });
      const once = await treeSize(carol);
      t.check("one-leaf", once === before + 1n, {
        expected: `${before + 1n} leaves`,
        got: `${once}`,
      });

      const { revokeKey, checkRevocation } = KeyTransparencyService.method;
      const revocation = { identityKey: bob.key, reason: "compromised" };
      demandOk(await bob.call(revokeKey, revocation), "RevokeKey");
      const revoked = await treeSize(carol);
      t.status(await remove(await t.logIn(bob.account)), Status.Ok);
      const twice = await treeSize(carol);
      t.check("no-leaf", twice === revoked, { expected: `${revoked} leaves`, got: `${twice}` });
      const found = await carol.call(checkRevocation, { identityKey: bob.key });
      demandOk(found, "CheckRevocation");
      const { reason } = found.message();
      t.check("first-reason", reason === "compromised", { expected: "compromised", got: reason });
    },
  }),

  accountCase({
    id: "account.delete.kill",
    rules: ["account.delete"],
    twin: "auth.login.right-password",
    features: ["keys"],
    server: {},
    sends: "DeleteAccount, and a SIGKILL of the server right after its answer",
    expects: "the account is gone after the start: no session, no login, no key to register",
    checks: ["deleted", "session", "answer", "name", "key"],
    errata: ["C-73", "I-25"],
    async run(t) {
      const { account, token, key, ...user } = await t.newUser();
      const other = await t.newUser();
      const { status } = await remove(user);
      t.demand("deleted", status === Status.Ok, { expected: "Ok", got: statusName(status) });
      await t.kill();
      const peer = await t.peer();
      const read = await readInbox(peer, key, t.profile.session === "connection" ? {} : { token });
      t.check("session", read.status === Status.Unauthorized, {
        expected: statusName(Status.Unauthorized),
        got: statusName(read.status),
      });
      const start = { username: account.username, request: ke1Of(t) };
      demandOk(await peer.call(opaqueLoginStart, start), "OpaqueLoginStart");
      t.refused(await guessProof(t, peer, account.username), Status.Unauthorized);
      const name = await register(peer, { ...account, identityKey: newIdentityKey() });
      t.check("name", !isRegistered(name), {
        expected: "success = false",
        got: spellRegistration(name),
      });
      const again = await register(peer, { ...account, username: newUsername() });
      t.check("key", !isRegistered(again), {
        expected: "success = false",
        got: spellRegistration(again),
      });
      demandOk(await login(peer, other.account), "OpaqueLoginFinish of another account");
    },
  }),
];

async function treeSize(user: User): Promise<bigint> {
  const answer = await user.call(KeyTransparencyService.method.auditKeyTransparency, {});
  demandOk(answer, "AuditKeyTransparency");
  return answer.message().treeSize;
}
