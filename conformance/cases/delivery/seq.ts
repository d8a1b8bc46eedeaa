// The numbers of an inbox (spec/services/delivery.md; C-34, I-03).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { Case } from "../../judge/case.ts";
import { acknowledge, deliveryCase, fetched, peeked, put, putAll, spellSeqs } from "./inbox.ts";

const { batchEnqueue } = DeliveryService.method;

/** Contiguity is tested where it is declared. */
const CONTIGUOUS = { seq: ["contiguous"] } as const;

export const seqCases: readonly Case[] = [
  deliveryCase({
    id: "delivery.seq.increasing",
    rules: ["delivery.seq-increasing"],
    sends: "ten messages for one inbox, one after the other",
    expects: "seqs above 0, each greater than the one before, the same in Fetch",
    checks: ["increasing", "same"],
    errata: ["C-34"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const seqs = await putAll(alice, bob, Array(10).fill("x"));
      t.check("increasing", increases(seqs), {
        expected: "strictly increasing from above 0",
        got: seqs.join(", "),
      });
      const list = await fetched(bob);
      t.check("same", list.map(({ seq }) => seq).join() === seqs.join(), {
        expected: `the seqs of the answers, ${seqs.join(", ")}`,
        got: spellSeqs(list),
      });
    },
  }),

  deliveryCase({
    id: "delivery.seq.from-one",
    rules: ["delivery.seq-contiguous", "delivery.empty-queue"],
    sends: "a Fetch on an inbox that was never used, then three messages for it",
    expects: "an empty list, then seq 1, 2, 3",
    checks: ["empty", "answer"],
    when: CONTIGUOUS,
    errata: ["C-34"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.newUser()];
      const before = await peeked(bob);
      t.check("empty", before.length === 0, { expected: "none", got: spellSeqs(before) });
      const seqs = await putAll(alice, bob, ["a", "b", "c"]);
      t.check("answer", seqs.join() === "1,2,3", { expected: "1, 2, 3", got: seqs.join(", ") });
    },
  }),

  deliveryCase({
    id: "delivery.seq.refused-uses-none",
    rules: ["delivery.seq-contiguous", "delivery.batch-atomic"],
    sends: "a message, a batch that is refused for its second key, another message",
    expects: "two neighbouring seqs",
    when: CONTIGUOUS,
    errata: ["I-03"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const first = await put(alice, bob, "a");
      const recipientKeys = [bob.key, bob.key.subarray(1)];
      await alice.call(batchEnqueue, { recipientKeys, payload: Buffer.from("b") });
      const second = await put(alice, bob, "c");
      t.check("answer", second.seq === first.seq + 1n, {
        expected: `seq ${first.seq + 1n}`,
        got: `seq ${second.seq}`,
      });
    },
  }),

  deliveryCase({
    id: "delivery.seq.duplicate-uses-none",
    rules: ["delivery.seq-contiguous", "delivery.duplicate"],
    sends: "a message with a message_id twice, then another message",
    expects: "two neighbouring seqs",
    when: CONTIGUOUS,
    errata: ["I-03"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const messageId = t.bytes(16);
      const first = await put(alice, bob, "a", { messageId });
      await put(alice, bob, "a", { messageId });
      const second = await put(alice, bob, "b");
      t.check("answer", second.seq === first.seq + 1n, {
        expected: `seq ${first.seq + 1n}`,
        got: `seq ${second.seq}`,
      });
    },
  }),

  deliveryCase({
    id: "delivery.seq.own-counter",
    rules: ["delivery.seq-per-inbox"],
    sends: "a message for one user, five for another, one more for the first",
    expects: "two neighbouring seqs in the first inbox",
    errata: ["C-34"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const first = await put(alice, bob, "a");
      await putAll(alice, carol, Array(5).fill("x"));
      const second = await put(alice, bob, "b");
      t.check("answer", second.seq === first.seq + 1n, {
        expected: `seq ${first.seq + 1n}: the traffic of others does not show`,
        got: `seq ${second.seq}`,
      });
    },
  }),

  deliveryCase({
    id: "delivery.seq.after-empty",
    rules: ["delivery.counter-never-restarts"],
    sends: "three messages, an Ack of all of them, then a fourth",
    expects: "a seq above the third, and the message in Fetch",
    checks: ["answer", "fetched"],
    errata: ["I-03"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const seqs = await putAll(alice, bob, ["a", "b", "c"]);
      const highest = seqs.at(-1) as bigint;
      await acknowledge(bob, highest);
      const { seq } = await put(alice, bob, "d");
      t.check("answer", seq > highest, { expected: `above ${highest}`, got: `seq ${seq}` });
      const list = await fetched(bob);
      t.check("fetched", list.length === 1 && list[0]?.seq === seq, {
        expected: `seq ${seq}`,
        got: spellSeqs(list),
      });
    },
  }),

  deliveryCase({
    id: "delivery.seq.fifty-at-once",
    rules: ["delivery.seq-increasing", "delivery.seq-contiguous", "delivery.fifo"],
    reading: "seq",
    sends: "fifty messages at once from two users for one inbox",
    expects: "fifty different seqs, neighbours where declared; Fetch has them in this order",
    checks: ["answer", "fetched"],
    errata: ["C-34"],
    async run(t) {
      const [alice, carol, bob] = [await t.user(), await t.user(), await t.user()];
      const sent = Array.from({ length: 50 }, (_, i) => `message ${i}`);
      const stored = await Promise.all(
        sent.map((text, i) => put(i % 2 === 0 ? alice : carol, bob, text)),
      );
      const seqs = stored.map(({ seq }) => seq).sort((a, b) => (a < b ? -1 : 1));
      const [lowest = 0n] = seqs;
      const contiguous = seqs.every((seq, i) => seq === lowest + BigInt(i));
      t.check("answer", t.reading === "contiguous" ? contiguous : increases(seqs), {
        expected: t.reading === "contiguous" ? "fifty neighbouring seqs" : "fifty different seqs",
        got: seqs.join(", "),
      });
      const list = await fetched(bob, 100);
      const texts = new Map(stored.map(({ seq }, i) => [seq, sent[i]]));
      const same =
        list.map(({ seq }) => seq).join() === seqs.join() &&
        list.every(({ seq, data }) => Buffer.from(data).toString() === texts.get(seq));
      t.check("fetched", same, {
        expected: "the fifty messages in order, each under the seq of its answer",
        got: spellSeqs(list),
      });
    },
  }),
];

function increases(seqs: readonly bigint[]): boolean {
  return seqs.every((seq, i) => seq > (seqs[i - 1] ?? 0n));
}
