// The status codes of the table at a client, with all that may stand beside them (spec/status.md).

import { STATUSES, Status } from "../../../src/registry/statuses.ts";
import { hex } from "../../cases/bytes.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { EMPTY, FETCH_KEY_PACKAGE, filler, HEALTHY } from "../frames.ts";
import { takenAnswer } from "../one-call.ts";
import { ask, openScene } from "../scene.ts";

const REFUSALS = STATUSES.filter(({ number }) => number !== Status.Ok);

/** ErrorDetail { message: "no", code: "NO" }. */
const DETAIL = hex("0a026e6f 1a024e4f");

/** ErrorDetail { message: "later", retry_after_ms: 60000 }. */
const RETRY = hex("0a056c61746572 10e0d403");

/** Payloads beside a refusal that a client need not understand. */
const DETAILS: readonly (readonly [string, string, Uint8Array])[] = [
  ["unknown-code", "an ErrorDetail with a code that nobody knows", hex("1a0a4e4f545f415f434f4445")],
  ["unknown-field", "an ErrorDetail with an unknown field", hex("0a026e6f c03e01")],
  ["code-not-utf8", "an ErrorDetail whose code is no UTF-8", hex("1a02ff80")],
  ["message-not-utf8", "an ErrorDetail whose message is no UTF-8", hex("0a02c080")],
  ["retry-2-64", "an ErrorDetail with the largest retry_after_ms", hex("10ffffffffffffffffff01")],
  ["wire-type", "a message text as a varint", hex("0801")],
  ["cut", "an ErrorDetail that is cut", hex("0a0a6e6f")],
  ["text", "a text", Buffer.from("Forbidden")],
  ["response", "the response message of the method", HEALTHY],
  ["zeros", "1,000 zero bytes", Buffer.alloc(1000)],
  ["64-kib", "an ErrorDetail of 65,536 bytes", filler(65_536)],
  ["4-mib", "an ErrorDetail of 4,194,304 bytes", filler(4_194_304)],
];

export const assignedCases: readonly ClientCase[] = [
  takenAnswer({
    id: "client-status.assigned.0",
    rules: ["status.ok"],
    sends: "status 0, Ok, with a response message",
    expects: "Ok with the message",
    answer: (call) => call.answer(Status.Ok, HEALTHY),
    status: Status.Ok,
    body: HEALTHY,
  }),

  ...REFUSALS.flatMap(({ number, name, rule }) => [
    takenAnswer({
      id: `client-status.assigned.${number}-empty`,
      rules: ["status.client-error-detail", rule],
      sends: `status ${number}, ${name}, without a payload`,
      expects: `${name}`,
      errata: ["C-11"],
      answer: (call) => call.answer(number),
      status: number,
      body: EMPTY,
    }),
    takenAnswer({
      id: `client-status.assigned.${number}-detail`,
      rules: [rule, "status.error-detail"],
      sends: `status ${number}, ${name}, with an ErrorDetail`,
      expects: `${name}`,
      errata: ["C-11"],
      answer: (call) => call.answer(number, DETAIL),
      status: number,
      body: DETAIL,
    }),
    takenAnswer({
      id: `client-status.assigned.${number}-undecodable`,
      rules: ["status.client-error-detail"],
      sends: `status ${number}, ${name}, with a payload that is no message`,
      expects: `${name}: the status stands`,
      errata: ["C-11"],
      answer: (call) => call.answer(number, hex("0a7f6e6f")),
      status: number,
    }),
  ]),

  ...DETAILS.map(([slug, what, payload]) =>
    takenAnswer({
      id: `client-status.detail.${slug}`,
      rules: ["status.client-error-detail"],
      sends: `Forbidden with ${what}`,
      expects: "Forbidden: the status stands",
      errata: ["C-11"],
      request: { timeoutMs: 10_000 },
      answer: (call) => call.answer(Status.Forbidden, payload),
      status: Status.Forbidden,
    }),
  ),

  ...[Status.RateLimited, Status.Unavailable, Status.Forbidden].map((status) =>
    takenAnswer({
      id: `client-status.retry-after.${status}`,
      rules: ["status.error-detail"],
      sends: `status ${status} with retry_after_ms 60000`,
      expects: "the status at once: the caller decides when to try again",
      errata: ["C-11"],
      request: { timeoutMs: 3_000 },
      answer: (call) => call.answer(status, RETRY),
      status,
      body: RETRY,
    }),
  ),

  defineClientCase({
    id: "client-status.ok.after-every-refusal",
    rules: ["status.stream-isolation"],
    sends: "each of the nine refusals in turn, an Ok after each",
    expects: "every answer with its status, all on one connection",
    checks: ["answer", "one-connection"],
    async run(t) {
      const scene = await openScene(t);
      const got: unknown[] = [];
      for (const { number } of REFUSALS) {
        const refused = await ask(scene);
        await refused.call.answer(number, DETAIL);
        const reply = await refused.reply;
        got.push("ok" in reply ? reply.ok.status : reply.err.class);
        const next = await ask(scene);
        await next.call.answer(Status.Ok, HEALTHY);
        const good = await next.reply;
        if ("ok" in good) continue;
        got.push(good.err.class);
        break;
      }
      const wanted = REFUSALS.map(({ number }) => number).join(" ");
      t.check("answer", got.join(" ") === wanted, { expected: wanted, got: got.join(" ") });
      const made = scene.server.connections();
      t.check("one-connection", made === 1, { expected: "1 connection", got: `${made}` });
    },
  }),

  takenAnswer({
    id: "client-status.ok.of-another-message",
    rules: ["status.ok"],
    sends: "Ok to FetchKeyPackage without a payload: an empty queue is no refusal",
    expects: "Ok, and no bytes",
    errata: ["C-44"],
    request: { method: FETCH_KEY_PACKAGE },
    answer: (call) => call.answer(Status.Ok),
    status: Status.Ok,
    body: EMPTY,
  }),

  takenAnswer({
    id: "client-status.deadline-exceeded.is-an-answer",
    rules: ["status.deadline-exceeded"],
    sends: "DeadlineExceeded to a call that has all its time left",
    expects: "the status 8, and no deadline of the client's own",
    answer: (call) => call.answer(Status.DeadlineExceeded, DETAIL),
    status: Status.DeadlineExceeded,
  }),
];
