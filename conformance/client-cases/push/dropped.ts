// Pushes that a client must drop: unknown events, bytes that are no frame, payloads that are no message.
// Nothing of them is handed out, and the connection lives on (spec/events.md, Receiving).

import { setTimeout as sleep } from "node:timers/promises";
import { EVENTS } from "../../../src/registry/events.ts";
import type { RuleSlug } from "../../../src/registry/rules.ts";
import { hex } from "../../cases/bytes.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { EMPTY, filler, MOST_PAYLOAD, push, response } from "../frames.ts";
import { openScene, type Scene } from "../scene.ts";
import { brokenEvent, dropped, NEW_MESSAGE, newMessage, sampleEvent, slugOf } from "./events.ts";

const TWIN = "client-push.known.new-message";

/** Types that no event has, and what a careless reader takes them for. */
const UNKNOWN = [
  [0, "zero"],
  [1, "the low byte of nothing"],
  [200, "a method"],
  [802, "a method"],
  [950, "a method"],
  [999, "one below the first event"],
  [1004, "one above the last event"],
  [1256, "event 1000 with another high byte"],
  [32_768, "the highest bit alone"],
  [59_395, "event 1000 in the other byte order"],
  [65_535, "the highest number"],
] as const;

/** A whole push frame of 8 bytes: header and NewMessage { seq: 1 }. */
const WHOLE = push(NEW_MESSAGE, newMessage(1));

/** Vectors that no decoder takes for a message. */
const FAULTS = ["cut-in-tag", "end-group", "cut-in-field", "wrong-wire-type"];

const OVER = [MOST_PAYLOAD + 1, 0x01000000, 0x80000000, 0xffffffff];

function droppedCase(
  id: string,
  rule: RuleSlug,
  sends: string,
  bytes: () => readonly Uint8Array[],
  errata: readonly string[] = [],
): ClientCase {
  return defineClientCase({
    id,
    rules: [rule],
    sends,
    expects: "nothing of it is handed out; the connection lives on, and the next event is",
    twin: TWIN,
    checks: ["connection-lives", "events"],
    errata,
    async run(t) {
      const scene = await openScene(t);
      for (const one of bytes()) await scene.peer.push(one);
      await dropped(t, scene);
    },
  });
}

