// FetchWait: when it answers and with what (spec/services/delivery.md; C-16, C-104, I-06).

import { setTimeout as sleep } from "node:timers/promises";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import {
  acknowledge,
  deliveryCase,
  holdsTexts,
  isWoken,
  LONG_MS,
  peeked,
  put,
  START_MS,
  waitFor,
} from "./inbox.ts";

const { ack, batchEnqueue, enqueue, peek } = DeliveryService.method;

/** Longest time until a message is returned, and of an answer "at once", in milliseconds. */
const AT_ONCE = 1000;

const ROUNDS = 40;

export const waitCases: readonly Case[] = [
  deliveryCase({
    id: "delivery.fetch-wait.zero-empty",
    rules: ["delivery.wait-zero", "delivery.empty-queue"],
    needs: "quiet",
    sends: "FetchWait with timeout_ms 0 on an empty inbox",
    expects: "Ok and an empty list, at once",
    checks: ["answer", "at-once", "empty"],
    async run(t) {
      const bob = await t.user();
      const answer = await waitFor(bob, 0);
      t.status(answer, Status.Ok);
      atOnce(t, answer.sentAt, answer);
      holdsTexts(t, "empty", payloadsOf(answer), []);
    },
  }),

  deliveryCase({
    id: "delivery.fetch-wait.zero-queued",
    rules: ["delivery.wait-zero"],
    sends: "FetchWait with timeout_ms 0 on an inbox of two",
    expects: "Ok and the two, as from Fetch",
    checks: ["answer", "list"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await put(alice, bob, "one");
      await put(alice, bob, "two");
      const answer = await waitFor(bob, 0);
      t.status(answer, Status.Ok);
      holdsTexts(t, "list", payloadsOf(answer), ["one", "two"]);
    },
  }),

  deliveryCase({
    id: "delivery.fetch-wait.message-ready",
    rules: ["delivery.wait-ready"],
    needs: "quiet",
    sends: "FetchWait for 5 s with limit 10 on an inbox of two",
    expects: "the two within a second: it does not wait for ten",
    checks: ["at-once", "list"],
    errata: ["I-05"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await put(alice, bob, "one");
      await put(alice, bob, "two");
      const answer = await waitFor(bob, LONG_MS, 10);
      atOnce(t, answer.sentAt, answer);
      holdsTexts(t, "list", payloadsOf(answer), ["one", "two"]);
    },
  }),

  deliveryCase({
    id: "delivery.fetch-wait.wakes",
    rules: ["delivery.wait-wakes"],
    needs: "quiet",
    sends: "FetchWait for 5 s on an empty inbox, and a message while it waits",
    expects: "Ok with the message within a second of it",
    checks: ["answer", "at-once", "list"],
    tier: "smoke",
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const waiting = waitFor(bob, LONG_MS);
      await sleep(START_MS);
      const start = performance.now();
      await put(alice, bob, "one");
      const answer = await waiting;
      t.status(answer, Status.Ok);
      atOnce(t, start, answer);
      holdsTexts(t, "list", payloadsOf(answer), ["one"]);
    },
  }),

  deliveryCase({
    id: "delivery.fetch-wait.starts-in-a-race",
    rules: ["delivery.wait-wakes"],
    needs: "quiet",
    sends: `${ROUNDS} times a FetchWait and an Enqueue for the same inbox at the same moment`,
    expects: "each message from its FetchWait within a second",
    checks: ["raced"],
    errata: ["C-104"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      for (let round = 1; round <= ROUNDS; round++) {
        const waiting = waitFor(bob, LONG_MS);
        // The Enqueue comes a little later every time, so that it meets every step of the start.
        await sleep(round % 4);
        const start = performance.now();
        const { seq } = await put(alice, bob, `${round}`);
        const answer = await waiting;
        const took = Math.round(answer.at - start);
        const got = payloadsOf(answer).at(-1)?.seq;
        if (got !== seq || took > AT_ONCE) {
          const evidence = { expected: `seq ${seq} within a second`, got: `${got}, ${took} ms` };
          t.demand("raced", false, evidence);
        }
        await acknowledge(bob, seq);
      }
      t.check("raced", true, { expected: "", got: "" });
    },
  }),

  deliveryCase({
    id: "delivery.fetch-wait.batch-wakes",
    rules: ["delivery.wait-wakes", "delivery.batch"],
    sends: "a BatchEnqueue for two users who wait",
    expects: "both waits return the message",
    checks: ["bob", "carol"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const waiting = [waitFor(bob, LONG_MS), waitFor(carol, LONG_MS)] as const;
      await sleep(START_MS);
      const recipientKeys = [bob.key, carol.key];
      const batch = { recipientKeys, payload: Buffer.from("batch") };
      demandOk(await alice.call(batchEnqueue, batch), "BatchEnqueue");
      await isWoken(t, "bob", waiting[0], ["batch"]);
      await isWoken(t, "carol", waiting[1], ["batch"]);
    },
  }),

  deliveryCase({
    id: "delivery.fetch-wait.all-waiters",
    rules: ["delivery.wait-all"],
    // On a server that drains, the first wait takes the message.
    when: { fetch: ["retain"] },
    sends: "three FetchWaits on one inbox, two of them on one connection, and a message",
    expects: "the message from all three",
    checks: ["first", "second", "third"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const again = await t.logIn(bob.account);
      const waiting = [
        waitFor(bob, LONG_MS),
        waitFor(bob, LONG_MS),
        waitFor(again, LONG_MS),
      ] as const;
      await sleep(START_MS);
      await put(alice, bob, "one");
      await isWoken(t, "first", waiting[0], ["one"]);
      await isWoken(t, "second", waiting[1], ["one"]);
      await isWoken(t, "third", waiting[2], ["one"]);
    },
  }),

  deliveryCase({
    id: "delivery.fetch-wait.blocks-nothing",
    rules: ["delivery.wait-all", "transport.concurrent-calls"],
    needs: "quiet",
    when: { fetch: ["retain"] },
    sends: "twenty FetchWaits on a connection, a Peek and an Enqueue beside them, then a message",
    expects: "the calls within a second, and the message from all twenty",
    checks: ["beside", "waits"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const waiting = Array.from({ length: 20 }, () => waitFor(bob, LONG_MS));
      await sleep(START_MS);
      const start = performance.now();
      await peeked(bob);
      await put(bob, alice, "beside");
      const took = Math.round(performance.now() - start);
      t.check("beside", took < AT_ONCE, { expected: "within a second", got: `${took} ms` });
      await put(alice, bob, "one");
      for (const wait of waiting) await isWoken(t, "waits", wait, ["one"]);
    },
  }),

  deliveryCase({
    id: "delivery.fetch-wait.timeout",
    rules: ["delivery.wait-timeout"],
    needs: "quiet",
    sends: "FetchWait with timeout_ms 1500 on an empty inbox",
    expects: "Ok and an empty list after 1.4 to 3 s",
    checks: ["answer", "empty", "time"],
    errata: ["C-16"],
    async run(t) {
      const bob = await t.user();
      const answer = await waitFor(bob, 1500);
      t.status(answer, Status.Ok);
      holdsTexts(t, "empty", payloadsOf(answer), []);
      const took = Math.round(answer.at - answer.sentAt);
      t.check("time", took >= 1400 && took <= 3000, {
        expected: "1400 to 3000 ms",
        got: `${took} ms`,
      });
    },
  }),

  deliveryCase({
    id: "delivery.fetch-wait.holds",
    rules: ["delivery.wait-holds"],
    sends:
      "FetchWait for 1.2 s, meanwhile a message for another user, a duplicate, an Ack and a Peek",
    expects: "Ok and an empty list, not before its time",
    checks: ["answer", "held", "empty"],
    errata: ["C-104"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const messageId = t.bytes(16);
      const { seq } = await put(alice, bob, "gone", { messageId });
      await acknowledge(bob, seq);
      const start = performance.now();
      const waiting = waitFor(bob, 1200);
      await sleep(START_MS);
      await put(alice, carol, "other");
      // As a raw call: a server that forgot the id stores it, and then the wait rightly ends.
      const request = { recipientKey: bob.key, payload: Buffer.from("gone"), messageId };
      const retry = (await alice.call(enqueue, request)).message();
      await bob.call(ack, { recipientKey: bob.key, seqUpTo: seq });
      await bob.call(peek, { recipientKey: bob.key });
      const answer = await waiting;
      t.status(answer, Status.Ok);
      const took = Math.round(answer.at - start);
      t.check("held", !retry.duplicate || took >= 1100, {
        expected: "the whole 1200 ms",
        got: `${took} ms`,
      });
      holdsTexts(t, "empty", payloadsOf(answer), retry.duplicate ? [] : ["gone"]);
    },
  }),
];

function payloadsOf(answer: Awaited<ReturnType<typeof waitFor>>) {
  demandOk(answer, "FetchWait");
  return answer.message().payloads;
}

function atOnce(t: Trial, start: number, answer: Answer): void {
  const took = Math.round(answer.at - start);
  t.check("at-once", took < AT_ONCE, { expected: "within a second", got: `${took} ms` });
}
