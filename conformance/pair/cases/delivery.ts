// Inboxes and push events through an SDK of level 1 (spec/services/delivery.md, spec/events.md).

import { type DescMessage, fromBinary } from "@bufbuild/protobuf";
import {
  EnqueueResponseSchema,
  FetchResponseSchema,
  FetchWaitResponseSchema,
} from "../../../src/gen/qpc/v1/delivery_pb.ts";
import { DeliveryService, HealthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { PushEventType } from "../../../src/gen/qpc/v1/push_event_type_pb.ts";
import { NewMessageSchema } from "../../../src/gen/qpc/v1/push_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { readBytes } from "../../adapter/compare.ts";
import { listOf, okOf, type SdkConnection, type SdkReply } from "../../client/sdk.ts";
import type { User } from "../../judge/user.ts";
import { definePairCase, type PairCase, type PairCaseSpec } from "../case.ts";
import { LONG_MS, put, SHORT_MS, waitForMessage } from "../inbox.ts";
import { messageOf, type PairTrial } from "../trial.ts";

const { enqueue, fetch, fetchWait, ack } = DeliveryService.method;
const { health } = HealthService.method;

const delivery = (spec: Omit<PairCaseSpec, "features">): PairCase =>
  definePairCase({ ...spec, features: ["auth", "delivery"] });

const pushed = (spec: Omit<PairCaseSpec, "features">): PairCase =>
  definePairCase({ ...spec, features: ["auth", "delivery", "push"] });

export const deliveryCases: readonly PairCase[] = [
  delivery({
    id: "pair-delivery.queue.in-order",
    rules: ["delivery.fifo"],
    sends: "five messages by the SDK, then Fetch, Ack of the third, Fetch",
    expects: "the five in order, then the last two",
    checks: ["all", "rest"],
    async run(t) {
      const bob = await t.user();
      const on = await t.open();
      const seqs: bigint[] = [];
      for (const payload of texts("one", "two", "three", "four", "five")) {
        const request = { recipientKey: bob.key, payload };
        const reply = await t.call(on, enqueue, request, { token: bob.token });
        seqs.push(messageOf(EnqueueResponseSchema, reply).seq);
      }
      t.same("all", await fetched(t, on, bob), ["one", "two", "three", "four", "five"]);
      const request = { recipientKey: bob.key, seqUpTo: seqs[2] ?? 0n };
      okOf(await t.call(on, ack, request, { token: bob.token }), "Ack");
      t.same("rest", await fetched(t, on, bob), ["four", "five"]);
    },
  }),

  delivery({
    id: "pair-delivery.wait.wakes",
    rules: ["delivery.wait-wakes"],
    sends: "FetchWait by the SDK; another enqueues while it waits",
    expects: "the message, long before the time is over",
    checks: ["answer", "text"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const on = await t.open();
      const waiting = waitForMessage(t, on, bob);
      await t.tap.until(() => t.tap.streams[0]?.fromClient.end === "fin", LONG_MS);
      await put(alice, bob, Buffer.from("wake up"));
      const reply = await waiting;
      t.answered(reply, Status.Ok);
      t.same("text", textsOf(messageOf(FetchWaitResponseSchema, reply)), ["wake up"]);
    },
  }),

  delivery({
    id: "pair-delivery.wait.ends-empty",
    rules: ["delivery.wait-timeout"],
    sends: "FetchWait of 300 ms on an empty inbox",
    expects: "Ok with nothing",
    checks: ["empty"],
    async run(t) {
      const { key: recipientKey, token } = await t.user();
      const on = await t.open();
      const reply = await t.call(on, fetchWait, { recipientKey, timeoutMs: 300n }, { token });
      t.same("empty", textsOf(messageOf(FetchWaitResponseSchema, reply)), []);
    },
  }),

  pushed({
    id: "pair-push.new-message.comes",
    rules: ["events.new-message"],
    sends: "a call with a token by the SDK, then another enqueues for that user",
    expects: "event 1000 with the inbox and the seq",
    checks: ["inbox", "seq"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const on = await t.open();
      await fetched(t, on, bob);
      const seq = await put(alice, bob, t.bytes(20));
      const [event] = eventsOf(await on.events(1, LONG_MS), NewMessageSchema);
      t.same("inbox", event && hexOf(event.recipientKey), hexOf(bob.key));
      t.same("seq", String(event?.seq), String(seq));
    },
  }),

  pushed({
    id: "pair-push.several.in-order",
    rules: ["events.new-message"],
    sends: "ten messages to a user of the SDK's connection",
    expects: "ten events, each seq once",
    checks: ["seqs"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const on = await t.open();
      await fetched(t, on, bob);
      const seqs: string[] = [];
      for (let n = 0; n < 10; n++) seqs.push(String(await put(alice, bob, t.bytes(20, `${n}`))));
      const events = eventsOf(await on.events(10, LONG_MS), NewMessageSchema);
      // Each comes on a stream of its own, so their order is not certain.
      const got = events.map(({ seq }) => Number(seq)).sort((a, b) => a - b);
      t.same("seqs", got.map(String), seqs);
    },
  }),

  pushed({
    id: "pair-push.beside-calls.both",
    rules: ["events.client-independent"],
    sends: "a message while a FetchWait of another user is pending on the SDK's connection",
    expects: "the event comes, Health is answered, and the FetchWait goes on",
    checks: ["event", "answer", "waits"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const on = await t.open();
      await fetched(t, on, bob);
      const waiting = waitForMessage(t, on, alice);
      let isAnswered = false;
      void waiting.then(() => {
        isAnswered = true;
      });
      await put(alice, bob, t.bytes(20));
      const events = eventsOf(await on.events(1, LONG_MS), NewMessageSchema);
      t.same("event", events.length, 1);
      t.answered(await t.call(on, health, {}), Status.Ok);
      t.same("waits", isAnswered, false);
      await put(bob, alice, t.bytes(20, "end"));
      await waiting;
    },
  }),

  pushed({
    id: "pair-push.stranger.nothing",
    rules: ["events.only-receivers"],
    sends: "a message for a user that the SDK's connection knows nothing of",
    expects: "no event",
    checks: ["none"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const on = await t.open();
      await t.call(on, health, {});
      await put(alice, bob, t.bytes(20));
      t.same("none", eventsOf(await on.events(1, SHORT_MS), NewMessageSchema).length, 0);
    },
  }),
];

async function fetched(t: PairTrial, on: SdkConnection, { key, token }: User) {
  const reply = await t.call(on, fetch, { recipientKey: key }, { token });
  return textsOf(messageOf(FetchResponseSchema, reply));
}

function textsOf({ payloads }: { readonly payloads: readonly { readonly data: Uint8Array }[] }) {
  return payloads.map(({ data }) => Buffer.from(data).toString("utf8"));
}

function texts(...words: readonly string[]): Uint8Array[] {
  return words.map((word) => Buffer.from(word));
}

/** eventsOf answers the events of the one kind that these cases bring about. */
function eventsOf<S extends DescMessage>(reply: SdkReply, schema: S) {
  return listOf(okOf(reply, "events"), "events")
    .filter(({ event }) => event === PushEventType.NEW_MESSAGE)
    .map(({ body }) => fromBinary(schema, readBytes(body) ?? new Uint8Array(0)));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
