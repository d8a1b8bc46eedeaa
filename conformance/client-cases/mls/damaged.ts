// PrivateMessages that were changed on the way (spec/crypto/mls.md).

import type { RuleSlug } from "../../../src/registry/rules.ts";
import type { ErrorClass } from "../../adapter/protocol.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { flipped } from "../../hostile/world/bends.ts";
import { gets, getsOnly, groupRoom, OPS, refusedInInbox, talks } from "../room.ts";

interface Damage {
  readonly id: string;
  readonly rule?: RuleSlug;
  readonly sends: string;
  change(message: Uint8Array): Uint8Array;
}

const REJECTED: readonly ErrorClass[] = ["mls.reject", "msg.decode", "local.invalid"];

// In a group with an ID of 32 bytes: group_id 5, epoch 37, content_type 45, authenticated_data 46,
// encrypted_sender_data 48 to 75, ciphertext from 78 on.
const AT = { groupId: 5, epoch: 44, contentType: 45, aad: 46, senderData: 48, ciphertext: 78 };

const replaced = (message: Uint8Array, at: number, byte: number) =>
  Uint8Array.from(message, (old, index) => (index === at ? byte : old));

const EXACT: RuleSlug = "mls.exact-decoding";

const DAMAGES: readonly Damage[] = [
  {
    id: "group-id",
    rule: "mls.other-group",
    sends: "one bit of the group ID changed",
    change: (message) => flipped(message, AT.groupId),
  },
  {
    id: "content-type",
    sends: "the content type changed to proposal",
    change: (message) => replaced(message, AT.contentType, 2),
  },
  {
    id: "content-type-unknown",
    rule: EXACT,
    sends: "a content type that there is none",
    change: (message) => replaced(message, AT.contentType, 9),
  },
  {
    id: "sender-data-first-byte",
    sends: "the first byte of the encrypted sender data changed",
    change: (message) => flipped(message, AT.senderData),
  },
  {
    id: "sender-data-tag",
    sends: "the last byte of the encrypted sender data changed",
    change: (message) => flipped(message, AT.senderData + 27),
  },
  {
    id: "ciphertext-first-byte",
    sends: "the first byte of the ciphertext changed",
    change: (message) => flipped(message, AT.ciphertext),
  },
  {
    id: "ciphertext-middle",
    sends: "a byte in the ciphertext changed",
    change: (message) => flipped(message, 200),
  },
  {
    id: "tag",
    sends: "the last bit changed",
    change: (message) => flipped(message, -1),
  },
  {
    id: "cut-by-one",
    rule: EXACT,
    sends: "the last byte missing",
    change: (message) => message.slice(0, -1),
  },
  {
    id: "cut-in-half",
    rule: EXACT,
    sends: "the second half missing",
    change: (message) => message.slice(0, message.length / 2),
  },
  {
    id: "one-byte-more",
    rule: EXACT,
    sends: "one byte more",
    change: (message) => new Uint8Array([...message, 0]),
  },
  {
    id: "long-length",
    rule: EXACT,
    sends: "the length of the group ID written in two bytes",
    change: (message) => new Uint8Array([...message.slice(0, 4), 0x40, ...message.slice(4)]),
  },
  {
    id: "version",
    rule: EXACT,
    sends: "version 2 in its head",
    change: (message) => replaced(message, 1, 2),
  },
  {
    id: "as-public-message",
    rule: "mls.handshake-encryption",
    sends: "the wire format of a PublicMessage in its head",
    change: (message) => replaced(message, 3, 1),
  },
  {
    id: "as-welcome",
    rule: EXACT,
    sends: "the wire format of a Welcome in its head",
    change: (message) => replaced(message, 3, 3),
  },
  {
    id: "as-key-package",
    rule: "mls.messages",
    sends: "the wire format of a KeyPackage in its head",
    change: (message) => replaced(message, 3, 5),
  },
];

const damages = DAMAGES.map(({ id, rule = "mls.authenticity", sends, change }) =>
  defineClientCase({
    id: `client-mls.damaged.${id}`,
    rules: [rule, "client.faults"],
    sends: `a message of a group with ${sends}, then a good one`,
    expects: "the second message alone, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: "client-mls.group.honest",
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob } = room;
      world.enqueue(aliceKey, channel, change(await bob.encrypt(channel, "damaged")));
      await refusedInInbox(room, REJECTED);
      await talks(room);
    },
  }),
);

export const damagedCases: readonly ClientCase[] = [
  ...damages,

  defineClientCase({
    id: "client-mls.damaged.original-afterwards",
    rules: ["client.faults"],
    sends: "three damaged copies of a message, then the message itself",
    expects: "the message, and faults",
    checks: ["shown", "fault"],
    twin: "client-mls.group.honest",
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob } = room;
      const message = await bob.encrypt(channel, "good after all");
      for (const at of [AT.senderData, AT.ciphertext, -1]) {
        world.enqueue(aliceKey, channel, flipped(message, at));
      }
      world.enqueue(aliceKey, channel, message);
      await gets(room, ["good after all"], REJECTED);
    },
  }),

  defineClientCase({
    id: "client-mls.damaged.commit-afterwards",
    rules: ["client.faults", "mls.authenticity"],
    sends: "two damaged copies of a Commit, then the Commit itself and a message of its epoch",
    expects: "the message, and faults",
    checks: ["shown", "fault"],
    twin: "client-mls.group.honest",
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob } = room;
      const place = bob.place(channel);
      const pending = await place.member.commit();
      for (const at of [AT.ciphertext + 40, -1]) {
        world.enqueue(aliceKey, channel, flipped(pending.message, at));
      }
      world.enqueue(aliceKey, channel, pending.message);
      place.member = pending.merge(place.member);
      await bob.say(channel, "in the new epoch");
      await gets(room, ["in the new epoch"], REJECTED);
    },
  }),

  defineClientCase({
    id: "client-mls.group.honest",
    rules: ["mls.members"],
    sends: "messages and a Commit of two others in a group",
    expects: "the messages and no fault, and an answer that Bob reads",
    checks: ["shown", "no-fault", "honest-afterwards"],
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { channel, bob, carol } = room;
      await bob.say(channel, "one");
      await carol.read();
      await carol.commit(channel);
      await bob.read();
      await carol.say(channel, "two");
      await getsOnly(room, ["one", "two"]);
      await bob.read();
      await talks(room);
    },
  }),
];
