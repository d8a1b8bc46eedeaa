// Connections that end, on the part of the server, of the network, or of the client (spec/transport.md,
// Streams and Leaving).

import { setTimeout as sleep } from "node:timers/promises";
import { Status } from "../../../src/registry/statuses.ts";
import { startProxy } from "../../../src/transport/quic/proxy-support.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import type { SdkConnection, SdkReply } from "../../client/sdk.ts";
import type { ClientTrial } from "../../client/trial.ts";
import { EMPTY, HEALTH, HEALTHY, response } from "../frames.ts";
import { another, ask, openScene, PATIENT_MS } from "../scene.ts";

const TWIN = "client-transport.streams.in-turn";

/** Codes that mean something among ourselves, and those that mean nothing. */
const CODES = [0, 1, 8, 9, 10, 11, 255, 65_536, 4_294_967_296, 2 ** 53 - 1];

/** Reasons that a careless client prints, parses or cuts. */
const REASONS = [
  ["none", "", "no reason"],
  ["500-bytes", "x".repeat(500), "a reason of 500 bytes"],
  ["line-feeds", 'a\n{"id":1,"ok":{}}\r\n\0b', "a reason with line feeds, braces and a zero byte"],
  ["not-ascii", "Tschüß, до свидания, 再见 👋", "a reason with all kinds of letters"],
] as const;

/** How many bytes of an answer of 15 bytes are sent before the connection is closed. */
const PHASES = [
  ["in-header", 4, "4 bytes of a header"],
  ["behind-header", 9, "a header that announces 6 bytes"],
  ["in-payload", 12, "a header and 3 of 6 payload bytes"],
] as const;

const SENT_MS = 30;

