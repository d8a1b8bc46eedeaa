// Answers that end before they are whole (spec/framing.md, Bytes that are not one frame).

import { Status } from "../../../src/registry/statuses.ts";
import type { ClientCase } from "../../client/case.ts";
import { EMPTY, HEALTHY, MOST_PAYLOAD, response } from "../frames.ts";
import { refusedAnswer, takenAnswer } from "../one-call.ts";

const WHOLE = "client-framing.response-cut.whole";

/** Lengths of a payload that is announced with one byte more than comes. */
const ONE_SHORT = [1, 256, 65_536, MOST_PAYLOAD] as const;

export const truncatedCases: readonly ClientCase[] = [
  takenAnswer({
    id: WHOLE,
    rules: ["framing.response-header", "framing.payload-length"],
    sends: "an Ok of 9 header bytes and 6 payload bytes, and FIN",
    expects: "Ok with the payload",
    answer: (call) => call.finish(response(Status.Ok, call.requestId, HEALTHY)),
    status: Status.Ok,
    body: HEALTHY,
  }),

  ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((length) =>
    refusedAnswer({
      id: `client-framing.response-cut.header-${length}`,
      rules: ["framing.client-whole-answer", "framing.response-header"],
      sends: `the first ${length} bytes of an Ok, and FIN`,
      expects: "frame.truncated",
      twin: WHOLE,
      errata: ["C-05", "C-17"],
      answer: (call) => call.finish(response(Status.Ok, call.requestId).subarray(0, length)),
      classes: "frame.truncated",
    }),
  ),

  ...[0, 1, 2, 3, 4, 5].map((length) =>
    refusedAnswer({
      id: `client-framing.response-cut.payload-${length}`,
      rules: ["framing.client-whole-answer", "framing.payload-length"],
      sends: `an Ok that announces 6 bytes and has ${length}, and FIN`,
      expects: "frame.truncated",
      twin: WHOLE,
      errata: ["C-17"],
      answer: (call) => {
        const whole = response(Status.Ok, call.requestId, HEALTHY);
        return call.finish(whole.subarray(0, 9 + length));
      },
      classes: "frame.truncated",
    }),
  ),

  ...ONE_SHORT.map((length) =>
    refusedAnswer({
      id: `client-framing.response-cut.one-short-of-${length}`,
      rules: ["framing.client-whole-answer", "framing.payload-length"],
      sends: `an Ok that announces ${length} bytes and has one less, and FIN`,
      expects: "frame.truncated",
      twin: WHOLE,
      errata: ["C-17"],
      answer: (call) =>
        call.finish(response(Status.Ok, call.requestId, Buffer.alloc(length - 1), length)),
      classes: "frame.truncated",
    }),
  ),

  refusedAnswer({
    id: "client-framing.response-cut.refusal-in-header",
    rules: ["framing.client-whole-answer", "framing.response-header"],
    sends: "the first 5 bytes of a Forbidden, and FIN",
    expects: "frame.truncated, no Forbidden",
    twin: "client-status.assigned.3-empty",
    errata: ["C-17"],
    answer: (call) => call.finish(response(Status.Forbidden, call.requestId).subarray(0, 5)),
    classes: "frame.truncated",
  }),

  refusedAnswer({
    id: "client-framing.response-cut.refusal-in-detail",
    rules: ["framing.client-whole-answer", "framing.payload-length"],
    sends: "a Forbidden that announces 4 bytes of detail and has none, and FIN",
    expects: "frame.truncated, no Forbidden",
    twin: "client-status.assigned.3-empty",
    errata: ["C-17"],
    answer: (call) => call.finish(response(Status.Forbidden, call.requestId, EMPTY, 4)),
    classes: "frame.truncated",
  }),
];
