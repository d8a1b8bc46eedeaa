// Calls that the caller gives up (spec/transport.md, Streams; spec/status.md).

import { setTimeout as sleep } from "node:timers/promises";
import { Status } from "../../../src/registry/statuses.ts";
import { hex } from "../../cases/bytes.ts";
import { type ClientCase, type ClientCaseSpec, defineClientCase } from "../../client/case.ts";
import { answerHealth } from "../../hostile/call.ts";
import { BLOCKED_BYTES, EMPTY, filler, HEALTH, HEALTHY, response } from "../frames.ts";
import { ask, openScene, PATIENT_MS } from "../scene.ts";

const TWIN = "client-calls.cancel.after-the-answer";

type CancelSpec = Omit<ClientCaseSpec, "ops" | "rules"> & Partial<Pick<ClientCaseSpec, "rules">>;

function cancelCase(spec: CancelSpec): ClientCase {
  return defineClientCase({
    rules: ["status.stream-isolation"],
    ...spec,
    ops: ["call", "cancel"],
  });
}

export const cancelCases: readonly ClientCase[] = [
  cancelCase({
    id: TWIN,
    sends: "Ok to a call that is cancelled when the answer is there",
    expects: "Ok; cancelling changes nothing, and the connection lives on",
    checks: ["answer", "cancel", "connection-lives"],
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene);
      await call.answer(Status.Ok, HEALTHY);
      t.answered(await reply, Status.Ok, HEALTHY);
      const cancelled = await scene.sdk.cancel(reply);
      t.check("cancel", "ok" in cancelled, { expected: "ok", got: JSON.stringify(cancelled) });
      await t.connectionLives(scene.sdk, scene.server);
    },
  }),

  cancelCase({
    id: "client-calls.cancel.before-the-answer",
    sends: "nothing to a call that is cancelled",
    expects: "cancelled; the connection lives on",
    twin: TWIN,
    checks: ["answer", "connection-lives"],
    async run(t) {
      const scene = await openScene(t);
      const { reply } = await ask(scene);
      await scene.sdk.cancel(reply);
      t.refused(await reply, "cancelled");
      await t.connectionLives(scene.sdk, scene.server);
    },
  }),

  cancelCase({
    id: "client-calls.cancel.stream-dropped",
    rules: ["transport.client-gives-up", "status.stream-isolation"],
    sends: "nothing to a call that is cancelled",
    expects: "cancelled, and the client stops reading the stream",
    twin: TWIN,
    checks: ["answer", "dropped"],
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene);
      await scene.sdk.cancel(reply);
      t.refused(await reply, "cancelled");
      const dropped = await call.dropped(2_000);
      t.check("dropped", dropped, { expected: "STOP_SENDING", got: "the stream is still read" });
    },
  }),

  cancelCase({
    id: "client-calls.cancel.late-answer",
    sends: "Ok to a call that was cancelled, and another Ok to the next call",
    expects: "cancelled; nobody gets the late answer, and the next call its own",
    twin: TWIN,
    checks: ["answer", "next"],
    async run(t) {
      const scene = await openScene(t);
      const late = await ask(scene);
      await scene.sdk.cancel(late.reply);
      t.refused(await late.reply, "cancelled");
      await late.call.answer(Status.Ok, hex("0a046c617465"));
      const next = await ask(scene);
      await sleep(20);
      await next.call.answer(Status.Ok, HEALTHY);
      t.answered(await next.reply, Status.Ok, HEALTHY, "next");
    },
  }),

  cancelCase({
    id: "client-calls.cancel.in-the-answer",
    sends: "half of an answer to a call that is cancelled then, and the rest of it",
    expects: "cancelled; the connection lives on",
    twin: TWIN,
    checks: ["answer", "connection-lives"],
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene);
      const whole = response(Status.Ok, call.requestId, HEALTHY);
      await call.send(whole.subarray(0, 11));
      await sleep(20);
      await scene.sdk.cancel(reply);
      t.refused(await reply, "cancelled");
      await call.finish(whole.subarray(11));
      await t.connectionLives(scene.sdk, scene.server);
    },
  }),

  cancelCase({
    id: "client-calls.cancel.while-sending",
    sends: "nothing, and reads nothing of a request of 1.25 MiB beyond the first bytes",
    expects: "cancelled, though the request is not all sent; the connection lives on",
    twin: TWIN,
    checks: ["answer", "connection-lives"],
    async run(t) {
      const { sdk, server, peer } = await openScene(t);
      const reply = sdk.call(HEALTH, filler(BLOCKED_BYTES), { timeoutMs: PATIENT_MS });
      await (await peer.stream()).chunks().next();
      await sdk.cancel(reply);
      t.refused(await reply, "cancelled");
      await t.connectionLives(sdk, server);
    },
  }),

  cancelCase({
    id: "client-calls.cancel.one-of-four",
    sends: "Ok to three of four calls when the fourth has been cancelled",
    expects: "cancelled for the one, Ok for the others",
    twin: TWIN,
    checks: ["answer", "others"],
    async run(t) {
      const scene = await openScene(t);
      const others = [await ask(scene), await ask(scene), await ask(scene)];
      const given = await ask(scene);
      await scene.sdk.cancel(given.reply);
      t.refused(await given.reply, "cancelled");
      for (const { call } of others) await call.answer(Status.Ok, HEALTHY);
      const replies = await Promise.all(others.map(async ({ reply }) => reply));
      const answered = replies.filter((reply) => "ok" in reply).length;
      t.check("others", answered === 3, { expected: "3 answers", got: JSON.stringify(replies) });
    },
  }),

  cancelCase({
    id: "client-calls.cancel.while-waiting-for-a-stream",
    sends:
      "nothing to a first call on a connection with credit for one stream; a second is cancelled",
    expects:
      "cancelled for the second, which never had a stream; Ok for the first, then for a third",
    twin: TWIN,
    checks: ["answer", "first", "third"],
    async run(t) {
      const scene = await openScene(t, { maxBidiStreams: 1 });
      const first = await ask(scene);
      const second = scene.sdk.call(HEALTH, EMPTY, { timeoutMs: PATIENT_MS });
      await sleep(50);
      await scene.sdk.cancel(second);
      t.refused(await second, "cancelled");
      await first.call.answer(Status.Ok, HEALTHY);
      t.answered(await first.reply, Status.Ok, HEALTHY, "first");
      // The client may take up the stream that the second call waited for, and give it up at once.
      scene.peer.serve(answerHealth);
      const third = scene.sdk.call(HEALTH, EMPTY, { timeoutMs: PATIENT_MS });
      t.answered(await third, Status.Ok, undefined, "third");
    },
  }),

  cancelCase({
    id: "client-calls.cancel.twice",
    sends: "nothing to a call that is cancelled twice",
    expects: "cancelled, once; the connection lives on",
    twin: TWIN,
    checks: ["answer", "cancel", "connection-lives"],
    async run(t) {
      const scene = await openScene(t);
      const { reply } = await ask(scene);
      await scene.sdk.cancel(reply);
      t.refused(await reply, "cancelled");
      const again = await scene.sdk.cancel(reply);
      t.check("cancel", "ok" in again, { expected: "ok", got: JSON.stringify(again) });
      await t.connectionLives(scene.sdk, scene.server);
    },
  }),
];
