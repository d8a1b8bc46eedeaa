// Inboxes that repeat what was read (spec/services/delivery.md, Clients).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { inboxOf, type StoredMessage } from "../../hostile/world/state.ts";
import { directRoom, gets, groupRoom, OPS } from "../room.ts";
import { getsAlone, honest, reading } from "./reading.ts";

const { ack } = DeliveryService.method;

const NOTHING = new Uint8Array(0);

export const repeatsCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-delivery.repeats.in-one-answer",
    rules: ["delivery.clients-repeats"],
    sends: "every message twice in one answer, under the same seq",
    expects: "each text once",
    checks: ["shown", "honest-afterwards"],
    ...honest,
    async run(trial) {
      const room = await groupRoom(trial);
      room.world.announces = false;
      await room.bob.say(room.channel, "one");
      await room.bob.say(room.channel, "two");
      const undo = reading(room.world, room.channel, (payloads) => [...payloads, ...payloads]);
      await gets(room, ["one", "two"]);
      undo();
      await room.bob.say(room.channel, "three");
      await getsAlone(room, "three");
    },
  }),

  defineClientCase({
    id: "client-delivery.repeats.acknowledged",
    rules: ["delivery.clients-repeats"],
    sends: "messages that were acknowledged once more, with every read",
    expects: "no text twice",
    checks: ["shown", "honest-afterwards"],
    ...honest,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel } = room;
      const all = (): readonly StoredMessage[] => inboxOf(world.state, aliceKey, channel).messages;
      await room.bob.say(channel, "one");
      await gets(room, ["one"]);
      const undo = reading(world, channel, () => all());
      await room.bob.say(channel, "two");
      await getsAlone(room, "two");
      undo();
    },
  }),

  defineClientCase({
    id: "client-delivery.repeats.ack-lost",
    rules: ["delivery.clients-repeats", "client.write-before-ack"],
    sends: "RESET_STREAM instead of the answer to the first Ack, which is not carried out",
    expects: "each text once",
    checks: ["shown", "honest-afterwards"],
    ...honest,
    async run(trial) {
      const room = await groupRoom(trial);
      let isLost = false;
      room.world.bend(methodOf(ack).id, async (_, honestly) => {
        if (isLost) return honestly();
        isLost = true;
        return "reset";
      });
      await room.bob.say(room.channel, "one");
      await gets(room, ["one"]);
      await room.bob.say(room.channel, "two");
      await getsAlone(room, "two");
    },
  }),

  defineClientCase({
    id: "client-delivery.repeats.under-another-seq",
    rules: ["client.replays"],
    sends: "a message that was read once more, under a new seq, in an envelope and without",
    expects: "its text once",
    checks: ["shown", "honest-afterwards"],
    ...honest,
    async run(trial) {
      const room = await directRoom(trial);
      const { world, aliceKey, channel, bob } = room;
      const message = await bob.encrypt(channel, "said once");
      world.enqueue(aliceKey, channel, bob.seal(aliceKey, message));
      await gets(room, ["said once"]);
      world.enqueue(aliceKey, channel, bob.seal(aliceKey, message));
      world.enqueue(aliceKey, channel, message);
      world.enqueue(aliceKey, NOTHING, message);
      await bob.say(channel, "after");
      await getsAlone(room, "after");
    },
  }),

  defineClientCase({
    id: "client-delivery.repeats.after-restart",
    rules: ["client.replays"],
    sends: "a message once more under a new seq, after the program ended and began again",
    expects: "its text once",
    checks: ["shown", "honest-afterwards"],
    twin: honest.twin,
    ops: [...OPS.talk, "user.reopen", "user.login"],
    async run(trial) {
      const room = await directRoom(trial);
      const { world, aliceKey, channel, bob, alice } = room;
      const message = await bob.encrypt(channel, "said once");
      world.enqueue(aliceKey, channel, message);
      await gets(room, ["said once"]);
      trial.ok(await alice.ask("user.reopen"), "user.reopen");
      await alice.login();
      world.enqueue(aliceKey, channel, message);
      await bob.say(channel, "after");
      await getsAlone(room, "after");
    },
  }),
];
