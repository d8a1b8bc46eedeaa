// Mutants of src/wire and src/rpc/serve.ts: frames, their limits and deadlines, and bytes that are none.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const FRAME = "src/wire/frame.ts";
const READER = "src/wire/reader.ts";
const SERVE = "src/rpc/serve.ts";

const HEADERS: readonly Mutant[] = [
  {
    id: "wire.response.request-id-plus-one",
    file: FRAME,
    find: "view.setUint32(1, requestId);",
    replace: "view.setUint32(1, requestId + 1);",
    kills: [
      ...ids(
        "framing.request-id",
        `echo-00000000 echo-00000001 echo-01020304 echo-7fffffff echo-80000000 echo-ffffffff
        same-on-two-streams`,
      ),
      ...ids("framing.response-header", "nine-bytes of-a-refusal"),
    ],
  },
  {
    id: "wire.response.little-endian-length",
    file: FRAME,
    find: "view.setUint32(5, payload.length);",
    replace: "view.setUint32(5, payload.length, true);",
    kills: [
      ...ids("framing.response-header", "nine-bytes of-a-refusal"),
      ...ids("framing.request-header", "ten-bytes byte-by-byte"),
      "framing.big-endian.response-length-1219",
    ],
  },
  {
    id: "wire.response.ten-byte-header",
    file: FRAME,
    find: "allocate(RESPONSE.size, payload)",
    replace: "allocate(RESPONSE.size + 1, payload)",
    kills: ids("framing.response-header", "nine-bytes of-a-refusal"),
  },
  {
    id: "wire.request.little-endian-length",
    file: FRAME,
    find: "payloadLength: view.getUint32(6),",
    replace: "payloadLength: view.getUint32(6, true),",
    kills: [
      ...ids("framing.payload-length", "255 256 65535 65536"),
      ...ids("framing.payload-limit", "4194303 4194304"),
      "framing.big-endian.length-in-other-order",
    ],
  },
  {
    id: "wire.request.signed-length",
    file: FRAME,
    find: "payloadLength: view.getUint32(6),",
    replace: "payloadLength: view.getInt32(6),",
    kills: ids("framing.payload-too-large", "2147483648-announced 4294967295-announced"),
  },
  {
    id: "wire.request.little-endian-method",
    file: FRAME,
    find: "methodId: view.getUint16(0),",
    replace: "methodId: view.getUint16(0, true),",
    kills: [
      "framing.request-header.ten-bytes",
      "framing.big-endian.method-in-other-order",
      "status.unknown-method.8707",
    ],
  },
  {
    id: "wire.request.eleven-byte-header",
    file: FRAME,
    find: "size: 10,",
    replace: "size: 11,",
    kills: ["framing.payload-length.0", "framing.request-header.ten-bytes"],
  },
  {
    id: "wire.push.little-endian-length",
    file: FRAME,
    find: "view.setUint32(2, payload.length);",
    replace: "view.setUint32(2, payload.length, true);",
    kills: ["framing.push-header.six-bytes"],
  },
];

const LIMITS: readonly Mutant[] = [
  {
    id: "wire.limit.five-mib",
    file: "src/registry/limits.ts",
    find: "value: 4 * MIB,",
    replace: "value: 5 * MIB,",
    kills: [
      ...ids("framing.payload-too-large", "4194305-announced 4194305-sent message-of-5-mb"),
      "sessions.trailer.too-large",
      ...ids("framing.response-limit", "two-messages push"),
    ],
  },
  {
    id: "wire.limit.one-below",
    file: FRAME,
    find: "if (payloadLength > LIMITS.framePayload.value) {",
    replace: "if (payloadLength >= LIMITS.framePayload.value) {",
    kills: ["framing.payload-limit.4194304", "sessions.trailer.largest-request"],
  },
  {
    id: "wire.too-large.payload-awaited",
    file: READER,
    find: "onHeader?.(header);",
    replace: "onHeader?.(header); await buffered.fill(header.payloadLength);",
    kills: ids(
      "framing.payload-too-large",
      "4194305-announced 2147483648-announced 4294967295-announced",
    ),
  },
  {
    id: "wire.deadline.no-header-deadline",
    file: SERVE,
    find: "startTimer(options.headerDeadlineMs, slow)",
    replace: "startTimer(0, slow)",
    kills: ["framing.header-deadline.reset"],
  },
  {
    id: "wire.deadline.no-frame-deadline",
    file: SERVE,
    find: "startTimer(options.frameDeadlineMs, slow)",
    replace: "startTimer(0, slow)",
    kills: ["framing.frame-deadline.reset"],
  },
  {
    id: "wire.deadline.per-read",
    file: SERVE,
    find: "await readFrame(stream.chunks(), REQUEST, (",
    replace: `await readFrame((async function* () {
      for await (const chunk of stream.chunks()) {
        if (header === undefined) headerTimer?.refresh();
        frameTimer?.refresh();
        yield chunk;
      }
    })(), REQUEST, (`,
    kills: ["framing.header-deadline.reset", "framing.frame-deadline.reset"],
  },
];