export const endingCases: readonly ClientCase[] = [
  ...CODES.map((code) =>
    defineClientCase({
      id: `client-transport.close.code-${code}`,
      rules: ["transport.error-codes"],
      sends: `CONNECTION_CLOSE with the code ${code} while a call waits`,
      expects: "conn.closed for the call and for the next one; the connection is not open any more",
      twin: TWIN,
      checks: ["answer", "next", "state"],
      async run(t) {
        const scene = await openScene(t);
        const { reply } = await ask(scene);
        await scene.peer.close(code, "");
        t.refused(await reply, "conn.closed");
        await isOver(t, scene.sdk);
      },
    }),
  ),

  ...REASONS.map(([slug, reason, what]) =>
    defineClientCase({
      id: `client-transport.close.reason-${slug}`,
      rules: ["transport.error-codes"],
      sends: `CONNECTION_CLOSE with ${what} while a call waits`,
      expects: "conn.closed for the call and for the next one",
      twin: TWIN,
      checks: ["answer", "next", "state"],
      async run(t) {
        const scene = await openScene(t);
        const { reply } = await ask(scene);
        await scene.peer.close(Status.Internal, reason);
        t.refused(await reply, "conn.closed");
        await isOver(t, scene.sdk);
      },
    }),
  ),

  ...PHASES.map(([slug, length, what]) =>
    defineClientCase({
      id: `client-transport.close.${slug}`,
      rules: ["transport.error-codes", "framing.response-header"],
      sends: `${what}, and CONNECTION_CLOSE 0`,
      expects: "conn.closed: half an answer is none, though the code says that all is well",
      twin: TWIN,
      checks: ["answer", "next", "state"],
      async run(t) {
        const scene = await openScene(t);
        const { reply, call } = await ask(scene);
        await call.send(response(Status.Ok, call.requestId, HEALTHY).subarray(0, length));
        await sleep(SENT_MS);
        await scene.peer.close(Status.Ok);
        t.refused(await reply, "conn.closed");
        await isOver(t, scene.sdk);
      },
    }),
  ),

  defineClientCase({
    id: "client-transport.close.behind-the-answer",
    rules: ["transport.error-codes", "transport.one-response"],
    sends: "a whole Ok with FIN, and CONNECTION_CLOSE 0 at once",
    expects: "Ok, or conn.closed when the close was seen first; no call after that",
    checks: ["answer", "next", "state"],
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene);
      await call.answer(Status.Ok, HEALTHY);
      await scene.peer.close(Status.Ok);
      const got = await reply;
      const fits = "ok" in got ? got.ok.status === 0 : got.err.class === "conn.closed";
      t.check("answer", fits, { expected: "Ok or conn.closed", got: JSON.stringify(got) });
      await isOver(t, scene.sdk);
    },
  }),

  defineClientCase({
    id: "client-transport.close.between-calls",
    rules: ["transport.error-codes", "sessions.binding"],
    sends: "Ok to a call, and CONNECTION_CLOSE 0 when nothing is under way",
    expects: "conn.closed for the next call: no other connection is made behind the caller's back",
    twin: TWIN,
    checks: ["first", "answer", "next", "state", "one-connection"],
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene);
      await call.answer(Status.Ok, HEALTHY);
      t.answered(await reply, Status.Ok, HEALTHY, "first");
      await scene.peer.close(Status.Ok, "done");
      await sleep(SENT_MS);
      t.refused(await scene.sdk.call(HEALTH, EMPTY, { timeoutMs: PATIENT_MS }), "conn.closed");
      await isOver(t, scene.sdk);
      const made = scene.server.connections();
      t.check("one-connection", made === 1, { expected: "1 connection", got: `${made}` });
    },
  }),

  defineClientCase({
    id: "client-transport.close.eight-calls",
    rules: ["transport.error-codes"],
    sends: "CONNECTION_CLOSE 9 while eight calls wait",
    expects: "conn.closed for each",
    twin: TWIN,
    checks: ["answer", "next", "state"],
    async run(t) {
      const scene = await openScene(t);
      const asked = await Promise.all(Array.from({ length: 8 }, () => ask(scene)));
      await scene.peer.close(Status.Unavailable, "draining");
      const replies = await Promise.all(asked.map(async ({ reply }) => reply));
      const closed = replies.filter((got) => "err" in got && got.err.class === "conn.closed");
      t.check("answer", closed.length === 8, {
        expected: "8 times conn.closed",
        got: JSON.stringify(replies),
      });
      await isOver(t, scene.sdk);
    },
  }),

  defineClientCase({
    id: "client-transport.close.while-waiting-for-a-stream",
    rules: ["transport.error-codes", "transport.stream-limit"],
    sends: "CONNECTION_CLOSE 0 while one call waits for an answer and one for credit",
    expects: "conn.closed for both",
    twin: TWIN,
    checks: ["answer", "waiting", "next", "state"],
    async run(t) {
      const scene = await openScene(t, { maxBidiStreams: 1 });
      const { reply } = await ask(scene);
      const waiting = scene.sdk.call(HEALTH, EMPTY, { timeoutMs: PATIENT_MS });
      await sleep(SENT_MS);
      await scene.peer.close(Status.Ok);
      t.refused(await reply, "conn.closed");
      t.refused(await waiting, "conn.closed", "waiting");
      await isOver(t, scene.sdk);
    },
  }),

  defineClientCase({
    id: "client-transport.close.one-of-two",
    rules: ["transport.concurrent-connections", "transport.error-codes"],
    sends: "CONNECTION_CLOSE 0 on one of two connections",
    expects: "conn.closed on the one; the other lives on",
    twin: TWIN,
    checks: ["answer", "connection-lives"],
    async run(t) {
      const first = await openScene(t);
      const second = await another(first);
      const { reply } = await ask(first);
      await first.peer.close(Status.Ok);
      t.refused(await reply, "conn.closed");
      await t.connectionLives(second.sdk, second.server);
    },
  }),

  defineClientCase({
    id: "client-transport.close.and-a-new-one",
    rules: ["transport.error-codes"],
    sends: "CONNECTION_CLOSE 10, and a second handshake",
    expects: "calls go over the new connection",
    checks: ["answer"],
    async run(t) {
      const first = await openScene(t);
      await first.peer.close(Status.Internal);
      const second = await another(first);
      const { reply, call } = await ask(second);
      await call.answer(Status.Ok, HEALTHY);
      t.answered(await reply, Status.Ok, HEALTHY);
    },
  }),

  defineClientCase({
    id: "client-transport.close.by-client",
    rules: ["transport.client-close", "transport.idle-timeout"],
    sends: "nothing to a call whose connection the client closes",
    expects: "CONNECTION_CLOSE; conn.closed for the call under way and for the next one",
    twin: TWIN,
    checks: ["answer", "close-frame", "next", "state"],
    async run(t) {
      const scene = await openScene(t);
      const { reply } = await ask(scene);
      const closed = await scene.sdk.close();
      t.check("close-frame", "ok" in closed && (await endsWithin(1_000, scene.peer.quic.closed)), {
        expected: "CONNECTION_CLOSE within a second",
        got: "nothing",
      });
      t.refused(await reply, "conn.closed");
      await isOver(t, scene.sdk);
    },
  }),

  defineClientCase({
    id: "client-transport.idle.network-gone",
    rules: ["transport.idle-timeout"],
    sends: "an idle timeout of 5.2 s, and after a first call no packet any more",
    expects: "conn.closed for a call when the time is over, long before its own deadline",
    twin: TWIN,
    checks: ["first", "answer", "next", "state"],
    // No client is asked to count with less than 5 s: quic-go does not.
    tier: "full",
    async run(t) {
      const server = await t.server({ idleTimeoutMs: 5_200 });
      let gone = false;
      const proxy = await startProxy(server.port, () => (gone ? "drop" : "pass"));
      try {
        const sdk = await t.open(server, { port: proxy.port });
        const peer = await server.connection();
        const scene = { trial: t, server, sdk, peer };
        const { reply, call } = await ask(scene);
        await call.answer(Status.Ok, HEALTHY);
        t.answered(await reply, Status.Ok, HEALTHY, "first");
        gone = true;
        t.refused(await sdk.call(HEALTH, EMPTY, { timeoutMs: 20_000 }), "conn.closed");
        await isOver(t, sdk);
      } finally {
        proxy.close();
      }
    },
  }),

  defineClientCase({
    id: "client-transport.idle.silence",
    rules: ["transport.idle-timeout"],
    sends: "an idle timeout of 400 ms, and nothing for a second",
    expects:
      "the connection is kept alive and calls go over it, or it is over: conn.closed or deadline",
    async run(t) {
      const { sdk, peer } = await openScene(t, { idleTimeoutMs: 400 });
      await sleep(1_000);
      peer.serve((call) => call.answer(Status.Ok, HEALTHY));
      const got = await sdk.call(HEALTH, EMPTY, { timeoutMs: 1_000 });
      const fits = "ok" in got || ["conn.closed", "deadline"].includes(got.err.class);
      t.check("answer", fits, {
        expected: "Ok, conn.closed or deadline",
        got: JSON.stringify(got),
      });
    },
  }),

  defineClientCase({
    id: "client-transport.idle.calls-keep-alive",
    rules: ["transport.idle-timeout"],
    sends: "an idle timeout of 800 ms, and Ok to a call every 300 ms for 1.5 s",
    expects: "six answers on one connection",
    checks: ["answer", "one-connection"],
    quiet: true,
    async run(t) {
      const { sdk, server, peer } = await openScene(t, { idleTimeoutMs: 800 });
      peer.serve((call) => call.answer(Status.Ok, HEALTHY));
      let answered = 0;
      for (let at = 0; at < 6; at++) {
        if ("ok" in (await sdk.call(HEALTH, EMPTY, { timeoutMs: PATIENT_MS }))) answered += 1;
        if (at < 5) await sleep(300);
      }
      t.check("answer", answered === 6, { expected: "6 answers", got: `${answered}` });
      const made = server.connections();
      t.check("one-connection", made === 1, { expected: "1 connection", got: `${made}` });
    },
  }),
];

/** isOver checks that nothing goes over a connection any more, and that the SDK knows. */
async function isOver(t: ClientTrial, sdk: SdkConnection): Promise<void> {
  const next = await sdk.call(HEALTH, EMPTY, { timeoutMs: 1_000 });
  t.check("next", isClosed(next), { expected: "err conn.closed", got: JSON.stringify(next) });
  const state = t.ok(await sdk.state(), "state");
  t.check("state", state.open === false, { expected: "not open", got: JSON.stringify(state) });
}

function isClosed(reply: SdkReply): boolean {
  return "err" in reply && ["conn.closed", "unspecified"].includes(reply.err.class);
}

async function endsWithin(ms: number, end: Promise<unknown>): Promise<boolean> {
  return Promise.race([end.then(() => true), sleep(ms, false)]);
}
