// Epochs: what comes too late, too early, twice, or from somebody who is gone (spec/crypto/mls.md, Order).

import type { ErrorClass } from "../../adapter/protocol.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import type { Person } from "../../hostile/world/person.ts";
import { gets, groupRoom, OPS, type Room, refusedInInbox, talks } from "../room.ts";

const REJECTED: readonly ErrorClass[] = ["mls.reject"];

const TWIN = "client-mls.group.honest";

/** rotates has one member commit, and the other one read it; nothing is left for the user to see. */
async function rotates(room: Room, by: Person, other: Person): Promise<Uint8Array> {
  const message = await by.commit(room.channel);
  await other.read();
  return message;
}

export const epochCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-mls.epochs.commit-twice",
    rules: ["mls.epochs", "client.first-commit"],
    sends: "a Commit twice, then a message of the new epoch",
    expects: "the message, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob, carol } = room;
      const commit = await rotates(room, bob, carol);
      world.enqueue(aliceKey, channel, commit);
      await refusedInInbox(room, REJECTED);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-mls.epochs.two-commits",
    rules: ["client.first-commit"],
    sends: "two Commits of one epoch, of which Bob's came first, and a message of each new epoch",
    expects: "the message of Bob's epoch alone, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob, carol } = room;
      const loser = await carol.place(channel).member.commit();
      await bob.commit(channel);
      world.enqueue(aliceKey, channel, loser.message);
      const lost = loser.merge(carol.place(channel).member);
      const { message } = await lost.send(trial.bytes(256));
      world.enqueue(aliceKey, channel, message);
      await refusedInInbox(room, REJECTED);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-mls.epochs.message-before-its-commit",
    rules: ["client.future-epoch"],
    sends: "a message of an epoch that has not begun, and then the Commit that begins it",
    expects: "the message",
    checks: ["shown"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob } = room;
      const place = bob.place(channel);
      const pending = await place.member.commit();
      place.member = pending.merge(place.member);
      world.enqueue(aliceKey, channel, await bob.encrypt(channel, "early"));
      world.enqueue(aliceKey, channel, pending.message);
      await gets(room, ["early"]);
    },
  }),

  defineClientCase({
    id: "client-mls.epochs.message-two-epochs-early",
    rules: ["client.future-epoch"],
    sends: "a message two epochs early, and then the two Commits",
    expects: "the message",
    checks: ["shown"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob } = room;
      const place = bob.place(channel);
      const commits: Uint8Array[] = [];
      for (let count = 0; count < 2; count++) {
        const pending = await place.member.commit();
        place.member = pending.merge(place.member);
        commits.push(pending.message);
      }
      world.enqueue(aliceKey, channel, await bob.encrypt(channel, "very early"));
      for (const commit of commits) world.enqueue(aliceKey, channel, commit);
      await gets(room, ["very early"]);
    },
  }),

  defineClientCase({
    id: "client-mls.epochs.commits-in-wrong-order",
    rules: ["client.future-epoch"],
    sends: "the second of two Commits before the first, and a message of the last epoch",
    expects: "the message",
    checks: ["shown"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob } = room;
      const place = bob.place(channel);
      const first = await place.member.commit();
      place.member = first.merge(place.member);
      const second = await place.member.commit();
      place.member = second.merge(place.member);
      for (const { message } of [second, first]) world.enqueue(aliceKey, channel, message);
      world.enqueue(aliceKey, channel, await bob.encrypt(channel, "at last"));
      await gets(room, ["at last"]);
    },
  }),

  ...[1, 4].map((epochs) =>
    defineClientCase({
      id: `client-mls.epochs.message-${epochs}-late`,
      rules: ["client.past-epochs", "mls.past-epochs"],
      sends: `a message of an epoch that is over, after ${epochs} Commit${epochs > 1 ? "s" : ""}`,
      expects: "the message",
      checks: ["shown"],
      twin: TWIN,
      ops: OPS.talk,
      async run(trial) {
        const room = await groupRoom(trial);
        const { world, aliceKey, channel, bob, carol } = room;
        const late = await carol.encrypt(channel, "late");
        for (let count = 0; count < epochs; count++) await rotates(room, bob, carol);
        world.enqueue(aliceKey, channel, late);
        await bob.say(channel, "after");
        await gets(room, ["late", "after"]);
      },
    }),
  ),

  defineClientCase({
    id: "client-mls.epochs.replayed-in-a-later-epoch",
    rules: ["mls.replay", "client.replays"],
    sends: "a message that was read once more, after two Commits",
    expects: "its text once",
    checks: ["shown", "again"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob, carol } = room;
      const message = await carol.encrypt(channel, "said once");
      world.enqueue(aliceKey, channel, message);
      await gets(room, ["said once"]);
      for (let count = 0; count < 2; count++) await rotates(room, bob, carol);
      world.enqueue(aliceKey, channel, message);
      await bob.say(channel, "after");
      const { messages } = await room.alice.recv(1);
      const texts = messages.map(({ text }) => text).join();
      trial.check("again", texts === "after", { expected: "after", got: texts });
    },
  }),

  defineClientCase({
    id: "client-mls.order.reversed",
    rules: ["mls.out-of-order"],
    sends: "five messages of one sender, the last first",
    expects: "all five",
    checks: ["shown"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob } = room;
      const made: Uint8Array[] = [];
      for (const text of ["1", "2", "3", "4", "5"]) made.push(await bob.encrypt(channel, text));
      for (const message of made.toReversed()) world.enqueue(aliceKey, channel, message);
      await gets(room, ["5", "4", "3", "2", "1"]);
    },
  }),

  defineClientCase({
    id: "client-mls.order.sixty-skipped",
    rules: ["mls.out-of-order"],
    sends: "the 61st message of a sender, and then the first",
    expects: "both",
    checks: ["shown"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob } = room;
      const first = await bob.encrypt(channel, "first of all");
      for (let count = 0; count < 59; count++) await bob.encrypt(channel, "never delivered");
      world.enqueue(aliceKey, channel, await bob.encrypt(channel, "last of all"));
      world.enqueue(aliceKey, channel, first);
      await gets(room, ["last of all", "first of all"]);
    },
  }),

  defineClientCase({
    id: "client-mls.removed.message-held-back",
    rules: ["client.removed-sender"],
    sends: "a message that Carol wrote before her removal, after the Commit that removes her",
    expects: "nothing of it, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob, carol } = room;
      const heldBack = await carol.encrypt(channel, "I am still here");
      await bob.commit(channel, { remove: [carol.identityKey] });
      world.enqueue(aliceKey, channel, heldBack);
      await refusedInInbox(room, REJECTED);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-mls.removed.goes-on-writing",
    rules: ["client.removed-sender", "mls.removed"],
    sends: "messages and a Commit of Carol in the old epoch, after the Commit that removes her",
    expects: "nothing of them, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob, carol } = room;
      await bob.commit(channel, { remove: [carol.identityKey] });
      world.enqueue(aliceKey, channel, await carol.encrypt(channel, "you cannot remove me"));
      const pending = await carol.place(channel).member.commit({ remove: [bob.identityKey] });
      world.enqueue(aliceKey, channel, pending.message);
      await refusedInInbox(room, REJECTED);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-mls.removed.the-user",
    rules: ["mls.removed"],
    sends: "a Commit that removes the user, and a message of the next epoch",
    expects: "no message, and an error for whoever sends there afterwards",
    checks: ["shown", "answer"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob, alice } = room;
      await bob.commit(channel, { remove: [aliceKey] });
      world.enqueue(aliceKey, channel, await bob.encrypt(channel, "she is gone"));
      const { messages } = await alice.recv(1, 500);
      trial.check("shown", messages.length === 0, {
        expected: "no message",
        got: messages.map(({ text }) => text).join(),
      });
      trial.refused(await alice.send(channel, "hello?"), ["local.invalid", "mls.reject"]);
    },
  }),

  defineClientCase({
    id: "client-mls.removed.and-added-again",
    rules: ["client.welcome-again"],
    sends: "a Commit that removes the user, and later a Welcome to the same group",
    expects: "the messages after the Welcome, and an answer that Bob reads",
    checks: ["shown", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { aliceKey, channel, bob, carol, alice } = room;
      await bob.commit(channel, { remove: [aliceKey] });
      await carol.read();
      await alice.recv(1, 300);
      const add = [bob.packageOf(aliceKey)];
      await bob.commit(channel, { add });
      await carol.read();
      await bob.say(channel, "welcome back");
      await gets(room, ["welcome back"]);
      await talks(room);
    },
  }),

  defineClientCase({
    id: "client-mls.removed.replaced-in-one-commit",
    rules: ["mls.add-again", "client.welcome-again"],
    sends: "one Commit that removes the user's leaf and adds another, and its Welcome",
    expects: "the messages after it, and an answer that Bob reads",
    checks: ["shown", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { aliceKey, channel, bob, carol } = room;
      await bob.commit(channel, { remove: [aliceKey], add: [bob.packageOf(aliceKey)] });
      await carol.read();
      await bob.say(channel, "on a new leaf");
      await gets(room, ["on a new leaf"]);
      await talks(room);
    },
  }),
];
