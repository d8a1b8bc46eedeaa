// Events that a client knows: it hands them out, whatever else it is doing (spec/events.md).

import { setTimeout as sleep } from "node:timers/promises";
import { EVENTS } from "../../../src/registry/events.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { hex as bytes } from "../../../vectors/bytes.ts";
import { compare } from "../../adapter/compare.ts";
import { hex } from "../../cases/bytes.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { EMPTY, filler, HEALTHY, MOST_PAYLOAD, push } from "../frames.ts";
import { another, ask, openScene } from "../scene.ts";
import {
  expectEvents,
  NEW_MESSAGE,
  newMessage,
  sampleEvent,
  slugOf,
  spell,
  taken,
} from "./events.ts";

export const knownCases: readonly ClientCase[] = [
  ...EVENTS.flatMap((row) => [
    defineClientCase({
      id: `client-push.known.${slugOf(row)}`,
      rules: ["events.bare-payload", row.rule],
      sends: `event ${row.id} with every field of ${row.message.name}`,
      expects: "the event, with the bytes of the bare message",
      checks: ["events", "connection-lives"],
      errata: ["C-18"],
      async run(t) {
        const { sdk, server, peer } = await openScene(t);
        const payload = sampleEvent(row);
        await peer.event(row.id, payload);
        const got = await taken(t, sdk, 1);
        const wanted = spell(row.id, payload);
        t.check("events", got.join(" ") === wanted, { expected: wanted, got: got.join(" ") });
        await t.connectionLives(sdk, server);
      },
    }),
    defineClientCase({
      id: `client-push.empty.${slugOf(row)}`,
      rules: ["framing.payload-length", row.rule],
      sends: `event ${row.id} without a payload`,
      expects: "the event: no bytes are a message whose fields have their defaults",
      checks: ["events"],
      async run(t) {
        const { sdk, peer } = await openScene(t);
        await peer.event(row.id, EMPTY);
        const got = await taken(t, sdk, 1);
        const wanted = spell(row.id, EMPTY);
        t.check("events", got.join(" ") === wanted, { expected: wanted, got: got.join(" ") });
      },
    }),
  ]),

  defineClientCase({
    id: "client-push.time.before-the-first-call",
    rules: ["events.client-independent"],
    sends: "an event as soon as the handshake is done",
    expects: "the event is there when somebody asks, half a second later",
    checks: ["events"],
    async run(t) {
      const { sdk, peer } = await openScene(t);
      await peer.event(NEW_MESSAGE, newMessage(1));
      await sleep(500);
      expectEvents(t, await taken(t, sdk, 1), [1]);
    },
  }),

  defineClientCase({
    id: "client-push.time.while-a-call-waits",
    rules: ["events.client-independent"],
    sends: "an event while a call waits, and Ok to the call when the event was taken",
    expects: "the event at once, and the answer",
    checks: ["events", "answer"],
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene);
      await scene.peer.event(NEW_MESSAGE, newMessage(1));
      expectEvents(t, await taken(t, scene.sdk, 1), [1]);
      await call.answer(Status.Ok, HEALTHY);
      t.answered(await reply, Status.Ok, HEALTHY);
    },
  }),

  defineClientCase({
    id: "client-push.time.in-the-answer",
    rules: ["events.client-independent"],
    sends: "half of an answer, an event, and the rest of the answer when the event was taken",
    expects: "the event at once, and the answer",
    checks: ["events", "answer"],
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene);
      const frame = Buffer.concat([hex("00"), call.raw.subarray(2, 6), hex("00000006"), HEALTHY]);
      await call.send(frame.subarray(0, 10));
      await scene.peer.event(NEW_MESSAGE, newMessage(2));
      expectEvents(t, await taken(t, scene.sdk, 1), [2]);
      await call.finish(frame.subarray(10));
      t.answered(await reply, Status.Ok, HEALTHY);
    },
  }),

  defineClientCase({
    id: "client-push.time.while-somebody-waits",
    rules: ["events.client-independent"],
    sends: "an event 200 ms after somebody asked for one",
    expects: "the event",
    checks: ["events"],
    async run(t) {
      const { sdk, peer } = await openScene(t);
      const waiting = taken(t, sdk, 1, 4_000);
      await sleep(200);
      await peer.event(NEW_MESSAGE, newMessage(3));
      expectEvents(t, await waiting, [3]);
    },
  }),

  defineClientCase({
    id: "client-push.order.one-after-the-other",
    rules: ["events.new-message"],
    sends: "eight events, each when a call has shown that the one before was there",
    expects: "the events in this order",
    checks: ["connection-lives", "events"],
    async run(t) {
      const { sdk, server, peer } = await openScene(t);
      for (let seq = 1; seq <= 8; seq++) {
        await peer.event(NEW_MESSAGE, newMessage(seq));
        await t.connectionLives(sdk, server);
      }
      expectEvents(t, await taken(t, sdk, 8), [1, 2, 3, 4, 5, 6, 7, 8]);
    },
  }),

  defineClientCase({
    id: "client-push.order.many-at-once",
    rules: ["transport.push-streams"],
    sends: "60 events at once, on a stream each",
    expects: "all of them, each once, in whatever order they were complete",
    checks: ["events"],
    async run(t) {
      const { sdk, peer } = await openScene(t);
      const wanted = Array.from({ length: 60 }, (_, at) => newMessage(at + 1));
      await Promise.all(wanted.map((payload) => peer.event(NEW_MESSAGE, payload)));
      const got = [...(await taken(t, sdk, 60))].sort();
      const expected = wanted.map((payload) => spell(NEW_MESSAGE, payload)).sort();
      t.check("events", got.join() === expected.join(), {
        expected: "60 events",
        got: `${got.length}, ${new Set(got).size} of them different`,
      });
    },
  }),

  defineClientCase({
    id: "client-push.order.all-kinds",
    rules: ["events.bare-payload"],
    sends: "one event of each kind, each when a call has shown that the one before was there",
    expects: "the four events in this order, each with its own type",
    checks: ["connection-lives", "events"],
    async run(t) {
      const { sdk, server, peer } = await openScene(t);
      for (const row of EVENTS) {
        await peer.event(row.id, sampleEvent(row));
        await t.connectionLives(sdk, server);
      }
      const wanted = EVENTS.map((row) => spell(row.id, sampleEvent(row))).join(" ");
      const got = (await taken(t, sdk, 4)).join(" ");
      t.check("events", got === wanted, { expected: wanted, got });
    },
  }),

  defineClientCase({
    id: "client-push.once.handed-out-once",
    rules: ["events.new-message"],
    sends: "three events",
    expects: "one for the first who asks, two for the second, none for the third",
    checks: ["connection-lives", "first", "second", "third"],
    async run(t) {
      const { sdk, server, peer } = await openScene(t);
      for (const seq of [1, 2, 3]) await peer.event(NEW_MESSAGE, newMessage(seq));
      await t.connectionLives(sdk, server);
      const first = await taken(t, sdk, 1);
      t.check("first", first.length === 1, { expected: "1 event", got: first.join(" ") });
      const second = await taken(t, sdk, 3, 400);
      const both = new Set([...first, ...second]);
      t.check("second", second.length === 2 && both.size === 3, {
        expected: "the other 2 events",
        got: second.join(" "),
      });
      const third = await taken(t, sdk, 1, 100);
      t.check("third", third.length === 0, { expected: "no event", got: third.join(" ") });
    },
  }),

  defineClientCase({
    id: "client-push.connections.each-its-own",
    rules: ["events.only-receivers"],
    sends: "two events on the second of two connections, and then one on the first",
    expects: "on each connection its own events, and no other",
    checks: ["connection-lives", "first", "second", "stray"],
    async run(t) {
      const one = await openScene(t);
      const two = await another(one);
      await two.peer.event(NEW_MESSAGE, newMessage(2));
      await t.connectionLives(two.sdk, two.server);
      await two.peer.event(NEW_MESSAGE, newMessage(3));
      await t.connectionLives(two.sdk, two.server);
      await one.peer.event(NEW_MESSAGE, newMessage(1));
      expectEvents(t, await taken(t, one.sdk, 1), [1], "first");
      expectEvents(t, await taken(t, two.sdk, 2), [2, 3], "second");
      const stray = [...(await taken(t, one.sdk, 1, 80)), ...(await taken(t, two.sdk, 1, 80))];
      t.check("stray", stray.length === 0, { expected: "no others", got: stray.join(" ") });
    },
  }),

  defineClientCase({
    id: "client-push.frame.byte-by-byte",
    rules: ["framing.push-header"],
    sends: "an event byte by byte",
    expects: "the event",
    checks: ["events"],
    async run(t) {
      const { sdk, peer } = await openScene(t);
      const stream = await peer.quic.openUni();
      const whole = push(NEW_MESSAGE, newMessage(9));
      for (const byte of whole.subarray(0, -1)) {
        await stream.write(Uint8Array.of(byte));
        await sleep(3);
      }
      await stream.finish(whole.subarray(-1));
      expectEvents(t, await taken(t, sdk, 1), [9]);
    },
  }),

  defineClientCase({
    id: `client-push.frame.payload-${MOST_PAYLOAD}`,
    rules: ["framing.response-limit", "framing.client-payload-limit"],
    sends: `an event with ${MOST_PAYLOAD} bytes of payload`,
    expects: "the event: the limit itself is permitted",
    checks: ["events"],
    errata: ["C-07"],
    async run(t) {
      const { sdk, peer } = await openScene(t);
      const payload = filler(MOST_PAYLOAD, hex("22"));
      // A client that stops reading it hands nothing out.
      const sent = peer.event(NEW_MESSAGE, payload).catch(() => {});
      const reply = t.ok(await sdk.events(1, 10_000), "events");
      await sent;
      const differs = compare({ events: [{ event: NEW_MESSAGE, body: bytes(payload) }] }, reply);
      t.check("events", differs === undefined, {
        expected: "the event with its 4,194,304 bytes",
        got: differs?.got ?? "",
      });
    },
  }),
];
