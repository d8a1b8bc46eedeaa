// Sessions as far as a client shows them without logging in: what is bound to a connection stays there,
// and a token in a body travels with its call alone (spec/sessions.md).

import { Status } from "../../../src/registry/statuses.ts";
import { hex, toHex } from "../../cases/bytes.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { EMPTY, HEALTH, HEALTHY } from "../frames.ts";
import { another, ask, openScene, PATIENT_MS } from "../scene.ts";

/** SessionTrailer { auth: { access_token: 32 bytes } }, 36 bytes. */
function trailer(byte: string): Buffer {
  return hex("7a22 0a20", byte.repeat(32));
}

const FETCH = 201;

/** FetchRequest { recipient_key: 32 × bb }. */
const FETCH_REQUEST = hex("0a20", "bb".repeat(32));

export const sessionCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-session.connection.calls-stay-on-it",
    rules: ["sessions.binding", "transport.stream-per-call"],
    sends: "Ok to six calls on each of two connections, in turns",
    expects: "every call comes on the connection that it was made on",
    checks: ["answer", "connections"],
    async run(t) {
      const one = await openScene(t);
      const two = await another(one);
      let answered = 0;
      for (let at = 0; at < 6; at++) {
        for (const scene of [one, two]) {
          const { reply, call } = await ask(scene);
          await call.answer(Status.Ok, HEALTHY);
          if ("ok" in (await reply)) answered += 1;
        }
        if (answered < 2 * at + 2) break;
      }
      t.check("answer", answered === 12, { expected: "12 answers", got: `${answered}` });
      const made = one.server.connections();
      t.check("connections", made === 2, { expected: "2 connections", got: `${made}` });
    },
  }),

  defineClientCase({
    id: "client-session.connection.unauthorized-changes-nothing",
    rules: ["sessions.ended", "status.unauthorized"],
    sends: "Unauthorized to a call, and Ok to the next",
    expects: "Unauthorized and Ok on one connection, which may log in anew",
    checks: ["answer", "next", "one-connection"],
    async run(t) {
      const scene = await openScene(t);
      const first = await ask(scene, { method: FETCH, body: FETCH_REQUEST });
      await first.call.answer(Status.Unauthorized);
      t.answered(await first.reply, Status.Unauthorized);
      const next = await ask(scene);
      await next.call.answer(Status.Ok, HEALTHY);
      t.answered(await next.reply, Status.Ok, HEALTHY, "next");
      const made = scene.server.connections();
      t.check("one-connection", made === 1, { expected: "1 connection", got: `${made}` });
    },
  }),

  defineClientCase({
    id: "client-session.token.in-its-call-alone",
    rules: ["sessions.trailer", "sessions.body-wins"],
    sends: "Ok to a call with a token in its body, one with another token, and one with none",
    expects: "each body as it was given: no token stays for the next call",
    checks: ["answer", "bodies"],
    async run(t) {
      const scene = await openScene(t);
      const bodies = [
        Buffer.concat([FETCH_REQUEST, trailer("aa")]),
        Buffer.concat([FETCH_REQUEST, trailer("cc")]),
        FETCH_REQUEST,
      ];
      const got: string[] = [];
      let answered = 0;
      for (const body of bodies) {
        const { reply, call } = await ask(scene, { method: FETCH, body });
        got.push(toHex(call.payload));
        await call.answer(Status.Ok);
        if ("ok" in (await reply)) answered += 1;
      }
      t.check("answer", answered === 3, { expected: "3 answers", got: `${answered}` });
      const wanted = bodies.map(toHex).join(" ");
      t.check("bodies", got.join(" ") === wanted, { expected: wanted, got: got.join(" ") });
    },
  }),

  defineClientCase({
    id: "client-session.token.of-each-connection",
    rules: ["sessions.trailer", "sessions.body-never-binds"],
    sends: "Ok to a call with a token on one connection, and to a call without on another",
    expects: "the token on the one alone",
    checks: ["answer", "bodies"],
    async run(t) {
      const one = await openScene(t);
      const two = await another(one);
      const withToken = Buffer.concat([FETCH_REQUEST, trailer("aa")]);
      const first = await ask(one, { method: FETCH, body: withToken });
      const second = await ask(two, { method: FETCH, body: FETCH_REQUEST });
      const got = [first, second].map(({ call }) => toHex(call.payload)).join(" ");
      await first.call.answer(Status.Ok);
      await second.call.answer(Status.Ok);
      const replies = [await first.reply, await second.reply];
      const answered = replies.filter((reply) => "ok" in reply).length;
      t.check("answer", answered === 2, { expected: "2 answers", got: `${answered}` });
      const wanted = [withToken, FETCH_REQUEST].map(toHex).join(" ");
      t.check("bodies", got === wanted, { expected: wanted, got });
    },
  }),

  ...[
    ["empty", "7a02 0a00", "an empty token"],
    ["31-bytes", `7a21 0a1f ${"aa".repeat(31)}`, "a token of 31 bytes"],
    [
      "with-device",
      `7a34 0a20 ${"aa".repeat(32)} 1210 ${"dd".repeat(16)}`,
      "a token and a device_id",
    ],
  ].map(([slug, bytes = "", what]) =>
    defineClientCase({
      id: `client-session.token.${slug}`,
      rules: ["sessions.trailer"],
      sends: `Ok to a call whose body ends with ${what}`,
      expects: "the body as it was given: the token is not the client's affair here",
      checks: ["answer", "body"],
      async run(t) {
        const scene = await openScene(t);
        const body = Buffer.concat([FETCH_REQUEST, hex(bytes)]);
        const { reply, call } = await ask(scene, { method: FETCH, body });
        const got = toHex(call.payload);
        t.check("body", got === toHex(body), { expected: toHex(body), got });
        await call.answer(Status.Ok);
        t.answered(await reply, Status.Ok);
      },
    }),
  ),

  defineClientCase({
    id: "client-session.login.nothing-of-its-own",
    rules: ["sessions.connection-not-rejected", "sessions.open-methods"],
    sends: "Ok to a call on a fresh connection, and nothing else",
    expects: "the one call: no login of the client's own before or after it",
    checks: ["answer", "method", "others"],
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene);
      t.check("method", call.method === HEALTH, { expected: "802", got: `${call.method}` });
      await call.answer(Status.Ok, HEALTHY);
      t.answered(await reply, Status.Ok, HEALTHY);
      let others = 0;
      scene.peer.serve(async (other) => {
        others += 1;
        await other.answer(Status.Ok, EMPTY);
      });
      await new Promise((resolve) => setTimeout(resolve, 120));
      t.check("others", others === 0, { expected: "no other call", got: `${others}` });
    },
  }),

  defineClientCase({
    id: "client-session.wait.longer-than-other-calls",
    rules: ["limits.fetch-wait-cap", "transport.concurrent-calls"],
    sends: "Ok to a FetchWait after 1.2 s, and to other calls at once meanwhile",
    expects: "Ok for all: a waiting call has the time that it was given",
    checks: ["others", "answer"],
    async run(t) {
      const scene = await openScene(t);
      const wait = await ask(scene, { method: 202, body: FETCH_REQUEST, timeoutMs: PATIENT_MS });
      let answered = 0;
      for (let at = 0; at < 6; at++) {
        const { reply, call } = await ask(scene, { timeoutMs: 1_000 });
        await call.answer(Status.Ok, HEALTHY);
        if ("ok" in (await reply)) answered += 1;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      t.check("others", answered === 6, { expected: "6 answers", got: `${answered}` });
      await wait.call.answer(Status.Ok);
      t.answered(await wait.reply, Status.Ok);
    },
  }),
];