export const droppedCases: readonly ClientCase[] = [
  ...UNKNOWN.map(([type, what]) =>
    droppedCase(
      `client-push.unknown.${type}`,
      "events.unknown",
      `event ${type}, ${what}, with a payload and without`,
      () => [push(type, newMessage(1)), push(type)],
    ),
  ),

  droppedCase(
    "client-push.unknown.forty-kinds",
    "events.unknown",
    "one event each of the types 960 to 999",
    () => Array.from({ length: 40 }, (_, at) => push(960 + at, newMessage(at))),
  ),

  ...EVENTS.map((row) =>
    droppedCase(
      `client-push.no-message.${slugOf(row)}`,
      "framing.protobuf-payload",
      `event ${row.id} with payloads that are no ${row.message.name}: ${FAULTS.join(", ")}`,
      () => FAULTS.map((fault) => push(row.id, brokenEvent(row, fault))),
    ),
  ),

  ...[0, 1, 2, 3, 4, 5].map((length) =>
    droppedCase(
      `client-push.cut.header-${length}`,
      "framing.push-header",
      `the first ${length} bytes of an event, and FIN`,
      () => [WHOLE.subarray(0, length)],
      ["C-17"],
    ),
  ),

  ...[0, 1].map((length) =>
    droppedCase(
      `client-push.cut.payload-${length}`,
      "framing.payload-length",
      `an event that announces 2 bytes and has ${length}, and FIN`,
      () => [WHOLE.subarray(0, 6 + length)],
      ["C-17"],
    ),
  ),

  droppedCase(
    "client-push.cut.one-short-of-65536",
    "framing.payload-length",
    "an event that announces 65,536 bytes and has one less, and FIN",
    () => [push(NEW_MESSAGE, filler(65_535, hex("22")), 65_536)],
    ["C-17"],
  ),

  ...OVER.map((announced) =>
    droppedCase(
      `client-push.size.${announced}-announced`,
      "framing.client-payload-limit",
      `an event that announces ${announced} bytes and has none, and FIN`,
      () => [push(NEW_MESSAGE, EMPTY, announced)],
      ["C-08"],
    ),
  ),

  defineClientCase({
    id: "client-push.size.stream-dropped",
    rules: ["framing.client-payload-limit"],
    sends: "the header of an event that announces 4,194,305 bytes, and nothing more, without FIN",
    expects: "the client stops reading the stream; the connection lives on",
    twin: TWIN,
    checks: ["dropped", "connection-lives", "events"],
    errata: ["C-08"],
    async run(t) {
      const scene = await openScene(t);
      const stream = await scene.peer.quic.openUni();
      await stream.write(push(NEW_MESSAGE, EMPTY, MOST_PAYLOAD + 1));
      const stopped = await Promise.race([stream.stopped.then(() => true), sleep(1_000, false)]);
      t.check("dropped", stopped, { expected: "STOP_SENDING", got: "the stream is still read" });
      await dropped(t, scene);
    },
  }),

  defineClientCase({
    id: "client-push.size.4194305-sent",
    rules: ["framing.client-payload-limit"],
    sends: "an event with all of 4,194,305 bytes, and FIN",
    expects: "nothing of it is handed out; the connection lives on",
    twin: TWIN,
    checks: ["connection-lives", "events"],
    errata: ["C-08"],
    async run(t) {
      const scene = await openScene(t);
      const whole = push(NEW_MESSAGE, filler(MOST_PAYLOAD + 1, hex("22")));
      // The client may stop reading before all is written, or leave it lying.
      await Promise.race([scene.peer.push(whole).catch(() => {}), sleep(1_000)]);
      await dropped(t, scene);
    },
  }),

  droppedCase(
    "client-push.trailing.one-byte",
    "framing.payload-length",
    "an event, one byte, and FIN",
    () => [Buffer.concat([WHOLE, hex("00")])],
    ["C-17"],
  ),

  droppedCase(
    "client-push.trailing.second-event",
    "transport.push-streams",
    "two whole events on one stream, and FIN",
    () => [Buffer.concat([WHOLE, push(NEW_MESSAGE, newMessage(2))])],
    ["C-17"],
  ),

  droppedCase(
    "client-push.trailing.announced-one-less",
    "framing.payload-length",
    "an event of 2 bytes that announces one, and FIN",
    () => [push(NEW_MESSAGE, newMessage(1), 1)],
    ["C-17"],
  ),

  droppedCase(
    "client-push.not-a-push.response-frame",
    "framing.push-header",
    "a response frame on a unidirectional stream",
    () => [response(0, 1, newMessage(1))],
  ),

  droppedCase(
    "client-push.not-a-push.request-frame",
    "events.not-callable",
    "a request frame of method 1000 on a unidirectional stream",
    () => [hex("03e8 00000001 00000002 1801")],
  ),

  droppedCase(
    "client-push.not-a-push.little-endian-type",
    "framing.big-endian",
    "an event whose type is e803",
    () => [hex("e803 00000002 1801")],
  ),

  droppedCase(
    "client-push.not-a-push.little-endian-length",
    "framing.big-endian",
    "an event of 2 bytes whose payload_len is 02000000",
    () => [hex("03e8 02000000 1801")],
  ),

  ...[
    ["before-any-byte", 0],
    ["in-header", 3],
    ["behind-header", 6],
    ["in-payload", 7],
  ].map(([slug, length]) =>
    defineClientCase({
      id: `client-push.reset.${slug}`,
      rules: ["transport.push-streams", "transport.error-codes"],
      sends: `${length} bytes of an event, and RESET_STREAM`,
      expects: "nothing of it is handed out; the connection lives on, and the next event is",
      twin: TWIN,
      checks: ["connection-lives", "events"],
      async run(t) {
        const scene = await openScene(t);
        const stream = await scene.peer.quic.openUni();
        await stream.write(WHOLE.subarray(0, length as number));
        await sleep(30);
        stream.reset(9);
        await dropped(t, scene);
      },
    }),
  ),

  ...[3, 7].map((length) =>
    defineClientCase({
      id: `client-push.unfinished.${length}-bytes`,
      rules: ["transport.push-streams"],
      sends: `${length} bytes of an event, and never the rest`,
      expects: "it holds up neither the next event nor a call",
      twin: TWIN,
      checks: ["connection-lives", "events"],
      async run(t) {
        const scene = await openScene(t);
        await scene.peer.push(WHOLE.subarray(0, length), { fin: false });
        await dropped(t, scene);
      },
    }),
  ),

  defineClientCase({
    id: "client-push.unfinished.sixteen-streams",
    rules: ["transport.push-streams"],
    sends: "the first 3 bytes of an event on each of 16 streams, and never the rest",
    expects: "they hold up neither the next event nor a call",
    twin: TWIN,
    checks: ["connection-lives", "events"],
    async run(t) {
      const scene = await openScene(t);
      for (let at = 0; at < 16; at++) {
        await scene.peer.push(WHOLE.subarray(0, 3), { fin: false });
      }
      await dropped(t, scene);
    },
  }),

  defineClientCase({
    id: "client-push.broken.many-and-good-ones",
    rules: ["events.unknown", "status.stream-isolation"],
    sends: "60 broken pushes of six kinds, and 10 good events among them",
    expects: "the ten good ones, each once; the connection lives on",
    twin: TWIN,
    checks: ["connection-lives", "good", "events"],
    async run(t) {
      const scene = await openScene(t);
      await good(t, scene);
      await dropped(t, scene);
    },
  }),
];

const KINDS: readonly Uint8Array[] = [
  push(999, newMessage(1)),
  WHOLE.subarray(0, 4),
  WHOLE.subarray(0, 7),
  Buffer.concat([WHOLE, hex("00")]),
  push(NEW_MESSAGE, EMPTY, 0xffffffff),
  push(NEW_MESSAGE, sampleEvent(EVENTS[0] as (typeof EVENTS)[0]).subarray(0, 5)),
];

async function good(t: Parameters<typeof dropped>[0], { sdk, peer }: Scene): Promise<void> {
  for (let seq = 1; seq <= 10; seq++) {
    for (const bytes of KINDS) await peer.push(bytes);
    await peer.event(NEW_MESSAGE, newMessage(seq));
  }
  const ok = t.ok(await sdk.events(10, 4_000), "events");
  const got = new Set((ok.events as readonly unknown[]).map((event) => JSON.stringify(event)));
  t.check("good", got.size === 10, { expected: "10 events", got: `${got.size}` });
}
