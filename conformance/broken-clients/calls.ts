// Mutants of src/rpc/caller.ts: streams, several calls at once, and calls that fail or are given up.

import { ids } from "../broken/ids.ts";
import type { Mutant } from "../broken/mutant.ts";

const CALLER = "src/rpc/caller.ts";

/** Texts that several mutants change. */
const EXCHANGE = "const frame = await exchange(stream, requestId, request, signal);";
const THROW = `signal?.throwIfAborted();
    throw error;`;
const FINISH = "stream.finish(request).catch(() => {});";

export const CALLS_CLIENT_MUTANTS: readonly Mutant[] = [
  {
    id: "client-caller.retry.rate-limited",
    file: CALLER,
    find: EXCHANGE,
    replace: `let frame = await exchange(stream, requestId, request, signal);
      if (frame.status === 5 || frame.status === 9) {
        frame = await exchange(await openStream(connection, signal), requestId, request, signal);
      }`,
    kills: [
      ...ids("client-status.retry-after", `5 9`),
      ...ids("client-calls.backoff", `rate-limited rate-limited-hint unavailable-hint`),
    ],
  },
  {
    id: "client-caller.retry.after-reset",
    file: CALLER,
    find: EXCHANGE,
    replace: `const frame = await exchange(stream, requestId, request, signal).catch(async (error) => {
        if (!(error instanceof StreamError)) throw error;
        return exchange(await openStream(connection, signal), requestId, request, signal);
      });`,
    kills: [
      "client-transport.reset.eight-at-once",
      ...ids(
        "client-calls.once",
        `delete-account-reset fetch-key-package-reset opaque-login-finish-reset
      opaque-login-start-reset opaque-register-finish-reset proxy-fetch-key-package-reset
      report-message-reset rotate-keys-reset`,
      ),
    ],
  },
  {
    id: "client-caller.retry.after-deadline",
    file: CALLER,
    find: EXCHANGE,
    replace: `const frame = await exchange(stream, requestId, request, signal).catch(async (error) => {
        if (signal?.aborted) void exchange(await openStream(connection), requestId, request).catch(() => {});
        throw error;
      });`,
    kills: [
      "client-calls.deadline.no-answer",
      ...ids(
        "client-calls.once",
        `delete-account-silence fetch-key-package-silence opaque-login-finish-silence
      opaque-login-start-silence opaque-register-finish-silence
      proxy-fetch-key-package-silence report-message-silence rotate-keys-silence`,
      ),
    ],
  },
  {
    id: "client-caller.broken.closes-the-connection",
    file: CALLER,
    find: EXCHANGE,
    replace: `const frame = await exchange(stream, requestId, request, signal).catch(async (error) => {
        await connection.close(1, "broken answer");
        throw error;
      });`,
    kills: [
      ...ids(
        "client-calls.cancel",
        `before-the-answer in-the-answer late-answer one-of-four twice while-sending`,
      ),
      ...ids(
        "client-calls.deadline",
        `answer-too-late half-an-answer-too-late no-answer of-each-its-own of-one-of-four
      twelve-in-a-row while-sending stream-dropped`,
      ),
      ...ids("client-calls.isolation", `reset too-large trailing truncated wrong-id`),
      ...ids(
        "client-framing.not-a-response",
        `nothing-but-status ones payload-alone push-frame request-frame request-header
      ten-byte-header text zeros`,
      ),
      ...ids("client-framing.response-pieces", `no-fin stops-in-header stops-in-payload`),
      ...ids(
        "client-transport.reset",
        `before-the-request-ended behind-header behind-whole-answer code-0 code-1 code-10
      code-11 code-255 code-256 code-4294967296 code-5 code-65536 code-8 code-9
      code-9007199254740991 eight-at-once in-header in-payload`,
      ),
      ...ids(
        "client-transport.stop",
        `code-0-while-sending code-1-while-sending code-9007199254740991-while-sending`,
      ),
    ],
  },
  {
    id: "client-caller.broken.stream-kept",
    file: CALLER,
    find: "stream.stopSending(Status.Ok);",
    replace: "if (Date.now() < 0) stream.stopSending(Status.Ok);",
    kills: ids(
      "client-framing.response-size",
      `16777216-announced 2147483647-announced 2147483648-announced 4194305-announced
      4294901760-announced 4294967295-announced`,
    ),
  },
  {
    id: "client-caller.deadline.stream-kept",
    file: CALLER,
    find: "const giveUp = () => abandon(stream);",
    replace: "const giveUp = () => {};",
    kills: ["client-calls.deadline.no-answer"],
    by: "timeout",
  },
  {
    id: "client-caller.deadline.one-second",
    file: CALLER,
    find: EXCHANGE,
    replace: `const soon = AbortSignal.any([AbortSignal.timeout(1_000), ...(signal ? [signal] : [])]);
      const frame = await exchange(stream, requestId, request, soon).catch((error) => {
        throw signal?.aborted ? error : new FrameError("framing.truncated-header", "too slow");
      });`,
    kills: ["client-session.wait.longer-than-other-calls"],
  },
  {
    id: "client-caller.deadline.two-hundred-ms",
    file: CALLER,
    find: EXCHANGE,
    replace: `const soon = AbortSignal.any([AbortSignal.timeout(200), ...(signal ? [signal] : [])]);
      const frame = await exchange(stream, requestId, request, soon).catch((error) => {
        throw signal?.aborted ? error : new FrameError("framing.truncated-header", "too slow");
      });`,
    kills: [
      ...ids("client-calls.deadline", `answer-in-time of-each-its-own`),
      "client-session.wait.longer-than-other-calls",
    ],
  },
  {
    id: "client-caller.turns.one-at-a-time",
    file: CALLER,
    find: EXCHANGE,
    replace: `const lane = connection as { turn?: Promise<unknown> };
      const mine = Promise.resolve(lane.turn).then(() => exchange(stream, requestId, request, signal));
      lane.turn = mine.catch(() => {});
      const frame = await mine;`,
    kills: [
      "client-calls.isolation.refused-calls",
      ...ids(
        "client-calls.order",
        `backwards beside-a-waiting-call first-one-last in-order interleaved-bytes
      odd-ones-first small-before-large thirty-two-backwards`,
      ),
      "client-framing.request.ids-distinct-at-once",
      "client-transport.streams.at-once",
    ],
  },
  {
    id: "client-caller.turns.answers-in-order",
    file: CALLER,
    find: EXCHANGE,
    replace: `const lane = connection as { turn?: Promise<unknown> };
      const before = lane.turn;
      const mine = exchange(stream, requestId, request, signal);
      lane.turn = mine.catch(() => {});
      await before;
      const frame = await mine;`,
    kills: [
      "client-calls.cancel.one-of-four",
      ...ids("client-calls.deadline", `of-each-its-own of-one-of-four`),
      ...ids("client-calls.isolation", `reset too-large trailing truncated wrong-id`),
      "client-calls.order.beside-a-waiting-call",
    ],
  },
  {
    id: "client-caller.stream.no-fin",
    file: CALLER,
    find: FINISH,
    replace: "stream.write(request).catch(() => {});",
    kills: [
      ...ids(
        "client-framing.request",
        `fin-before-any-answer ids-distinct-in-turn ten-byte-header`,
      ),
      "client-transport.streams.in-turn",
    ],
  },
  {
    id: "client-caller.stream.frame-twice",
    file: CALLER,
    find: FINISH,
    replace: `stream.write(request).catch(() => {});
    stream.finish(request).catch(() => {});`,
    kills: [
      ...ids("client-framing.request", `frame-in-body ten-byte-header`),
      "client-transport.streams.one-request-each",
    ],
  },
  {
    id: "client-caller.stream.write-must-succeed",
    file: CALLER,
    find: FINISH,
    replace: "await stream.finish(request);",
    kills: [
      ...ids("client-framing.early-answer", `bad-request ok with-stop-sending`),
      ...ids("client-transport.stop", `code-0-then-answer code-1-then-answer code-10-then-answer`),
    ],
  },
  {
    id: "client-caller.stream.uni-beside",
    file: CALLER,
    find: "const stream = await openStream(connection, signal);",
    replace: `connection.tryOpenUni()?.finish(new Uint8Array(1)).catch(() => {});
      const stream = await openStream(connection, signal);`,
    kills: ["client-transport.streams.no-unidirectional"],
  },
  {
    id: "client-caller.stream.one-too-many",
    file: CALLER,
    find: "const stream = await openStream(connection, signal);",
    replace: `void connection.openBidi().then((other) => other.finish(new Uint8Array(1))).catch(() => {});
      const stream = await openStream(connection, signal);`,
    kills: [
      ...ids("client-transport.streams", `in-turn one-request-each`),
      "client-calls.once.answered",
    ],
  },
  {
    id: "client-caller.stream.waits-for-ever",
    file: CALLER,
    find: "if (signal === undefined) return opening;",
    replace: "if (signal !== undefined) return opening;",
    kills: ["client-transport.stream-credit.none"],
    by: "timeout",
  },
  {
    id: "client-caller.close.code-as-status",
    file: CALLER,
    find: THROW,
    replace: `signal?.throwIfAborted();
    const { info } = error as { info?: { application: boolean; code: number } };
    if (info?.application) {
      return { status: info.code & 255, requestId, payloadLength: 0, payload: new Uint8Array(0) };
    }
    throw error;`,
    kills: ids(
      "client-transport.close",
      `behind-header code-0 code-1 code-10 code-11 code-255 code-4294967296 code-65536
      code-8 code-9 code-9007199254740991 eight-calls in-header in-payload one-of-two
      reason-500-bytes reason-line-feeds reason-none reason-not-ascii
      while-waiting-for-a-stream by-client`,
    ),
  },
  {
    id: "client-caller.close.reason-as-answer",
    file: CALLER,
    find: THROW,
    replace: `signal?.throwIfAborted();
    const { info } = error as { info?: { reason: string } };
    if (info?.reason) {
      return { status: 10, requestId, payloadLength: 0, payload: Buffer.from(info.reason) };
    }
    throw error;`,
    kills: ids(
      "client-transport.close",
      `eight-calls reason-500-bytes reason-line-feeds reason-not-ascii by-client`,
    ),
  },
];
