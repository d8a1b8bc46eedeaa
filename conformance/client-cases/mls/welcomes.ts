// Welcomes that lead into no group, or into another than they say (spec/crypto/mls.md, Entering).

import type { RuleSlug } from "../../../src/registry/rules.ts";
import type { ErrorClass } from "../../adapter/protocol.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { flipped } from "../../hostile/world/bends.ts";
import { evilCommit, wrongConfirmation, wrongSignature } from "../../hostile/world/evil.ts";
import { forgeKeyPackage } from "../../hostile/world/forged-key-package.ts";
import { directGroupId, join } from "../../hostile/world/person.ts";
import { newChannel } from "../../hostile/world/state.ts";
import {
  arrive,
  directRoom,
  gets,
  groupRoom,
  OPS,
  type Room,
  refusedInInbox,
  talks,
} from "../room.ts";

const REJECTED: readonly ErrorClass[] = ["mls.reject", "msg.decode"];
const QUEUE = new Uint8Array(0);
const TWIN = "client-mls.welcome.second-group";

interface Fault {
  readonly id: string;
  readonly rule?: RuleSlug;
  readonly sends: string;
  readonly classes?: readonly ErrorClass[];
  welcome(room: Room): Promise<Uint8Array>;
}

/** made is an honest Welcome of Bob to a new group with the user. */
async function made(room: Room, groupId?: Uint8Array): Promise<Uint8Array> {
  const { world, bob, aliceKey, trial } = room;
  const id = groupId ?? trial.bytes(32);
  if (!groupId) newChannel(world.state, [bob.identityKey, aliceKey], id);
  const identity = { publicKey: bob.identityKey, privateKey: bob.privateKey };
  const alone = await bob.mls.createGroup(id, identity, Date.now());
  const { welcome = QUEUE } = await alone.commit({ add: [bob.packageOf(aliceKey)] });
  return welcome;
}

/** evilly is a Welcome to a new group that was made with a lie in it. */
async function evilly(room: Room, evil: Parameters<typeof evilCommit>[1]): Promise<Uint8Array> {
  const { world, bob, aliceKey, trial } = room;
  const id = trial.bytes(32);
  newChannel(world.state, [bob.identityKey, aliceKey], id);
  const identity = { publicKey: bob.identityKey, privateKey: bob.privateKey };
  const alone = await bob.mls.createGroup(id, identity, Date.now());
  const add = [...(evil.add ?? []), bob.packageOf(aliceKey)];
  return (await evilCommit(alone, { ...evil, add })).welcome ?? QUEUE;
}

