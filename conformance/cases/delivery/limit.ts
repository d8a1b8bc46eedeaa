// How much one answer holds: limit, default, and the longest prefix that fits a frame
// (spec/services/delivery.md; C-38, C-113, I-05).

import { create, toBinary } from "@bufbuild/protobuf";
import { FetchResponseSchema } from "../../../src/gen/qpc/v1/delivery_pb.ts";
import { LIMITS } from "../../../src/registry/limits.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { User } from "../../judge/user.ts";
import {
  acknowledge,
  deliveryCase,
  type Envelope,
  fetched,
  fill,
  holdsTexts,
  peeked,
  put,
  putAll,
  spellSeqs,
  waitFor,
} from "./inbox.ts";

const READERS = [
  { name: "fetch", read: fetched },
  {
    name: "fetch-wait",
    async read(user: User, limit: number): Promise<readonly Envelope[]> {
      const answer = await waitFor(user, 1000, limit);
      demandOk(answer, "FetchWait");
      return answer.message().payloads;
    },
  },
  { name: "peek", read: peeked },
];

const FIVE = ["one", "two", "three", "four", "five"];
const MIB = 1_048_576;

export const limitCases: readonly Case[] = [
  ...READERS.flatMap(({ name, read }) =>
    [1, 3].map((limit) =>
      deliveryCase({
        id: `delivery.${name}.limit-${limit}`,
        rules: ["delivery.limit"],
        sends: `${name} with limit ${limit} on an inbox of five`,
        expects: `the first ${limit}`,
        checks: ["first"],
        async run(t) {
          const [alice, bob] = [await t.user(), await t.user()];
          await putAll(alice, bob, FIVE);
          holdsTexts(t, "first", await read(bob, limit), FIVE.slice(0, limit));
        },
      }),
    ),
  ),

  deliveryCase({
    id: "delivery.fetch.limit-above-queue",
    rules: ["delivery.prefix", "delivery.limit"],
    sends: "Fetch with limit 2^32 - 1 on an inbox of five",
    expects: "the five",
    checks: ["all"],
    errata: ["C-38"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await putAll(alice, bob, FIVE);
      holdsTexts(t, "all", await fetched(bob, 0xffff_ffff), FIVE);
    },
  }),

  deliveryCase({
    id: "delivery.fetch.limit-above-default",
    rules: ["delivery.prefix", "delivery.limit"],
    sends: "Fetch with limit 150 on an inbox of 160",
    expects: "150 messages: the default bounds only those who name no limit",
    checks: ["all"],
    errata: ["C-38"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await fill(alice, bob, 160);
      const { length } = await fetched(bob, 150);
      t.check("all", length === 150, { expected: "150 messages", got: `${length}` });
    },
  }),

  ...READERS.map(({ name, read }) =>
    deliveryCase({
      id: `delivery.${name}.limit-default`,
      rules: ["delivery.limit-default"],
      sends: `${name} with limit 0 on an inbox of 120`,
      expects: "at least one message; 100 by the default of this spec",
      checks: ["some", "default"],
      errata: ["C-38"],
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        await fill(alice, bob, 120);
        const { length } = await read(bob, 0);
        t.check("some", length > 0, { expected: "at least one message", got: "none" });
        // C-38: the exact number is not tested, another one is only reported.
        const evidence = { expected: "100 messages", got: `${length}` };
        t.check("default", length === 100, evidence, "info");
      },
    }),
  ),

  deliveryCase({
    id: "delivery.fetch.large-before-small",
    rules: ["delivery.prefix", "framing.response-limit"],
    sends: "messages of 3 MiB, 3 MiB and 1 KiB; Peek, FetchWait, Fetch, an Ack of the first, Fetch",
    expects: "the first alone, then the second and the third: the small one never overtakes",
    checks: ["peek", "fetch-wait", "fetch", "rest"],
    when: { fetch: ["retain"] },
    errata: ["C-38", "I-05"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const large = t.bytes(3 * MIB);
      const queued: Envelope[] = [];
      for (const data of [large, large, t.bytes(1024)]) {
        queued.push({ seq: (await put(alice, bob, data)).seq, data });
      }
      const [first, ...rest] = queued as [Envelope, ...Envelope[]];
      for (const { name, read } of READERS) {
        const got = spellSeqs(await read(bob, 0));
        t.check(name, got === spellSeqs([first]), { expected: spellSeqs([first]), got });
      }
      await acknowledge(bob, first.seq);
      const left = spellSeqs(await fetched(bob));
      t.check("rest", left === spellSeqs(rest), { expected: spellSeqs(rest), got: left });
      await acknowledge(bob, rest.at(-1)?.seq ?? 0n);
    },
  }),

  ...[
    { name: "frame-filled", over: 0, expects: "both messages" },
    { name: "frame-overfilled", over: 1, expects: "the first message alone" },
  ].map(({ name, over, expects }) =>
    deliveryCase({
      id: `delivery.fetch.${name}`,
      rules: ["delivery.prefix", "framing.response-limit"],
      // The seqs have to be known beforehand, because their length counts.
      when: { seq: ["contiguous"] },
      sends: `two messages whose answer would have ${4 * MIB + over} bytes, then Fetch`,
      expects,
      checks: ["list"],
      errata: ["C-38", "I-05"],
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        const before = await put(alice, bob, "before");
        await acknowledge(bob, before.seq);
        const first = { seq: before.seq + 1n, data: t.bytes(MIB) };
        const guess = { seq: before.seq + 2n, data: t.bytes(3 * MIB - 100) };
        const room = LIMITS.framePayload.value - answerSize([first, guess]);
        const second = { ...guess, data: t.bytes(guess.data.length + room + over) };
        await put(alice, bob, first.data);
        await put(alice, bob, second.data);
        const fits = over === 0 ? [first, second] : [first];
        const got = spellSeqs(await fetched(bob));
        t.check("list", got === spellSeqs(fits), { expected: spellSeqs(fits), got });
        await acknowledge(bob, second.seq);
      },
    }),
  ),
];

function answerSize(payloads: readonly Envelope[]): number {
  const answer = create(FetchResponseSchema, { payloads: payloads.map((one) => ({ ...one })) });
  return toBinary(FetchResponseSchema, answer).length;
}
