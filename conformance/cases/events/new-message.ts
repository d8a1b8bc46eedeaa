// Event 1000 in bytes and fields, and the numbers of the other events (spec/events.md).

import { setTimeout as sleep } from "node:timers/promises";
import { type DescMessage, fromBinary, type Message } from "@bufbuild/protobuf";
import { PushEventType } from "../../../src/gen/qpc/v1/push_event_type_pb.ts";
import { PresenceUpdateSchema, TypingIndicatorSchema } from "../../../src/gen/qpc/v1/push_pb.ts";
import { EVENTS } from "../../../src/registry/events.ts";
import { LIMITS } from "../../../src/registry/limits.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { ReceivedEvent } from "../../judge/event-log.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import {
  acknowledge,
  isWoken,
  LONG_MS,
  put,
  START_MS,
  sameBytes,
  waitFor,
} from "../delivery/inbox.ts";
import { expectUnknownMethod, UNKNOWN_METHOD_CHECKS } from "../unknown-method.ts";
import {
  announced,
  announcement,
  arrives,
  countAnnounced,
  EVENT_MS,
  eventCase,
  isNewMessage,
  readAs,
  readNewMessage,
} from "./received.ts";

/** Readings in which the fields of events have our numbers. */
const DRAFT = { reconstructed: ["draft"] } as const;

