// Inboxes that reorder, skip and overflow (spec/services/delivery.md, Clients).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { asked } from "../../hostile/world/bends.ts";
import { inboxOf } from "../../hostile/world/state.ts";
import { gets, groupRoom } from "../room.ts";
import { honest, reading } from "./reading.ts";

const { ack } = DeliveryService.method;
const _NOTHING = new Uint8Array(0);

export const orderCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-delivery.order.descending",
    rules: ["delivery.clients-in-order"],
    sends: "three messages in descending seq in one answer",
    expects: "the three texts in ascending seq",
    checks: ["shown"],
    ops: honest.ops,
    async run(trial) {
      const room = await groupRoom(trial);
      room.world.announces = false;
      for (const text of ["one", "two", "three"]) await room.bob.say(room.channel, text);
      reading(room.world, room.channel, (payloads) => payloads.toReversed());
      await gets(room, ["one", "two", "three"]);
    },
  }),

  defineClientCase({
    id: "client-delivery.order.commit-behind",
    rules: ["delivery.clients-in-order"],
    sends: "a Commit and a message of the new epoch, in descending seq",
    expects: "the message",
    checks: ["shown"],
    ops: honest.ops,
    async run(trial) {
      const room = await groupRoom(trial);
      room.world.announces = false;
      await room.bob.commit(room.channel);
      await room.bob.say(room.channel, "in the new epoch");
      reading(room.world, room.channel, (payloads) => payloads.toReversed());
      await gets(room, ["in the new epoch"]);
    },
  }),

  defineClientCase({
    id: "client-delivery.gap.large",
    rules: ["delivery.clients-repeats"],
    sends: "messages with seq 1,000,000 and 2^40 after the first ones",
    expects: "their texts",
    checks: ["shown"],
    ops: honest.ops,
    async run(trial) {
      const room = await groupRoom(trial);
      const inbox = inboxOf(room.world.state, room.aliceKey, room.channel);
      inbox.highest = 999_999n;
      await room.bob.say(room.channel, "a million");
      inbox.highest = 2n ** 40n - 1n;
      await room.bob.say(room.channel, "a lot");
      await gets(room, ["a million", "a lot"]);
    },
  }),

  defineClientCase({
    id: "client-delivery.gap.largest-good-seq",
    rules: ["delivery.clients-repeats"],
    sends: "a message with seq 2^63 - 2",
    expects: "its text, and an Ack of it",
    checks: ["shown", "acknowledged"],
    ops: honest.ops,
    async run(trial) {
      const room = await groupRoom(trial);
      const inbox = inboxOf(room.world.state, room.aliceKey, room.channel);
      inbox.highest = 2n ** 63n - 3n;
      await room.bob.say(room.channel, "far out");
      await gets(room, ["far out"]);
      const acks = asked(room.world, ack).map(({ seqUpTo }) => seqUpTo);
      trial.check("acknowledged", acks.includes(2n ** 63n - 2n), {
        expected: "Ack of 9223372036854775806",
        got: acks.join(", "),
      });
    },
  }),

  defineClientCase({
    id: "client-delivery.seq.beyond-bound",
    rules: ["client.seq-bound"],
    sends: "a message with seq 2^64 - 1, and later one with the seq that was next",
    expects: "the later message, and no Ack of the first",
    checks: ["shown", "not-acknowledged"],
    ...honest,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, channel, bob, alice } = room;
      const largest = 2n ** 64n - 1n;
      world.announces = false;
      await bob.say(channel, "hidden");
      const undo = reading(world, channel, (payloads) =>
        payloads.map(({ data }) => ({ seq: largest, data })),
      );
      await alice.recv(1, 400);
      undo();
      const inbox = inboxOf(world.state, room.aliceKey, channel);
      inbox.messages.splice(0);
      world.announces = true;
      await bob.say(channel, "after");
      const { messages } = await alice.recv(1);
      const texts = messages.map(({ text }) => text);
      trial.check("shown", texts.includes("after"), { expected: "after", got: texts.join(", ") });
      const acks = asked(world, ack).map(({ seqUpTo }) => seqUpTo);
      trial.check("not-acknowledged", !acks.some((seq) => seq >= 2n ** 63n), {
        expected: "no Ack above 2^63 - 1",
        got: acks.join(", "),
      });
    },
  }),

  defineClientCase({
    id: "client-delivery.many.more-than-one-answer",
    rules: ["delivery.clients-in-order", "delivery.limit-default"],
    sends: "230 messages, of which a read answers 100 at most",
    expects: "all texts in order",
    checks: ["shown"],
    ops: honest.ops,
    ms: 60_000,
    async run(trial) {
      const room = await groupRoom(trial);
      room.world.announces = false;
      const texts = Array.from({ length: 230 }, (_, at) => `number ${at}`);
      for (const text of texts) {
        const message = await room.bob.encrypt(room.channel, text);
        room.world.enqueue(room.aliceKey, room.channel, message);
      }
      await gets(room, texts, [], 20_000);
    },
  }),

  defineClientCase({
    id: "client-delivery.many.one-per-answer",
    rules: ["delivery.clients-in-order"],
    sends: "12 messages, one in each answer",
    expects: "all texts in order",
    checks: ["shown"],
    ops: honest.ops,
    async run(trial) {
      const room = await groupRoom(trial);
      room.world.announces = false;
      const texts = Array.from({ length: 12 }, (_, at) => `number ${at}`);
      for (const text of texts) await room.bob.say(room.channel, text);
      reading(room.world, room.channel, (payloads) => payloads.slice(0, 1));
      await gets(room, texts);
    },
  }),
];
