// Registration (100, 101) that succeeds, and what its first half leaves behind: spec/services/auth.md.

import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import {
  beginRegistration,
  login,
  newAccount,
  newUsername,
  register,
} from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import { GENERATOR, isRegistered, same, spell, spellRegistration } from "./steps.ts";

const { opaqueRegisterStart, opaqueRegisterFinish } = AuthService.method;

export const registerCases: readonly Case[] = [
  defineCase({
    id: "auth.register.new-account",
    rules: ["auth.register-finish"],
    features: ["auth"],
    sends: "a registration with a new name and a new key, then a login",
    expects: "Ok with success = true, and a session",
    checks: ["answer", "success", "login"],
    tier: "smoke",
    async run(t) {
      const peer = await t.peer();
      const account = newAccount();
      const answer = await register(peer, account);
      t.status(answer, Status.Ok);
      const { success } = answer.message();
      t.demand("success", success, { expected: "success = true", got: `success = ${success}` });
      const { status } = await login(peer, account);
      t.check("login", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),

  defineCase({
    id: "auth.register.username-64-bytes",
    rules: ["auth.username", "auth.register-finish"],
    features: ["auth"],
    sends: "a registration under a name of 64 bytes, then a login",
    expects: "success = true, and a session",
    checks: ["success", "login"],
    errata: ["C-108"],
    async run(t) {
      const peer = await t.peer();
      const account = newAccount({ username: newUsername().padEnd(64, "-") });
      const answer = await register(peer, account);
      t.demand("success", isRegistered(answer), {
        expected: "success = true",
        got: spellRegistration(answer),
      });
      const { status } = await login(peer, account);
      t.check("login", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),

  defineCase({
    id: "auth.register-start.free-name",
    rules: ["auth.register-start", "opaque.wire-sizes"],
    features: ["auth"],
    sends: "an element for a name that is free",
    expects: "Ok with 64 bytes",
    checks: ["answer", "length"],
    tier: "smoke",
    async run(t) {
      const peer = await t.peer();
      const request = { username: newUsername(), request: GENERATOR };
      const answer = await peer.call(opaqueRegisterStart, request);
      t.status(answer, Status.Ok);
      const { length } = answer.message().response;
      t.check("length", length === 64, { expected: "64 bytes", got: `${length} bytes` });
    },
  }),

  defineCase({
    id: "auth.register-start.made-for-the-name",
    rules: ["auth.register-start", "opaque.oprf-key"],
    features: ["auth"],
    sends: "one element for two names",
    expects: "two evaluated elements, one server public key",
    checks: ["answer", "element", "server-key"],
    async run(t) {
      const peer = await t.peer();
      const ask = () =>
        peer.call(opaqueRegisterStart, { username: newUsername(), request: GENERATOR });
      const [one, other] = [await ask(), await ask()];
      t.status(one, Status.Ok);
      const [a, b] = [one.message().response, other.message().response];
      const [elementA, elementB] = [a.subarray(0, 32), b.subarray(0, 32)];
      t.check("element", !same(elementA, elementB), {
        expected: "elements that differ",
        got: spell(elementA),
      });
      t.check("server-key", same(a.subarray(32), b.subarray(32)), {
        expected: spell(a.subarray(32)),
        got: spell(b.subarray(32)),
      });
    },
  }),

  defineCase({
    id: "auth.register-start.taken-and-free",
    rules: ["auth.start-alike"],
    features: ["auth"],
    sends: "one element for a taken name and for a free one",
    expects: "the same status, the same length, the same server public key",
    checks: ["answer", "length", "server-key"],
    errata: ["C-27"],
    async run(t) {
      const { account } = await t.user();
      const peer = await t.peer();
      const ask = (username: string) =>
        peer.call(opaqueRegisterStart, { username, request: GENERATOR });
      const [free, taken] = [await ask(newUsername()), await ask(account.username)];
      t.status(taken, free.status as Status);
      t.check("length", taken.payload.length === free.payload.length, {
        expected: `${free.payload.length} bytes`,
        got: `${taken.payload.length} bytes`,
      });
      const [keyFree, keyTaken] = [free, taken].map((one) => one.message().response.subarray(32));
      t.check("server-key", same(keyTaken as Uint8Array, keyFree as Uint8Array), {
        expected: spell(keyFree as Uint8Array),
        got: spell(keyTaken as Uint8Array),
      });
    },
  }),

  defineCase({
    id: "auth.register-start.before-and-after",
    rules: ["auth.start-alike", "opaque.oprf-key"],
    features: ["auth"],
    sends: "one element for a name, before it is registered and after",
    expects: "the same 64 bytes",
    errata: ["C-27"],
    async run(t) {
      const peer = await t.peer();
      const account = newAccount();
      const { username } = account;
      const ask = () => peer.call(opaqueRegisterStart, { username, request: GENERATOR });
      const before = (await ask()).message().response;
      await register(peer, account);
      const after = (await ask()).message().response;
      t.check("answer", same(before, after), { expected: spell(before), got: spell(after) });
    },
  }),

  defineCase({
    id: "auth.register-start.reserves-nothing",
    rules: ["auth.register-stateless"],
    features: ["auth"],
    sends: "two starts for one name on two connections; the second finishes first",
    expects: "success = true for whoever finishes first, who logs in, and not for the other",
    checks: ["answer", "late", "login"],
    errata: ["C-109"],
    async run(t) {
      const [early, late] = [await t.peer(), await t.peer()];
      const slow = newAccount();
      const quick = newAccount({ username: slow.username });
      const slowFinish = await beginRegistration(early, slow);
      const first = await register(late, quick);
      t.demand("answer", isRegistered(first), {
        expected: "success = true",
        got: spellRegistration(first),
      });
      const second = await early.call(opaqueRegisterFinish, slowFinish);
      t.check("late", !isRegistered(second), {
        expected: "success = false",
        got: spellRegistration(second),
      });
      const { status } = await login(late, quick);
      t.check("login", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),

  defineCase({
    id: "auth.register-start.older-start-finishes",
    rules: ["auth.register-stateless"],
    features: ["auth"],
    sends: "two starts for one name on one connection, and the finish of the older one",
    expects: "success = true, and a session: a newer start replaces nothing",
    checks: ["answer", "login"],
    errata: ["C-109"],
    async run(t) {
      const peer = await t.peer();
      const account = newAccount();
      const finish = await beginRegistration(peer, account);
      await beginRegistration(peer, newAccount({ username: account.username }));
      const answer = await peer.call(opaqueRegisterFinish, finish);
      t.demand("answer", isRegistered(answer), {
        expected: "success = true",
        got: spellRegistration(answer),
      });
      const { status } = await login(peer, account);
      t.check("login", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),
];
