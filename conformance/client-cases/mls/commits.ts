// Commits and proposals of members who break the rules, and of people who are no members (spec/crypto/mls.md).

import type { RuleSlug } from "../../../src/registry/rules.ts";
import type { ErrorClass } from "../../adapter/protocol.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import {
  type Evil,
  evilCommit,
  wrongConfirmation,
  wrongPathSecrets,
  wrongSignature,
} from "../../hostile/world/evil.ts";
import { forgeKeyPackage } from "../../hostile/world/forged-key-package.ts";
import { join } from "../../hostile/world/person.ts";
import { directRoom, gets, groupRoom, OPS, type Room, refusedInInbox, talks } from "../room.ts";

const REJECTED: readonly ErrorClass[] = ["mls.reject", "msg.decode"];
const TWIN = "client-mls.group.honest";

interface Breach {
  readonly id: string;
  readonly rule: RuleSlug;
  readonly sends: string;
  evil(room: Room): Promise<Evil> | Evil;
}

const BREACHES: readonly Breach[] = [
  {
    id: "wrong-path-secrets",
    rule: "mls.path-keys",
    sends: "a Commit whose path secrets do not lead to the public keys of its path",
    evil: () => ({ suite: wrongPathSecrets }),
  },
  {
    id: "wrong-message-signature",
    rule: "mls.authenticity",
    sends: "a Commit with a wrong signature",
    evil: () => ({ suite: wrongSignature("FramedContentTBS") }),
  },
  {
    id: "wrong-leaf-signature",
    rule: "mls.authenticity",
    sends: "a Commit whose new leaf has a wrong signature",
    evil: () => ({ suite: wrongSignature("LeafNodeTBS") }),
  },
  {
    id: "wrong-confirmation",
    rule: "mls.authenticity",
    sends: "a Commit with a wrong confirmation tag",
    evil: () => ({ suite: wrongConfirmation }),
  },
  {
    id: "adds-unsigned-package",
    rule: "mls.key-package-check",
    sends: "a Commit that adds a KeyPackage whose signatures are wrong",
    evil: ({ carol }) => ({
      add: [
        forgeKeyPackage(new Uint8Array(32).fill(5), { outerSigner: carol.privateKey }).keyPackage,
      ],
    }),
  },
  {
    id: "adds-foreign-credential",
    rule: "mls.credential",
    sends: "a Commit that adds a leaf whose credential is not its signature key",
    evil: ({ trial, aliceKey }) => ({
      add: [forgeKeyPackage(trial.bytes(32), { identity: aliceKey }).keyPackage],
    }),
  },
  {
    id: "adds-a-name",
    rule: "mls.credential",
    sends: 'a Commit that adds a leaf with the credential "mallory"',
    evil: ({ trial }) => ({
      add: [
        forgeKeyPackage(trial.bytes(32), { identity: new TextEncoder().encode("mallory") })
          .keyPackage,
      ],
    }),
  },
  {
    id: "group-context-extensions",
    rule: "mls.proposals",
    sends: "a Commit of a GroupContextExtensions proposal",
    evil: () => ({
      proposals: [
        {
          proposalOrRefType: "proposal",
          proposal: {
            proposalType: "group_context_extensions",
            groupContextExtensions: { extensions: [] },
          },
        },
      ],
    }),
  },
];

const breaches = BREACHES.map(({ id, rule, sends, evil }) =>
  defineClientCase({
    id: `client-mls.commit.${id}`,
    rules: [rule, "client.faults"],
    sends: `${sends}, then a good message of the epoch that goes on`,
    expects: "the message, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob } = room;
      const { message } = await evilCommit(bob.place(channel).member, await evil(room));
      world.enqueue(aliceKey, channel, message);
      await refusedInInbox(room, REJECTED);
      await talks(room);
    },
  }),
);

