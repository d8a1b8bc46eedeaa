// Calls that are not answered in time, and answers that come too late (spec/transport.md, Streams).

import { setTimeout as sleep } from "node:timers/promises";
import { Status } from "../../../src/registry/statuses.ts";
import { hex } from "../../cases/bytes.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { answerHealth, isHealth } from "../../hostile/call.ts";
import {
  BLOCKED_BYTES,
  EMPTY,
  FETCH_KEY_PACKAGE,
  filler,
  HEALTH,
  HEALTHY,
  response,
} from "../frames.ts";
import { refusedAnswer } from "../one-call.ts";
import { ask, openScene, PATIENT_MS, SHORT_MS } from "../scene.ts";

const TWIN = "client-calls.deadline.answer-in-time";

export const deadlineCases: readonly ClientCase[] = [
  defineClientCase({
    id: TWIN,
    rules: ["transport.one-response"],
    sends: "Ok 250 ms after the request of a call that may take 4 s",
    expects: "Ok: the call waits for it",
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene);
      await sleep(250);
      await call.answer(Status.Ok, HEALTHY);
      t.answered(await reply, Status.Ok, HEALTHY);
    },
  }),

  refusedAnswer({
    id: "client-calls.deadline.no-answer",
    rules: ["status.stream-isolation"],
    sends: "nothing",
    expects: `deadline after ${SHORT_MS} ms`,
    twin: TWIN,
    request: { timeoutMs: SHORT_MS },
    answer: () => {},
    classes: "deadline",
  }),

  defineClientCase({
    id: "client-calls.deadline.stream-dropped",
    rules: ["transport.client-gives-up", "status.stream-isolation"],
    sends: "nothing",
    expects: "deadline, and the client stops reading the stream",
    twin: TWIN,
    checks: ["answer", "dropped", "connection-lives"],
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene, { timeoutMs: SHORT_MS });
      t.refused(await reply, "deadline");
      const dropped = await call.dropped(2_000);
      t.check("dropped", dropped, { expected: "STOP_SENDING", got: "the stream is still read" });
      await t.connectionLives(scene.sdk, scene.server);
    },
  }),

  defineClientCase({
    id: "client-calls.deadline.answer-too-late",
    rules: ["framing.client-request-id", "status.stream-isolation"],
    sends: "nothing in time, then the answer, then another answer to the next call",
    expects: "deadline; nobody gets the late answer, and the next call its own",
    twin: TWIN,
    checks: ["answer", "next"],
    async run(t) {
      const scene = await openScene(t);
      const late = await ask(scene, { timeoutMs: SHORT_MS });
      t.refused(await late.reply, "deadline");
      await late.call.answer(Status.Ok, hex("0a046c617465"));
      const next = await ask(scene);
      await sleep(30);
      await next.call.answer(Status.Ok, HEALTHY);
      t.answered(await next.reply, Status.Ok, HEALTHY, "next");
    },
  }),

  defineClientCase({
    id: "client-calls.deadline.half-an-answer-too-late",
    rules: ["framing.client-request-id", "status.stream-isolation"],
    sends:
      "half of an answer in time, the rest when the time is over, another answer to the next call",
    expects: "deadline; the next call gets its own answer",
    twin: TWIN,
    checks: ["answer", "next"],
    async run(t) {
      const scene = await openScene(t);
      const late = await ask(scene, { timeoutMs: SHORT_MS });
      const whole = response(Status.Ok, late.call.requestId, hex("0a046c617465"));
      await late.call.send(whole.subarray(0, 12));
      t.refused(await late.reply, "deadline");
      await late.call.finish(whole.subarray(12));
      const next = await ask(scene);
      await next.call.answer(Status.Ok, HEALTHY);
      t.answered(await next.reply, Status.Ok, HEALTHY, "next");
    },
  }),

  defineClientCase({
    id: "client-calls.deadline.of-one-of-four",
    rules: ["status.stream-isolation", "transport.concurrent-calls"],
    sends: "nothing to one of four calls, whose time is short, and then Ok to the other three",
    expects: "deadline for the one, Ok for the others",
    twin: TWIN,
    checks: ["answer", "others"],
    async run(t) {
      const scene = await openScene(t);
      const others = [await ask(scene), await ask(scene), await ask(scene)];
      const short = await ask(scene, { timeoutMs: SHORT_MS });
      t.refused(await short.reply, "deadline");
      for (const { call } of others) await call.answer(Status.Ok, HEALTHY);
      const replies = await Promise.all(others.map(async ({ reply }) => reply));
      const answered = replies.filter((reply) => "ok" in reply).length;
      t.check("others", answered === 3, { expected: "3 answers", got: JSON.stringify(replies) });
    },
  }),

  defineClientCase({
    id: "client-calls.deadline.while-sending",
    rules: ["status.stream-isolation"],
    sends: "nothing, and reads nothing of a request of 1.25 MiB beyond the first bytes",
    expects: "deadline, though the request is not all sent; the connection lives on",
    twin: TWIN,
    checks: ["answer", "connection-lives"],
    async run(t) {
      const { sdk, server, peer } = await openScene(t);
      const reply = sdk.call(HEALTH, filler(BLOCKED_BYTES), { timeoutMs: SHORT_MS });
      await (await peer.stream()).chunks().next();
      t.refused(await reply, "deadline");
      await t.connectionLives(sdk, server);
    },
  }),

  defineClientCase({
    id: "client-calls.deadline.of-each-its-own",
    rules: ["transport.concurrent-calls"],
    sends: "nothing to a call with 300 ms, and Ok after 450 ms to one that may take 4 s",
    expects: "deadline for the first, Ok for the second",
    twin: TWIN,
    checks: ["answer", "second"],
    async run(t) {
      const scene = await openScene(t);
      const second = await ask(scene, { timeoutMs: PATIENT_MS });
      const first = await ask(scene, { timeoutMs: 300 });
      t.refused(await first.reply, "deadline");
      await sleep(150);
      await second.call.answer(Status.Ok, HEALTHY);
      t.answered(await second.reply, Status.Ok, HEALTHY, "second");
    },
  }),

  defineClientCase({
    id: "client-calls.deadline.twelve-in-a-row",
    rules: ["status.stream-isolation", "transport.stream-per-call"],
    sends: "nothing to 12 calls, four at a time, on a connection with credit for 8 streams",
    expects: "deadline for each; the connection lives on, for given-up streams return their credit",
    twin: TWIN,
    checks: ["answer", "connection-lives"],
    async run(t) {
      const { sdk, server, peer } = await openScene(t, { maxBidiStreams: 8 });
      peer.serve(async (call) => {
        if (isHealth(call)) return answerHealth(call);
        // An honest server ends its half, too, when the client has given up.
        call.reset(await call.stream.stopped);
      });
      let late = 0;
      for (let round = 0; round < 3; round++) {
        const four = [0, 1, 2, 3].map(() => sdk.call(FETCH_KEY_PACKAGE, EMPTY, { timeoutMs: 150 }));
        const replies = await Promise.all(four.map(async (call) => call));
        late += replies.filter((reply) => "err" in reply && reply.err.class === "deadline").length;
      }
      t.check("answer", late === 12, { expected: "12 times deadline", got: `${late}` });
      await t.connectionLives(sdk, server);
    },
  }),
];
