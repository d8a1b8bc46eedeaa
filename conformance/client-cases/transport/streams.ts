// Which streams a client uses: a bidirectional one of its own for each call, as far as the server's
// credit reaches, and no others (spec/transport.md, Streams).

import { setTimeout as sleep } from "node:timers/promises";
import { Status } from "../../../src/registry/statuses.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { answerHealth } from "../../hostile/call.ts";
import { NoAnswer } from "../../judge/errors.ts";
import { EMPTY, HEALTH, HEALTHY } from "../frames.ts";
import { ask, firstUni, openScene, PATIENT_MS, SHORT_MS } from "../scene.ts";

const TWIN = "client-transport.streams.in-turn";

/** Bit 0: opened by the server; bit 1: unidirectional (RFC 9000, section 2.1). */
const KIND = 3;

export const streamCases: readonly ClientCase[] = [
  defineClientCase({
    id: TWIN,
    rules: ["transport.stream-per-call"],
    sends: "Ok to five calls, one after the other",
    expects: "five bidirectional streams of the client on one connection, each with one call",
    checks: ["answer", "streams", "one-connection"],
    tier: "smoke",
    async run(t) {
      const scene = await openScene(t);
      const ids: number[] = [];
      for (let at = 0; at < 5; at++) {
        const { reply, call } = await ask(scene);
        ids.push(call.stream.id);
        await call.answer(Status.Ok, HEALTHY);
        if ("err" in (await reply)) t.check("answer", false, { expected: "Ok", got: "err" });
      }
      t.check("answer", true, { expected: "Ok", got: "Ok" });
      const own = new Set(ids.filter((id) => (id & KIND) === 0));
      t.check("streams", own.size === 5, { expected: "streams 0, 4, 8 …", got: ids.join(", ") });
      const made = scene.server.connections();
      t.check("one-connection", made === 1, { expected: "1 connection", got: `${made}` });
    },
  }),

  defineClientCase({
    id: "client-transport.streams.at-once",
    rules: ["transport.stream-per-call", "transport.concurrent-calls"],
    sends: "nothing until eight calls are there, then Ok to each",
    expects: "eight bidirectional streams at once on one connection",
    checks: ["answer", "streams", "one-connection"],
    async run(t) {
      const scene = await openScene(t);
      const asked = await Promise.all(Array.from({ length: 8 }, () => ask(scene)));
      const ids = asked.map(({ call }) => call.stream.id);
      await Promise.all(asked.map(({ call }) => call.answer(Status.Ok, HEALTHY)));
      const replies = await Promise.all(asked.map(async ({ reply }) => reply));
      const answered = replies.filter((reply) => "ok" in reply).length;
      t.check("answer", answered === 8, { expected: "8 answers", got: `${answered}` });
      const own = new Set(ids.filter((id) => (id & KIND) === 0));
      t.check("streams", own.size === 8, { expected: "8 streams", got: ids.join(", ") });
      const made = scene.server.connections();
      t.check("one-connection", made === 1, { expected: "1 connection", got: `${made}` });
    },
  }),

  defineClientCase({
    id: "client-transport.streams.no-unidirectional",
    rules: ["transport.stream-per-call"],
    sends: "Ok to three calls",
    expects: "no unidirectional stream of the client",
    checks: ["answer", "uni"],
    async run(t) {
      const scene = await openScene(t);
      const uni = firstUni(scene, 250);
      for (let at = 0; at < 3; at++) {
        const { reply, call } = await ask(scene);
        await call.answer(Status.Ok, HEALTHY);
        const got = await reply;
        if ("err" in got) t.check("answer", false, { expected: "Ok", got: JSON.stringify(got) });
      }
      t.check("answer", true, { expected: "Ok", got: "Ok" });
      const id = await uni;
      t.check("uni", id === undefined, { expected: "none", got: `stream ${id}` });
    },
  }),

  defineClientCase({
    id: "client-transport.streams.three-hundred-calls",
    rules: ["transport.stream-per-call"],
    sends: "Ok to 300 calls, eight at a time, on a connection with credit for 16 streams",
    expects: "300 answers: the credit of streams that are over comes back",
    async run(t) {
      const { sdk, peer } = await openScene(t, { maxBidiStreams: 16 });
      peer.serve(answerHealth);
      let answered = 0;
      for (let at = 0; at < 300; at += 8) {
        const some = Array.from({ length: Math.min(8, 300 - at) }, () =>
          sdk.call(HEALTH, EMPTY, { timeoutMs: PATIENT_MS }),
        );
        const replies = await Promise.all(some.map(async (call) => call));
        answered += replies.filter((reply) => "ok" in reply).length;
        if (answered < at + some.length) break;
      }
      t.check("answer", answered === 300, { expected: "300 answers", got: `${answered}` });
    },
  }),

  ...[1, 2, 3].map((credit) =>
    defineClientCase({
      id: `client-transport.stream-credit.${credit}`,
      rules: ["transport.stream-limit", "transport.concurrent-calls"],
      sends: `Ok to six calls at once, on a connection with credit for ${credit} streams`,
      expects: `never more than ${credit} calls at once; the others wait for their turn; six answers`,
      checks: ["answer", "credit"],
      async run(t) {
        const { sdk, peer } = await openScene(t, { maxBidiStreams: credit });
        let open = 0;
        let most = 0;
        peer.serve(async (call) => {
          open += 1;
          most = Math.max(most, open);
          await sleep(15);
          open -= 1;
          await answerHealth(call);
        });
        const calls = Array.from({ length: 6 }, () =>
          sdk.call(HEALTH, EMPTY, { timeoutMs: PATIENT_MS }),
        );
        const replies = await Promise.all(calls.map(async (call) => call));
        const answered = replies.filter((reply) => "ok" in reply).length;
        t.check("answer", answered === 6, { expected: "6 answers", got: JSON.stringify(replies) });
        const fits = most <= credit;
        t.check("credit", fits, { expected: `at most ${credit} at once`, got: `${most}` });
      },
    }),
  ),

  defineClientCase({
    id: "client-transport.stream-credit.none",
    rules: ["transport.stream-limit"],
    sends: "no credit for a stream at all",
    expects: "deadline: the call never gets a stream; the connection is open",
    twin: "client-transport.stream-credit.1",
    checks: ["answer", "state"],
    async run(t) {
      const { sdk } = await openScene(t, { maxBidiStreams: 0 });
      t.refused(await sdk.call(HEALTH, EMPTY, { timeoutMs: SHORT_MS }), "deadline");
      const state = t.ok(await sdk.state(), "state");
      t.check("state", state.open === true, { expected: "open", got: JSON.stringify(state) });
    },
  }),

  defineClientCase({
    id: "client-transport.stream-credit.deadline-while-waiting",
    rules: ["transport.stream-limit", "status.stream-isolation"],
    sends:
      "nothing to a first call on a connection with credit for one stream, until a second gave up",
    expects: "deadline for the second; Ok for the first, and for a third",
    twin: "client-transport.stream-credit.1",
    checks: ["answer", "first", "third"],
    async run(t) {
      const scene = await openScene(t, { maxBidiStreams: 1 });
      const first = await ask(scene);
      t.refused(await scene.sdk.call(HEALTH, EMPTY, { timeoutMs: 250 }), "deadline");
      await first.call.answer(Status.Ok, HEALTHY);
      t.answered(await first.reply, Status.Ok, HEALTHY, "first");
      // The client may take up the stream that the second call waited for, and give it up at once.
      scene.peer.serve(answerHealth);
      const third = scene.sdk.call(HEALTH, EMPTY, { timeoutMs: PATIENT_MS });
      t.answered(await third, Status.Ok, undefined, "third");
    },
  }),

  defineClientCase({
    id: "client-transport.stream-credit.after-resets",
    rules: ["transport.stream-limit", "status.stream-isolation"],
    sends: "RESET_STREAM to 12 calls in turn, on a connection with credit for 4 streams, then Ok",
    expects: "stream.reset 12 times, and Ok: reset streams give their credit back",
    twin: "client-transport.stream-credit.1",
    checks: ["resets", "answer"],
    async run(t) {
      const scene = await openScene(t, { maxBidiStreams: 4 });
      let resets = 0;
      for (let at = 0; at < 12; at++) {
        const { reply, call } = await ask(scene);
        call.reset(Status.Internal);
        const got = await reply;
        if ("err" in got && got.err.class === "stream.reset") resets += 1;
      }
      t.check("resets", resets === 12, { expected: "12 times stream.reset", got: `${resets}` });
      const { reply, call } = await ask(scene);
      await call.answer(Status.Ok, HEALTHY);
      t.answered(await reply, Status.Ok, HEALTHY);
    },
  }),

  defineClientCase({
    id: "client-transport.streams.opened-by-server",
    rules: ["transport.stream-per-call"],
    sends: "a request frame on a bidirectional stream of the server, if the client grants one",
    expects: "no answer to it, or a reset; the connection lives on",
    checks: ["answer", "connection-lives"],
    async run(t) {
      const { sdk, server, peer } = await openScene(t);
      const opening = peer.quic.openBidi();
      opening.catch(() => {});
      const stream = await Promise.race([opening, sleep(100)]);
      if (stream === undefined) t.trace("note", "the client grants no such stream");
      await stream?.finish(Buffer.from("03220000000100000000", "hex")).catch(() => {});
      const back = await Promise.race([
        stream
          ?.chunks()
          .next()
          .catch(() => undefined),
        sleep(150),
      ]);
      const bytes = back?.value?.length ?? 0;
      t.check("answer", bytes === 0, { expected: "no answer", got: `${bytes} bytes` });
      await t.connectionLives(sdk, server);
    },
  }),

  defineClientCase({
    id: "client-transport.streams.one-request-each",
    rules: ["transport.client-fin", "framing.one-frame"],
    sends: "Ok to four calls, one after the other",
    expects: "each stream has the bytes of one request, and the server is asked nothing else",
    checks: ["answer", "requests"],
    async run(t) {
      const scene = await openScene(t);
      let whole = 0;
      for (let at = 0; at < 4; at++) {
        const { reply, call } = await ask(scene, { body: t.bytes(5) });
        if (call.wellFormed && call.raw.length === 15) whole += 1;
        await call.answer(Status.Ok, HEALTHY);
        const got = await reply;
        if ("err" in got) t.check("answer", false, { expected: "Ok", got: JSON.stringify(got) });
      }
      t.check("answer", true, { expected: "Ok", got: "Ok" });
      const more = await scene.peer.stream(100).catch((error) => {
        if (error instanceof NoAnswer) return undefined;
        throw error;
      });
      t.check("requests", whole === 4 && more === undefined, {
        expected: "4 streams with one frame each",
        got: `${whole} frames, ${more ? "and another stream" : "no other stream"}`,
      });
    },
  }),
];
