// Several calls at once: each gets its own answer, in whatever order they come (spec/transport.md,
// Streams).

import { Status } from "../../../src/registry/statuses.ts";
import type { ErrorClass } from "../../adapter/protocol.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import type { ClientTrial } from "../../client/trial.ts";
import type { HostileCall } from "../../hostile/call.ts";
import { EMPTY, FETCH_KEY_PACKAGE, filler, HEALTH, HEALTHY, response } from "../frames.ts";
import { type Asked, another, ask, openScene, PATIENT_MS, type Scene } from "../scene.ts";

/** Orders in which eight answers are given, as a sequence of the calls. */
const ORDERS = [
  ["in-order", [0, 1, 2, 3, 4, 5, 6, 7]],
  ["backwards", [7, 6, 5, 4, 3, 2, 1, 0]],
  ["odd-ones-first", [1, 3, 5, 7, 0, 2, 4, 6]],
  ["first-one-last", [1, 2, 3, 4, 5, 6, 7, 0]],
] as const;

/** What may become of one of four calls while the other three are answered. */
const TROUBLES: readonly (readonly [
  string,
  string,
  ErrorClass,
  (call: HostileCall) => void | Promise<void>,
])[] = [
  ["reset", "RESET_STREAM", "stream.reset", (call) => call.reset(0)],
  ["truncated", "half a header and FIN", "frame.truncated", (call) => call.finish(Buffer.alloc(4))],
  [
    "wrong-id",
    "an Ok with another request_id",
    "frame.req_id",
    (call) => call.finish(response(Status.Ok, (call.requestId ^ 1) >>> 0, HEALTHY)),
  ],
  [
    "too-large",
    "a header that announces 4,294,967,295 bytes",
    "frame.too_large",
    (call) => call.send(response(Status.Ok, call.requestId, EMPTY, 0xffffffff)),
  ],
  [
    "trailing",
    "an Ok with a byte behind it",
    "frame.trailing",
    (call) => call.finish(response(Status.Ok, call.requestId, HEALTHY, 5)),
  ],
];

