// Who may send and read: foreign inboxes, calls without a session, unknown channels
// (spec/services/delivery.md; C-41, C-42, C-58).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { CALLS } from "./calls.ts";
import { deliveryCase, type Envelope, peeked, put, sameBytes, spellSeqs } from "./inbox.ts";

const READERS = CALLS.filter(({ posts }) => !posts);

export const accessCases: readonly Case[] = [
  ...READERS.map((row) =>
    deliveryCase({
      id: `delivery.${row.name}.foreign-inbox`,
      rules: ["delivery.own-inbox", "sessions.own-identity"],
      twin: row.twin,
      sends: `${row.name} on the inbox of another user, in which a message lies`,
      expects: "Forbidden or Unauthorized, nothing of the message, and the message still there",
      checks: ["answer", "hidden", "untouched"],
      errata: ["C-42"],
      async run(t) {
        const [alice, bob, mallory] = [await t.user(), await t.user(), await t.user()];
        const secret = t.bytes(32);
        await put(alice, bob, secret);
        const answer = await row.send(mallory, bob.key);
        t.refused(answer, [Status.Forbidden, Status.Unauthorized]);
        hides(t, answer, secret);
        untouched(t, await peeked(bob), secret);
      },
    }),
  ),

  ...CALLS.map((row) =>
    deliveryCase({
      id: `delivery.${row.name}.no-session`,
      rules: row.posts
        ? ["delivery.no-anonymous", "sessions.unauthorized"]
        : ["sessions.unauthorized", "delivery.own-inbox"],
      twin: row.twin,
      sends: `${row.name} on a fresh connection, without a token`,
      expects: "Unauthorized, nothing of the message that lies there, and nothing changed",
      checks: ["answer", "hidden", "untouched"],
      errata: ["C-29", "C-41"],
      ...(row.posts && { when: { "sealed-sender": ["off"] } }),
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        const secret = t.bytes(32);
        await put(alice, bob, secret);
        const answer = await row.send(await t.peer(), bob.key);
        t.refused(answer, Status.Unauthorized);
        hides(t, answer, secret);
        untouched(t, await peeked(bob), secret);
      },
    }),
  ),

  ...CALLS.map((row) =>
    deliveryCase({
      id: `delivery.${row.name}.unknown-channel`,
      rules: ["delivery.channel-unknown"],
      twin: row.twin,
      reading: "channels",
      sends: `${row.name} with a channel_id of 16 bytes that no channel has`,
      expects: "NotFound; Ok from a server that declares channels=open, with a warning",
      checks: ["answer", "untouched"],
      errata: ["C-58", "I-18", "I-24"],
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        const marker = t.bytes(32);
        await put(alice, bob, marker);
        const answer = await row.send(row.posts ? alice : bob, bob.key, { channelId: t.bytes(16) });
        if (t.reading === "enforced") t.refused(answer, Status.NotFound);
        else acceptedOpenly(t, answer);
        untouched(t, await peeked(bob), marker);
      },
    }),
  ),

  deliveryCase({
    id: "delivery.default-channel.strangers",
    rules: ["delivery.default-channel"],
    sends: "a message between two users who share no channel, then one back",
    expects: "Ok, and both are fetched",
    checks: ["answer", "there", "back"],
    errata: ["I-18"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await exchange(t, alice, bob, "there");
      await exchange(t, bob, alice, "back");
    },
  }),

  deliveryCase({
    id: "delivery.default-channel.to-self",
    rules: ["delivery.default-channel"],
    sends: "a message to the sender's own inbox",
    expects: "Ok, and it is fetched",
    checks: ["answer", "own"],
    async run(t) {
      const alice = await t.user();
      await exchange(t, alice, alice, "own");
    },
  }),
];

async function exchange(t: Trial, from: User, to: User, check: string): Promise<void> {
  const payload = t.bytes(16);
  const request = { recipientKey: to.key, payload };
  t.status(await from.call(DeliveryService.method.enqueue, request), Status.Ok);
  const list = await peeked(to);
  t.check(check, sameBytes(list.at(-1)?.data, payload), {
    expected: "the payload",
    got: spellSeqs(list),
  });
}

function acceptedOpenly(t: Trial, answer: Answer): void {
  t.status(answer, Status.Ok);
  const evidence = { expected: "NotFound", got: "Ok, as channels=open declares" };
  if (t.profile.channels === "open") t.check("enforced", false, evidence, "warn");
}

function hides(t: Trial, answer: Answer, secret: Uint8Array): void {
  const shown = Buffer.from(answer.payload).includes(Buffer.from(secret));
  t.check("hidden", !shown, { expected: "no message", got: "the payload of the message" });
}

function untouched(t: Trial, left: readonly Envelope[], payload: Uint8Array): void {
  const same = left.length === 1 && sameBytes(left[0]?.data, payload);
  t.check("untouched", same, { expected: "the one message", got: spellSeqs(left) });
}
