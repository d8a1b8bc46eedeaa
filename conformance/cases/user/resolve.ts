// Names to keys and back (500, 501): spec/services/user.md.

import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newIdentityKey, newUsername } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { GENERATOR } from "../auth/steps.ts";
import { enter, revoke } from "../kt/steps.ts";
import { askIdentity, askUser, userCase } from "./steps.ts";

const { opaqueRegisterStart } = AuthService.method;

/** Names that are not the one that was asked for, made from it. */
const OTHERS: readonly { slug: string; says: string; of: (name: string) => string }[] = [
  { slug: "upper-case", says: "in capitals", of: (name) => name.toUpperCase() },
  {
    slug: "capital",
    says: "with a capital first letter",
    of: (name) => name.replace(/^./, (letter) => letter.toUpperCase()),
  },
  { slug: "prefix", says: "up to its last hyphen", of: (name) => name.replace(/-[^-]*$/, "") },
  { slug: "longer", says: "with one letter more", of: (name) => `${name}x` },
  { slug: "wildcard", says: "with % for its last letter", of: (name) => `${name.slice(0, -1)}%` },
  { slug: "underscore", says: "with _ for its last letter", of: (name) => `${name.slice(0, -1)}_` },
];

export const resolveCases: readonly Case[] = [
  userCase({
    id: "user.resolve.key",
    rules: ["user.resolve"],
    sends: "the names of two other users and the own one",
    expects: "Ok, and the keys that were registered under them",
    checks: ["answer", "keys"],
    tier: "smoke",
    async run(t) {
      const users = [await t.user(), await t.user(), await t.user()];
      const [caller] = users as [User];
      const keys: string[] = [];
      for (const { account } of users) {
        const answer = await askUser(caller, account.username);
        t.status(answer, Status.Ok);
        keys.push(spell(answer.message().identityKey));
      }
      const expected = users.map(({ key }) => spell(key)).join(" ");
      t.check("keys", keys.join(" ") === expected, { expected, got: keys.join(" ") });
    },
  }),

  userCase({
    id: "user.identity.name",
    rules: ["user.identity"],
    sends: "the keys of two other users and the own one",
    expects: "Ok, and the names under which they were registered",
    checks: ["answer", "names"],
    tier: "smoke",
    async run(t) {
      const users = [await t.user(), await t.user(), await t.user()];
      const [caller] = users as [User];
      const names: string[] = [];
      for (const { key } of users) {
        const answer = await askIdentity(caller, key);
        t.status(answer, Status.Ok);
        names.push(answer.message().username);
      }
      const expected = users.map(({ account }) => account.username).join(" ");
      t.check("names", names.join(" ") === expected, { expected, got: names.join(" ") });
    },
  }),

  ...OTHERS.map(({ slug, says, of }) =>
    userCase({
      id: `user.exact.${slug}`,
      rules: ["user.exact", "user.not-found"],
      twin: "user.resolve.key",
      sends: `the name of a user ${says}`,
      expects: "NotFound",
      errata: ["C-108"],
      async run(t) {
        const caller = await t.user();
        t.refused(await askUser(caller, of(caller.account.username)), Status.NotFound);
      },
    }),
  ),

  userCase({
    id: "user.not-found.name",
    rules: ["user.not-found"],
    twin: "user.resolve.key",
    sends: "a name that nobody has",
    expects: "NotFound",
    async run(t) {
      t.refused(await askUser(await t.user(), newUsername()), Status.NotFound);
    },
  }),

  userCase({
    id: "user.not-found.key",
    rules: ["user.not-found"],
    twin: "user.identity.name",
    sends: "a key that nobody has",
    expects: "NotFound",
    async run(t) {
      t.refused(await askIdentity(await t.user(), newIdentityKey()), Status.NotFound);
    },
  }),

  userCase({
    id: "user.not-found.begun",
    rules: ["user.not-found", "auth.register-stateless"],
    twin: "user.resolve.key",
    sends: "a name whose registration was begun and not finished",
    expects: "NotFound",
    async run(t) {
      const [caller, username] = [await t.user(), newUsername()];
      await (await t.peer()).call(opaqueRegisterStart, { username, request: GENERATOR });
      t.refused(await askUser(caller, username), Status.NotFound);
    },
  }),

  userCase({
    id: "user.not-found.refused-registration",
    rules: ["user.not-found", "auth.record-kept"],
    twin: "user.identity.name",
    sends: "a registration of a taken name with a new key, then the key and the name",
    expects: "NotFound for the key, and the first key for the name",
    checks: ["answer", "key"],
    errata: ["C-27"],
    async run(t) {
      const caller = await t.user();
      const [identityKey, { username }] = [newIdentityKey(), caller.account];
      await enter(t, await t.peer(), username, identityKey);
      t.refused(await askIdentity(caller, identityKey), Status.NotFound);
      await leadsTo(t, "key", caller, username, caller.key);
    },
  }),

  userCase({
    id: "user.resolve.new-account",
    rules: ["user.resolve", "user.identity"],
    sends: "a name and a key before and after their registration",
    expects: "found as soon as the registration is answered",
    checks: ["before", "key", "name"],
    async run(t) {
      const [caller, username, identityKey] = [await t.user(), newUsername(), newIdentityKey()];
      const { status } = await askUser(caller, username);
      t.check("before", status === Status.NotFound, {
        expected: "NotFound",
        got: `status ${status}`,
      });
      await enter(t, await t.peer(), username, identityKey);
      await leadsTo(t, "key", caller, username, identityKey);
      const answer = await askIdentity(caller, identityKey);
      const got = answer.status === Status.Ok ? answer.message().username : "nobody";
      t.check("name", got === username, { expected: username, got });
    },
  }),

  userCase({
    id: "user.revoked.both-ways",
    rules: ["user.revoked", "user.resolve", "user.identity"],
    features: ["kt"],
    sends: "the name and the key of a user whose key is revoked",
    expects: "Ok with the key, and with the name",
    checks: ["key", "name"],
    errata: ["I-10"],
    async run(t) {
      const [caller, alice] = [await t.user(), await t.newUser()];
      await revoke(alice);
      await leadsTo(t, "key", caller, alice.account.username, alice.key);
      const answer = await askIdentity(caller, alice.key);
      const got = answer.status === Status.Ok ? answer.message().username : "nobody";
      t.check("name", got === alice.account.username, {
        expected: alice.account.username,
        got,
      });
    },
  }),
];

async function leadsTo(
  t: Trial,
  check: string,
  caller: User,
  username: string,
  key: Uint8Array,
): Promise<void> {
  const answer = await askUser(caller, username);
  const got = answer.status === Status.Ok ? spell(answer.message().identityKey) : "nobody";
  t.check(check, got === spell(key), { expected: spell(key), got });
}