const FAULTS: readonly Fault[] = [
  {
    id: "reference",
    sends: "a Welcome with one bit of its KeyPackageRef changed",
    welcome: async (room) => flipped(await made(room), 12),
  },
  {
    id: "secrets",
    sends: "a Welcome with one bit of its encrypted secrets changed",
    welcome: async (room) => flipped(await made(room), 100),
  },
  {
    id: "group-info",
    sends: "a Welcome with its last bit changed",
    welcome: async (room) => flipped(await made(room), -1),
  },
  {
    id: "cut",
    rule: "mls.exact-decoding",
    sends: "the first half of a Welcome",
    async welcome(room) {
      const whole = await made(room);
      return whole.slice(0, whole.length / 2);
    },
  },
  {
    id: "one-byte-more",
    rule: "mls.exact-decoding",
    sends: "a Welcome with one byte more",
    welcome: async (room) => new Uint8Array([...(await made(room)), 0]),
  },
  {
    id: "suite-3",
    rule: "mls.ciphersuite",
    sends: "a Welcome that says ciphersuite 0x0003",
    welcome: async (room) => Uint8Array.from(await made(room), (byte, at) => (at === 5 ? 3 : byte)),
  },
  {
    id: "for-somebody-else",
    sends: "a Welcome for a KeyPackage of Carol",
    async welcome({ bob, carol, trial }) {
      const identity = { publicKey: bob.identityKey, privateKey: bob.privateKey };
      const alone = await bob.mls.createGroup(trial.bytes(32), identity, Date.now());
      const add = [(await carol.keyPackage()).keyPackage];
      return (await alone.commit({ add })).welcome ?? QUEUE;
    },
  },
  {
    id: "wrong-confirmation",
    sends: "a Welcome to a group whose confirmation tag is wrong",
    welcome: (room) => evilly(room, { suite: wrongConfirmation }),
  },
  {
    id: "wrong-group-info-signature",
    rule: "mls.group-info-check",
    sends: "a Welcome whose GroupInfo is signed wrongly",
    welcome: (room) => evilly(room, { suite: wrongSignature("GroupInfoTBS") }),
  },
  {
    id: "wrong-leaf-signature",
    rule: "mls.tree-check",
    sends: "a Welcome to a group in which the leaf of its creator has a wrong signature",
    welcome: (room) => evilly(room, { suite: wrongSignature("LeafNodeTBS") }),
  },
  {
    id: "foreign-credential-in-tree",
    rule: "mls.credential",
    sends: "a Welcome to a group with a leaf whose credential is not its signature key",
    welcome: (room) =>
      evilly(room, {
        add: [
          forgeKeyPackage(room.trial.bytes(32), { identity: room.carol.identityKey }).keyPackage,
        ],
      }),
  },
  {
    id: "group-id-of-5-bytes",
    rule: "client.group-id",
    sends: "a Welcome to a group with an ID of 5 bytes",
    classes: ["mls.reject", "msg.decode", "local.invalid"],
    welcome: (room) => made(room, Uint8Array.of(1, 2, 3, 4, 5)),
  },
  {
    id: "record-of-others",
    rule: "client.group-id",
    sends: "a Welcome to a group with the ID of a record in which the user is not",
    classes: ["mls.reject", "msg.decode", "local.invalid"],
    async welcome(room) {
      const id = room.trial.bytes(32);
      newChannel(room.world.state, [room.bob.identityKey, room.carol.identityKey], id);
      return made(room, id);
    },
  },
  {
    id: "channel-of-others",
    rule: "client.direct-group-id",
    sends: "a Welcome to a direct group on a channel that is not the one with Bob",
    classes: ["mls.reject", "msg.decode", "local.invalid"],
    async welcome(room) {
      const { bob, carol, aliceKey, world } = room;
      const { id } = newChannel(world.state, [bob.identityKey, carol.identityKey]);
      return made(room, directGroupId(id, bob.identityKey, aliceKey));
    },
  },
];

const faults = FAULTS.map(({ id, rule = "mls.welcome-check", sends, classes, welcome }) =>
  defineClientCase({
    id: `client-mls.welcome.${id}`,
    rules: [rule, "client.faults"],
    sends: `${sends}, then a good message of a group that is there already`,
    expects: "the message, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await directRoom(trial);
      room.world.enqueue(room.aliceKey, QUEUE, await welcome(room));
      await refusedInInbox(room, classes ?? REJECTED);
      await talks(room);
    },
  }),
);

