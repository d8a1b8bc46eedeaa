// What a restart leaves: everything that was answered Ok (spec/services/delivery.md; I-25).

import type { Case } from "../../judge/case.ts";
import { isDuplicate } from "./dedup.ts";
import { acknowledge, deliveryCase, fetched, holdsTexts, peeked, put, putAll } from "./inbox.ts";

export const restartCases: readonly Case[] = [
  deliveryCase({
    id: "delivery.restart.keeps-all",
    rules: ["delivery.survives-restart", "delivery.counter-never-restarts"],
    hooks: ["restart"],
    sends:
      "messages, an Ack of the first, a message_id, an inbox acknowledged to its end; a restart",
    expects: "messages, cursors, counters and idempotency keys as before it",
    checks: ["messages", "duplicate", "counter", "empty", "empty-counter"],
    errata: ["I-25"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const messageId = t.bytes(16);
      const [one = 0n] = await putAll(alice, bob, ["one", "two", "three"]);
      await acknowledge(bob, one);
      const four = await put(alice, bob, "four", { messageId });
      const emptied = await put(alice, carol, "gone");
      await acknowledge(carol, emptied.seq);
      await t.hook("restart");

      const [sender, reader, other] = [
        await t.logIn(alice.account),
        await t.logIn(bob.account),
        await t.logIn(carol.account),
      ];
      holdsTexts(t, "messages", await peeked(reader), ["two", "three", "four"]);
      isDuplicate(t, "duplicate", await put(sender, reader, "four", { messageId }), four);
      const five = await put(sender, reader, "five");
      t.check("counter", five.seq > four.seq, {
        expected: `above ${four.seq}`,
        got: `seq ${five.seq}`,
      });
      holdsTexts(t, "empty", await fetched(other), []);
      const next = await put(sender, other, "next");
      t.check("empty-counter", next.seq > emptied.seq, {
        expected: `above ${emptied.seq}`,
        got: `seq ${next.seq}`,
      });
    },
  }),
];
