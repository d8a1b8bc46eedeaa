// Ack: cumulative, idempotent, bounded (spec/services/delivery.md; C-32, I-03).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import {
  acknowledge,
  deliveryCase,
  fetched,
  holdsTexts,
  peeked,
  put,
  putAll,
  waitFor,
} from "./inbox.ts";

const { ack } = DeliveryService.method;

const TEXTS = ["one", "two", "three"];

/** Acks that change nothing on an inbox whose first message of three is acknowledged. */
const REPEATS = [
  { name: "zero", what: "0", seq: () => 0n },
  { name: "repeated", what: "the first seq again", seq: (first: bigint) => first },
  { name: "lower", what: "a seq below the first", seq: (first: bigint) => first - 1n },
];

const BEYOND = [
  { name: "beyond-highest", what: "the highest seq + 10", seq: (highest: bigint) => highest + 10n },
  { name: "sign-bit", what: "2^63", seq: () => 2n ** 63n },
  { name: "max-uint64", what: "2^64 - 1", seq: () => 2n ** 64n - 1n },
];

export const ackCases: readonly Case[] = [
  deliveryCase({
    id: "delivery.ack.cumulative",
    rules: ["delivery.ack-cumulative"],
    sends: "an Ack of the second of three messages",
    expects: "Ok, and only the third is left",
    checks: ["answer", "left"],
    tier: "smoke",
    errata: ["C-32"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const [, second] = await putAll(alice, bob, TEXTS);
      const request = { recipientKey: bob.key, seqUpTo: second as bigint };
      t.status(await bob.call(ack, request), Status.Ok);
      holdsTexts(t, "left", await fetched(bob), ["three"]);
    },
  }),

  deliveryCase({
    id: "delivery.ack.last",
    rules: ["delivery.ack-cumulative"],
    sends: "an Ack of the last of three messages, then Peek, FetchWait with timeout 0 and Fetch",
    expects: "three empty lists",
    checks: ["peek", "wait", "fetch"],
    errata: ["C-32"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const seqs = await putAll(alice, bob, TEXTS);
      await acknowledge(bob, seqs.at(-1) as bigint);
      holdsTexts(t, "peek", await peeked(bob), []);
      holdsTexts(t, "wait", (await waitFor(bob, 0)).message().payloads, []);
      holdsTexts(t, "fetch", await fetched(bob), []);
    },
  }),

  deliveryCase({
    id: "delivery.ack.other-inbox",
    rules: ["delivery.ack-cumulative"],
    sends: "the same message to two users, of whom one acknowledges",
    expects: "the message of the other stays",
    checks: ["other"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const [one, two] = [await put(alice, bob, "a"), await put(alice, carol, "a")];
      // The higher number acknowledges: a cursor that both inboxes shared would cover the other.
      const [acking, seq, other] =
        one.seq > two.seq ? [bob, one.seq, carol] : [carol, two.seq, bob];
      await acknowledge(acking, seq);
      holdsTexts(t, "other", await fetched(other), ["a"]);
    },
  }),

  ...REPEATS.map(({ name, what, seq }) =>
    deliveryCase({
      id: `delivery.ack.${name}`,
      rules: ["delivery.ack-idempotent"],
      sends: `an Ack of the first of three messages, then an Ack of ${what}`,
      expects: "Ok, and the second and the third stay",
      checks: ["answer", "left"],
      errata: ["I-03"],
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        const [first = 0n] = await putAll(alice, bob, TEXTS);
        await acknowledge(bob, first);
        const request = { recipientKey: bob.key, seqUpTo: seq(first) };
        t.status(await bob.call(ack, request), Status.Ok);
        holdsTexts(t, "left", await fetched(bob), ["two", "three"]);
      },
    }),
  ),

  deliveryCase({
    id: "delivery.ack.empty-inbox",
    rules: ["delivery.ack-idempotent"],
    sends: "an Ack of 1 on an inbox that was never used, then a message",
    expects: "Ok, and the message is there",
    checks: ["answer", "left"],
    errata: ["I-03"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.newUser()];
      t.status(await bob.call(ack, { recipientKey: bob.key, seqUpTo: 1n }), Status.Ok);
      await put(alice, bob, "one");
      holdsTexts(t, "left", await fetched(bob), ["one"]);
    },
  }),

  ...BEYOND.map(({ name, what, seq }) =>
    deliveryCase({
      id: `delivery.ack.${name}`,
      rules: ["delivery.ack-bounded"],
      sends: `an Ack of ${what} on an inbox of three, then another message`,
      expects: "Ok, the three are gone and the new one is there; or BadRequest and all four are",
      checks: ["answer", "left"],
      errata: ["C-32", "I-03"],
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        const seqs = await putAll(alice, bob, TEXTS);
        const request = { recipientKey: bob.key, seqUpTo: seq(seqs.at(-1) as bigint) };
        const answer = await bob.call(ack, request);
        t.status(answer, Status.Ok, Status.BadRequest);
        await put(alice, bob, "four");
        const left = await fetched(bob);
        holdsTexts(t, "left", left, [...(answer.status === Status.Ok ? [] : TEXTS), "four"]);
        // A cursor that far ahead would hide messages from every later case of this user.
        if (left.length === 0) await bob.peer.close();
      },
    }),
  ),

  deliveryCase({
    id: "delivery.ack.while-enqueuing",
    rules: ["delivery.ack-cumulative", "delivery.counter-never-restarts"],
    sends:
      "forty messages while the recipient acknowledges again and again what was there at first",
    expects: "the forty, and nothing else",
    checks: ["left"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const seqs = await putAll(alice, bob, TEXTS);
      const last = seqs.at(-1) as bigint;
      const sent = Array.from({ length: 40 }, (_, i) => `later ${i}`);
      const acks = async () => {
        for (let i = 0; i < 20; i++) await acknowledge(bob, last);
      };
      await Promise.all([putAll(alice, bob, sent), acks()]);
      holdsTexts(t, "left", await fetched(bob, 100), sent);
    },
  }),
];
