// Answers that carry another request_id than the one sent on their stream (spec/framing.md, Headers).

import { Status } from "../../../src/registry/statuses.ts";
import { hex } from "../../cases/bytes.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { HEALTHY, response } from "../frames.ts";
import { refusedAnswer } from "../one-call.ts";
import { ask, openScene } from "../scene.ts";

const TWIN = "client-framing.response-id.echoed";

/** Wrong ids, made of the right one; each has a second choice for the case that it is the right one. */
const WRONG: readonly (readonly [string, string, (id: number) => number])[] = [
  ["plus-one", "the request_id plus one", (id) => (id + 1) >>> 0],
  ["minus-one", "the request_id minus one", (id) => (id - 1) >>> 0],
  ["zero", "request_id 0, or 1 when 0 is right", (id) => (id === 0 ? 1 : 0)],
  [
    "all-ones",
    "request_id ffffffff, or fffffffe when that is right",
    (id) => other(id, 0xffffffff),
  ],
  ["byte-swapped", "the request_id in the other byte order", (id) => other(id, swapped(id))],
  ["high-bit", "the request_id with its highest bit turned", (id) => (id ^ 0x80000000) >>> 0],
  ["high-half", "the request_id with another upper half", (id) => (id ^ 0x00010000) >>> 0],
  [
    "low-byte-only",
    "the request_id with the bytes above the lowest turned",
    (id) => (id ^ 0xffffff00) >>> 0,
  ],
];

export const requestIdCases: readonly ClientCase[] = [
  defineClientCase({
    id: TWIN,
    rules: ["framing.client-request-id", "framing.response-header"],
    sends: "Ok with the request_id of the request",
    expects: "Ok",
    tier: "smoke",
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene);
      await call.finish(response(Status.Ok, call.requestId, HEALTHY));
      t.answered(await reply, Status.Ok, HEALTHY);
    },
  }),

  ...WRONG.map(([slug, what, change]) =>
    refusedAnswer({
      id: `client-framing.response-id.${slug}`,
      rules: ["framing.client-request-id"],
      sends: `an Ok that carries ${what}`,
      expects: "the answer is discarded: frame.req_id",
      twin: TWIN,
      errata: ["C-17"],
      answer: (call) => call.finish(response(Status.Ok, change(call.requestId), HEALTHY)),
      classes: "frame.req_id",
    }),
  ),

  refusedAnswer({
    id: "client-framing.response-id.wrong-in-refusal",
    rules: ["framing.client-request-id"],
    sends: "a Forbidden that carries the request_id plus one",
    expects: "no Forbidden is handed out: frame.req_id",
    twin: TWIN,
    errata: ["C-17"],
    answer: (call) => call.finish(response(Status.Forbidden, (call.requestId + 1) >>> 0)),
    classes: "frame.req_id",
  }),

  refusedAnswer({
    id: "client-framing.response-id.wrong-without-payload",
    rules: ["framing.client-request-id"],
    sends: "an Ok without payload that carries the request_id plus one",
    expects: "the answer is discarded: frame.req_id",
    twin: TWIN,
    errata: ["C-17"],
    answer: (call) => call.finish(response(Status.Ok, (call.requestId + 1) >>> 0)),
    classes: "frame.req_id",
  }),

  defineClientCase({
    id: "client-framing.response-id.of-another-call",
    rules: ["framing.client-request-id"],
    sends:
      "to the first of two calls an Ok with the request_id of the second, to the second nothing yet",
    expects: "frame.req_id for the first; the second waits, and gets its own answer",
    twin: TWIN,
    checks: ["answer", "second"],
    errata: ["C-17"],
    async run(t) {
      const scene = await openScene(t);
      const first = await ask(scene);
      const second = await ask(scene);
      await first.call.finish(response(Status.Ok, second.call.requestId, hex("0a0178")));
      t.refused(await first.reply, "frame.req_id");
      await second.call.answer(Status.Ok, HEALTHY);
      t.answered(await second.reply, Status.Ok, HEALTHY, "second");
    },
  }),

  defineClientCase({
    id: "client-framing.response-id.swapped-between-calls",
    rules: ["framing.client-request-id"],
    sends: "to each of two calls an Ok that carries the request_id of the other",
    expects: "frame.req_id for both: an answer belongs to the stream it comes on",
    twin: TWIN,
    checks: ["answer", "second", "connection-lives"],
    errata: ["C-17"],
    async run(t) {
      const scene = await openScene(t);
      const [first, second] = [await ask(scene), await ask(scene)];
      await first.call.finish(response(Status.Ok, second.call.requestId, hex("0a0178")));
      await second.call.finish(response(Status.Ok, first.call.requestId, hex("0a0179")));
      t.refused(await first.reply, "frame.req_id");
      t.refused(await second.reply, "frame.req_id", "second");
      await t.connectionLives(scene.sdk, scene.server);
    },
  }),

  defineClientCase({
    id: "client-framing.response-id.of-an-earlier-call",
    rules: ["framing.client-request-id"],
    sends: "Ok to a first call, and to a second call an Ok with the request_id of the first",
    expects: "frame.req_id for the second",
    twin: TWIN,
    checks: ["first", "answer", "connection-lives"],
    errata: ["C-17"],
    async run(t) {
      const scene = await openScene(t);
      const first = await ask(scene);
      await first.call.answer(Status.Ok, HEALTHY);
      t.answered(await first.reply, Status.Ok, HEALTHY, "first");
      const second = await ask(scene);
      await second.call.finish(response(Status.Ok, first.call.requestId, HEALTHY));
      t.refused(await second.reply, "frame.req_id");
      await t.connectionLives(scene.sdk, scene.server);
    },
  }),
];

function swapped(id: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(id);
  return bytes.readUInt32BE();
}

function other(id: number, wrong: number): number {
  return wrong === id ? (wrong ^ 1) >>> 0 : wrong;
}