const BROKEN_FRAMES: readonly Mutant[] = [
  {
    id: "wire.truncated.header-answered",
    file: SERVE,
    find: "abandon(stream, Status.BadRequest);",
    replace: "return encodeResponse(Status.Internal, 0, new Uint8Array(0));",
    kills: ids(
      "framing.truncated-header",
      `0-of-10 1-of-10 2-of-10 3-of-10 4-of-10 5-of-10 6-of-10 7-of-10 8-of-10 9-of-10`,
    ),
  },
  {
    id: "wire.truncated.payload-accepted",
    file: READER,
    find: "if (!(await buffered.fill(header.payloadLength))) {",
    replace: "if (!(await buffered.fill(header.payloadLength)) && header.payloadLength < 0) {",
    kills: ids("framing.truncated-payload", "at-0 announced-one-more enqueue"),
  },
  {
    id: "wire.one-frame.last-one-counts",
    file: READER,
    find: "if (await buffered.fill(1)) {",
    replace: `if (await buffered.fill(format.size)) {
    const second = format.read(dataView(buffered.take(format.size)));
    await buffered.fill(second.payloadLength);
    return { ...second, payload: buffered.take(second.payloadLength) };
  }
  if (await buffered.fill(1)) {`,
    kills: ids("framing.one-frame", "two-health enqueue-behind-health two-enqueues"),
  },
  {
    id: "wire.broken-frame.as-internal",
    file: SERVE,
    find: "const refusal = new RpcError(Status.BadRequest, error.rule, {",
    replace: "const refusal = new RpcError(Status.Internal, error.rule, {",
    kills: [
      ...ids("framing.truncated-payload", "at-0 at-1 at-7 announced-one-more at-4194303 enqueue"),
      ...ids("framing.trailing", "one-byte after-payload after-4194304 enqueue"),
      ...ids("framing.one-frame", "two-health enqueue-behind-health two-enqueues"),
      ...ids(
        "framing.payload-too-large",
        `4194305-announced 2147483648-announced 4294967295-announced 4194305-sent version-byte
        message-of-5-mb`,
      ),
      "framing.big-endian.length-in-other-order",
      ...ids("status.error-detail", "too-large truncated-payload"),
      "methods.check-order.unknown-method-too-large",
    ],
  },
  {
    id: "wire.broken-frame.closes-the-connection",
    file: SERVE,
    find: "options.onStream(serveStream(stream, connection, options));",
    replace: `const stop = stream.stopSending.bind(stream);
      stream.stopSending = (code) => {
        stop(code);
        void quic.close(code, "broken frame");
      };
      options.onStream(serveStream(stream, connection, options));`,
    kills: [
      ...ids(
        "framing.truncated-header",
        `0-of-10 1-of-10 2-of-10 3-of-10 4-of-10 5-of-10 6-of-10 7-of-10 8-of-10 9-of-10`,
      ),
      ...ids("framing.truncated-payload", "at-0 at-1 at-7 at-4194303"),
      "framing.trailing.one-byte",
      "framing.payload-too-large.4194305-announced",
      "framing.header-deadline.reset",
      "framing.frame-deadline.reset",
      ...ids(
        "framing.client-reset",
        "before-header in-header behind-header in-payload while-waiting",
      ),
      "framing.typed-error.random-bytes",
      ...ids(
        "status.stream-isolation",
        `behind-too-large behind-truncated-header behind-truncated-payload side-by-side
        beside-a-wait`,
      ),
    ],
  },
  {
    id: "wire.uni-stream.closes-the-connection",
    file: SERVE,
    find: "for await (const stream of quic.acceptUni()) stream.stopSending(Status.BadRequest);",
    replace: 'for await (const _ of quic.acceptUni()) await quic.close(1, "uni stream");',
    kills: ["framing.typed-error.client-uni-stream"],
  },
  {
    id: "wire.reader.one-chunk-at-a-time",
    file: READER,
    find: "while (this.length < wanted) {",
    replace: "for (let reads = 0; this.length < wanted && reads < 1; reads++) {",
    kills: ["framing.request-header.byte-by-byte"],
  },
];

export const WIRE_MUTANTS: readonly Mutant[] = [...HEADERS, ...LIMITS, ...BROKEN_FRAMES];
