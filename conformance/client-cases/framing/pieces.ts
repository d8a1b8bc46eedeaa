// Right answers that arrive in unusual ways: in pieces, without FIN for a while, before the request has
// been read (spec/framing.md; spec/transport.md, Streams).

import { setTimeout as sleep } from "node:timers/promises";
import { Status } from "../../../src/registry/statuses.ts";
import { hex } from "../../cases/bytes.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import type { ClientTrial } from "../../client/trial.ts";
import type { HostileCall } from "../../hostile/call.ts";
import {
  BLOCKED_BYTES,
  EMPTY,
  FETCH_KEY_PACKAGE,
  filler,
  HEALTH,
  HEALTHY,
  response,
} from "../frames.ts";
import { refusedAnswer, takenAnswer } from "../one-call.ts";
import { openScene, PATIENT_MS, SHORT_MS } from "../scene.ts";

const WHOLE = "client-framing.response-cut.whole";

/** A pause after which the next bytes travel in another packet. */
const APART_MS = 12;

/** Where an answer of 15 bytes is cut in two. */
const CUTS = [1, 4, 5, 8, 9, 10, 14] as const;

export const piecesCases: readonly ClientCase[] = [
  takenAnswer({
    id: "client-framing.response-pieces.byte-by-byte",
    rules: ["framing.response-header"],
    sends: "an Ok byte by byte, each in a packet of its own, the last one with FIN",
    expects: "Ok with the payload",
    answer: (call) => inPieces(call, Array<number>(15).fill(1)),
    status: Status.Ok,
    body: HEALTHY,
  }),

  ...CUTS.map((at) =>
    takenAnswer({
      id: `client-framing.response-pieces.cut-at-${at}`,
      rules: ["framing.response-header"],
      sends: `an Ok in two packets, the first of ${at} bytes`,
      expects: "Ok with the payload",
      answer: (call) => inPieces(call, [at, 15 - at]),
      status: Status.Ok,
      body: HEALTHY,
    }),
  ),

  takenAnswer({
    id: "client-framing.response-pieces.fin-later",
    rules: ["transport.one-response"],
    sends: "a whole Ok, and FIN 100 ms later",
    expects: "Ok with the payload",
    answer: async (call) => {
      await call.send(response(Status.Ok, call.requestId, HEALTHY));
      await sleep(100);
      await call.finish();
    },
    status: Status.Ok,
    body: HEALTHY,
  }),

  takenAnswer({
    id: "client-framing.response-pieces.one-mib-in-64",
    rules: ["framing.payload-length"],
    sends: "an Ok with a payload of 1 MiB in 64 pieces",
    expects: "Ok with the payload",
    request: { method: FETCH_KEY_PACKAGE, timeoutMs: 10_000 },
    answer: async (call) => {
      const whole = response(Status.Ok, call.requestId, filler(1 << 20));
      let at = 0;
      for (; at + 16_384 < whole.length; at += 16_384) {
        await call.send(whole.subarray(at, at + 16_384));
      }
      await call.finish(whole.subarray(at));
    },
    status: Status.Ok,
    body: filler(1 << 20),
  }),

  refusedAnswer({
    id: "client-framing.response-pieces.stops-in-header",
    rules: ["framing.response-header"],
    sends: "8 bytes of an Ok, and no FIN",
    expects: "the call waits until its time is over: deadline",
    twin: WHOLE,
    request: { timeoutMs: SHORT_MS },
    answer: (call) => call.send(response(Status.Ok, call.requestId).subarray(0, 8)),
    classes: "deadline",
  }),

  refusedAnswer({
    id: "client-framing.response-pieces.stops-in-payload",
    rules: ["framing.payload-length"],
    sends: "an Ok whose payload lacks the last byte, and no FIN",
    expects: "the call waits until its time is over: deadline",
    twin: WHOLE,
    request: { timeoutMs: SHORT_MS },
    answer: (call) => call.send(response(Status.Ok, call.requestId, HEALTHY).subarray(0, 14)),
    classes: "deadline",
  }),

  defineClientCase({
    id: "client-framing.response-pieces.no-fin",
    rules: ["transport.one-response"],
    sends: "a whole Ok, and never a FIN",
    expects: "Ok, or deadline when the client waits for the FIN; the connection lives on",
    checks: ["answer", "connection-lives"],
    errata: ["C-17"],
    async run(t) {
      const scene = await openScene(t);
      const reply = scene.sdk.call(HEALTH, EMPTY, { timeoutMs: SHORT_MS });
      const call = await scene.peer.call();
      await call.send(response(Status.Ok, call.requestId, HEALTHY));
      const got = await reply;
      const fits = "ok" in got ? got.ok.status === 0 : "err" in got && got.err.class === "deadline";
      t.check("answer", fits, { expected: "Ok or deadline", got: JSON.stringify(got) });
      await t.connectionLives(scene.sdk, scene.server);
    },
  }),

  ...[
    ["ok", Status.Ok, HEALTHY, "an Ok"],
    [
      "bad-request",
      Status.BadRequest,
      hex("1a11", "5041594c4f41445f544f4f5f4c41524745"),
      "BadRequest PAYLOAD_TOO_LARGE",
    ],
  ].map(([slug, status, payload, what]) =>
    defineClientCase({
      id: `client-framing.early-answer.${slug}`,
      rules: ["framing.payload-too-large"],
      sends: `${what} when only the header of a request of 1.25 MiB was read`,
      expects: "the answer counts, though the request is not all sent",
      checks: ["answer", "connection-lives"],
      errata: ["C-08"],
      run: (t) => early(t, status as number, payload as Uint8Array, false),
    }),
  ),

  defineClientCase({
    id: "client-framing.early-answer.with-stop-sending",
    rules: ["framing.payload-too-large"],
    sends: "BadRequest and STOP_SENDING when only the header of a request of 1.25 MiB was read",
    expects: "BadRequest: the answer counts, not the failed write",
    checks: ["answer", "connection-lives"],
    errata: ["C-08"],
    run: (t) => early(t, Status.BadRequest, EMPTY, true),
  }),
];

async function inPieces(call: HostileCall, sizes: readonly number[]): Promise<void> {
  const whole = response(Status.Ok, call.requestId, HEALTHY);
  let at = 0;
  for (const size of sizes.slice(0, -1)) {
    await call.send(whole.subarray(at, at + size));
    at += size;
    await sleep(APART_MS);
  }
  await call.finish(whole.subarray(at));
}

/** early answers a long request of which one chunk was read; the rest is read later, or stopped. */
async function early(
  t: ClientTrial,
  status: number,
  payload: Uint8Array,
  stop: boolean,
): Promise<void> {
  const { sdk, server, peer } = await openScene(t);
  const body = filler(BLOCKED_BYTES);
  const reply = sdk.call(HEALTH, body, { timeoutMs: PATIENT_MS });
  const stream = await peer.stream();
  const { value: chunk = EMPTY } = await stream.chunks().next();
  const requestId = Buffer.from(chunk).readUInt32BE(2);
  if (stop) stream.stopSending(Status.BadRequest);
  await stream.finish(response(status, requestId, payload));
  t.answered(await reply, status);
  await t.connectionLives(sdk, server);
}
