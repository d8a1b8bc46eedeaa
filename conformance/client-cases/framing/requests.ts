// What a client writes: one request frame, to the byte, and then FIN (spec/framing.md, Headers).

import { Status } from "../../../src/registry/statuses.ts";
import { hex } from "../../cases/bytes.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import type { ClientTrial } from "../../client/trial.ts";
import type { HostileCall } from "../../hostile/call.ts";
import { EMPTY, filler, HEALTH, HEALTHY, MOST_PAYLOAD } from "../frames.ts";
import { ask, openScene, PATIENT_MS } from "../scene.ts";

/** Lengths at which a header field of the wrong size, order or sign shows. */
const LENGTHS = [2, 127, 128, 255, 256, 65_535, 65_536, 1_048_576, MOST_PAYLOAD - 1, MOST_PAYLOAD];

/** Bodies that a client has to pass on as they are: the judge wrote them, sessions and all. */
const BODIES = [
  ["one-byte", "80", "a body of one byte, which is no message"],
  [
    "session-trailer",
    `0a0161 7a22 0a20 ${"cc".repeat(32)}`,
    "a body that ends with a session trailer",
  ],
  [
    "trailer-first",
    `7a22 0a20 ${"cc".repeat(32)} 0a0161`,
    "a body that begins with a session trailer",
  ],
  ["two-trailers", "7a03 0a01cc 7a03 0a01dd", "a body with two session trailers"],
  ["unknown-fields", "c23e0501 020304 05", "a body with a field that no message has"],
  ["long-varint", "0882 8000", "a body with a varint that is not the shortest"],
  ["frame-in-body", "0322 00000001 00000000", "a body that looks like a request frame"],
] as const;

export const requestCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-framing.request.ten-byte-header",
    rules: ["framing.request-header", "framing.big-endian"],
    sends: "Ok to a Health request without a body",
    expects: "10 bytes: 0322, a request_id, 00000000, and then FIN",
    checks: ["answer", "frame"],
    tier: "smoke",
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene);
      isFrame(t, call, HEALTH, EMPTY);
      await call.answer(Status.Ok, HEALTHY);
      t.answered(await reply, Status.Ok, HEALTHY);
    },
  }),

  ...LENGTHS.map((length) =>
    defineClientCase({
      id: `client-framing.request.body-${length}`,
      rules: [length > 0xffff ? "framing.payload-limit" : "framing.payload-length"],
      sends: `Ok to a request with a body of ${length} bytes`,
      expects: `payload_len ${length}, the body, and then FIN`,
      checks: ["answer", "frame"],
      errata: length > 0xffff ? ["C-07"] : [],
      async run(t) {
        const scene = await openScene(t);
        const body = filler(length);
        const { reply, call } = await ask(scene, { body, timeoutMs: 15_000 });
        isFrame(t, call, HEALTH, body);
        await call.answer(Status.Ok, HEALTHY);
        t.answered(await reply, Status.Ok);
      },
    }),
  ),

  ...BODIES.map(([slug, bytes, what]) =>
    defineClientCase({
      id: `client-framing.request.${slug}`,
      rules: ["framing.request-header"],
      sends: `Ok to ${what}`,
      expects: "the body as it was given, between header and FIN",
      checks: ["answer", "frame"],
      async run(t) {
        const scene = await openScene(t);
        const { reply, call } = await ask(scene, { body: hex(bytes) });
        isFrame(t, call, HEALTH, hex(bytes));
        await call.answer(Status.Ok, HEALTHY);
        t.answered(await reply, Status.Ok);
      },
    }),
  ),

  defineClientCase({
    id: "client-framing.request.fin-before-any-answer",
    rules: ["transport.client-fin"],
    sends: "nothing until the request has ended, and then Ok",
    expects: "the FIN comes within a second, without an answer",
    checks: ["answer", "frame"],
    tier: "smoke",
    async run(t) {
      const scene = await openScene(t);
      const reply = scene.sdk.call(HEALTH, EMPTY, { timeoutMs: PATIENT_MS });
      const call = await scene.peer.call(1_000);
      isFrame(t, call, HEALTH, EMPTY);
      await call.answer(Status.Ok, HEALTHY);
      t.answered(await reply, Status.Ok);
    },
  }),

  defineClientCase({
    id: "client-framing.request.ids-distinct-in-turn",
    rules: ["framing.client-request-id"],
    sends: "Ok to 40 calls, one after the other",
    expects: "40 request_ids, all different",
    checks: ["answer", "ids"],
    errata: ["C-17"],
    async run(t) {
      const scene = await openScene(t);
      const ids = new Set<number>();
      let answered = 0;
      for (let at = 0; at < 40; at++) {
        const { reply, call } = await ask(scene);
        ids.add(call.requestId);
        await call.answer(Status.Ok, HEALTHY);
        if ("err" in (await reply)) break;
        answered += 1;
      }
      t.check("answer", answered === 40, { expected: "40 answers", got: `${answered}` });
      t.check("ids", ids.size === 40, { expected: "40 request_ids", got: `${ids.size}` });
    },
  }),

  defineClientCase({
    id: "client-framing.request.ids-distinct-at-once",
    rules: ["framing.client-request-id"],
    sends: "Ok to 8 calls that are under way at once",
    expects: "8 request_ids, all different",
    checks: ["answer", "ids"],
    errata: ["C-17"],
    async run(t) {
      const scene = await openScene(t);
      const asked = await Promise.all(Array.from({ length: 8 }, () => ask(scene)));
      const ids = new Set(asked.map(({ call }) => call.requestId));
      await Promise.all(asked.map(({ call }) => call.answer(Status.Ok, HEALTHY)));
      const replies = await Promise.all(asked.map(async ({ reply }) => reply));
      const answered = replies.filter((reply) => "ok" in reply).length;
      t.check("answer", answered === 8, { expected: "8 answers", got: `${answered}` });
      t.check("ids", ids.size === 8, { expected: "8 request_ids", got: `${ids.size}` });
    },
  }),
];

/** isFrame checks that a client wrote one request frame and nothing else. */
export function isFrame(
  t: ClientTrial,
  call: HostileCall,
  method: number,
  body: Uint8Array,
  id = "frame",
): void {
  const raw = Buffer.from(call.raw);
  const header = Buffer.alloc(10);
  header.writeUInt16BE(method, 0);
  raw.subarray(2, 6).copy(header, 2); // any request_id will do
  header.writeUInt32BE(body.length, 6);
  t.check(id, raw.subarray(0, 10).equals(header) && raw.subarray(10).equals(body), {
    expected: `${spell(header)} with any request_id, ${body.length} bytes ${spell(body)}, FIN`,
    got: `${spell(raw.subarray(0, 10))} ${raw.length - 10} bytes ${spell(raw.subarray(10))}, FIN`,
  });
}

function spell(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 48)).toString("hex");
  return bytes.length > 48 ? `${text}…` : text;
}