export const orderCases: readonly ClientCase[] = [
  ...ORDERS.map(([slug, order]) =>
    defineClientCase({
      id: `client-calls.order.${slug}`,
      rules: ["transport.concurrent-calls", "framing.client-request-id"],
      sends: `a different Ok to each of eight calls at once, in the order ${order.join(" ")}`,
      expects: "each call gets its own answer",
      async run(t) {
        const scene = await openScene(t);
        await inOrder(t, scene, 8, order);
      },
    }),
  ),

  defineClientCase({
    id: "client-calls.order.thirty-two-backwards",
    rules: ["transport.concurrent-calls", "framing.client-request-id"],
    sends: "a different Ok to each of 32 calls at once, the last one first",
    expects: "each call gets its own answer",
    quiet: true,
    async run(t) {
      const scene = await openScene(t);
      const count = Math.min(32, t.hello.maxParallel);
      await inOrder(t, scene, count, [...Array(count).keys()].reverse());
    },
  }),

  defineClientCase({
    id: "client-calls.order.interleaved-bytes",
    rules: ["transport.concurrent-calls"],
    sends: "the answers to four calls in turns, five bytes of each at a time",
    expects: "each call gets its own answer",
    async run(t) {
      const scene = await openScene(t);
      const asked = await askMany(scene, 4);
      const frames = asked.map(({ call }, at) => response(Status.Ok, call.requestId, health(at)));
      for (const from of [0, 5, 10]) {
        for (const [at, { call }] of asked.entries()) {
          await call.send(frames[at]?.subarray(from, from + 5) ?? EMPTY);
        }
      }
      for (const [at, { call }] of asked.entries()) await call.finish(frames[at]?.subarray(15));
      await eachItsOwn(t, asked);
    },
  }),

  defineClientCase({
    id: "client-calls.order.beside-a-waiting-call",
    rules: ["transport.concurrent-calls"],
    sends: "nothing to a first call while ten others are answered, then Ok to it as well",
    expects: "Ok for all eleven",
    checks: ["others", "answer"],
    async run(t) {
      const scene = await openScene(t);
      const waiting = await ask(scene);
      let answered = 0;
      for (let at = 0; at < 10; at++) {
        const { reply, call } = await ask(scene);
        await call.answer(Status.Ok, HEALTHY);
        if ("err" in (await reply)) break;
        answered += 1;
      }
      t.check("others", answered === 10, { expected: "10 answers", got: `${answered}` });
      await waiting.call.answer(Status.Ok, HEALTHY);
      t.answered(await waiting.reply, Status.Ok, HEALTHY);
    },
  }),

  defineClientCase({
    id: "client-calls.order.small-before-large",
    rules: ["transport.concurrent-calls"],
    sends: "half of an answer of 2 MiB, a small answer to another call, then the other half",
    expects: "the small answer at once, and the large one when it is there",
    checks: ["small", "answer"],
    async run(t) {
      const scene = await openScene(t);
      const options = { method: FETCH_KEY_PACKAGE, timeoutMs: 10_000 };
      const large = await ask(scene, options);
      const payload = filler(2 << 20);
      const whole = response(Status.Ok, large.call.requestId, payload);
      await large.call.send(whole.subarray(0, 1 << 20));
      const small = await ask(scene);
      await small.call.answer(Status.Ok, HEALTHY);
      t.answered(await small.reply, Status.Ok, HEALTHY, "small");
      await large.call.finish(whole.subarray(1 << 20));
      t.answered(await large.reply, Status.Ok, payload);
    },
  }),

  defineClientCase({
    id: "client-calls.order.two-connections",
    rules: ["transport.concurrent-connections", "framing.client-request-id"],
    sends:
      "to one call on each of two connections a different Ok, that of the second connection first",
    expects: "each call gets the answer of its own connection",
    async run(t) {
      const scene = await openScene(t);
      const asked = [await ask(scene), await ask(await another(scene))];
      for (const [at, { call }] of [...asked.entries()].reverse()) {
        await call.answer(Status.Ok, health(at));
      }
      await eachItsOwn(t, asked);
    },
  }),

  ...TROUBLES.map(([slug, what, wanted, trouble]) =>
    defineClientCase({
      id: `client-calls.isolation.${slug}`,
      rules: ["status.stream-isolation"],
      sends: `${what} to the second of four calls at once, then Ok to the others`,
      expects: `${wanted} for the one, Ok for the others`,
      twin: "client-calls.order.in-order",
      checks: ["trouble", "answer"],
      async run(t) {
        const scene = await openScene(t);
        const asked = await askMany(scene, 4);
        const [second] = asked.splice(1, 1) as [Asked];
        await trouble(second.call);
        t.refused(await second.reply, wanted, "trouble");
        for (const [at, { call }] of asked.entries()) await call.answer(Status.Ok, health(at));
        await eachItsOwn(t, asked);
      },
    }),
  ),

  defineClientCase({
    id: "client-calls.isolation.refused-calls",
    rules: ["status.stream-isolation"],
    sends: "statuses 1, 2, 3 and 5 to four of eight calls at once, Ok to the others",
    expects: "each call gets its own status",
    async run(t) {
      const scene = await openScene(t);
      const asked = await askMany(scene, 8);
      const statuses = [1, 0, 2, 0, 3, 0, 5, 0];
      for (const [at, { call }] of asked.entries()) {
        const status = statuses[at] as number;
        await call.answer(status, status === Status.Ok ? HEALTHY : EMPTY);
      }
      const replies = await Promise.all(asked.map(async ({ reply }) => reply));
      const got = replies.map((reply) => ("ok" in reply ? reply.ok.status : reply.err.class));
      t.check("answer", got.join() === statuses.join(), {
        expected: statuses.join(" "),
        got: got.join(" "),
      });
    },
  }),
];

/** health is a HealthResponse whose status says which call it belongs to. */
function health(at: number): Buffer {
  const text = `call ${String(at).padStart(2, "0")}`;
  return Buffer.concat([Buffer.from([0x0a, text.length]), Buffer.from(text)]);
}

/** askMany begins calls one after the other, so that their order is known. */
async function askMany(scene: Scene, count: number): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (let at = 0; at < count; at++) asked.push(await ask(scene));
  return asked;
}

async function inOrder(
  t: ClientTrial,
  { sdk, peer }: Scene,
  count: number,
  order: readonly number[],
): Promise<void> {
  const replies = Array.from({ length: count }, (_, at) =>
    sdk.call(HEALTH, health(at), { timeoutMs: PATIENT_MS }),
  );
  // They may reach us in any order: what a call carries says which one it is.
  const calls = new Map<string, HostileCall>();
  for (let at = 0; at < count; at++) {
    const call = await peer.call();
    calls.set(Buffer.from(call.payload).toString("hex"), call);
  }
  for (const at of order)
    await calls.get(health(at).toString("hex"))?.answer(Status.Ok, health(at));
  const got = await Promise.all(replies.map(async (reply) => JSON.stringify(await reply)));
  sameAsGiven(t, got);
}

async function eachItsOwn(t: ClientTrial, asked: readonly Asked[]): Promise<void> {
  const got = await Promise.all(asked.map(async ({ reply }) => JSON.stringify(await reply)));
  sameAsGiven(t, got);
}

/** sameAsGiven checks replies that were asked for in the order of the answers `health(0)`, `health(1)`… */
function sameAsGiven(t: ClientTrial, got: readonly string[]): void {
  const strange = got.filter((text, at) => !text.includes(health(at).toString("hex")));
  t.check("answer", strange.length === 0, {
    expected: "each call has the answer that was given to it",
    got: strange.slice(0, 4).join(" "),
  });
}
