// Registrations that must not take place, because name or key has an owner: spec/services/auth.md.

import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import {
  beginRegistration,
  demandOk,
  login,
  newAccount,
  newIdentityKey,
  newUsername,
  register,
} from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import {
  GENERATOR,
  isRegistered,
  type RegisterAnswer,
  readInbox,
  spellRegistration,
  uploadOf,
} from "./steps.ts";

const { opaqueRegisterStart, opaqueRegisterFinish } = AuthService.method;

const takenCase = (spec: CaseSpec): Case =>
  defineCase({
    features: ["auth"],
    twin: "auth.register.new-account",
    errata: ["C-27"],
    ...spec,
  });

export const takenCases: readonly Case[] = [
  takenCase({
    id: "auth.register.taken-name",
    rules: ["auth.username-taken"],
    sends: "a registration of a taken name with another key and another password",
    expects: "success = false (or a refusal)",
    async run(t) {
      const { account } = await t.user();
      const intruder = newAccount({ username: account.username });
      refused(t, "answer", await register(await t.peer(), intruder));
    },
  }),

  takenCase({
    id: "auth.register.same-account-again",
    rules: ["auth.username-taken", "auth.record-kept"],
    sends: "the registration of an account that exists, with its name, key and password",
    expects: "success = false (or a refusal), and the account still logs in",
    checks: ["answer", "login"],
    async run(t) {
      const { account } = await t.user();
      const peer = await t.peer();
      refused(t, "answer", await register(peer, account));
      const { status } = await login(peer, account);
      t.check("login", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),

  takenCase({
    id: "auth.register.first-password-still-opens",
    rules: ["auth.record-kept"],
    sends: "a registration of a taken name, then a login of its owner",
    expects: "the owner logs in with the first password, and reads his inbox",
    checks: ["answer", "inbox"],
    features: ["auth", "delivery"],
    async run(t) {
      const owner = await t.user();
      const peer = await t.peer();
      await register(peer, newAccount({ username: owner.account.username }));
      t.status(await login(peer, owner.account), Status.Ok);
      const again = await t.logIn(owner.account);
      const { status } = await readInbox(again, owner.key);
      t.check("inbox", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),

  takenCase({
    id: "auth.register.refused-key-stays-free",
    rules: ["auth.record-kept"],
    sends: "a registration that fails for its name, then another name with the same key",
    expects: "success = true: the key was not stored",
    async run(t) {
      const { account } = await t.user();
      const peer = await t.peer();
      const identityKey = newIdentityKey();
      await register(peer, newAccount({ username: account.username, identityKey }));
      accepted(t, await register(peer, newAccount({ identityKey })));
    },
  }),

  takenCase({
    id: "auth.register.refused-name-stays-free",
    rules: ["auth.record-kept"],
    sends: "a registration that fails for its key, then the same name with another key",
    expects: "success = true: the name was not stored",
    async run(t) {
      const { key } = await t.user();
      const peer = await t.peer();
      const refusedAccount = newAccount({ identityKey: key });
      await register(peer, refusedAccount);
      accepted(t, await register(peer, newAccount({ username: refusedAccount.username })));
    },
  }),

  takenCase({
    id: "auth.register.taken-key",
    rules: ["auth.key-taken"],
    sends: "a registration of a new name with the identity key of another account, and its login",
    expects: "success = false, or no session; in no case a session that reads the owner's inbox",
    checks: ["answer", "inbox"],
    features: ["auth", "delivery"],
    errata: ["C-27", "I-14"],
    async run(t) {
      const owner = await t.user();
      const peer = await t.peer();
      const thief = newAccount({ identityKey: owner.key });
      const answer = await register(peer, thief);
      const session = isRegistered(answer) ? await login(peer, thief) : undefined;
      t.check("answer", session?.status !== Status.Ok, {
        expected: "a refusal at registration or at login",
        got: "a session",
      });
      const token = session?.status === Status.Ok ? session.message().sessionToken : undefined;
      const { status } = await readInbox(peer, owner.key, token && { token });
      t.check("inbox", status !== Status.Ok, { expected: "no access", got: "the owner's inbox" });
    },
  }),

  takenCase({
    id: "auth.register.race-for-a-name",
    rules: ["auth.username-taken"],
    sends: "25 finishes for one name at once, on five connections, each with a key of its own",
    expects: "exactly one success = true; its key logs in, and no other",
    checks: ["answer", "winner", "loser"],
    async run(t) {
      const account = newAccount();
      const peers = await Promise.all(Array.from({ length: 5 }, () => t.peer()));
      const [peer, ...others] = peers as [Peer, ...Peer[]];
      const { username, upload } = await beginRegistration(peer, account);
      for (const other of others) await startAnyhow(other, username);
      const keys = Array.from({ length: 25 }, newIdentityKey);
      const answers = await Promise.all(
        keys.map((identityKey, i) => {
          const at = peers[i % peers.length] ?? peer;
          return at.call(opaqueRegisterFinish, { username, upload, identityKey });
        }),
      );
      one(t, answers);
      const won = answers.findIndex(isRegistered);
      const enter = (at: number) =>
        login(peer, { ...account, identityKey: keys.at(at) ?? newIdentityKey() });
      const winner = await enter(won);
      t.check("winner", winner.status === Status.Ok, {
        expected: "Ok",
        got: `status ${winner.status}`,
      });
      const loser = await enter(won - 1);
      t.refused(loser, Status.Unauthorized, "loser");
    },
  }),

  takenCase({
    id: "auth.register.race-for-a-key",
    rules: ["auth.key-taken"],
    sends: "five finishes with one identity key at once, each under a name of its own",
    expects: "exactly one success = true",
    errata: ["C-27", "I-14"],
    async run(t) {
      const peer = await t.peer();
      const identityKey = newIdentityKey();
      const names = Array.from({ length: 5 }, newUsername);
      for (const username of names) await startAnyhow(peer, username);
      const upload = uploadOf(t);
      const answers = await Promise.all(
        names.map((username) => peer.call(opaqueRegisterFinish, { username, upload, identityKey })),
      );
      one(t, answers);
    },
  }),
];

// A server that keeps state between the halves wants a start for every finish (C-109).
async function startAnyhow(peer: Peer, username: string): Promise<void> {
  const start = await peer.call(opaqueRegisterStart, { username, request: GENERATOR });
  demandOk(start, "OpaqueRegisterStart");
}

function refused(t: Trial, id: string, answer: RegisterAnswer): void {
  t.check(id, !isRegistered(answer), {
    expected: "success = false, or a refusal",
    got: spellRegistration(answer),
  });
}

function accepted(t: Trial, answer: RegisterAnswer): void {
  demandOk(answer, "OpaqueRegisterFinish");
  t.check("answer", isRegistered(answer), {
    expected: "success = true",
    got: spellRegistration(answer),
  });
}

function one(t: Trial, answers: readonly RegisterAnswer[]): void {
  const wins = answers.filter(isRegistered).length;
  t.demand("answer", wins === 1, { expected: "one success", got: `${wins} of ${answers.length}` });
}
