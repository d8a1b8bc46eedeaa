// Answers that the server abandons: RESET_STREAM and STOP_SENDING at every phase, with any code
// (spec/transport.md, Streams).

import { setTimeout as sleep } from "node:timers/promises";
import { Status } from "../../../src/registry/statuses.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { BLOCKED_BYTES, EMPTY, filler, HEALTH, HEALTHY, response } from "../frames.ts";
import { refusedAnswer } from "../one-call.ts";
import { ask, openScene, PATIENT_MS } from "../scene.ts";

const TWIN = "client-framing.response-cut.whole";

/** Codes that mean something among ourselves, and those that mean nothing. */
const CODES = [0, 1, 5, 8, 9, 10, 11, 255, 256, 65_536, 4_294_967_296, 2 ** 53 - 1];

/** A pause after which bytes have left, which a reset would take back otherwise. */
const SENT_MS = 30;

/** How many bytes of an answer of 15 bytes are sent before the reset. */
const PHASES = [
  ["in-header", 4, "4 bytes of a header"],
  ["behind-header", 9, "a header that announces 6 bytes"],
  ["in-payload", 12, "a header and 3 of 6 payload bytes"],
] as const;

export const resetCases: readonly ClientCase[] = [
  ...CODES.map((code) =>
    refusedAnswer({
      id: `client-transport.reset.code-${code}`,
      rules: ["transport.error-codes", "status.stream-isolation"],
      sends: `RESET_STREAM with the code ${code}, and no byte of an answer`,
      expects: "stream.reset: the code is no status",
      twin: TWIN,
      answer: (call) => call.reset(code),
      classes: "stream.reset",
    }),
  ),

  ...PHASES.map(([slug, length, what]) =>
    refusedAnswer({
      id: `client-transport.reset.${slug}`,
      rules: ["status.stream-isolation", "framing.response-header"],
      sends: `${what}, and RESET_STREAM`,
      expects: "stream.reset",
      twin: TWIN,
      answer: async (call) => {
        await call.send(response(Status.Ok, call.requestId, HEALTHY).subarray(0, length));
        await sleep(SENT_MS);
        call.reset(Status.Internal);
      },
      classes: "stream.reset",
    }),
  ),

  defineClientCase({
    id: "client-transport.reset.before-the-request-ended",
    rules: ["status.stream-isolation"],
    sends: "RESET_STREAM and STOP_SENDING when only the first bytes of a request were read",
    expects: "stream.reset; the connection lives on",
    twin: TWIN,
    checks: ["answer", "connection-lives"],
    async run(t) {
      const { sdk, server, peer } = await openScene(t);
      const reply = sdk.call(HEALTH, filler(BLOCKED_BYTES), { timeoutMs: PATIENT_MS });
      const stream = await peer.stream();
      await stream.chunks().next();
      stream.stopSending(Status.BadRequest);
      stream.reset(Status.BadRequest);
      t.refused(await reply, "stream.reset");
      await t.connectionLives(sdk, server);
    },
  }),

  defineClientCase({
    id: "client-transport.reset.behind-whole-answer",
    rules: ["transport.one-response", "status.stream-isolation"],
    sends: "a whole Ok without FIN, and RESET_STREAM",
    expects: "stream.reset, or Ok by a client that needs no FIN; the connection lives on",
    checks: ["answer", "connection-lives"],
    errata: ["C-17"],
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene);
      await call.send(response(Status.Ok, call.requestId, HEALTHY));
      await sleep(SENT_MS);
      call.reset(Status.Ok);
      const got = await reply;
      const fits = "ok" in got ? got.ok.status === 0 : got.err.class === "stream.reset";
      t.check("answer", fits, { expected: "Ok or stream.reset", got: JSON.stringify(got) });
      await t.connectionLives(scene.sdk, scene.server);
    },
  }),

  defineClientCase({
    id: "client-transport.reset.eight-at-once",
    rules: ["status.stream-isolation"],
    sends: "RESET_STREAM to eight calls at once",
    expects: "stream.reset for each; the connection lives on",
    twin: TWIN,
    checks: ["answer", "connection-lives"],
    async run(t) {
      const scene = await openScene(t);
      const asked = await Promise.all(Array.from({ length: 8 }, () => ask(scene)));
      for (const { call } of asked) call.reset(Status.Unavailable);
      const replies = await Promise.all(asked.map(async ({ reply }) => reply));
      const resets = replies.filter((got) => "err" in got && got.err.class === "stream.reset");
      t.check("answer", resets.length === 8, {
        expected: "8 times stream.reset",
        got: JSON.stringify(replies),
      });
      await t.connectionLives(scene.sdk, scene.server);
    },
  }),

  ...[0, 1, 10].map((code) =>
    defineClientCase({
      id: `client-transport.stop.code-${code}-then-answer`,
      rules: ["transport.error-codes", "transport.one-response"],
      sends: `STOP_SENDING with the code ${code} in the middle of a request, then Forbidden`,
      expects: "Forbidden: an answer counts, whatever became of the request",
      checks: ["answer", "connection-lives"],
      async run(t) {
        const { sdk, server, peer } = await openScene(t);
        const reply = sdk.call(HEALTH, filler(BLOCKED_BYTES), { timeoutMs: PATIENT_MS });
        const stream = await peer.stream();
        const { value: chunk = EMPTY } = await stream.chunks().next();
        stream.stopSending(code);
        const requestId = Buffer.from(chunk).readUInt32BE(2);
        await stream.finish(response(Status.Forbidden, requestId));
        t.answered(await reply, Status.Forbidden);
        await t.connectionLives(sdk, server);
      },
    }),
  ),

  ...[0, 1, 2 ** 53 - 1].map((code) =>
    defineClientCase({
      id: `client-transport.stop.code-${code}-while-sending`,
      rules: ["transport.error-codes", "status.stream-isolation"],
      sends: `STOP_SENDING with the code ${code} in the middle of a request, and no answer`,
      expects: "stream.reset, or deadline by a client that waits for an answer all the same",
      twin: TWIN,
      checks: ["answer", "connection-lives"],
      async run(t) {
        const { sdk, server, peer } = await openScene(t);
        const reply = sdk.call(HEALTH, filler(BLOCKED_BYTES), { timeoutMs: 500 });
        const stream = await peer.stream();
        await stream.chunks().next();
        stream.stopSending(code);
        t.refused(await reply, ["stream.reset", "deadline"]);
        await t.connectionLives(sdk, server);
      },
    }),
  ),
];
