// Who receives events (spec/events.md, Sending; I-11).

import { DeliveryService, HealthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk, login } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import { logIn } from "../../judge/user.ts";
import { fetched, holdsTexts, put, spellSeqs } from "../delivery/inbox.ts";
import { announced, arrives, eventCase } from "./received.ts";

const { batchEnqueue, peek } = DeliveryService.method;

/** Readings in which a token may travel in the body. */
const BODY = { session: ["both", "body"] } as const;

export const receiverCases: readonly Case[] = [
  eventCase({
    id: "events.receivers.login",
    rules: ["events.new-message", "events.receivers"],
    sends: "a login, then a message for this user; the connection makes no other call",
    expects: "event 1000 on the connection",
    checks: ["event"],
    tier: "smoke",
    errata: ["C-19", "I-11"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const fresh = await t.logIn(bob.account);
      const { seq } = await put(alice, bob, "hello");
      await arrives(t, "event", fresh.peer, bob.key, seq);
    },
  }),

  eventCase({
    id: "events.receivers.body-token",
    rules: ["events.receivers"],
    when: BODY,
    sends: "a Peek with a token in its body on a connection without login, then a message",
    expects: "event 1000 on the connection",
    checks: ["event"],
    errata: ["I-11"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const peer = await t.peer();
      const { token } = bob;
      demandOk(await peer.call(peek, { recipientKey: bob.key }, { token }), "Peek");
      const { seq } = await put(alice, bob, "hello");
      await arrives(t, "event", peer, bob.key, seq);
    },
  }),

  eventCase({
    id: "events.receivers.every-connection",
    rules: ["events.receivers"],
    sends: "three logins of one user on three connections, then a message for the user",
    expects: "event 1000 on each of them",
    checks: ["first", "second", "third"],
    errata: ["I-11"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const first = await t.logIn(bob.account);
      const second = await t.logIn(bob.account);
      const third = await t.logIn(bob.account);
      const { seq } = await put(alice, bob, "hello");
      await arrives(t, "first", first.peer, bob.key, seq);
      await arrives(t, "second", second.peer, bob.key, seq);
      await arrives(t, "third", third.peer, bob.key, seq);
    },
  }),

  eventCase({
    id: "events.receivers.replaced-binding",
    rules: ["events.receivers"],
    sends: "a login of one user and then of another on the same connection, a message for each",
    expects: "an event about each: both sessions live",
    checks: ["bob", "carol"],
    // Events about two users are told apart by their fields.
    when: { reconstructed: ["draft"] },
    errata: ["I-11", "I-12"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const peer = await t.peer();
      demandOk(await login(peer, bob.account), "OpaqueLoginFinish");
      demandOk(await login(peer, carol.account), "OpaqueLoginFinish");
      const forBob = await put(alice, bob, "hello");
      const forCarol = await put(alice, carol, "hello");
      await arrives(t, "bob", peer, bob.key, forBob.seq);
      await arrives(t, "carol", peer, carol.key, forCarol.seq);
    },
  }),

  eventCase({
    id: "events.receivers.batch",
    rules: ["events.new-message", "delivery.batch"],
    sends: "a batch for two users",
    expects: "an event for each of them",
    checks: ["bob", "carol"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const [one, other] = [await t.logIn(bob.account), await t.logIn(carol.account)];
      const batch = { recipientKeys: [bob.key, carol.key], payload: Buffer.from("hello") };
      const answer = await alice.call(batchEnqueue, batch);
      demandOk(answer, "BatchEnqueue");
      const [forBob = 0n, forCarol = 0n] = answer.message().seqs;
      await arrives(t, "bob", one.peer, bob.key, forBob);
      await arrives(t, "carol", other.peer, carol.key, forCarol);
    },
  }),

  eventCase({
    id: "events.receivers.nobody-else",
    rules: ["events.only-receivers"],
    sends: "a message for one user; another user, its sender and a stranger are connected too",
    expects: "one event in all: for the owner of the inbox",
    checks: ["owner", "sender", "other", "stranger"],
    errata: ["I-11"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const owner = await t.logIn(bob.account);
      const sender = await t.logIn(alice.account);
      const other = await t.logIn(carol.account);
      const stranger = await t.peer();
      await stranger.call(peek, { recipientKey: bob.key });
      const { seq } = await put(sender, bob, "secret");
      await arrives(t, "owner", owner.peer, bob.key, seq);
      // What was sent to the wrong connection before has arrived when this has.
      const marker = await put(bob, carol, "marker");
      await arrives(t, "other", other.peer, carol.key, marker.seq);
      await sender.peer.call(HealthService.method.health, {});
      await stranger.call(HealthService.method.health, {});
      const counts: [string, Peer, number][] = [
        ["other", other.peer, 1],
        ["sender", sender.peer, 0],
        ["stranger", stranger, 0],
      ];
      for (const [check, peer, most] of counts) {
        const count = announced(peer);
        t.check(check, count === most, { expected: `${most} events`, got: `${count}` });
      }
    },
  }),

  eventCase({
    id: "events.receivers.invalid-token",
    rules: ["events.only-receivers"],
    when: BODY,
    sends: "a Peek with a token that nobody has, on a connection without login, then a message",
    expects: "no event there",
    checks: ["owner", "stranger"],
    errata: ["I-11"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const owner = await t.logIn(bob.account);
      const stranger = await t.peer();
      await stranger.call(peek, { recipientKey: bob.key }, { token: t.bytes(32) });
      const { seq } = await put(alice, bob, "secret");
      await arrives(t, "owner", owner.peer, bob.key, seq);
      await stranger.call(HealthService.method.health, {});
      const count = announced(stranger);
      t.check("stranger", count === 0, { expected: "no event", got: `${count}` });
    },
  }),

  eventCase({
    id: "events.receivers.session-expired",
    rules: ["events.ended-session", "sessions.expiry"],
    hooks: ["clock.advance"],
    server: { limits: { session_ms: 600_000 } },
    sends: "a login; its session expires; a new login on another connection, then a message",
    expects: "an event on the new connection, and none on the old one",
    checks: ["new", "old"],
    errata: ["I-07", "I-11"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await t.hook("clock.advance", 601_000);
      const sender = await t.logIn(alice.account);
      const fresh = await t.logIn(bob.account);
      const { seq } = await put(sender, bob, "hello");
      await arrives(t, "new", fresh.peer, bob.key, seq);
      await bob.peer.call(HealthService.method.health, {});
      const count = announced(bob.peer);
      t.check("old", count === 0, { expected: "no event", got: `${count}` });
    },
  }),

  ...[0, 1].map((streams) =>
    eventCase({
      id: `events.no-credit.${streams === 0 ? "none" : "one-stream"}`,
      rules: ["events.no-delay", "events.queue-remains"],
      sends: `five messages for a user whose connection grants ${streams} unidirectional streams`,
      expects: "Ok each without a delay, events elsewhere, and the five for a Fetch there",
      checks: ["at-once", "elsewhere", "fetched"],
      errata: ["I-11"],
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        const narrow = await t.peer({ maxUniStreams: streams });
        const there = await logIn(narrow, bob.account, t.profile.session === "body");
        const elsewhere = await t.logIn(bob.account);
        const texts = ["one", "two", "three", "four", "five"];
        let slowest = 0;
        let last = 0n;
        for (const text of texts) {
          const start = performance.now();
          last = (await put(alice, bob, text)).seq;
          slowest = Math.max(slowest, performance.now() - start);
        }
        t.check("at-once", slowest < 3000, {
          expected: "no Enqueue that waits for a stream",
          got: `${Math.round(slowest)} ms`,
        });
        await arrives(t, "elsewhere", elsewhere.peer, bob.key, last);
        holdsTexts(t, "fetched", await fetched(there), texts);
      },
    }),
  ),

  eventCase({
    id: "events.queue-remains.after-event",
    rules: ["events.queue-remains"],
    sends: "a message whose event arrives, then a Fetch",
    expects: "the message: an event is no delivery",
    checks: ["event", "fetched"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const fresh = await t.logIn(bob.account);
      const { seq } = await put(alice, bob, "hello");
      await arrives(t, "event", fresh.peer, bob.key, seq);
      const list = await fetched(fresh);
      const kept = list.length === 1 && list[0]?.seq === seq;
      t.check("fetched", kept, { expected: `seq ${seq}`, got: spellSeqs(list) });
    },
  }),
];
