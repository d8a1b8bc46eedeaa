// Answers with bytes behind them, and bytes that are another kind of frame (spec/framing.md, Headers and
// Bytes that are not one frame).

import { Status } from "../../../src/registry/statuses.ts";
import type { ErrorClass } from "../../adapter/protocol.ts";
import { hex } from "../../cases/bytes.ts";
import type { ClientCase } from "../../client/case.ts";
import type { HostileCall } from "../../hostile/call.ts";
import { EMPTY, HEALTHY, MOST_PAYLOAD, push, response } from "../frames.ts";
import { refusedAnswer } from "../one-call.ts";
import { SHORT_MS } from "../scene.ts";

const WHOLE = "client-framing.response-cut.whole";

/** What may come behind a whole answer. */
const BEHIND: readonly (readonly [string, string, (call: HostileCall) => Uint8Array])[] = [
  ["one-byte", "one byte 00", () => hex("00")],
  ["nine-bytes", "nine bytes ff", () => Buffer.alloc(9, 255)],
  ["same-again", "the same answer once more", ({ requestId }) => response(0, requestId, HEALTHY)],
  ["refusal", "a Forbidden with the same request_id", ({ requestId }) => response(3, requestId)],
  [
    "other-id",
    "an Ok for the next request_id",
    ({ requestId }) => response(0, (requestId + 1) >>> 0),
  ],
  ["push", "a push frame", () => push(1000)],
  ["64-kib", "65,536 bytes", () => Buffer.alloc(65_536)],
];

const NO_ANSWER: readonly ErrorClass[] = [
  "frame.truncated",
  "frame.trailing",
  "frame.too_large",
  "frame.req_id",
];

/** Whole frames, but no response; which of the checks meets them first depends on the reader. */
const STRANGE: readonly (readonly [string, string, (call: HostileCall) => Uint8Array])[] = [
  ["request-frame", "the request itself, sent back", ({ raw }) => raw],
  ["push-frame", "a push frame of 40 bytes", () => push(1000, Buffer.alloc(40))],
  [
    "ten-byte-header",
    "an Ok whose header has a byte too many, behind the status",
    ({ requestId }) => Buffer.concat([hex("00"), response(0, requestId, HEALTHY)]),
  ],
  [
    "request-header",
    "an Ok with a status of two bytes, as a request header would have it",
    ({ requestId }) => {
      const frame = Buffer.concat([hex("0000"), response(0, requestId, HEALTHY).subarray(1)]);
      return frame;
    },
  ],
  ["payload-alone", "the payload without a header", () => HEALTHY],
  ["text", "HTTP/1.1 200 OK", () => Buffer.from("HTTP/1.1 200 OK\r\n\r\n")],
  ["zeros", "64 zero bytes", () => Buffer.alloc(64)],
  ["ones", "64 bytes ff", () => Buffer.alloc(64, 255)],
];

export const trailingCases: readonly ClientCase[] = [
  ...BEHIND.map(([slug, what, bytes]) =>
    refusedAnswer({
      id: `client-framing.response-trailing.${slug}`,
      rules: ["framing.client-whole-answer", "transport.one-response"],
      sends: `a whole Ok, ${what}, and FIN`,
      expects: "frame.trailing",
      twin: WHOLE,
      errata: ["C-17"],
      answer: (call) => {
        const whole = response(Status.Ok, call.requestId, HEALTHY);
        return call.finish(Buffer.concat([whole, bytes(call)]));
      },
      classes: "frame.trailing",
    }),
  ),

  refusedAnswer({
    id: "client-framing.response-trailing.behind-empty",
    rules: ["framing.client-whole-answer", "transport.one-response"],
    sends: "an Ok that announces no payload, one byte, and FIN",
    expects: "frame.trailing",
    twin: WHOLE,
    errata: ["C-17"],
    answer: (call) => call.finish(response(Status.Ok, call.requestId, hex("0a"), 0)),
    classes: "frame.trailing",
  }),

  refusedAnswer({
    id: "client-framing.response-trailing.announced-one-less",
    rules: ["framing.client-whole-answer", "transport.one-response"],
    sends: "an Ok of 6 bytes that announces 5, and FIN",
    expects: "frame.trailing",
    twin: WHOLE,
    errata: ["C-17"],
    answer: (call) => call.finish(response(Status.Ok, call.requestId, HEALTHY, 5)),
    classes: "frame.trailing",
  }),

  refusedAnswer({
    id: "client-framing.response-trailing.behind-refusal",
    rules: ["framing.client-whole-answer", "transport.one-response"],
    sends: "a Forbidden, one byte, and FIN",
    expects: "frame.trailing",
    twin: "client-status.assigned.3-empty",
    errata: ["C-17"],
    answer: (call) => call.finish(response(Status.Forbidden, call.requestId, hex("0a"), 0)),
    classes: "frame.trailing",
  }),

  refusedAnswer({
    id: "client-framing.response-trailing.behind-4194304",
    rules: ["framing.client-whole-answer", "framing.response-limit"],
    sends: "an Ok with 4,194,304 bytes of payload, one byte, and FIN",
    expects: "frame.trailing",
    twin: `client-framing.response-size.${MOST_PAYLOAD}`,
    errata: ["C-17"],
    request: { timeoutMs: 15_000 },
    answer: (call) => {
      const payload = Buffer.alloc(MOST_PAYLOAD + 1);
      void call.finish(response(Status.Ok, call.requestId, payload, MOST_PAYLOAD));
    },
    classes: "frame.trailing",
  }),

  refusedAnswer({
    id: "client-framing.response-trailing.in-a-packet-of-its-own",
    rules: ["framing.client-whole-answer", "transport.one-response"],
    sends: "a whole Ok, and a while later one byte and FIN",
    expects: "frame.trailing",
    twin: WHOLE,
    errata: ["C-17"],
    answer: async (call) => {
      await call.send(response(Status.Ok, call.requestId, HEALTHY));
      await new Promise((resolve) => setTimeout(resolve, 40));
      await call.finish(hex("00"));
    },
    classes: "frame.trailing",
  }),

  ...STRANGE.map(([slug, what, bytes]) =>
    refusedAnswer({
      id: `client-framing.not-a-response.${slug}`,
      rules: ["framing.client-whole-answer", "framing.response-header"],
      sends: `${what}, and FIN`,
      expects: "no answer is made of it",
      twin: WHOLE,
      errata: ["C-05", "C-17"],
      answer: (call) => call.finish(bytes(call)),
      classes: NO_ANSWER,
    }),
  ),

  refusedAnswer({
    id: "client-framing.not-a-response.nothing-but-status",
    rules: ["framing.client-whole-answer", "framing.response-header"],
    sends: "the status byte of an Ok alone, without FIN",
    expects: "no Ok: the call waits until its time is over",
    twin: WHOLE,
    request: { timeoutMs: SHORT_MS },
    answer: (call) => call.send(response(Status.Ok, call.requestId, EMPTY).subarray(0, 1)),
    classes: "deadline",
  }),
];
