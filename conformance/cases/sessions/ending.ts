// How a session ends, and what a restart leaves of it (spec/sessions.md).

import { setTimeout as sleep } from "node:timers/promises";
import { Status } from "../../../src/registry/statuses.ts";
import { login } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import { readInbox } from "../auth/steps.ts";
import { BINDING, TRAILER } from "./trailer-bytes.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const SHORT_MS = 2_000;

const endingCase = (spec: CaseSpec): Case =>
  defineCase({ features: ["auth", "delivery"], errata: ["C-23"], ...spec });

export const endingCases: readonly Case[] = [
  endingCase({
    id: "sessions.expiry.after-24-hours",
    rules: ["sessions.expiry"],
    twin: "sessions.trailer.fresh-connection",
    server: { limits: { session_ms: DAY } },
    hooks: ["clock.advance"],
    when: TRAILER,
    sends: "Fetches with a token 1 minute before and 1 minute after the end of its 24 hours",
    expects: "Ok, then Unauthorized",
    checks: ["before", "answer"],
    async run(t) {
      const { key, token } = await t.newUser();
      await t.hook("clock.advance", DAY - MINUTE);
      const { status } = await readInbox(await t.peer(), key, { token });
      t.check("before", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
      await t.hook("clock.advance", 2 * MINUTE);
      const after = await readInbox(await t.peer(), key, { token });
      t.refused(after, Status.Unauthorized);
    },
  }),

  endingCase({
    id: "sessions.expiry.short-lifetime",
    rules: ["sessions.expiry"],
    twin: "sessions.token.both-stay-valid",
    server: { limits: { session_ms: SHORT_MS } },
    sends: "Fetches right after a login and, with a lifetime of 2 s, more than 2 s later",
    expects: "Ok, then Unauthorized",
    checks: ["before", "answer"],
    async run(t) {
      const alice = await t.newUser();
      const { status } = await readInbox(alice, alice.key);
      t.check("before", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
      await sleep(SHORT_MS + 200);
      t.refused(await readInbox(alice, alice.key), Status.Unauthorized);
    },
  }),

  endingCase({
    id: "sessions.expiry.bound-connection",
    rules: ["sessions.ended", "sessions.expiry"],
    twin: "sessions.binding.later-calls",
    server: { limits: { session_ms: DAY } },
    hooks: ["clock.advance"],
    when: BINDING,
    sends: "a Fetch on a bound connection after the session's end, a login there, another Fetch",
    expects: "Ok before the end, Unauthorized after it, then Ok for the login and the Fetch",
    checks: ["before", "answer", "login", "anew"],
    errata: ["C-23", "I-11"],
    async run(t) {
      const { account, key, peer } = await t.newUser();
      const before = await readInbox(peer, key);
      t.check("before", before.status === Status.Ok, ok(before.status));
      await t.hook("clock.advance", DAY + MINUTE);
      t.refused(await readInbox(peer, key), Status.Unauthorized);
      const again = await login(peer, account);
      t.check("login", again.status === Status.Ok, ok(again.status));
      const anew = await readInbox(peer, key);
      t.check("anew", anew.status === Status.Ok, ok(anew.status));
    },
  }),

  endingCase({
    id: "sessions.expiry.one-of-two",
    rules: ["sessions.ended", "sessions.token-fresh"],
    twin: "sessions.token.both-stay-valid",
    server: { limits: { session_ms: DAY } },
    hooks: ["clock.advance"],
    sends: "Fetches with two sessions of one account, 12 hours apart, when the older one has ended",
    expects: "Unauthorized for the older, Ok for the younger",
    checks: ["answer", "younger"],
    errata: ["C-23", "I-11"],
    async run(t) {
      const older = await t.newUser();
      await t.hook("clock.advance", DAY / 2);
      const younger = await t.logIn(older.account);
      await t.hook("clock.advance", DAY / 2 + MINUTE);
      t.refused(await readInbox(older, older.key), Status.Unauthorized);
      const { status } = await readInbox(younger, older.key);
      t.check("younger", status === Status.Ok, ok(status));
    },
  }),

  endingCase({
    id: "sessions.restart.token-survives",
    rules: ["sessions.survive-restart"],
    twin: "sessions.trailer.fresh-connection",
    hooks: ["restart"],
    when: TRAILER,
    sends: "after a restart, Fetches on a new connection with a token of before, and without",
    expects: "Ok with the token, Unauthorized without: the binding is gone",
    checks: ["answer", "binding"],
    errata: ["C-112", "I-25"],
    async run(t) {
      const { key, token } = await t.newUser();
      await t.hook("restart");
      const peer = await t.peer();
      t.status(await readInbox(peer, key, { token }), Status.Ok);
      t.refused(await readInbox(peer, key), Status.Unauthorized, "binding");
    },
  }),
];

function ok(status: number) {
  return { expected: "Ok", got: `status ${status}` };
}
