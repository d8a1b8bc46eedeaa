// Mutants of src/wire at a client: the frames that it writes and reads, and their limits.

import { ids } from "../broken/ids.ts";
import type { Mutant } from "../broken/mutant.ts";
import { ofEveryMethod } from "./table.ts";

const FRAME = "src/wire/frame.ts";
const READER = "src/wire/reader.ts";

export const WIRE_CLIENT_MUTANTS: readonly Mutant[] = [
  {
    id: "client-wire.request.little-endian-method",
    file: FRAME,
    find: "view.setUint16(0, methodId);",
    replace: "view.setUint16(0, methodId, true);",
    kills: [...ofEveryMethod("ok"), "client-session.login.nothing-of-its-own"],
  },
  {
    id: "client-wire.request.little-endian-length",
    file: FRAME,
    find: "view.setUint32(6, payload.length);",
    replace: "view.setUint32(6, payload.length, true);",
    kills: ids(
      "client-framing.request",
      `body-1048576 body-127 body-128 body-2 body-255 body-256 body-4194303 body-4194304
      body-65535 body-65536 one-byte`,
    ),
  },
  {
    id: "client-wire.request.length-of-the-frame",
    file: FRAME,
    find: "view.setUint32(6, payload.length);",
    replace: "view.setUint32(6, frame.length);",
    kills: ids("client-framing.request", `body-2 fin-before-any-answer ten-byte-header`),
  },
  {
    id: "client-wire.request.sixteen-bit-length",
    file: FRAME,
    find: "view.setUint32(6, payload.length);",
    replace: "view.setUint16(8, payload.length);",
    kills: ids("client-framing.request", `body-1048576 body-4194303 body-4194304 body-65536`),
  },
  {
    id: "client-wire.request.eleven-byte-header",
    file: FRAME,
    find: "allocate(REQUEST.size, payload)",
    replace: "allocate(REQUEST.size + 1, payload)",
    kills: [
      ...ids(
        "client-framing.request",
        `frame-in-body long-varint session-trailer ten-byte-header trailer-first two-trailers
      unknown-fields`,
      ),
      "client-transport.streams.one-request-each",
    ],
  },
  {
    id: "client-wire.response.little-endian-length",
    file: FRAME,
    find: "payloadLength: view.getUint32(5),",
    replace: "payloadLength: view.getUint32(5, true),",
    kills: [
      ...ids("client-framing.early-answer", `bad-request ok with-stop-sending`),
      "client-framing.response-cut.whole",
      ...ids(
        "client-framing.response-pieces",
        `byte-by-byte cut-at-1 cut-at-10 cut-at-14 cut-at-4 cut-at-5 cut-at-8 cut-at-9
      fin-later one-mib-in-64`,
      ),
      "client-framing.response-size.little-endian-length",
    ],
  },
  {
    id: "client-wire.response.little-endian-id",
    file: FRAME,
    find: "requestId: view.getUint32(1),",
    replace: "requestId: view.getUint32(1, true),",
    kills: ids("client-framing.response-id", `byte-swapped echoed`),
  },
  {
    id: "client-wire.response.sixteen-bit-id",
    file: FRAME,
    find: "requestId: view.getUint32(1),",
    replace: "requestId: view.getUint16(3),",
    kills: ids("client-framing.response-id", `high-bit high-half`),
  },
  {
    id: "client-wire.response.ten-byte-header",
    file: FRAME,
    find: "size: 9,",
    replace: "size: 10,",
    kills: [
      "client-framing.not-a-response.ten-byte-header",
      "client-framing.request.ten-byte-header",
      "client-framing.response-cut.whole",
    ],
  },
  {
    id: "client-wire.response.signed-length",
    file: FRAME,
    find: "payloadLength: view.getUint32(5),",
    replace: "payloadLength: view.getInt32(5),",
    kills: ids(
      "client-framing.response-size",
      `2147483648-announced 4294901760-announced 4294967295-announced 4294967295-with-some`,
    ),
  },
  {
    id: "client-wire.push.little-endian-type",
    file: FRAME,
    find: "({ eventType: view.getUint16(0),",
    replace: "({ eventType: view.getUint16(0, true),",
    kills: [
      ...ids("client-push.known", `group-membership-change new-message`),
      "client-push.not-a-push.little-endian-type",
      "client-push.unknown.59395",
    ],
  },
  {
    id: "client-wire.push.little-endian-length",
    file: FRAME,
    find: "payloadLength: view.getUint32(2) }),",
    replace: "payloadLength: view.getUint32(2, true) }),",
    kills: [
      "client-push.frame.byte-by-byte",
      ...ids("client-push.known", `group-membership-change new-message`),
      "client-push.not-a-push.little-endian-length",
    ],
  },
  {
    id: "client-wire.push.ten-byte-header",
    file: FRAME,
    find: "size: 6,",
    replace: "size: 10,",
    kills: [
      "client-push.connections.each-its-own",
      "client-push.empty.new-message",
      "client-push.known.new-message",
    ],
  },
  {
    id: "client-wire.push.low-byte-of-type",
    file: FRAME,
    find: "({ eventType: view.getUint16(0),",
    replace: "({ eventType: 0x300 | view.getUint8(1),",
    kills: ["client-push.unknown.1256"],
  },
  {
    id: "client-wire.limit.one-below",
    file: FRAME,
    find: "if (payloadLength > LIMITS.framePayload.value) {",
    replace: "if (payloadLength >= LIMITS.framePayload.value) {",
    kills: [
      "client-framing.request.body-4194304",
      "client-framing.response-size.4194304",
      "client-push.frame.payload-4194304",
      "client-status.detail.4-mib",
    ],
  },
  {
    id: "client-wire.limit.five-mib",
    file: "src/registry/limits.ts",
    find: "value: 4 * MIB,",
    replace: "value: 5 * MIB,",
    kills: [
      ...ids(
        "client-framing.response-size",
        `4194305-and-fin 4194305-announced 4194305-sent refusal-too-large`,
      ),
      ...ids("client-push.size", `4194305-sent stream-dropped`),
    ],
  },
  {
    id: "client-wire.limit.none",
    file: FRAME,
    find: "if (payloadLength > LIMITS.framePayload.value) {",
    replace: "if (payloadLength < 0) {",
    kills: [
      "client-calls.isolation.too-large",
      ...ids(
        "client-framing.response-size",
        `16777216-announced 2147483647-announced 2147483648-announced 4194305-and-fin
      4194305-announced 4194305-sent 4294901760-announced 4294967295-announced
      4294967295-with-some little-endian-length refusal-too-large`,
      ),
      "client-push.size.stream-dropped",
    ],
  },
  {
    id: "client-wire.limit.payload-awaited",
    file: READER,
    find: "onHeader?.(header);",
    replace: "await buffered.fill(header.payloadLength);",
    kills: [
      ...ids(
        "client-framing.response-size",
        `16777216-announced 2147483647-announced 2147483648-announced 4194305-announced
      4294901760-announced 4294967295-announced refusal-too-large`,
      ),
      "client-push.size.stream-dropped",
    ],
  },
  {
    id: "client-wire.reader.one-chunk-at-a-time",
    file: READER,
    find: "this.length += value.length;",
    replace: `this.length += value.length;
      if (this.length < wanted) return false;`,
    kills: [
      "client-calls.order.small-before-large",
      ...ids(
        "client-framing.response-pieces",
        `byte-by-byte cut-at-1 cut-at-4 cut-at-5 cut-at-8 one-mib-in-64 stops-in-header`,
      ),
      ...ids("client-framing.response-size", `4194303 4194304`),
      ...ids("client-push.frame", `byte-by-byte payload-4194304`),
    ],
  },
  {
    id: "client-wire.truncated.header-filled-up",
    file: READER,
    find: "if (!(await buffered.fill(format.size))) {",
    replace: `if (!(await buffered.fill(format.size))) {
    return { status: 0, requestId: 1, eventType: 1000, payloadLength: 0, payload: new Uint8Array(0) } as unknown as Frame<H>;`,
    kills: [
      ...ids(
        "client-framing.response-cut",
        `header-0 header-1 header-2 header-3 header-4 header-5 header-6 header-7 header-8
      refusal-in-header`,
      ),
      ...ids("client-push.cut", `header-0 header-1 header-2 header-3 header-4 header-5`),
    ],
  },
  {
    id: "client-wire.truncated.payload-accepted",
    file: READER,
    find: "if (!(await buffered.fill(header.payloadLength))) {",
    replace: "if (!(await buffered.fill(header.payloadLength)) && header.payloadLength < 0) {",
    kills: [
      ...ids(
        "client-framing.response-cut",
        `one-short-of-1 one-short-of-256 one-short-of-4194304 one-short-of-65536 payload-0
      payload-1 payload-2 payload-3 payload-4 payload-5 refusal-in-detail`,
      ),
      ...ids("client-push.cut", `one-short-of-65536 payload-0`),
    ],
  },
  {
    id: "client-wire.trailing.accepted",
    file: READER,
    find: "if (await buffered.fill(1)) {",
    replace: "if ((await buffered.fill(1)) && header.payloadLength < 0) {",
    kills: [
      "client-calls.isolation.trailing",
      ...ids(
        "client-framing.response-trailing",
        `64-kib announced-one-less behind-4194304 behind-empty behind-refusal
      in-a-packet-of-its-own nine-bytes one-byte other-id push refusal same-again`,
      ),
      ...ids("client-push.trailing", `one-byte second-event`),
    ],
  },
  {
    id: "client-wire.trailing.last-frame-counts",
    file: READER,
    find: "if (await buffered.fill(1)) {",
    replace: `if (await buffered.fill(format.size)) {
    const second = format.read(dataView(buffered.take(format.size)));
    await buffered.fill(second.payloadLength);
    return { ...second, payload: buffered.take(second.payloadLength) };
  }
  if (await buffered.fill(1)) {`,
    kills: [
      ...ids("client-framing.response-trailing", `64-kib nine-bytes other-id refusal same-again`),
      "client-push.trailing.second-event",
    ],
  },
  {
    id: "client-wire.empty.refused",
    file: READER,
    find: "const payload = buffered.take(header.payloadLength);",
    replace: `if (header.payloadLength === 0) throw new FrameError("framing.truncated-payload", "no payload");
  const payload = buffered.take(header.payloadLength);`,
    kills: [
      ...ids(
        "client-push.empty",
        `group-membership-change new-message presence-update typing-indicator`,
      ),
      ...ids(
        "client-status.assigned",
        `1-empty 10-empty 11-empty 2-empty 3-empty 4-empty 5-empty 8-empty 9-empty`,
      ),
      "client-status.ok.of-another-message",
    ],
  },
];
