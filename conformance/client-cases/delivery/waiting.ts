// Waiting for messages, and what a client reads and acknowledges (spec/services/delivery.md).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { asked, refuse } from "../../hostile/world/bends.ts";
import { inboxOf } from "../../hostile/world/state.ts";
import { directRoom, gets, groupRoom, refusedInInbox, talks } from "../room.ts";
import { honest } from "./reading.ts";

const { fetch, fetchWait, ack } = DeliveryService.method;
const _NOTHING = new Uint8Array(0);

export const waitingCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-delivery.wait.woken",
    rules: ["events.client-independent", "delivery.wait-wakes"],
    sends: "a message half a second after the user began to wait",
    expects: "the message well before the time is over",
    checks: ["shown"],
    ops: honest.ops,
    async run(trial) {
      const room = await directRoom(trial);
      const waiting = room.alice.recv(1, 8_000);
      await new Promise((resolve) => setTimeout(resolve, 500));
      await room.bob.say(room.channel, "wake up");
      const { messages } = await waiting;
      const texts = messages.map(({ text }) => text);
      trial.check("shown", texts.join() === "wake up", { expected: "wake up", got: texts.join() });
    },
  }),

  defineClientCase({
    id: "client-delivery.wait.after-reconnect",
    rules: ["events.client-catch-up"],
    sends: "the end of the connection while the user waits, then a message that no event tells of",
    expects: "the message, fetched after the reconnect",
    checks: ["shown"],
    ops: honest.ops,
    async run(trial) {
      const room = await directRoom(trial);
      const waiting = room.alice.recv(1, 10_000);
      await new Promise((resolve) => setTimeout(resolve, 300));
      room.world.announces = false;
      await room.world.hangUp();
      await room.bob.say(room.channel, "while you were away");
      const texts = (await waiting).messages.map(({ text }) => text).join();
      trial.check("shown", texts === "while you were away", {
        expected: "while you were away",
        got: texts || "nothing",
      });
    },
  }),

  defineClientCase({
    id: "client-delivery.wait.nothing",
    rules: ["delivery.empty-queue"],
    sends: "empty answers to every read",
    expects: "ok without messages or faults when the time is over, and the next message",
    checks: ["empty", "shown"],
    ops: honest.ops,
    async run(trial) {
      const room = await directRoom(trial);
      const { messages, faults } = await room.alice.recv(1, 300);
      trial.check("empty", messages.length + faults.length === 0, {
        expected: "nothing",
        got: JSON.stringify({ messages: messages.length, faults }),
      });
      await room.bob.say(room.channel, "later");
      await gets(room, ["later"]);
    },
  }),

  defineClientCase({
    id: "client-delivery.ack.follows",
    rules: ["client.write-before-ack"],
    sends: "three messages",
    expects: "an Ack of the last, and none beyond it",
    checks: ["shown", "acknowledged"],
    ops: honest.ops,
    async run(trial) {
      const room = await groupRoom(trial);
      for (const text of ["one", "two", "three"]) await room.bob.say(room.channel, text);
      await gets(room, ["one", "two", "three"]);
      const { highest } = inboxOf(room.world.state, room.aliceKey, room.channel);
      await room.alice.recv(0, 200);
      const acks = asked(room.world, ack)
        .filter(({ channelId }) => channelId.length > 0)
        .map(({ seqUpTo }) => seqUpTo);
      const isDone = acks.includes(highest) && acks.every((seq) => seq <= highest);
      trial.check("acknowledged", isDone, {
        expected: `Ack up to ${highest}`,
        got: acks.join(", ") || "none",
      });
    },
  }),

  defineClientCase({
    id: "client-delivery.unknown.group",
    rules: ["client.faults"],
    sends: "a good message of a group that the user is not in, then one of his own",
    expects: "the second message, and a fault",
    checks: ["shown", "fault", "honest-afterwards"],
    ...honest,
    async run(trial) {
      const room = await directRoom(trial);
      const { world, bob, carol, aliceKey } = room;
      const other = await bob.startGroup([carol.identityKey]);
      world.enqueue(aliceKey, room.channel, await bob.encrypt(other, "not for you"));
      await refusedInInbox(room, ["mls.reject", "msg.decode", "local.invalid"]);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-delivery.unknown.event-of-a-channel",
    rules: ["events.client-independent"],
    sends: "an event about a channel that the user has no part in, then a good message",
    expects: "the message",
    checks: ["shown"],
    ops: honest.ops,
    async run(trial) {
      const room = await directRoom(trial);
      room.world.enqueue(room.aliceKey, trial.bytes(16), Uint8Array.of(0, 1, 2));
      await room.bob.say(room.channel, "known");
      await gets(room, ["known"]);
    },
  }),

  defineClientCase({
    id: "client-delivery.refused.one-read",
    rules: ["methods.client-retry"],
    sends: "Unavailable for the first reads, then honest answers",
    expects: "the message in the end",
    checks: ["shown"],
    ops: honest.ops,
    async run(trial) {
      const room = await directRoom(trial);
      const undo = [
        refuse(room.world, fetch, Status.Unavailable),
        refuse(room.world, fetchWait, Status.Unavailable),
      ];
      await room.bob.say(room.channel, "in the end");
      await room.alice.ask("recv", { want: 1, timeout_ms: 300 });
      for (const one of undo) one();
      await gets(room, ["in the end"], [], 10_000);
    },
  }),
];
