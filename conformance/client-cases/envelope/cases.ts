// Hybrid envelopes in an inbox that do not open (spec/crypto/hybrid-envelope.md), and what an SDK seals itself.

import { ENVELOPE_OVERHEAD, sealEnvelope } from "../../../src/crypto/hybrid/envelope.ts";
import { hybridPublicKey, newHybridKey } from "../../../src/crypto/hybrid/keys.ts";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { RuleSlug } from "../../../src/registry/rules.ts";
import type { ErrorClass } from "../../adapter/protocol.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { asked, flipped } from "../../hostile/world/bends.ts";
import { hex } from "../../hostile/world/state.ts";
import {
  directRoom,
  gets,
  getsOnly,
  groupRoom,
  OPS,
  type Room,
  refusedInInbox,
  talks,
  textsOf,
} from "../room.ts";

const { enqueue, batchEnqueue } = DeliveryService.method;

interface Damage {
  readonly id: string;
  readonly rule?: RuleSlug;
  readonly sends: string;
  readonly classes?: readonly ErrorClass[];
  change(envelope: Uint8Array, room: Room): Uint8Array;
}

const AUTH: readonly ErrorClass[] = ["hybrid.auth"];
const VERSION: readonly ErrorClass[] = [
  "hybrid.auth",
  "hybrid.version",
  "msg.decode",
  "mls.reject",
];

const reheaded = (version: number) => (envelope: Uint8Array) =>
  Uint8Array.from(envelope, (byte, at) => (at === 0 ? version : byte));

const DAMAGES: readonly Damage[] = [
  {
    id: "ephemeral-key",
    sends: "one bit of the ephemeral key changed",
    change: (e) => flipped(e, 1),
  },
  {
    id: "ephemeral-key-top-bit",
    rule: "hybrid-envelope.header-bound",
    sends: "the top bit of the ephemeral key changed, which X25519 ignores",
    change: (e) => flipped(e, 32, 0x80),
  },
  {
    id: "ephemeral-key-low-order",
    rule: "hybrid-envelope.zero-secret",
    sends: "an ephemeral key of 32 zero bytes",
    change: (e) => Uint8Array.from(e, (byte, at) => (at >= 1 && at < 33 ? 0 : byte)),
  },
  {
    id: "kem-first-byte",
    sends: "the first byte of the ML-KEM ciphertext changed",
    change: (e) => flipped(e, 33),
  },
  {
    id: "kem-middle",
    sends: "a byte in the ML-KEM ciphertext changed",
    change: (e) => flipped(e, 700),
  },
  {
    id: "kem-last-byte",
    sends: "the last byte of the ML-KEM ciphertext changed",
    change: (e) => flipped(e, 1120),
  },
  { id: "nonce", sends: "one bit of the nonce changed", change: (e) => flipped(e, 1121) },
  {
    id: "ciphertext-first-byte",
    sends: "the first byte of the ciphertext changed",
    change: (e) => flipped(e, 1133),
  },
  {
    id: "ciphertext-last-byte",
    sends: "the last byte before the tag changed",
    change: (e) => flipped(e, -17),
  },
  { id: "tag", sends: "the last bit of the tag changed", change: (e) => flipped(e, -1) },
  { id: "cut-by-one", sends: "the last byte missing", change: (e) => e.slice(0, -1) },
  { id: "one-byte-more", sends: "one byte more", change: (e) => new Uint8Array([...e, 0]) },
  {
    id: "shortest-less-one",
    rule: "hybrid-envelope.shortest",
    sends: "1,148 bytes that begin with the version",
    change: (e) => e.slice(0, ENVELOPE_OVERHEAD - 1),
  },
  {
    id: "version-byte-alone",
    rule: "hybrid-envelope.shortest",
    sends: "the version byte alone",
    change: () => Uint8Array.of(1),
  },
  {
    id: "version-2",
    rule: "hybrid-envelope.version",
    sends: "version 2",
    classes: VERSION,
    change: reheaded(2),
  },
  {
    id: "version-255",
    rule: "hybrid-envelope.version",
    sends: "version 255",
    classes: VERSION,
    change: reheaded(255),
  },
];

