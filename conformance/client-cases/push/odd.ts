// Events in unusual circumstances: wrapped, without FIN, in a flood, on a connection that ends
// (spec/events.md).

import { EVENTS } from "../../../src/registry/events.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { hex } from "../../cases/bytes.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { answerHealth } from "../../hostile/call.ts";
import { EMPTY, HEALTH, push } from "../frames.ts";
import { openScene, PATIENT_MS } from "../scene.ts";
import { NEW_MESSAGE, newMessage, sampleEvent, slugOf, spell, taken } from "./events.ts";

/** At least so many events are kept for somebody who asks later. */
const KEPT = 1_000;

export const oddCases: readonly ClientCase[] = [
  ...EVENTS.map((row, at) =>
    defineClientCase({
      id: `client-push.wrapped.${slugOf(row)}`,
      rules: ["events.bare-payload"],
      sends: `event ${row.id} whose payload is wrapped in a PushEvent`,
      expects: "the payload as it came, or nothing; it is never unwrapped",
      twin: `client-push.known.${slugOf(row)}`,
      checks: ["connection-lives", "events"],
      errata: ["C-18"],
      async run(t) {
        const { sdk, server, peer } = await openScene(t);
        const bare = sampleEvent(row);
        const wrapped = Buffer.concat([Buffer.from([((at + 1) << 3) | 2, bare.length]), bare]);
        await peer.event(row.id, wrapped);
        await t.connectionLives(sdk, server);
        const got = await taken(t, sdk, 1, 150);
        const fits = got.length === 0 || got.join() === spell(row.id, wrapped);
        t.check("events", fits, {
          expected: `${spell(row.id, wrapped)}, or none`,
          got: got.join(),
        });
      },
    }),
  ),

  defineClientCase({
    id: "client-push.odd.unknown-field",
    rules: ["framing.protobuf-payload"],
    sends: "a NewMessage with a field that no message has",
    expects: "the event: unknown fields are ignored",
    checks: ["events"],
    async run(t) {
      const { sdk, peer } = await openScene(t);
      await peer.event(NEW_MESSAGE, hex("1805 c23e0501 020304 05"));
      const got = await taken(t, sdk, 1);
      t.check("events", got.length === 1 && got[0]?.startsWith("1000:1805") === true, {
        expected: "one event with seq 5",
        got: got.join(" ") || "nothing",
      });
    },
  }),

  defineClientCase({
    id: "client-push.odd.no-fin",
    rules: ["transport.push-streams"],
    sends: "a whole event without FIN, then a good one",
    expects: "the good one, and the other at most once; the connection lives on",
    checks: ["connection-lives", "events"],
    async run(t) {
      const { sdk, server, peer } = await openScene(t);
      await peer.push(push(NEW_MESSAGE, newMessage(1)), { fin: false });
      await t.connectionLives(sdk, server);
      await peer.event(NEW_MESSAGE, newMessage(2));
      const got = [...(await taken(t, sdk, 1)), ...(await taken(t, sdk, 2, 200))];
      const [one, two] = [1, 2].map((seq) => spell(NEW_MESSAGE, newMessage(seq)));
      t.check("events", [`${two}`, `${one},${two}`, `${two},${one}`].includes(got.join()), {
        expected: `${two}, with or without ${one}`,
        got: got.join(" ") || "nothing",
      });
    },
  }),

  defineClientCase({
    id: "client-push.odd.fewer-than-wanted",
    rules: ["events.client-independent"],
    sends: "two events to somebody who asked for five",
    expects: "the two when the time is over, and no error",
    checks: ["events"],
    async run(t) {
      const { sdk, peer } = await openScene(t);
      const waiting = taken(t, sdk, 5, 800);
      for (const seq of [1, 2]) await peer.event(NEW_MESSAGE, newMessage(seq));
      const got = await waiting;
      t.check("events", got.length === 2, { expected: "2 events", got: got.join(" ") || "none" });
    },
  }),

  defineClientCase({
    id: "client-push.odd.two-who-ask",
    rules: ["events.client-independent"],
    sends: "four events to two who ask for two each at the same time",
    expects: "two for each, and none twice",
    checks: ["events"],
    async run(t) {
      const { sdk, peer } = await openScene(t);
      const both = [taken(t, sdk, 2, 2_000), taken(t, sdk, 2, 2_000)];
      for (const seq of [1, 2, 3, 4]) await peer.event(NEW_MESSAGE, newMessage(seq));
      const got = (await Promise.all(both)).flat();
      t.check("events", got.length === 4 && new Set(got).size === 4, {
        expected: "4 events, each once",
        got: got.join(" "),
      });
    },
  }),

  defineClientCase({
    id: "client-push.odd.none",
    rules: ["events.client-independent"],
    sends: "no event to somebody who asks for one, and Ok to a call meanwhile",
    expects: "no events and no error when the time is over; the call is answered",
    checks: ["answer", "events"],
    async run(t) {
      const { sdk, peer } = await openScene(t);
      const waiting = taken(t, sdk, 1, 300);
      peer.serve(answerHealth);
      const reply = await sdk.call(HEALTH, EMPTY, { timeoutMs: PATIENT_MS });
      t.answered(reply, Status.Ok);
      const got = await waiting;
      t.check("events", got.length === 0, { expected: "none", got: got.join(" ") });
    },
  }),

  defineClientCase({
    id: "client-push.flood.thousand-kept",
    rules: ["events.client-independent"],
    sends: `${KEPT} events to somebody who asks for them afterwards`,
    expects: `${KEPT} events, each once`,
    checks: ["connection-lives", "events"],
    quiet: true,
    async run(t) {
      const { sdk, server, peer } = await openScene(t);
      const payloads = Array.from({ length: KEPT }, (_, at) => newMessage(at + 1));
      for (const payload of payloads) await peer.event(NEW_MESSAGE, payload);
      await t.connectionLives(sdk, server);
      const got = new Set(await taken(t, sdk, KEPT, 4_000));
      t.check("events", got.size === KEPT, { expected: `${KEPT}`, got: `${got.size}` });
    },
  }),

  defineClientCase({
    id: "client-push.flood.calls-are-answered",
    rules: ["events.client-independent", "transport.concurrent-calls"],
    sends:
      "2,000 events as fast as the client takes them, while 20 calls are made one after the other",
    expects: "20 answers; and of the events at least those that are kept, each once",
    checks: ["answer", "events", "connection-lives"],
    quiet: true,
    async run(t) {
      const { sdk, server, peer } = await openScene(t);
      peer.serve(answerHealth);
      const flood = Promise.all(
        Array.from({ length: 2_000 }, (_, at) => peer.event(NEW_MESSAGE, newMessage(at + 1))),
      ).catch(() => {});
      let answered = 0;
      for (let at = 0; at < 20; at++) {
        if ("ok" in (await sdk.call(HEALTH, EMPTY, { timeoutMs: PATIENT_MS }))) answered += 1;
      }
      t.check("answer", answered === 20, { expected: "20 answers", got: `${answered}` });
      await flood;
      await t.connectionLives(sdk, server);
      const got = await taken(t, sdk, KEPT, 4_000);
      const fits = got.length === KEPT && new Set(got).size === KEPT;
      t.check("events", fits, {
        expected: `${KEPT} different events`,
        got: `${got.length}, ${new Set(got).size} of them different`,
      });
    },
  }),

  defineClientCase({
    id: "client-push.flood.large-events",
    rules: ["events.client-independent", "framing.payload-limit"],
    sends: "40 events of 256 KiB, then Ok to a call",
    expects: "the call is answered, and the connection lives on",
    checks: ["answer", "connection-lives"],
    quiet: true,
    async run(t) {
      const { sdk, server, peer } = await openScene(t);
      const payload = Buffer.concat([hex("22 80 80 10"), Buffer.alloc(262_144)]);
      const flood = Promise.all(
        Array.from({ length: 40 }, () => peer.event(NEW_MESSAGE, payload)),
      ).catch(() => {});
      peer.serve(answerHealth);
      t.answered(await sdk.call(HEALTH, EMPTY, { timeoutMs: PATIENT_MS }), Status.Ok);
      await flood;
      await t.connectionLives(sdk, server);
    },
  }),

  defineClientCase({
    id: "client-push.ended.nothing-after-close",
    rules: ["events.only-receivers"],
    sends: "an event on a connection that the client has closed",
    expects: "conn.closed for whoever asks for events of it",
    twin: "client-push.known.new-message",
    checks: ["answer"],
    async run(t) {
      const { sdk, peer } = await openScene(t);
      await sdk.close();
      await peer.event(NEW_MESSAGE, newMessage(1)).catch(() => {});
      t.refused(await sdk.events(1, 200), "conn.closed");
    },
  }),

  defineClientCase({
    id: "client-push.ended.while-somebody-waits",
    rules: ["events.client-independent", "transport.error-codes"],
    sends: "CONNECTION_CLOSE 9 while somebody waits for an event",
    expects: "conn.closed, or no events, within the time",
    checks: ["answer"],
    async run(t) {
      const { sdk, peer } = await openScene(t);
      const waiting = sdk.events(1, 800);
      await peer.close(Status.Unavailable, "draining");
      const got = await waiting;
      const none = "ok" in got && Array.isArray(got.ok.events) && got.ok.events.length === 0;
      const closed = "err" in got && got.err.class === "conn.closed";
      t.check("answer", none || closed, {
        expected: "conn.closed, or no events",
        got: JSON.stringify(got),
      });
    },
  }),
];
