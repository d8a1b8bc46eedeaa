// Who may use a channel: its members and nobody else (spec/services/channel.md, spec/services/delivery.md;
// C-58, I-18, I-24).

import { setTimeout as sleep } from "node:timers/promises";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { CALLS } from "../delivery/calls.ts";
import { isWoken, LONG_MS, peeked, put, START_MS } from "../delivery/inbox.ts";
import {
  ackOn,
  batchOn,
  channelCase,
  channelOf,
  holdsOn,
  peekedOn,
  putOn,
  sendOn,
} from "./steps.ts";

const { fetchWait } = DeliveryService.method;

const READERS = CALLS.filter(({ posts }) => !posts);
const BOTH_WAYS = "channel.access.both-ways";
/** What C-58 lets a server answer to whoever is no member of a channel for two. */
const HIDDEN = [Status.Forbidden, Status.NotFound];

export const accessCases: readonly Case[] = [
  channelCase({
    id: BOTH_WAYS,
    rules: ["channel.both-ways", "delivery.channel-members"],
    sends: "a message from Alice to Bob on their channel, and one from Bob to Alice",
    expects: "Ok, and each finds the other's message in its own inbox there",
    checks: ["answer", "bob", "alice"],
    tier: "smoke",
    errata: ["I-18"],
    async run(t) {
      const { alice, bob, ch } = await pair(t);
      t.status(await sendOn(ch, alice, bob, "to bob"), Status.Ok);
      t.status(await sendOn(ch, bob, alice, "to alice"), Status.Ok);
      await holdsOn(t, "bob", ch, bob, ["to bob"]);
      await holdsOn(t, "alice", ch, alice, ["to alice"]);
    },
  }),

  channelCase({
    id: "channel.access.either-creator",
    rules: ["channel.both-ways"],
    sends: "messages both ways on the ID that each of the two was given by its own CreateChannel",
    expects: "one channel, with both messages",
    checks: ["bob", "alice"],
    errata: ["C-56"],
    async run(t) {
      const { alice, bob, ch } = await pair(t);
      const other = await channelOf(bob, alice);
      await putOn(ch, alice, bob, "to bob");
      await putOn(other, bob, alice, "to alice");
      await holdsOn(t, "bob", other, bob, ["to bob"]);
      await holdsOn(t, "alice", ch, alice, ["to alice"]);
    },
  }),

  channelCase({
    id: "channel.access.waits",
    rules: ["channel.both-ways", "delivery.wait-wakes"],
    sends: "FetchWait of Bob on the channel, then a message of Alice there",
    expects: "the message, before the time of the wait is over",
    checks: ["woken"],
    async run(t) {
      const { alice, bob, ch } = await pair(t);
      const request = { recipientKey: bob.key, channelId: ch, timeoutMs: BigInt(LONG_MS) };
      const waiting = bob.call(fetchWait, request, { ms: 2 * LONG_MS });
      await sleep(START_MS);
      await putOn(ch, alice, bob, "wake up");
      await isWoken(t, "woken", waiting, ["wake up"]);
    },
  }),

  channelCase({
    id: "channel.access.to-self",
    rules: ["channel.self-recipient"],
    sends: "a message of Alice to herself on the channel, for her other devices",
    expects: "Ok, and she finds it there; Forbidden is a reading that is allowed",
    checks: ["accepted"],
    errata: ["I-18"],
    async run(t) {
      const { alice, ch } = await pair(t);
      const answer = await sendOn(ch, alice, alice, "note");
      const kept = answer.status === Status.Ok && (await peekedOn(ch, alice)).length === 1;
      t.check("accepted", kept, { expected: "Ok and the message", got: `status ${answer.status}` });
    },
  }),

  channelCase({
    id: "channel.access.to-stranger",
    rules: ["delivery.channel-members"],
    twin: BOTH_WAYS,
    sends: "a message of Alice on the channel with Bob, to Carol",
    expects: "Forbidden or NotFound, and nothing in any inbox",
    checks: ["answer", "carol", "bob"],
    errata: ["C-58", "I-18"],
    async run(t) {
      const { alice, bob, carol, ch } = await pair(t);
      t.refused(await sendOn(ch, alice, carol, "secret"), HIDDEN);
      await isEmptyByDefault(t, "carol", carol);
      await holdsOn(t, "bob", ch, bob, []);
    },
  }),

  channelCase({
    id: "channel.access.from-stranger",
    rules: ["delivery.channel-members"],
    twin: BOTH_WAYS,
    sends: "a message of Carol to Bob on the channel of Alice and Bob",
    expects: "Forbidden or NotFound, and nothing in Bob's inboxes",
    checks: ["answer", "bob", "bob-default"],
    errata: ["C-58", "I-18"],
    async run(t) {
      const { bob, carol, ch } = await pair(t);
      t.refused(await sendOn(ch, carol, bob, "spam"), HIDDEN);
      await holdsOn(t, "bob", ch, bob, []);
      await isEmptyByDefault(t, "bob-default", bob);
    },
  }),

  channelCase({
    id: "channel.access.stranger-to-itself",
    rules: ["delivery.channel-members"],
    twin: BOTH_WAYS,
    sends: "a message of Carol to herself on the channel of Alice and Bob",
    expects: "Forbidden or NotFound",
    errata: ["C-58", "I-18"],
    async run(t) {
      const { carol, ch } = await pair(t);
      t.refused(await sendOn(ch, carol, carol, "note"), HIDDEN);
    },
  }),

  ...READERS.map(({ name, send }) =>
    channelCase({
      id: `channel.access.${name}-of-stranger`,
      rules: ["delivery.channel-members"],
      twin: BOTH_WAYS,
      sends: `${name} of Carol on her own inbox on the channel of Alice and Bob`,
      expects: "Forbidden or NotFound, and the messages of the two still there",
      checks: ["answer", "bob"],
      errata: ["C-58", "I-18"],
      async run(t) {
        const { alice, bob, carol, ch } = await pair(t);
        await putOn(ch, alice, bob, "hello");
        t.refused(await send(carol, carol.key, { channelId: ch }), HIDDEN);
        await holdsOn(t, "bob", ch, bob, ["hello"]);
      },
    }),
  ),

  ...READERS.map(({ name, send }) =>
    channelCase({
      id: `channel.access.${name}-of-member-elsewhere`,
      rules: ["delivery.own-inbox"],
      twin: BOTH_WAYS,
      sends: `${name} of Alice on the inbox of Bob on their channel`,
      expects: "Forbidden or Unauthorized, and the message still there",
      checks: ["answer", "bob"],
      errata: ["C-42"],
      async run(t) {
        const { alice, bob, ch } = await pair(t);
        await putOn(ch, alice, bob, "hello");
        const answer = await send(alice, bob.key, { channelId: ch });
        t.refused(answer, [Status.Forbidden, Status.Unauthorized]);
        await holdsOn(t, "bob", ch, bob, ["hello"]);
      },
    }),
  ),

  channelCase({
    id: "channel.access.foreign-inbox-unknown-channel",
    rules: ["methods.check-order", "delivery.own-inbox"],
    twin: BOTH_WAYS,
    sends: "Peek of Alice on the inbox of Bob, on a channel that does not exist",
    expects: "Forbidden, which the reference looks at first, or NotFound",
    errata: ["I-24"],
    async run(t) {
      const { alice, bob } = await pair(t);
      const request = { recipientKey: bob.key, channelId: t.bytes(16) };
      const answer = await alice.call(DeliveryService.method.peek, request);
      t.refused(answer, [Status.Forbidden, Status.NotFound, Status.Unauthorized]);
    },
  }),

  channelCase({
    id: "channel.access.batch",
    rules: ["channel.batch-members"],
    sends: "BatchEnqueue of Alice for Bob on their channel",
    expects: "Ok, and the message there",
    checks: ["answer", "bob"],
    async run(t) {
      const { alice, bob, ch } = await pair(t);
      t.status(await batchOn(ch, alice, [bob], "batch"), Status.Ok);
      await holdsOn(t, "bob", ch, bob, ["batch"]);
    },
  }),

  ...["first", "last"].map((place) =>
    channelCase({
      id: `channel.access.batch-stranger-${place}`,
      rules: ["channel.batch-members", "delivery.batch-atomic", "delivery.channel-members"],
      twin: "channel.access.batch",
      sends: `BatchEnqueue of Alice on the channel for Bob and for Carol, Carol ${place}`,
      expects: "Forbidden or NotFound, and nothing stored for either",
      checks: ["answer", "bob", "carol"],
      errata: ["I-18", "I-02"],
      async run(t) {
        const { alice, bob, carol, ch } = await pair(t);
        const recipients = place === "first" ? [carol, bob] : [bob, carol];
        t.refused(await batchOn(ch, alice, recipients, "batch"), HIDDEN);
        await holdsOn(t, "bob", ch, bob, []);
        await isEmptyByDefault(t, "carol", carol);
      },
    }),
  ),

  channelCase({
    id: "channel.access.batch-from-stranger",
    rules: ["delivery.channel-members"],
    twin: "channel.access.batch",
    sends: "BatchEnqueue of Carol for Bob on the channel of Alice and Bob",
    expects: "Forbidden or NotFound, and nothing stored",
    checks: ["answer", "bob"],
    errata: ["I-18"],
    async run(t) {
      const { bob, carol, ch } = await pair(t);
      t.refused(await batchOn(ch, carol, [bob], "batch"), HIDDEN);
      await holdsOn(t, "bob", ch, bob, []);
    },
  }),

  channelCase({
    id: "channel.separate.default",
    rules: ["delivery.channel-separate"],
    sends: "a message on the channel and one on the default channel",
    expects: "each on its own channel only",
    checks: ["channel", "default"],
    async run(t) {
      const { alice, bob, ch } = await pair(t);
      await putOn(ch, alice, bob, "on the channel");
      await put(alice, bob, "by default");
      await holdsOn(t, "channel", ch, bob, ["on the channel"]);
      await holdsOn(t, "default", new Uint8Array(0), bob, ["by default"]);
    },
  }),

  channelCase({
    id: "channel.separate.two-channels",
    rules: ["delivery.channel-separate"],
    sends: "messages for Bob on his channels with Alice and with Carol, an Ack of all on one",
    expects: "each on its own channel only, and nothing gone from the other",
    checks: ["alice", "carol", "acknowledged", "kept"],
    async run(t) {
      const { alice, bob, carol, ch } = await pair(t);
      const other = await emptied(await channelOf(bob, carol), bob, carol);
      await putOn(ch, alice, bob, "from alice");
      await putOn(other, carol, bob, "from carol");
      await holdsOn(t, "alice", ch, bob, ["from alice"]);
      await holdsOn(t, "carol", other, bob, ["from carol"]);
      demandOk(await ackOn(ch, bob, 2n ** 63n), "Ack");
      await holdsOn(t, "acknowledged", ch, bob, []);
      await holdsOn(t, "kept", other, bob, ["from carol"]);
    },
  }),
];

/** pair lends three users and the channel of the first two, on which nothing is queued. */
async function pair(t: Trial) {
  const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
  const ch = await emptied(await channelOf(alice, bob), alice, bob);
  return { alice, bob, carol, ch };
}

// Users are lent again and again, and so are their channels.
async function emptied(ch: Uint8Array, ...users: readonly User[]): Promise<Uint8Array> {
  for (const user of users) {
    const last = (await peekedOn(ch, user)).at(-1);
    if (last !== undefined) demandOk(await ackOn(ch, user, last.seq), "Ack");
  }
  return ch;
}

async function isEmptyByDefault(t: Trial, check: string, user: User): Promise<void> {
  const count = (await peeked(user)).length;
  t.check(check, count === 0, { expected: "no message", got: `${count} messages` });
}
