// Fetch and Peek: order, and that looking changes nothing (spec/services/delivery.md; C-30, C-31).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import {
  acknowledge,
  deliveryCase,
  type Envelope,
  fetched,
  holdsTexts,
  peeked,
  put,
  putAll,
  spellSeqs,
  waitFor,
} from "./inbox.ts";

const { fetch, fetchWait, peek } = DeliveryService.method;

const ONE_TO_FIVE = ["one", "two", "three", "four", "five"];

/** The three ways to read an inbox, each with the texts that come back. */
const READERS = {
  fetch: async (user: User) => fetched(user),
  "fetch-wait": async (user: User) => {
    const answer = await waitFor(user, 0);
    demandOk(answer, "FetchWait");
    return answer.message().payloads;
  },
  peek: async (user: User) => peeked(user),
} as const;

const READER_NAMES = Object.keys(READERS) as (keyof typeof READERS)[];

export const fetchCases: readonly Case[] = [
  deliveryCase({
    id: "delivery.fetch.in-order",
    rules: ["delivery.fifo"],
    sends: "five messages, one after the other, then Fetch",
    expects: "Ok, the five in this order, with ascending seqs",
    checks: ["answer", "order", "ascending"],
    tier: "smoke",
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await putAll(alice, bob, ONE_TO_FIVE);
      const answer = await bob.call(fetch, { recipientKey: bob.key });
      t.status(answer, Status.Ok);
      const list = answer.message().payloads;
      holdsTexts(t, "order", list, ONE_TO_FIVE);
      ascends(t, "ascending", list);
    },
  }),

  deliveryCase({
    id: "delivery.fetch.senders-interleaved",
    rules: ["delivery.fifo"],
    sends: "six messages, in turn from two users, of very different sizes",
    expects: "the order of the Enqueues, whoever sent them and however large they are",
    checks: ["order"],
    async run(t) {
      const [alice, carol, bob] = [await t.user(), await t.user(), await t.user()];
      const sizes = [40_000, 1, 2000, 300, 90_000, 7];
      const seqs: bigint[] = [];
      for (const [i, size] of sizes.entries()) {
        seqs.push((await put(i % 2 === 0 ? alice : carol, bob, t.bytes(size))).seq);
      }
      const list = await fetched(bob);
      const expected = seqs.map((seq, i) => ({ seq, data: new Uint8Array(sizes[i] as number) }));
      t.check("order", spellSeqs(list) === spellSeqs(expected), {
        expected: spellSeqs(expected),
        got: spellSeqs(list),
      });
    },
  }),

  deliveryCase({
    id: "delivery.fetch.page-by-page",
    rules: ["delivery.fifo", "delivery.ack-cumulative"],
    sends: "five messages; Fetch with limit 2 and an Ack of its last, until nothing is left",
    expects: "every message once, in order",
    checks: ["order"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await putAll(alice, bob, ONE_TO_FIVE);
      const seen: Envelope[] = [];
      for (let round = 0; round < 10; round++) {
        const page = await fetched(bob, 2);
        const last = page.at(-1);
        if (last === undefined) break;
        seen.push(...page);
        await acknowledge(bob, last.seq);
      }
      holdsTexts(t, "order", seen, ONE_TO_FIVE);
    },
  }),

  ...READER_NAMES.map((name) =>
    deliveryCase({
      id: `delivery.${name}.empty-queue`,
      rules: ["delivery.empty-queue"],
      sends: `${name} on an inbox whose only message was acknowledged`,
      expects: "Ok and an empty list",
      checks: ["empty"],
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        await acknowledge(bob, (await put(alice, bob, "gone")).seq);
        holdsTexts(t, "empty", await READERS[name](bob), []);
      },
    }),
  ),

  ...(["fetch", "fetch-wait"] as const).map((name) =>
    deliveryCase({
      id: `delivery.${name}.twice`,
      rules: ["delivery.retain"],
      reading: "fetch",
      sends: `${name} twice on an inbox of two messages, without an Ack`,
      expects:
        "the same two both times; a server that declares fetch=drain is empty the second time",
      checks: ["first", "second"],
      errata: ["C-30", "I-21"],
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        await putAll(alice, bob, ["one", "two"]);
        holdsTexts(t, "first", await READERS[name](bob), ["one", "two"]);
        const left = t.reading === "drain" ? [] : ["one", "two"];
        holdsTexts(t, "second", await READERS[name](bob), left);
        const declared = t.reading === "drain" && t.profile.fetch === "drain";
        if (declared) t.check("retained", false, DRAINED, "warn");
      },
    }),
  ),

  deliveryCase({
    id: "delivery.fetch.two-devices",
    rules: ["delivery.retain"],
    when: { fetch: ["retain"] },
    sends: "a Fetch on each of two connections of one user, one after the other, without an Ack",
    expects: "all messages on both",
    checks: ["one", "other"],
    errata: ["C-30"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const again = await t.logIn(bob.account);
      await putAll(alice, bob, ["one", "two"]);
      holdsTexts(t, "one", await fetched(bob), ["one", "two"]);
      holdsTexts(t, "other", await fetched(again), ["one", "two"]);
    },
  }),

  deliveryCase({
    id: "delivery.peek.same-as-fetch",
    rules: ["delivery.peek"],
    sends: "Peek, then Fetch, on an inbox of five messages",
    expects: "Ok, and the same seqs and payloads from both",
    checks: ["answer", "same"],
    errata: ["C-31"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await putAll(alice, bob, ONE_TO_FIVE);
      const answer = await bob.call(peek, { recipientKey: bob.key });
      t.status(answer, Status.Ok);
      const seen = answer.message().payloads;
      const list = await fetched(bob);
      const same = spellSeqs(seen) === spellSeqs(list) && texts(seen) === texts(list);
      t.check("same", same && list.length === 5, {
        expected: `what Fetch returns: ${texts(list)}`,
        got: texts(seen),
      });
    },
  }),

  deliveryCase({
    id: "delivery.peek.changes-nothing",
    rules: ["delivery.peek"],
    sends: "Peek three times, then Fetch",
    expects: "the same two messages four times",
    checks: ["second", "third", "fetch"],
    errata: ["C-31"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await putAll(alice, bob, ["one", "two"]);
      await peeked(bob);
      holdsTexts(t, "second", await peeked(bob), ["one", "two"]);
      holdsTexts(t, "third", await peeked(bob), ["one", "two"]);
      holdsTexts(t, "fetch", await fetched(bob), ["one", "two"]);
    },
  }),

  deliveryCase({
    id: "delivery.fetch.two-consumers",
    rules: ["delivery.fifo", "delivery.retain"],
    sends: "thirty messages while two connections of the recipient fetch and acknowledge in turn",
    expects: "no message is lost, and each connection sees ascending seqs",
    checks: ["all", "one", "other"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const again = await t.logIn(bob.account);
      const seqs: bigint[] = [];
      const fill = async () => {
        for (let i = 0; i < 30; i++) seqs.push((await put(alice, bob, `${i}`)).seq);
      };
      const isFilled = () => seqs.length === 30;
      const [, one, other] = await Promise.all([
        fill(),
        consume(bob, isFilled),
        consume(again, isFilled),
      ]);
      const seen = new Set([...one, ...other].map(({ seq }) => seq));
      const lost = seqs.filter((seq) => !seen.has(seq));
      t.check("all", lost.length === 0, { expected: "every seq", got: `without ${lost}` });
      ascends(t, "one", one);
      ascends(t, "other", other);
    },
  }),
];

const DRAINED = {
  expected: "messages that stay until they are acknowledged",
  got: "none, as fetch=drain declares",
};

// Ends when a wait of half a second that began after the last message brings nothing more. A subject
// with a rate limit may make the messages come slowly.
async function consume(user: User, isFilled: () => boolean): Promise<readonly Envelope[]> {
  const seen: Envelope[] = [];
  for (;;) {
    const wasFilled = isFilled();
    const wait = { recipientKey: user.key, timeoutMs: 500n, limit: 4 };
    const answer = await user.call(fetchWait, wait);
    demandOk(answer, "FetchWait");
    const { payloads } = answer.message();
    const last = payloads.at(-1);
    if (last === undefined && wasFilled) return seen;
    if (last === undefined) continue;
    seen.push(...payloads);
    await acknowledge(user, last.seq);
  }
}

function ascends(t: Trial, check: string, list: readonly Envelope[]): void {
  const ascending = list.every(({ seq }, i) => seq > (list[i - 1]?.seq ?? 0n));
  t.check(check, ascending, { expected: "ascending seqs", got: spellSeqs(list) });
}

function texts(list: readonly Envelope[]): string {
  return list.map(({ data }) => Buffer.from(data).toString()).join(", ") || "no message";
}