export const commitCases: readonly ClientCase[] = [
  ...breaches,

  defineClientCase({
    id: "client-mls.commit.of-a-stranger",
    rules: ["mls.authenticity", "client.faults"],
    sends: "a Commit of Mallory, who made a group with the same ID of her own",
    expects: "the next message, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob } = room;
      const mallory = await join(world, "mallory");
      const { groupId, epoch } = bob.place(channel).member;
      const identity = { publicKey: mallory.identityKey, privateKey: mallory.privateKey };
      let member = await mallory.mls.createGroup(groupId, identity, Date.now());
      while (member.epoch < epoch) member = (await member.commit()).merge(member);
      world.enqueue(aliceKey, channel, (await member.commit()).message);
      world.enqueue(aliceKey, channel, (await member.send(trial.bytes(256))).message);
      await refusedInInbox(room, REJECTED);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-mls.commit.with-an-unknown-proposal",
    rules: ["mls.proposals", "client.faults"],
    sends: "a Commit that refers to a proposal which the user has never got",
    expects: "the next message, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob, carol } = room;
      const place = bob.place(channel);
      const { message } = await carol.place(channel).member.proposeUpdate();
      const { next } = await place.member.receive(message);
      world.enqueue(aliceKey, channel, (await next.commit()).message);
      await refusedInInbox(room, REJECTED);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-mls.commit.same-identity-twice",
    rules: ["mls.one-leaf", "client.faults"],
    sends: "a Commit that adds Carol, who has a leaf already",
    expects: "the next message, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob, carol } = room;
      const { keyPackage } = await carol.keyPackage();
      // A library that makes no such Commit leaves nothing to refuse.
      const made = await evilCommit(bob.place(channel).member, { add: [keyPackage] });
      world.enqueue(aliceKey, channel, made.message);
      await refusedInInbox(room, REJECTED);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-mls.commit.third-in-a-direct-conversation",
    rules: ["client.direct-group-id", "client.faults"],
    sends: "a Commit that adds Carol to a conversation of two",
    expects: "the next message of the epoch before, and a fault",
    severity: "SHOULD",
    checks: ["shown", "fault"],
    twin: "client-envelope.sealed.honest",
    ops: OPS.talk,
    async run(trial) {
      const room = await directRoom(trial);
      const { world, aliceKey, channel, bob, carol } = room;
      const { keyPackage } = await carol.keyPackage();
      const pending = await bob.place(channel).member.commit({ add: [keyPackage] });
      world.enqueue(aliceKey, channel, pending.message);
      await refusedInInbox(room, REJECTED);
    },
  }),

  defineClientCase({
    id: "client-mls.proposal.committed",
    rules: ["mls.rotation", "mls.members"],
    sends: "an Update proposal of Carol, Bob's Commit of it, and messages of both",
    expects: "the messages, and an answer that Bob reads",
    checks: ["shown", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { channel, bob, carol } = room;
      const place = carol.place(channel);
      const { next, message } = await place.member.proposeUpdate();
      place.member = next;
      carol.deliver(channel, message);
      await bob.read();
      await bob.commit(channel);
      await carol.read();
      await carol.say(channel, "with new keys");
      await bob.say(channel, "me too");
      await gets(room, ["with new keys", "me too"]);
      await bob.read();
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-mls.rollback.welcome-to-an-earlier-epoch",
    rules: ["client.no-rollback", "client.faults"],
    sends: "a new Welcome to the epoch in which the group was two Commits ago, then a good message",
    expects: "the message, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob, carol } = room;
      const old = bob.place(channel).member;
      for (let count = 0; count < 2; count++) {
        await bob.commit(channel);
        await carol.read();
      }
      const again = { remove: [aliceKey], add: [bob.packageOf(aliceKey)] };
      const { welcome = new Uint8Array(0) } = await old.commit(again);
      await bob.say(channel, "before");
      world.enqueue(aliceKey, new Uint8Array(0), bob.seal(aliceKey, welcome));
      await refusedInInbox(room, REJECTED, ["before"]);
      await talks(room);
    },
  }),
];
