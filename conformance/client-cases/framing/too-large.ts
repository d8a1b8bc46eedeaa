// Answers that announce more than 4 MiB, and those that are exactly as long (spec/framing.md, Size).

import { Status } from "../../../src/registry/statuses.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { EMPTY, FETCH_KEY_PACKAGE, filler, MOST_PAYLOAD, response } from "../frames.ts";
import { refusedAnswer } from "../one-call.ts";
import { ask, openScene } from "../scene.ts";

const LARGEST = `client-framing.response-size.${MOST_PAYLOAD}`;

/** Lengths over the limit, and those that a signed or a 16-bit reader takes for small ones. */
const OVER = [MOST_PAYLOAD + 1, 0x01000000, 0x7fffffff, 0x80000000, 0xffff0000, 0xffffffff];

const TOO_LARGE = "frame.too_large";

export const tooLargeCases: readonly ClientCase[] = [
  ...[MOST_PAYLOAD - 1, MOST_PAYLOAD].map((length) =>
    defineClientCase({
      id: `client-framing.response-size.${length}`,
      rules: ["framing.response-limit", "framing.client-payload-limit"],
      sends: `an Ok with ${length} bytes of payload`,
      expects: "Ok with the payload: the limit itself is permitted",
      errata: ["C-07"],
      async run(t) {
        const scene = await openScene(t);
        const { reply, call } = await ask(scene, { method: FETCH_KEY_PACKAGE, timeoutMs: 15_000 });
        const payload = filler(length);
        await call.answer(Status.Ok, payload);
        t.answered(await reply, Status.Ok, payload);
      },
    }),
  ),

  ...OVER.map((announced) =>
    defineClientCase({
      id: `client-framing.response-size.${announced}-announced`,
      rules: ["framing.client-payload-limit"],
      sends: `the header of an Ok that announces ${announced} bytes, and nothing more, without FIN`,
      expects: "frame.too_large at once, the stream is dropped, the connection lives on",
      twin: LARGEST,
      checks: ["answer", "dropped", "connection-lives"],
      errata: ["C-08"],
      async run(t) {
        const scene = await openScene(t);
        const { reply, call } = await ask(scene);
        await call.send(response(Status.Ok, call.requestId, EMPTY, announced));
        t.refused(await reply, TOO_LARGE);
        const dropped = await call.dropped(2_000);
        t.check("dropped", dropped, { expected: "STOP_SENDING", got: "the stream is still read" });
        await t.connectionLives(scene.sdk, scene.server);
      },
    }),
  ),

  refusedAnswer({
    id: "client-framing.response-size.4194305-and-fin",
    rules: ["framing.client-payload-limit"],
    sends: "the header of an Ok that announces 4,194,305 bytes, and FIN",
    expects: TOO_LARGE,
    twin: LARGEST,
    errata: ["C-08"],
    answer: (call) => call.finish(response(Status.Ok, call.requestId, EMPTY, MOST_PAYLOAD + 1)),
    classes: TOO_LARGE,
  }),

  refusedAnswer({
    id: "client-framing.response-size.4194305-sent",
    rules: ["framing.client-payload-limit"],
    sends: "an Ok with all of 4,194,305 bytes, and FIN",
    expects: TOO_LARGE,
    twin: LARGEST,
    errata: ["C-08"],
    answer: (call) => {
      const payload = filler(MOST_PAYLOAD + 1);
      // The client may stop reading before all is written.
      void call.finish(response(Status.Ok, call.requestId, payload));
    },
    classes: TOO_LARGE,
  }),

  refusedAnswer({
    id: "client-framing.response-size.4294967295-with-some",
    rules: ["framing.client-payload-limit"],
    sends: "the header of an Ok that announces 4,294,967,295 bytes, 100 bytes, and FIN",
    expects: TOO_LARGE,
    twin: LARGEST,
    errata: ["C-08"],
    answer: (call) =>
      call.finish(response(Status.Ok, call.requestId, Buffer.alloc(100), 0xffffffff)),
    classes: TOO_LARGE,
  }),

  refusedAnswer({
    id: "client-framing.response-size.refusal-too-large",
    rules: ["framing.client-payload-limit"],
    sends: "the header of a BadRequest that announces 4,194,305 bytes, without FIN",
    expects: TOO_LARGE,
    twin: LARGEST,
    errata: ["C-08"],
    answer: (call) =>
      call.send(response(Status.BadRequest, call.requestId, EMPTY, MOST_PAYLOAD + 1)),
    classes: TOO_LARGE,
  }),

  refusedAnswer({
    id: "client-framing.response-size.little-endian-length",
    rules: ["framing.big-endian", "framing.client-payload-limit"],
    sends: "an Ok with 6 bytes whose payload_len is 06000000",
    expects: "frame.too_large: 100,663,296 bytes are announced",
    twin: "client-framing.response-cut.whole",
    answer: (call) => call.finish(response(Status.Ok, call.requestId, Buffer.alloc(6), 0x06000000)),
    classes: TOO_LARGE,
  }),
];
