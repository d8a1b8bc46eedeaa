// What a client puts into inboxes, and what it repeats (spec/client/client.md, Sending).

import { newIdentityKey } from "../../../src/crypto/identity/signing.ts";
import { DeliveryService, HealthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { asked, lie, refuse } from "../../hostile/world/bends.ts";
import { contentIn } from "../../hostile/world/content.ts";
import { join } from "../../hostile/world/person.ts";
import { hex, same } from "../../hostile/world/state.ts";
import { arrive, directRoom, gets, groupRoom, OPS, textsOf } from "../room.ts";

const { enqueue, batchEnqueue } = DeliveryService.method;

const NOTHING = new Uint8Array(0);
const _TWIN = "client-keys.package.honest";

/** The ways in which the answer to an Enqueue may be lost. */
const LOSSES = [
  { id: "reset", sends: "RESET_STREAM", how: "reset" },
  { id: "connection-closed", sends: "the end of the connection", how: "hang-up" },
  { id: "unavailable", sends: "Unavailable", how: Status.Unavailable },
] as const;

const lost = LOSSES.map(({ id, sends, how }) =>
  defineClientCase({
    id: `client-delivery.outbox.answer-lost-${id}`,
    rules: ["client.outbox"],
    sends: `${sends} instead of the answer to the first Enqueue of a message, which is carried out`,
    expects: "the same bytes under the same message_id once more, which Bob reads once",
    checks: ["shown", "repeated", "heard"],
    ops: OPS.talk,
    ms: 60_000,
    async run(trial) {
      const room = await directRoom(trial);
      const { world, alice, bob, channel } = room;
      let isLost = false;
      world.bend(methodOf(enqueue).id, async (_, honest) => {
        const answer = await honest();
        if (isLost) return answer;
        isLost = true;
        return typeof how === "number" ? { status: how, payload: new Uint8Array(0) } : how;
      });
      await alice.send(channel, "said once");
      await bob.say(channel, "wake up");
      await gets({ trial, alice }, ["wake up"], [], 10_000);
      const until = Date.now() + 12_000;
      while (asked(world, enqueue).length < 2 && Date.now() < until) await alice.recv(1, 1_000);
      const [first, second] = asked(world, enqueue);
      const isSame =
        first &&
        second &&
        same(first.payload, second.payload) &&
        same(first.messageId, second.messageId) &&
        first.messageId.length === 16;
      trial.check("repeated", isSame === true, {
        expected: "the same payload and message_id of 16 bytes twice",
        got: asked(world, enqueue)
          .map(({ payload, messageId }) => `${payload.length} bytes, ${hex(messageId)}`)
          .join("; "),
      });
      const texts = textsOf(await bob.read()).join();
      trial.check("heard", texts === "said once", { expected: "said once", got: texts });
    },
  }),
);

export const outboxCases: readonly ClientCase[] = [
  ...lost,

  defineClientCase({
    id: "client-delivery.outbox.message-ids",
    rules: ["client.outbox"],
    sends: "honest answers to three messages",
    expects: "another message_id of 16 bytes for each",
    checks: ["ids"],
    ops: OPS.talk,
    async run(trial) {
      const { world, alice, channel } = await directRoom(trial);
      for (const text of ["one", "two", "three"]) trial.ok(await alice.send(channel, text), "send");
      const ids = asked(world, enqueue).map(({ messageId }) => hex(messageId));
      const isEach = ids.length === 3 && new Set(ids).size === 3;
      trial.check("ids", isEach && ids.every((id) => id.length === 32), {
        expected: "three different ids of 16 bytes",
        got: ids.join(", "),
      });
    },
  }),

  defineClientCase({
    id: "client-delivery.outbox.in-order",
    rules: ["client.outbox"],
    sends: "honest answers to five messages that are sent one after the other",
    expects: "the five in order at Bob's",
    checks: ["heard"],
    ops: OPS.talk,
    async run(trial) {
      const { alice, bob, channel } = await directRoom(trial);
      for (const text of ["1", "2", "3", "4", "5"]) trial.ok(await alice.send(channel, text));
      const texts = textsOf(await bob.read()).join();
      trial.check("heard", texts === "1,2,3,4,5", { expected: "1,2,3,4,5", got: texts });
    },
  }),

  defineClientCase({
    id: "client-delivery.outbox.refused",
    rules: ["client.faults"],
    sends: "Forbidden for an Enqueue",
    expects:
      "an error or a queued message, and the next one at Bob's when the server is honest again",
    checks: ["heard"],
    ops: OPS.talk,
    async run(trial) {
      const { world, alice, bob, channel } = await directRoom(trial);
      const undo = refuse(world, enqueue, Status.Forbidden);
      await alice.send(channel, "refused");
      undo();
      await alice.send(channel, "taken");
      const texts = textsOf(await bob.read());
      trial.check("heard", texts.includes("taken"), { expected: "taken", got: texts.join() });
    },
  }),

  defineClientCase({
    id: "client-delivery.proof.empty",
    rules: ["identity.delivery-proof-optional"],
    sends: "a signing_key in Health, and Enqueue answers without a delivery_proof",
    expects: "ok, no fault, and the message at Bob's",
    checks: ["heard", "no-fault"],
    ops: OPS.talk,
    async run(trial) {
      const { world, alice, bob, channel } = await directRoom(trial);
      const { publicKey: signingKey } = newIdentityKey();
      lie(world, HealthService.method.health, () => ({ status: "ok", uptimeSecs: 1n, signingKey }));
      trial.ok(await alice.send(channel, "without a receipt"), "send");
      const texts = textsOf(await bob.read()).join();
      trial.check("heard", texts === "without a receipt", {
        expected: "without a receipt",
        got: texts,
      });
      await bob.say(channel, "and?");
      const { faults } = await alice.recv(1);
      trial.check("no-fault", faults.length === 0, {
        expected: "no fault",
        got: JSON.stringify(faults),
      });
    },
  }),

  defineClientCase({
    id: "client-delivery.content.well-formed",
    rules: ["padding.messages", "content.fields"],
    sends: "honest answers to a message in letters of several alphabets",
    expects: "a padded content with an id, a time of now and the text",
    checks: ["content", "id", "time"],
    ops: OPS.talk,
    async run(trial) {
      const { alice, bob, channel } = await directRoom(trial);
      const text = "Grüße, Ελλάδα, 你好 🙂";
      trial.ok(await alice.send(channel, text), "send");
      const [heard] = await bob.read();
      const content = heard?.text === undefined ? undefined : contentIn(heard.plaintext ?? NOTHING);
      trial.check("content", heard?.text === text, { expected: text, got: String(heard?.text) });
      const id = content?.id ?? new Uint8Array(0);
      trial.check("id", id.length === 16, { expected: "16 bytes", got: `${id.length} bytes` });
      const away = Math.abs(Date.now() - Number(content?.sentAtMs ?? 0n));
      trial.check("time", away < 60_000, { expected: "now", got: `${away} ms away` });
    },
  }),

  defineClientCase({
    id: "client-delivery.content.uuid",
    rules: ["content.fresh-id"],
    sends: "honest answers to three messages",
    expects: "a UUIDv7 of its own in each content",
    checks: ["ids"],
    ops: OPS.talk,
    async run(trial) {
      const { alice, bob, channel } = await directRoom(trial);
      for (const text of ["one", "two", "three"]) trial.ok(await alice.send(channel, text), "send");
      const ids = (await bob.read()).flatMap(({ plaintext, text }) =>
        plaintext && text ? [contentIn(plaintext).id] : [],
      );
      const isV7 = (id: Uint8Array) => (id[6] ?? 0) >> 4 === 7 && (id[8] ?? 0) >> 6 === 2;
      const isEach = new Set(ids.map(hex)).size === 3 && ids.every(isV7);
      trial.check("ids", isEach, { expected: "3 UUIDv7", got: ids.map(hex).join(", ") });
    },
  }),

  defineClientCase({
    id: "client-delivery.content.sizes",
    rules: ["padding.messages", "mls.padding"],
    sends: "honest answers to texts of 1 and of 150 bytes",
    expects: "payloads of one size: the content is padded, and nothing else is",
    checks: ["sizes"],
    ops: OPS.talk,
    async run(trial) {
      const { world, alice, channel } = await directRoom(trial);
      trial.ok(await alice.send(channel, "x"), "send");
      trial.ok(await alice.send(channel, "x".repeat(150)), "send");
      const sizes = asked(world, enqueue).map(({ payload }) => payload.length);
      trial.check("sizes", sizes.length === 2 && sizes[0] === sizes[1], {
        expected: "two payloads of one size",
        got: sizes.join(", "),
      });
    },
  }),

  defineClientCase({
    id: "client-delivery.queues.welcome-and-message",
    rules: ["client.queues"],
    sends: "honest answers to the user who begins a conversation",
    expects: "the Welcome on the default queue, the message on the channel",
    checks: ["queues"],
    ops: OPS.begin,
    async run(trial) {
      const { world, alice } = await arrive(trial, { publish: true });
      const bob = await join(world, "bob");
      const channel = await alice.createChannel("bob");
      trial.ok(await alice.send(channel, "hello"), "send");
      const places = (await bob.read()).map(({ kind, channelId }) => `${kind} ${hex(channelId)}`);
      const expected = `welcome , application ${hex(channel)}`;
      trial.check("queues", places.join(", ") === expected, { expected, got: places.join(", ") });
    },
  }),

  defineClientCase({
    id: "client-delivery.members.only",
    rules: ["mls.members"],
    sends: "honest answers to a message in a group of three",
    expects: "one copy for each of the others, and none for the sender",
    checks: ["recipients"],
    ops: OPS.talk,
    async run(trial) {
      const { world, alice, aliceKey, bob, carol, channel } = await groupRoom(trial);
      trial.ok(await alice.send(channel, "to both"), "send");
      const keys = [
        ...asked(world, batchEnqueue).flatMap(({ recipientKeys }) => recipientKeys),
        ...asked(world, enqueue).map(({ recipientKey }) => recipientKey),
      ].map(hex);
      const expected = [bob, carol].map(({ identityKey }) => hex(identityKey)).sort();
      trial.check("recipients", keys.sort().join() === expected.join(), {
        expected: expected.join(", "),
        got: `${keys.join(", ")} (the user is ${hex(aliceKey)})`,
      });
    },
  }),
];
