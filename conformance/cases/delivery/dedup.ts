// Idempotency: what a repeated message_id does and what it does not (spec/services/delivery.md; C-37).

import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { acknowledge, deliveryCase, fetched, holdsTexts, peeked, put } from "./inbox.ts";

interface Stored {
  readonly seq: bigint;
  readonly duplicate: boolean;
}

export const dedupCases: readonly Case[] = [
  deliveryCase({
    id: "delivery.dedup.immediate",
    rules: ["delivery.duplicate"],
    sends: "the same Enqueue with a message_id twice",
    expects: "twice the same seq, duplicate only the second time, one message",
    checks: ["first", "second", "stored"],
    errata: ["C-37"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const messageId = t.bytes(16);
      const first = await put(alice, bob, "a", { messageId });
      isNew(t, "first", first);
      isDuplicate(t, "second", await put(alice, bob, "a", { messageId }), first);
      holdsTexts(t, "stored", await fetched(bob), ["a"]);
    },
  }),

  deliveryCase({
    id: "delivery.dedup.other-payload",
    rules: ["delivery.duplicate"],
    sends: "a message_id twice, the second time with another payload",
    expects: "a duplicate; the first payload stays",
    checks: ["second", "stored"],
    errata: ["C-37"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const messageId = t.bytes(16);
      const first = await put(alice, bob, "a", { messageId });
      isDuplicate(t, "second", await put(alice, bob, "b", { messageId }), first);
      holdsTexts(t, "stored", await fetched(bob), ["a"]);
    },
  }),

  deliveryCase({
    id: "delivery.dedup.other-connection",
    rules: ["delivery.duplicate"],
    sends: "the same Enqueue with a message_id again, from a new login of the sender",
    expects: "a duplicate: the sender is the same",
    checks: ["second", "stored"],
    errata: ["C-37"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const messageId = t.bytes(16);
      const first = await put(alice, bob, "a", { messageId });
      const again = await t.logIn(alice.account);
      isDuplicate(t, "second", await put(again, bob, "a", { messageId }), first);
      holdsTexts(t, "stored", await fetched(bob), ["a"]);
    },
  }),

  deliveryCase({
    id: "delivery.dedup.ten-at-once",
    rules: ["delivery.duplicate"],
    sends: "the same Enqueue with a message_id ten times at once",
    expects: "ten times the same seq, nine times duplicate, one message",
    checks: ["answer", "stored"],
    errata: ["C-37"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const messageId = t.bytes(16);
      const all = await Promise.all(
        Array.from({ length: 10 }, () => put(alice, bob, "a", { messageId })),
      );
      const seqs = new Set(all.map(({ seq }) => seq));
      const first = all.filter(({ duplicate }) => !duplicate);
      t.check("answer", seqs.size === 1 && first.length === 1, {
        expected: "one seq, and one answer that is no duplicate",
        got: all.map(spell).join(", "),
      });
      holdsTexts(t, "stored", await fetched(bob), ["a"]);
    },
  }),

  deliveryCase({
    id: "delivery.dedup.zero-id",
    rules: ["delivery.duplicate"],
    sends: "a message_id of 16 zero bytes twice",
    expects: "a duplicate: zeros are an id like any other",
    checks: ["second"],
    errata: ["C-37"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.newUser()];
      const messageId = new Uint8Array(16);
      const first = await put(alice, bob, "a", { messageId });
      isDuplicate(t, "second", await put(alice, bob, "a", { messageId }), first);
    },
  }),

  deliveryCase({
    id: "delivery.dedup.last-bit",
    rules: ["delivery.enqueue", "delivery.duplicate"],
    sends: "two message_ids that differ in their last bit",
    expects: "two messages",
    checks: ["second", "stored"],
    errata: ["C-37"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const messageId = t.bytes(16);
      const other = messageId.map((byte, i) => (i === 15 ? byte ^ 1 : byte));
      await put(alice, bob, "a", { messageId });
      isNew(t, "second", await put(alice, bob, "b", { messageId: other }));
      holdsTexts(t, "stored", await fetched(bob), ["a", "b"]);
    },
  }),

  deliveryCase({
    id: "delivery.dedup.no-id",
    rules: ["delivery.no-id-no-dedup"],
    sends: "the same payload twice without a message_id",
    expects: "two messages with two seqs, none a duplicate",
    checks: ["first", "second", "stored"],
    errata: ["C-37"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      isNew(t, "first", await put(alice, bob, "a"));
      isNew(t, "second", await put(alice, bob, "a"));
      holdsTexts(t, "stored", await fetched(bob), ["a", "a"]);
    },
  }),

  deliveryCase({
    id: "delivery.dedup.other-recipient",
    rules: ["delivery.dedup-recipient"],
    sends: "one message_id for two users",
    expects: "two messages, none a duplicate",
    checks: ["second", "stored"],
    errata: ["C-37"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const messageId = t.bytes(16);
      await put(alice, bob, "a", { messageId });
      isNew(t, "second", await put(alice, carol, "a", { messageId }));
      holdsTexts(t, "stored", await fetched(carol), ["a"]);
    },
  }),

  deliveryCase({
    id: "delivery.dedup.other-sender",
    rules: ["delivery.dedup-sender"],
    sends: "one message_id from two users for a third",
    expects: "two messages: nobody suppresses the message of another",
    checks: ["second", "stored"],
    errata: ["C-37"],
    async run(t) {
      const [alice, carol, bob] = [await t.user(), await t.user(), await t.user()];
      const messageId = t.bytes(16);
      await put(alice, bob, "of alice", { messageId });
      isNew(t, "second", await put(carol, bob, "of carol", { messageId }));
      holdsTexts(t, "stored", await fetched(bob), ["of alice", "of carol"]);
    },
  }),

  deliveryCase({
    id: "delivery.dedup.after-ack",
    rules: ["delivery.dedup-after-ack"],
    sends: "a message with a message_id, its Ack, and the same Enqueue again",
    expects: "a duplicate with the first seq, and the inbox stays empty",
    checks: ["second", "stored"],
    errata: ["C-37", "I-01"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const messageId = t.bytes(16);
      const first = await put(alice, bob, "a", { messageId });
      await acknowledge(bob, first.seq);
      isDuplicate(t, "second", await put(alice, bob, "a", { messageId }), first);
      holdsTexts(t, "stored", await peeked(bob), []);
    },
  }),
];

/** isNew checks that an Enqueue stored a message. */
function isNew(t: Trial, check: string, got: Stored): void {
  t.check(check, !got.duplicate && got.seq > 0n, { expected: "a new message", got: spell(got) });
}

/** isDuplicate checks that an Enqueue was taken for the repetition of `first`. */
export function isDuplicate(t: Trial, check: string, got: Stored, first: Stored): void {
  t.check(check, got.duplicate && got.seq === first.seq, {
    expected: `seq ${first.seq}, duplicate`,
    got: spell(got),
  });
}

function spell({ seq, duplicate }: Stored): string {
  return `seq ${seq}${duplicate ? ", duplicate" : ", new"}`;
}
