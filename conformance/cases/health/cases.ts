// Every case of spec/services/health.md: the liveness probe 802 (C-29, C-74).

import { setTimeout as sleep } from "node:timers/promises";
import { AuthService, HealthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newUsername } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { BLINDED } from "../opaque-literals.ts";

const { health } = HealthService.method;
const { opaqueRegisterStart } = AuthService.method;

/** How long a server may take from the signal to its first effect, and for a call in flight. */
const NOTICE_MS = 2_000;
const ANSWER_MS = 2_000;

const healthCase = (spec: CaseSpec): Case => defineCase({ features: ["health"], ...spec });

/** The fields of the answer are reconstructed. */
const FIELDS = { reconstructed: ["draft"] } as const;

export const healthCases: readonly Case[] = [
  healthCase({
    id: "health.call.fresh-connection",
    rules: ["health.no-session", "sessions.open-methods"],
    sends: "Health as the first call of a connection",
    expects: "Ok",
    tier: "smoke",
    errata: ["C-21", "C-29"],
    async run(t) {
      const peer = await t.peer();
      t.status(await peer.call(health, {}), Status.Ok);
    },
  }),

  healthCase({
    id: "health.call.bound-connection",
    rules: ["health.no-session"],
    features: ["health", "auth"],
    sends: "Health on a connection that is bound to a session, ten times at once",
    expects: "Ok every time",
    errata: ["C-29"],
    async run(t) {
      const { peer } = await t.user();
      const answers = await Promise.all(Array.from({ length: 10 }, () => peer.call(health, {})));
      const refused = answers.find(({ status }) => status !== Status.Ok);
      t.check("answer", refused === undefined, {
        expected: "Ok every time",
        got: `status ${refused?.status}`,
      });
    },
  }),

  healthCase({
    id: "health.status.not-empty",
    rules: ["health.status"],
    when: FIELDS,
    sends: "Health",
    expects: "a status that is not empty",
    checks: ["answer", "status"],
    errata: ["C-74"],
    async run(t) {
      const { status } = await look(t, await t.peer());
      t.check("status", status !== "", { expected: "a word", got: "an empty status" });
    },
  }),

  healthCase({
    id: "health.status.ok",
    rules: ["health.ok"],
    when: FIELDS,
    sends: "Health to a server that serves",
    expects: "the status ok; another one is a warning",
    checks: ["answer", "status"],
    errata: ["C-74"],
    async run(t) {
      const { status } = await look(t, await t.peer());
      t.check("status", status === "ok", { expected: '"ok"', got: JSON.stringify(status) });
    },
  }),

  healthCase({
    id: "health.uptime.two-looks",
    rules: ["health.uptime"],
    when: FIELDS,
    sends: "Health twice, 2.1 s apart",
    expects: "an uptime that has grown by the whole seconds between the two",
    checks: ["answer", "seconds"],
    errata: ["C-74"],
    async run(t) {
      const peer = await t.peer();
      const first = await look(t, peer);
      await sleep(2_100);
      grewBy(t, "seconds", first, await look(t, peer), 0);
    },
  }),

  healthCase({
    id: "health.uptime.since-start",
    rules: ["health.uptime"],
    when: FIELDS,
    hooks: ["clock.advance", "restart"],
    sends: "Health, Health with the clock 1000 s on, and Health after a restart",
    expects: "1000 s more, and then no more than the time since the restart",
    checks: ["answer", "clock", "restarted"],
    errata: ["C-74"],
    async run(t) {
      const peer = await t.peer();
      const first = await look(t, peer);
      await t.hook("clock.advance", 1_000_000);
      // The hook promises expiry only (S-15), so an uptime that goes by another clock is no fault.
      grewBy(t, "clock", first, await look(t, peer), 1000, "info");
      const restart = performance.now();
      await t.hook("restart");
      const { uptime, latest } = await look(t, await t.peer());
      const most = Math.ceil((latest - restart) / 1000);
      t.check("restarted", uptime <= most, { expected: `at most ${most} s`, got: `${uptime} s` });
    },
  }),

  healthCase({
    id: "health.draining.live-connection",
    rules: ["health.draining", "transport.drain"],
    features: ["health", "auth"],
    when: FIELDS,
    server: {},
    sends: "half an OpaqueRegisterStart, SIGTERM, Health on this connection, the other half",
    expects: "Ok with the status draining, and Ok for the call that was begun before",
    checks: ["answer", "status", "begun"],
    errata: ["C-15", "C-74"],
    async run(t) {
      const peer = await t.peer();
      const request = { username: newUsername(), request: BLINDED };
      const frame = peer.frame(opaqueRegisterStart, request);
      const begun = await peer.open();
      await begun.write(frame.subarray(0, -4));
      await look(t, peer); // answered, so the half has arrived as well
      void t.terminate();
      const { status } = await untilNotOk(t, peer);
      t.check("status", status === "draining", {
        expected: '"draining"',
        got: JSON.stringify(status),
      });
      await begun.finish(frame.subarray(-4));
      const got = await begun.reaction(ANSWER_MS);
      const answered = got.kind === "response" && got.status === Status.Ok;
      t.check("begun", answered, { expected: "Ok", got: JSON.stringify(got) });
    },
  }),
];

interface Look {
  readonly status: string;
  /** Seconds. */
  readonly uptime: number;
  /** The server looked at its clock between these two, in milliseconds of performance.now(). */
  readonly earliest: number;
  readonly latest: number;
}

async function look(t: Trial, peer: Peer): Promise<Look> {
  const earliest = performance.now();
  const answer = await peer.call(health, {});
  t.status(answer, Status.Ok);
  const { status, uptimeSecs } = answer.message();
  return { status, uptime: Number(uptimeSecs), earliest, latest: answer.at };
}

/** grewBy checks the growth of an uptime: what passed between two looks, and `seconds` more. */
function grewBy(
  t: Trial,
  check: string,
  first: Look,
  second: Look,
  seconds: number,
  otherwise?: "info",
): void {
  const least = seconds + Math.floor((second.earliest - first.latest) / 1000);
  const most = seconds + Math.ceil((second.latest - first.earliest) / 1000);
  const grown = second.uptime - first.uptime;
  const evidence = { expected: `${least} to ${most} s more`, got: `${grown} s more` };
  t.check(check, least <= grown && grown <= most, evidence, otherwise);
}

async function untilNotOk(t: Trial, peer: Peer): Promise<Look> {
  const end = performance.now() + NOTICE_MS;
  let last = await look(t, peer);
  while (last.status === "ok" && performance.now() < end) {
    await sleep(20);
    last = await look(t, peer);
  }
  return last;
}
