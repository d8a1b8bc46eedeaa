// BatchEnqueue: one payload, many recipients, all or nothing (spec/services/delivery.md; C-33, I-02).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { deliveryCase, fetched, holdsTexts, peeked, put } from "./inbox.ts";

const { batchEnqueue } = DeliveryService.method;

const PAYLOAD = Buffer.from("batch");

export const batchCases: readonly Case[] = [
  deliveryCase({
    id: "delivery.batch-enqueue.fan-out",
    rules: ["delivery.batch", "delivery.batch-seqs"],
    sends: "one payload for three users",
    expects: "Ok with three seqs, and each user fetches the payload",
    checks: ["answer", "seqs", "bob", "carol", "dave"],
    tier: "smoke",
    errata: ["C-33"],
    async run(t) {
      const [alice, bob, carol, dave] = await four(t);
      const recipientKeys = [bob.key, carol.key, dave.key];
      const answer = await alice.call(batchEnqueue, { recipientKeys, payload: PAYLOAD });
      t.status(answer, Status.Ok);
      const { seqs } = answer.message();
      t.check("seqs", seqs.length === 3, { expected: "three", got: seqs.join(", ") });
      holdsTexts(t, "bob", await fetched(bob), ["batch"]);
      holdsTexts(t, "carol", await fetched(carol), ["batch"]);
      holdsTexts(t, "dave", await fetched(dave), ["batch"]);
    },
  }),

  deliveryCase({
    id: "delivery.batch-enqueue.request-order",
    rules: ["delivery.batch-seqs"],
    sends: "a batch for B and C, then one for C and B",
    expects: "both times the seqs that the two find in their inboxes, in the order of the request",
    checks: ["seqs", "reversed"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const [one, two] = [await put(alice, bob, "start"), await put(alice, carol, "start")];
      // Apart from each other, so that the order can be told.
      if (one.seq === two.seq) await put(alice, carol, "start");
      for (const [check, users] of [
        ["seqs", [bob, carol]],
        ["reversed", [carol, bob]],
      ] as const) {
        const seqs = await post(alice, users);
        const found: (bigint | undefined)[] = [];
        for (const user of users) found.push((await peeked(user)).at(-1)?.seq);
        t.check(check, seqs.join() === found.join(), {
          expected: found.join(", "),
          got: seqs.join(", "),
        });
      }
    },
  }),

  deliveryCase({
    id: "delivery.batch-enqueue.same-recipient-twice",
    rules: ["delivery.batch-dedup", "delivery.batch-seqs"],
    sends: "a batch for B, C and B without message_id",
    expects: "three seqs, those of B apart, and two messages for B",
    checks: ["seqs", "bob", "carol"],
    errata: ["I-02"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const seqs = await post(alice, [bob, carol, bob]);
      const list = await fetched(bob);
      const found = list.map(({ seq }) => seq);
      const fits = seqs.length === 3 && found.join() === [seqs[0], seqs[2]].join();
      t.check("seqs", fits && seqs[0] !== seqs[2], {
        expected: `B at ${found.join(" and ")}`,
        got: seqs.join(", "),
      });
      holdsTexts(t, "bob", list, ["batch", "batch"]);
      holdsTexts(t, "carol", await fetched(carol), ["batch"]);
    },
  }),

  deliveryCase({
    id: "delivery.batch-enqueue.same-recipient-twice-with-id",
    rules: ["delivery.batch-dedup", "delivery.batch-seqs"],
    sends: "a batch for B, C and B with a message_id",
    expects: "three seqs, twice the same for B, and one message for B",
    checks: ["seqs", "bob", "carol"],
    errata: ["I-02"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const seqs = await post(alice, [bob, carol, bob], t.bytes(16));
      t.check("seqs", seqs.length === 3 && seqs[0] === seqs[2], {
        expected: "three, the first and the third the same",
        got: seqs.join(", "),
      });
      holdsTexts(t, "bob", await fetched(bob), ["batch"]);
      holdsTexts(t, "carol", await fetched(carol), ["batch"]);
    },
  }),

  deliveryCase({
    id: "delivery.batch-enqueue.one-has-it",
    rules: ["delivery.batch-dedup", "delivery.duplicate"],
    sends: "an Enqueue with a message_id for B, then a batch with this id for B, C and D",
    expects: "the first seq for B, new messages for C and D, one message for B",
    checks: ["seqs", "bob", "carol", "dave"],
    errata: ["I-02"],
    async run(t) {
      const [alice, bob, carol, dave] = await four(t);
      const messageId = t.bytes(16);
      const first = await put(alice, bob, "first", { messageId });
      const seqs = await post(alice, [bob, carol, dave], messageId);
      t.check("seqs", seqs.length === 3 && seqs[0] === first.seq, {
        expected: `three, the first ${first.seq}`,
        got: seqs.join(", "),
      });
      holdsTexts(t, "bob", await fetched(bob), ["first"]);
      holdsTexts(t, "carol", await fetched(carol), ["batch"]);
      holdsTexts(t, "dave", await fetched(dave), ["batch"]);
    },
  }),

  deliveryCase({
    id: "delivery.batch-enqueue.retried",
    rules: ["delivery.batch-dedup"],
    sends: "the same batch with a message_id twice",
    expects: "the same seqs twice, and one message each",
    checks: ["seqs", "bob", "carol"],
    errata: ["I-02"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const messageId = t.bytes(16);
      const first = await post(alice, [bob, carol], messageId);
      const second = await post(alice, [bob, carol], messageId);
      t.check("seqs", first.join() === second.join(), {
        expected: first.join(", "),
        got: second.join(", "),
      });
      holdsTexts(t, "bob", await fetched(bob), ["batch"]);
      holdsTexts(t, "carol", await fetched(carol), ["batch"]);
    },
  }),

  ...["first", "last"].map((place) =>
    deliveryCase({
      id: `delivery.batch-enqueue.bad-key-${place}`,
      rules: ["delivery.batch-atomic", "delivery.recipient-key"],
      twin: "delivery.batch-enqueue.fan-out",
      sends: `a batch with a message_id for three users, the ${place} key cut to 31 bytes, then whole`,
      expects:
        "BadRequest and nothing stored for anybody; then a message for all, none a duplicate",
      checks: ["answer", "bob", "carol", "bob-then", "carol-then"],
      errata: ["I-02"],
      async run(t) {
        const [alice, bob, carol, dave] = await four(t);
        const short = dave.key.subarray(0, 31);
        const keys = [bob.key, carol.key];
        const recipientKeys = place === "first" ? [short, ...keys] : [...keys, short];
        const messageId = t.bytes(16);
        const request = { recipientKeys, payload: PAYLOAD, messageId };
        t.refused(await alice.call(batchEnqueue, request), Status.BadRequest);
        holdsTexts(t, "bob", await peeked(bob), []);
        holdsTexts(t, "carol", await peeked(carol), []);
        await post(alice, [bob, carol, dave], messageId);
        holdsTexts(t, "bob-then", await fetched(bob), ["batch"]);
        holdsTexts(t, "carol-then", await fetched(carol), ["batch"]);
      },
    }),
  ),
];

/** post enqueues the batch payload for users and answers the seqs. Throws NoAnswer unless Ok. */
async function post(
  from: User,
  to: readonly User[],
  messageId: Uint8Array = new Uint8Array(0),
): Promise<readonly bigint[]> {
  const recipientKeys = to.map(({ key }) => key);
  const answer = await from.call(batchEnqueue, { recipientKeys, payload: PAYLOAD, messageId });
  demandOk(answer, "BatchEnqueue");
  return answer.message().seqs;
}

async function four(t: Trial): Promise<[User, User, User, User]> {
  return [await t.user(), await t.user(), await t.user(), await t.user()];
}