export const newMessageCases: readonly Case[] = [
  eventCase({
    id: "events.new-message.fields",
    rules: ["events.new-message-fields"],
    when: DRAFT,
    sends: "a message of 20 bytes on the default channel",
    expects: "1 recipient_key, no channel_id, 3 seq of the answer, 4 data: the payload or empty",
    checks: ["event", "recipient", "channel", "data"],
    errata: ["C-97"],
    async run(t) {
      const payload = t.bytes(20);
      const { bob, event } = await announce(t, payload);
      const message = readNewMessage(t, event);
      const channel = message?.channelId.length ?? -1;
      t.check("recipient", sameBytes(message?.recipientKey, bob.key), OWNER);
      t.check("channel", channel === 0, { expected: "empty", got: `${channel} bytes` });
      const length = message?.data.length ?? -1;
      t.check("data", length === 0 || sameBytes(message?.data, payload), {
        expected: "the payload, or nothing",
        got: `${length} bytes`,
      });
    },
  }),

  eventCase({
    id: "events.new-message.bare",
    rules: ["events.bare-payload"],
    reading: "push-payload",
    when: DRAFT,
    sends: "a message",
    expects: "a payload that is a NewMessage itself; in a PushEvent where oneof is declared",
    checks: ["event", "payload"],
    errata: ["C-18"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { peer } = await t.logIn(bob.account);
      await put(alice, bob, "hello");
      const event = await peer.events.find(isNewMessage, EVENT_MS);
      t.demand("event", event !== undefined, { expected: "event 1000", got: "none" });
      const message = readAs(t.reading, event as ReceivedEvent);
      t.check("payload", sameBytes(message?.recipientKey, bob.key), OWNER);
    },
  }),

  eventCase({
    id: "events.new-message.one-per-stream",
    rules: ["events.new-message", "transport.push-streams", "framing.push-header"],
    sends: "three messages",
    expects: "three streams, each with one frame 03e8, payload_len, payload, and FIN",
    checks: ["frames"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { peer } = await t.logIn(bob.account);
      for (const text of ["one", "two", "three"]) await put(alice, bob, text);
      await countAnnounced(peer, 3);
      const frames = peer.events.all().map(({ raw }) => Buffer.from(raw));
      const whole = frames.filter(
        (raw) => raw.readUInt16BE(0) === 1000 && raw.length === 6 + raw.readUInt32BE(2),
      );
      t.check("frames", frames.length === 3 && whole.length === 3, {
        expected: "three frames of type 1000",
        got: frames.map((raw) => raw.subarray(0, 6).toString("hex")).join(", ") || "none",
      });
    },
  }),

  eventCase({
    id: "events.new-message.large",
    rules: ["events.large-message", "framing.response-limit"],
    when: { ...DRAFT, session: ["both", "connection"] },
    sends: "the largest message that an Enqueue can carry, 4,194,265 bytes",
    expects: "an event without data",
    checks: ["event", "length", "data"],
    errata: ["I-05"],
    async run(t) {
      const { bob, seq, event } = await announce(t, t.bytes(4_194_265));
      const { length } = event.payload;
      t.check("length", length <= LIMITS.framePayload.value, {
        expected: "at most 4,194,304 bytes",
        got: `${length}`,
      });
      const data = readNewMessage(t, event)?.data.length;
      t.check("data", data === 0, { expected: "empty", got: `${data} bytes` });
      await acknowledge(bob, seq);
    },
  }),

  eventCase({
    id: "events.new-message.duplicate",
    rules: ["events.duplicate"],
    sends: "a message with a message_id twice, then another message",
    expects: "two events, one for each stored message",
    checks: ["first", "marker", "count"],
    errata: ["I-01"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { peer } = await t.logIn(bob.account);
      const messageId = t.bytes(16);
      const { seq } = await put(alice, bob, "hello", { messageId });
      await arrives(t, "first", peer, bob.key, seq);
      await put(alice, bob, "hello", { messageId });
      const marker = await put(alice, bob, "marker");
      await arrives(t, "marker", peer, bob.key, marker.seq);
      const count = await countAnnounced(peer, 2);
      t.check("count", count === 2, { expected: "2 events", got: `${count}` });
    },
  }),

  eventCase({
    id: "events.new-message.beside-fetch-wait",
    rules: ["events.new-message", "delivery.wait-wakes"],
    sends: "a message for a user who waits on the same connection",
    expects: "both: the event, and the message from FetchWait",
    checks: ["event", "waited"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const fresh = await t.logIn(bob.account);
      const waiting = waitFor(fresh, LONG_MS);
      await sleep(START_MS);
      const { seq } = await put(alice, bob, "hello");
      await arrives(t, "event", fresh.peer, bob.key, seq);
      await isWoken(t, "waited", waiting, ["hello"]);
    },
  }),

  ...[
    {
      name: "typing",
      type: PushEventType.TYPING,
      schema: TypingIndicatorSchema,
      rule: "events.typing" as const,
    },
    {
      name: "presence",
      type: PushEventType.PRESENCE,
      schema: PresenceUpdateSchema,
      rule: "events.presence" as const,
    },
  ].map(({ name, type, schema, rule }) =>
    eventCase({
      id: `events.${name}.decodes`,
      rules: [rule],
      when: { ...DRAFT, "push-payload": ["bare"] },
      sends: "a login, a message and an answer to it",
      expects: `nothing of type ${type}, or a ${schema.name} and nothing else`,
      checks: ["events"],
      errata: ["C-19"],
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        const [one, other] = [await t.logIn(alice.account), await t.logIn(bob.account)];
        await put(one, bob, "hello");
        const { seq } = await put(other, alice, "hello");
        await announcement(t, one.peer, alice.key, seq);
        const all = [...one.peer.events.all(), ...other.peer.events.all()];
        const wrong = all.filter((event) => event.eventType === type && !isExactly(schema, event));
        t.check("events", wrong.length === 0, {
          expected: `only ${schema.name} under ${type}`,
          got: wrong.map(({ raw }) => Buffer.from(raw).toString("hex")).join(", "),
        });
      },
    }),
  ),

  ...EVENTS.map(({ id, constant }) =>
    defineCase({
      id: `events.not-callable.${id}`,
      rules: ["events.not-callable", "status.unknown-method"],
      features: ["health"],
      twin: "framing.response-header.nine-bytes",
      reading: "unknown-method",
      sends: `a request frame with method_id ${id}, the number of ${constant}`,
      expects: "UnknownMethod, or a reset where it is declared, and the connection goes on",
      checks: UNKNOWN_METHOD_CHECKS,
      errata: ["C-10"],
      run: (t) => expectUnknownMethod(t, id),
    }),
  ),
];

const OWNER = { expected: "the key of the inbox owner in field 1", got: "another value" };

interface Announced {
  readonly bob: User;
  readonly seq: bigint;
  readonly event: ReceivedEvent;
}

/** announce sends a message and waits for its event, on which the rest of the case stands. */
async function announce(t: Trial, payload: Uint8Array): Promise<Announced> {
  const [alice, bob] = [await t.user(), await t.user()];
  const { peer } = await t.logIn(bob.account);
  const { seq } = await put(alice, bob, payload);
  const event = await announcement(t, peer, bob.key, seq);
  t.demand("event", event !== undefined, {
    expected: `event 1000 about seq ${seq}`,
    got: `${announced(peer)} events 1000`,
  });
  return { bob, seq, event: event as ReceivedEvent };
}

function isExactly(schema: DescMessage, { payload }: ReceivedEvent): boolean {
  try {
    const message: Message = fromBinary(schema, payload);
    return message.$unknown === undefined;
  } catch {
    return false;
  }
}