const damages = DAMAGES.map(({ id, rule, sends, classes = AUTH, change }) =>
  defineClientCase({
    id: `client-envelope.damaged.${id}`,
    rules: [rule ?? "hybrid-envelope.tampered", "client.faults"],
    sends: `a message in an envelope with ${sends}, then a good one`,
    expects: "the second message alone, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: "client-envelope.sealed.honest",
    ops: OPS.talk,
    async run(trial) {
      const room = await directRoom(trial);
      const message = await room.bob.encrypt(room.channel, "damaged");
      const envelope = change(room.bob.seal(room.aliceKey, message), room);
      room.world.enqueue(room.aliceKey, room.channel, envelope);
      await refusedInInbox(room, classes);
      await talks(room);
    },
  }),
);

export const envelopeCases: readonly ClientCase[] = [
  ...damages,

  defineClientCase({
    id: "client-envelope.sealed.honest",
    rules: ["client.payload"],
    sends: "a message in an envelope",
    expects: "the message and no fault, and an answer that Bob reads",
    checks: ["shown", "no-fault", "honest-afterwards"],
    ops: OPS.talk,
    async run(trial) {
      const room = await directRoom(trial);
      await room.bob.say(room.channel, "sealed");
      await getsOnly(room, ["sealed"]);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-envelope.damaged.original-afterwards",
    rules: ["client.faults", "hybrid-envelope.one-error"],
    sends: "a damaged copy of an envelope, then the envelope itself",
    expects: "the message: what was refused has changed nothing",
    checks: ["shown", "fault"],
    twin: "client-envelope.sealed.honest",
    ops: OPS.talk,
    async run(trial) {
      const room = await directRoom(trial);
      const message = await room.bob.encrypt(room.channel, "good after all");
      const envelope = room.bob.seal(room.aliceKey, message);
      room.world.enqueue(room.aliceKey, room.channel, flipped(envelope, 1200));
      room.world.enqueue(room.aliceKey, room.channel, envelope);
      await gets(room, ["good after all"], AUTH);
    },
  }),

  defineClientCase({
    id: "client-envelope.damaged.for-somebody-else",
    rules: ["hybrid-envelope.wrong-key", "client.faults"],
    sends: "a message in an envelope for another key, then a good one",
    expects: "the second message alone, and a fault",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: "client-envelope.sealed.honest",
    ops: OPS.talk,
    async run(trial) {
      const room = await directRoom(trial);
      const message = await room.bob.encrypt(room.channel, "for another");
      const envelope = sealEnvelope(hybridPublicKey(newHybridKey()), message);
      room.world.enqueue(room.aliceKey, room.channel, envelope);
      await refusedInInbox(room, AUTH);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-envelope.damaged.outer-aad",
    rules: ["hybrid-envelope.header-bound", "client.faults"],
    sends: "a message in an envelope with an outer aad, then a good one",
    expects: "the second message alone, and a fault",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: "client-envelope.sealed.honest",
    ops: OPS.talk,
    async run(trial) {
      const room = await directRoom(trial);
      const message = await room.bob.encrypt(room.channel, "with aad");
      const key = room.world.state.hybridKeys.get(hex(room.aliceKey)) ?? new Uint8Array(0);
      const envelope = sealEnvelope(key, message, { aad: room.aliceKey });
      room.world.enqueue(room.aliceKey, room.channel, envelope);
      await refusedInInbox(room, AUTH);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-envelope.damaged.envelope-in-envelope",
    rules: ["hybrid-envelope.payload", "client.faults"],
    sends: "an envelope within an envelope, then a good one",
    expects: "the second message alone, and a fault",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: "client-envelope.sealed.honest",
    ops: OPS.talk,
    async run(trial) {
      const room = await directRoom(trial);
      const { bob, aliceKey, world, channel } = room;
      const message = await bob.encrypt(channel, "twice sealed");
      world.enqueue(aliceKey, channel, bob.seal(aliceKey, bob.seal(aliceKey, message)));
      await refusedInInbox(room, ["hybrid.auth", "msg.decode", "mls.reject"]);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-envelope.damaged.empty-inside",
    rules: ["hybrid-envelope.payload", "client.faults"],
    sends: "an envelope with nothing in it, then a good one",
    expects: "the second message alone, and a fault",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: "client-envelope.sealed.honest",
    ops: OPS.talk,
    async run(trial) {
      const room = await directRoom(trial);
      const { bob, aliceKey, world, channel } = room;
      world.enqueue(aliceKey, channel, bob.seal(aliceKey, new Uint8Array(0)));
      await refusedInInbox(room, ["hybrid.auth", "msg.decode", "mls.reject"]);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-envelope.plain.taken",
    rules: ["client.payload"],
    sends: "a message without an envelope where one would be due",
    expects: "the message: a client takes both",
    checks: ["shown"],
    ops: OPS.talk,
    async run(trial) {
      const room = await directRoom(trial);
      const message = await room.bob.encrypt(room.channel, "in the open");
      room.world.enqueue(room.aliceKey, room.channel, message);
      await gets(room, ["in the open"]);
    },
  }),

  defineClientCase({
    id: "client-envelope.sealed.in-a-group",
    rules: ["client.payload"],
    sends: "a message of a group of three in an envelope for the user alone",
    expects: "the message: a client takes both",
    checks: ["shown"],
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const message = await room.bob.encrypt(room.channel, "sealed for one");
      room.world.enqueue(room.aliceKey, room.channel, room.bob.seal(room.aliceKey, message));
      await gets(room, ["sealed for one"]);
    },
  }),

  defineClientCase({
    id: "client-envelope.sealed.one-recipient",
    rules: ["client.envelope"],
    sends: "honest answers to the user who writes to Bob, who has a hybrid key",
    expects: "each message in an envelope that Bob opens",
    checks: ["sealed"],
    ops: OPS.talk,
    async run(trial) {
      const { alice, bob, channel } = await directRoom(trial);
      trial.ok(await alice.send(channel, "one"), "send");
      trial.ok(await alice.send(channel, "two"), "send");
      const heard = await bob.read();
      const all = heard.every(({ sealed }) => sealed) && textsOf(heard).length === 2;
      trial.check("sealed", all, { expected: "two envelopes", got: `${heard.length} messages` });
    },
  }),

  defineClientCase({
    id: "client-envelope.sealed.fresh",
    rules: ["hybrid-envelope.fresh"],
    sends: "honest answers to the user who writes the same to Bob three times",
    expects: "another ephemeral key, ML-KEM ciphertext and nonce in every envelope",
    checks: ["fresh"],
    ops: OPS.talk,
    async run(trial) {
      const { world, alice, channel } = await directRoom(trial);
      for (let times = 0; times < 3; times++) trial.ok(await alice.send(channel, "same"), "send");
      const parts = asked(world, enqueue).flatMap(({ payload }) => [
        hex(payload.subarray(1, 33)),
        hex(payload.subarray(33, 1121)),
        hex(payload.subarray(1121, 1133)),
      ]);
      trial.check("fresh", parts.length === 9 && new Set(parts).size === 9, {
        expected: "9 different parts",
        got: `${new Set(parts).size} different of ${parts.length}`,
      });
    },
  }),

  defineClientCase({
    id: "client-envelope.sealed.several-recipients",
    rules: ["client.envelope", "hybrid-envelope.not-in-mls"],
    sends: "honest answers to the user who writes to a group of three",
    expects: "one MLSMessage for both others, without an envelope",
    checks: ["open"],
    ops: OPS.talk,
    async run(trial) {
      const { world, alice, bob, carol, channel } = await groupRoom(trial);
      trial.ok(await alice.send(channel, "for both"), "send");
      const payloads = asked(world, batchEnqueue).map(({ payload }) => payload[0]);
      const texts = [...textsOf(await bob.read()), ...textsOf(await carol.read())];
      const isOpen =
        payloads.length === 1 && payloads[0] === 0 && texts.join() === "for both,for both";
      trial.check("open", isOpen, {
        expected: "one BatchEnqueue with a payload that begins with 00, read by both",
        got: `${payloads.length} BatchEnqueue, first bytes ${payloads.join()}; read: ${texts.join()}`,
      });
    },
  }),
];