export const welcomeCases: readonly ClientCase[] = [
  ...faults,

  defineClientCase({
    id: TWIN,
    rules: ["mls.welcome"],
    sends: "a Welcome to a second group, sealed, and a message of it",
    expects: "the message",
    checks: ["shown"],
    ops: OPS.talk,
    async run(trial) {
      const room = await directRoom(trial);
      const second = await room.bob.startGroup([room.aliceKey, room.carol.identityKey]);
      await room.bob.say(second, "in the second group");
      await gets(room, ["in the second group"]);
    },
  }),

  defineClientCase({
    id: "client-mls.welcome.in-the-open",
    rules: ["client.payload", "hybrid-envelope.optional"],
    sends: "a Welcome without an envelope, and a message of its group",
    expects: "the message",
    checks: ["shown"],
    ops: OPS.talk,
    async run(trial) {
      const room = await directRoom(trial);
      const { world, aliceKey } = room;
      const key = world.state.hybridKeys;
      const kept = new Map(key);
      key.clear();
      const second = await room.bob.startGroup([aliceKey, room.carol.identityKey]);
      for (const [owner, one] of kept) key.set(owner, one);
      await room.bob.say(second, "without an envelope");
      await gets(room, ["without an envelope"]);
    },
  }),

  defineClientCase({
    id: "client-mls.welcome.twice",
    rules: ["mls.single-use", "client.faults"],
    sends: "the same Welcome twice, then a good message",
    expects: "the message once, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey } = room;
      const first = world.state.inboxes.get(`${Buffer.from(aliceKey).toString("hex")}/`);
      const welcome = first?.messages[0]?.data ?? QUEUE;
      world.enqueue(aliceKey, QUEUE, welcome);
      await refusedInInbox(room, REJECTED);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-mls.welcome.used-key-package",
    rules: ["mls.single-use", "client.faults"],
    sends: "a Welcome to another group for the KeyPackage of the first, then a good message",
    expects: "the message, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await arriveKnowingPackage(trial);
      const { world, aliceKey, bob, carol, used } = room;
      const id = trial.bytes(32);
      newChannel(world.state, [carol.identityKey, aliceKey], id);
      const identity = { publicKey: carol.identityKey, privateKey: carol.privateKey };
      const alone = await carol.mls.createGroup(id, identity, Date.now());
      const { welcome = QUEUE } = await alone.commit({ add: [used] });
      world.enqueue(aliceKey, QUEUE, bob.seal(aliceKey, welcome));
      await refusedInInbox(room, REJECTED);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-mls.welcome.of-somebody-new",
    rules: ["client.queues"],
    sends: "a Welcome of Mallory to a conversation of two, and her first message",
    expects: "the message, from her identity key",
    checks: ["shown", "sender"],
    ops: OPS.talk,
    async run(trial) {
      const room = await directRoom(trial);
      const mallory = await join(room.world, "mallory");
      const channel = await mallory.startDirect(room.aliceKey);
      await mallory.say(channel, "we have not met");
      const { messages } = await room.alice.recv(1);
      const [first] = messages;
      trial.check("shown", first?.text === "we have not met", {
        expected: "we have not met",
        got: String(first?.text),
      });
      const from = first && Buffer.compare(first.from, mallory.identityKey) === 0;
      trial.check("sender", from === true, {
        expected: Buffer.from(mallory.identityKey).toString("hex"),
        got: first ? Buffer.from(first.from).toString("hex") : "nobody",
      });
    },
  }),

  defineClientCase({
    id: "client-mls.welcome.next-generation",
    rules: ["client.direct-group-id"],
    sends: "a Welcome of Bob to a new generation of the conversation, and a message of it",
    expects: "the message, and an answer in the new generation",
    checks: ["shown", "honest-afterwards"],
    ops: OPS.talk,
    async run(trial) {
      const room = await directRoom(trial);
      const { bob, aliceKey, channel } = room;
      const { groupId } = bob.place(channel).member;
      const generation = Buffer.from(groupId).readUInt32BE(16);
      await bob.startDirect(aliceKey, undefined, generation);
      await bob.say(channel, "once more from the beginning");
      await gets(room, ["once more from the beginning"]);
      const sent = await room.alice.send(channel, "from the sdk");
      const heard = await bob.read();
      const newest = bob.place(channel).member.groupId;
      const isThere = heard.some(
        (one) => one.text === "from the sdk" && Buffer.compare(one.groupId, newest) === 0,
      );
      trial.check("honest-afterwards", isThere, {
        expected: "an answer in the group of the highest generation",
        got: JSON.stringify(sent),
      });
    },
  }),
];

async function arriveKnowingPackage(trial: Parameters<typeof directRoom>[0]) {
  const guest = await arrive(trial, { publish: true });
  const bob = await join(guest.world, "bob");
  const carol = await join(guest.world, "carol");
  const used = bob.packageOf(guest.aliceKey);
  const channel = await bob.startDirect(guest.aliceKey, used);
  await bob.say(channel, "first");
  await guest.alice.recv(1);
  return { ...guest, bob, carol, channel, used };
}
