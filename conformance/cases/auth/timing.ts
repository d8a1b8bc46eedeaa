// How soon the auth methods answer, and how often they may fail: spec/services/auth.md.

import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk, login, newAccount, newUsername, register } from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { Answer, CallOptions, Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { GENERATOR, guessProof, ke1Of } from "./steps.ts";

const { opaqueRegisterStart, opaqueRegisterFinish, opaqueLoginStart } = AuthService.method;

/** FLOOR_MS is the least time between a request and its answer (C-87). */
const FLOOR_MS = 5;
/** The quickest of so many answers is looked at: a slow machine can only hide a missing floor. */
const ANSWERS = 20;

const UNPACED: CallOptions = { paced: false };

/** Answers, good and bad, that cost a server least. */
const CALLS: readonly {
  id: string;
  what: string;
  call: (t: Trial, peer: Peer, name: string) => Promise<Answer>;
}[] = [
  {
    id: "register-start",
    what: "OpaqueRegisterStart",
    call: (_, peer, username) => peer.call(opaqueRegisterStart, { username, request: GENERATOR }),
  },
  {
    id: "register-start-refused",
    what: "OpaqueRegisterStart without a request, BadRequest",
    call: (_, peer, username) => peer.call(opaqueRegisterStart, { username }),
  },
  {
    id: "register-finish-refused",
    what: "OpaqueRegisterFinish without an upload, BadRequest",
    call: (_, peer, username) => peer.call(opaqueRegisterFinish, { username }),
  },
  {
    id: "login-start",
    what: "OpaqueLoginStart",
    call: (t, peer, username) => peer.call(opaqueLoginStart, { username, request: ke1Of(t) }),
  },
  {
    id: "login-finish-refused",
    what: "OpaqueLoginFinish without a start, Unauthorized",
    call: (t, peer, username) => guessProof(t, peer, username),
  },
];

/** Failed logins that pass in a minute (I-23). */
const FAILURES = 10;
// High enough that the limit of all calls stays out of the way; 0 would switch off both.
const RATE = { limits: { rate_per_s: 1000 } };

export const timingCases: readonly Case[] = [
  ...CALLS.map(({ id, what, call }) =>
    defineCase({
      id: `auth.floor.${id}`,
      rules: ["auth.floor"],
      features: ["auth"],
      needs: "quiet",
      sends: `${ANSWERS} times ${what}`,
      expects: "no answer within 5 ms of its request",
      errata: ["C-87"],
      async run(t) {
        const peer = await t.peer();
        const username = newUsername();
        let quickest = Number.POSITIVE_INFINITY;
        for (let i = 0; i < ANSWERS; i++) {
          const written = performance.now();
          const answer = await call(t, peer, username);
          quickest = Math.min(quickest, answer.at - written);
        }
        t.check("answer", quickest >= FLOOR_MS, {
          expected: `${FLOOR_MS} ms or more`,
          got: `${quickest.toFixed(2)} ms`,
        });
      },
    }),
  ),

  defineCase({
    id: "auth.login-rate.known-and-unknown",
    rules: ["auth.login-rate"],
    twin: "auth.login.right-password",
    features: ["auth"],
    server: RATE,
    when: { "rate-limit": ["on"] },
    sends:
      "12 logins of one name that succeed, then failing ones for another, and for an unknown name",
    expects:
      "10 failures, then RateLimited, for both alike; successes and other names are not counted",
    checks: ["successes", "answer", "unknown", "other-name"],
    errata: ["I-23"],
    async run(t) {
      const peer = await t.peer();
      const [lucky, unlucky] = [newAccount(), newAccount()];
      demandOk(await register(peer, lucky), "OpaqueRegisterFinish");
      demandOk(await register(peer, unlucky), "OpaqueRegisterFinish");
      for (let i = 0; i < 12; i++) {
        const { status } = await login(peer, lucky, UNPACED);
        if (i === 11) t.check("successes", status === Status.Ok, ok(status));
      }
      const known = await failUntilLimited(t, peer, unlucky.username);
      t.check("answer", known === FAILURES, tenOf(known));
      const unknown = await failUntilLimited(t, peer, newUsername());
      t.check("unknown", unknown === FAILURES, tenOf(unknown));
      const request = { username: lucky.username, request: ke1Of(t) };
      const { status } = await peer.call(opaqueLoginStart, request, UNPACED);
      t.check("other-name", status === Status.Ok, ok(status));
    },
  }),

  defineCase({
    id: "auth.login-rate.window-passes",
    rules: ["auth.login-rate"],
    features: ["auth"],
    server: RATE,
    hooks: ["clock.advance"],
    when: { "rate-limit": ["on"] },
    sends: "failing logins up to RateLimited, and one more a minute later",
    expects: "10 pass; after the minute the name is free again",
    checks: ["answer", "later"],
    errata: ["I-23"],
    async run(t) {
      const peer = await t.peer();
      const username = newUsername();
      const passed = await failUntilLimited(t, peer, username);
      t.check("answer", passed === FAILURES, tenOf(passed));
      await t.hook("clock.advance", 61_000);
      const start = await peer.call(opaqueLoginStart, { username, request: ke1Of(t) }, UNPACED);
      t.check("later", start.status === Status.Ok, ok(start.status));
    },
  }),

  defineCase({
    id: "auth.login-rate.restart",
    rules: ["auth.login-rate"],
    features: ["auth"],
    server: RATE,
    hooks: ["restart"],
    when: { "rate-limit": ["on"] },
    severity: "MAY",
    sends: "failing logins up to RateLimited, a restart of the server, and one more",
    expects: "10 pass; after the restart the name is free again: a window is not kept",
    checks: ["answer", "later"],
    errata: ["I-23", "I-25"],
    async run(t) {
      const username = newUsername();
      const passed = await failUntilLimited(t, await t.peer(), username);
      t.check("answer", passed === FAILURES, tenOf(passed));
      await t.hook("restart");
      const request = { username, request: ke1Of(t) };
      const { status } = await (await t.peer()).call(opaqueLoginStart, request, UNPACED);
      t.check("later", status === Status.Ok, ok(status));
    },
  }),
];

// Either half may be the one that is refused.
async function failUntilLimited(t: Trial, peer: Peer, username: string): Promise<number> {
  const request = ke1Of(t);
  for (let passed = 0; passed < 2 * FAILURES; passed++) {
    const start = await peer.call(opaqueLoginStart, { username, request }, UNPACED);
    if (start.status === Status.RateLimited) return passed;
    const finish = await guessProof(t, peer, username, UNPACED);
    if (finish.status === Status.RateLimited) return passed;
  }
  return 2 * FAILURES;
}

function tenOf(passed: number) {
  return { expected: "RateLimited after 10", got: `RateLimited after ${passed}, or never` };
}

function ok(status: number) {
  return { expected: "Ok", got: `status ${status}` };
}
