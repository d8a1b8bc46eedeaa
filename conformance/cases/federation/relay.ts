// What a relayed message becomes: one in the inbox of a local user, like any other (spec/services/
// federation.md, Relay; C-37, C-72, I-19).

import { setTimeout as sleep } from "node:timers/promises";
import { FederationService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { SECOND } from "../../judge/federation.ts";
import { equals, isStatus } from "../checks.ts";
import { fetched, isWoken, LONG_MS, START_MS, waitFor } from "../delivery/inbox.ts";
import { arrives } from "../events/received.ts";
import { tableCaseOf } from "../methods/table.ts";
import { federationCase, holdsInbox, message, put, relay, relayAll, relayed } from "./steps.ts";

const QUEUED = tableCaseOf(methodOf(FederationService.method.relayEnqueue));
const QUEUED_ALL = tableCaseOf(methodOf(FederationService.method.relayBatchEnqueue));

export const relayCases: readonly Case[] = [
  federationCase({
    id: "federation.relay.round-trip",
    rules: ["federation.relay"],
    sends: "RelayEnqueue of 1,000 bytes for a user, who fetches",
    expects: "Ok with the seq and the bytes that the user finds",
    checks: ["answer", "seq", "payload"],
    errata: ["C-70"],
    tier: "smoke",
    async run(t) {
      const [bob, peer, payload] = [await t.user(), await t.federation().peer(), t.bytes(1000)];
      const answer = await relay(peer, { recipientKey: bob.key, payload });
      t.status(answer, Status.Ok);
      const [found] = await fetched(bob);
      equals(t, "seq", answer.message().seq, found?.seq);
      const same = found !== undefined && Buffer.compare(found.data, payload) === 0;
      t.check("payload", same, { expected: "the bytes", got: "others" });
    },
  }),

  federationCase({
    id: "federation.relay.one-counter",
    rules: ["federation.relay", "delivery.seq-increasing"],
    sends: "a local message, a relayed one, one from another peer, a local one, for one user",
    expects: "four rising seqs, and the messages in this order",
    checks: ["rising", "inbox"],
    async run(t) {
      const [alice, bob, federation] = [await t.user(), await t.user(), t.federation()];
      const [b, c] = [await federation.peer(), await federation.peer(SECOND)];
      const seqs = [
        (await put(alice, bob, "one")).message().seq,
        (await relayed(b, message(bob, "two"))).seq,
        (await relayed(c, message(bob, "three"), SECOND)).seq,
        (await put(alice, bob, "four")).message().seq,
      ];
      const rising = seqs.every((seq, i) => i === 0 || seq > (seqs[i - 1] as bigint));
      t.check("rising", rising, { expected: "rising seqs", got: seqs.join(", ") });
      await holdsInbox(t, "inbox", bob, "one", "two", "three", "four");
    },
  }),

  federationCase({
    id: "federation.relay.wakes-wait",
    rules: ["federation.relay"],
    sends: "a FetchWait of a user with an empty inbox, then RelayEnqueue for the user",
    expects: "the FetchWait returns the message when it arrives",
    checks: ["woken"],
    async run(t) {
      const [bob, peer] = [await t.user(), await t.federation().peer()];
      const waiting = waitFor(bob, LONG_MS);
      await sleep(START_MS);
      await relayed(peer, message(bob, "hello"));
      await isWoken(t, "woken", waiting, ["hello"]);
    },
  }),

  federationCase({
    id: "federation.relay.pushes",
    rules: ["federation.relay"],
    features: ["push"],
    when: { push: ["on"] },
    sends: "RelayEnqueue for a user with a connection",
    expects: "event 1000 on it",
    checks: ["event"],
    async run(t) {
      const [bob, peer] = [await t.newUser(), await t.federation().peer()];
      const { seq } = await relayed(peer, message(bob, "hello"));
      await arrives(t, "event", bob.peer, bob.key, seq);
    },
  }),

  federationCase({
    id: "federation.relay-batch.one-seq-each",
    rules: ["federation.relay-batch"],
    sends: "RelayBatchEnqueue of four different messages: Bob, Carol, Bob, Carol",
    expects: "four seqs in this order, and each message with its seq",
    checks: ["answer", "count", "bob", "carol"],
    errata: ["C-72"],
    async run(t) {
      const [bob, carol] = [await t.user(), await t.user()];
      const peer = await t.federation().peer();
      const texts = ["one", "two", "three", "four"];
      const batch = texts.map((text, i) => message(i % 2 === 0 ? bob : carol, text));
      const answer = await relayAll(peer, batch);
      t.status(answer, Status.Ok);
      const { seqs } = answer.message();
      equals(t, "count", seqs.length, 4);
      const spelt = (indices: readonly number[]) =>
        indices.map((i) => `${seqs[i]}:${texts[i]}`).join(" ");
      for (const [check, user, indices] of [
        ["bob", bob, [0, 2]],
        ["carol", carol, [1, 3]],
      ] as const) {
        const list = await fetched(user);
        const got = list.map(({ seq, data }) => `${seq}:${Buffer.from(data)}`).join(" ");
        equals(t, check, got, spelt(indices));
      }
    },
  }),

  federationCase({
    id: "federation.unknown-user.relay",
    rules: ["federation.unknown-user"],
    twin: QUEUED,
    sends: "RelayEnqueue for a key that nobody has registered",
    expects: "NotFound",
    errata: ["I-19"],
    async run(t) {
      const peer = await t.federation().peer();
      t.refused(await relay(peer, message({ key: t.bytes(32) }, "hello")), Status.NotFound);
    },
  }),

  federationCase({
    id: "federation.unknown-user.batch",
    rules: ["federation.unknown-user"],
    twin: QUEUED_ALL,
    sends: "RelayBatchEnqueue for Bob, a key that nobody has registered, and Carol",
    expects: "NotFound, and nothing for Bob and Carol",
    checks: ["answer", "bob", "carol"],
    errata: ["I-19"],
    async run(t) {
      const [bob, carol] = [await t.user(), await t.user()];
      const peer = await t.federation().peer();
      const nobody = { key: t.bytes(32) };
      const batch = [bob, nobody, carol].map((user) => message(user, "hello"));
      t.refused(await relayAll(peer, batch), Status.NotFound);
      await holdsInbox(t, "bob", bob);
      await holdsInbox(t, "carol", carol);
    },
  }),

  federationCase({
    id: "federation.fields.second-of-a-batch",
    rules: ["federation.recipient-key"],
    twin: QUEUED_ALL,
    sends: "RelayBatchEnqueue for Bob, and for a key of 31 bytes",
    expects: "BadRequest, and nothing for Bob",
    checks: ["answer", "bob"],
    errata: ["I-02"],
    async run(t) {
      const [bob, peer] = [await t.user(), await t.federation().peer()];
      const batch = [message(bob, "hello"), message({ key: t.bytes(31) }, "hello")];
      t.refused(await relayAll(peer, batch), Status.BadRequest);
      await holdsInbox(t, "bob", bob);
    },
  }),

  federationCase({
    id: "federation.dedup.same-peer",
    rules: ["federation.dedup"],
    sends: "RelayEnqueue three times with one message_id",
    expects: "the first seq each time, duplicate from the second on, one message",
    checks: ["seqs", "flags", "inbox"],
    errata: ["C-37"],
    async run(t) {
      const [bob, federation, messageId] = [await t.user(), t.federation(), t.bytes(16)];
      const [one, two] = [await federation.peer(), await federation.peer()];
      const answers = [
        await relayed(one, message(bob, "hello", { messageId })),
        await relayed(one, message(bob, "again", { messageId })),
        await relayed(two, message(bob, "elsewhere", { messageId })),
      ];
      equals(t, "seqs", new Set(answers.map(({ seq }) => seq)).size, 1);
      equals(
        t,
        "flags",
        answers.map(({ duplicate }) => duplicate),
        [false, true, true],
      );
      await holdsInbox(t, "inbox", bob, "hello");
    },
  }),

  federationCase({
    id: "federation.dedup.other-peer",
    rules: ["federation.dedup"],
    sends: "RelayEnqueue with one message_id from b.test, from c.test, and an Enqueue with it",
    expects: "three messages: nobody suppresses another's",
    checks: ["seqs", "inbox"],
    errata: ["C-37", "I-19"],
    async run(t) {
      const [alice, bob, messageId] = [await t.user(), await t.user(), t.bytes(16)];
      const [b, c] = [await t.federation().peer(), await t.federation().peer(SECOND)];
      const seqs = [
        (await relayed(b, message(bob, "b", { messageId }))).seq,
        (await relayed(c, message(bob, "c", { messageId }), SECOND)).seq,
        (await put(alice, bob, "local", { messageId })).message().seq,
      ];
      equals(t, "seqs", new Set(seqs).size, 3);
      await holdsInbox(t, "inbox", bob, "b", "c", "local");
    },
  }),

  federationCase({
    id: "federation.dedup.batch",
    rules: ["federation.dedup", "federation.relay-batch"],
    sends:
      "RelayEnqueue with a message_id, then a batch: the same, another one, the other one again",
    expects: "the old seq, a new one, and the new one; two messages",
    checks: ["answer", "seqs", "inbox"],
    errata: ["C-37", "C-72"],
    async run(t) {
      const [bob, peer] = [await t.user(), await t.federation().peer()];
      const [first, second] = [{ messageId: t.bytes(16) }, { messageId: t.bytes(16) }];
      const { seq } = await relayed(peer, message(bob, "one", first));
      const answer = await relayAll(peer, [
        message(bob, "one", first),
        message(bob, "two", second),
        message(bob, "two", second),
      ]);
      t.status(answer, Status.Ok);
      const [old, fresh, again] = answer.message().seqs;
      const fits = old === seq && fresh !== undefined && fresh > seq && again === fresh;
      t.check("seqs", fits, {
        expected: `${seq}, a higher one, and that again`,
        got: answer.message().seqs.join(", "),
      });
      await holdsInbox(t, "inbox", bob, "one", "two");
    },
  }),

  federationCase({
    id: "federation.dedup.50-at-once",
    rules: ["federation.dedup"],
    sends: "RelayEnqueue with one message_id 50 times at once, on two connections",
    expects: "one seq, one message, one answer that is no duplicate",
    checks: ["seqs", "first", "inbox"],
    errata: ["C-37"],
    async run(t) {
      const [bob, messageId] = [await t.user(), t.bytes(16)];
      const peers = [await t.federation().peer(), await t.federation().peer()] as const;
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          relayed(peers[i % 2] ?? peers[0], message(bob, "hello", { messageId })),
        ),
      );
      equals(t, "seqs", new Set(answers.map(({ seq }) => seq)).size, 1);
      equals(t, "first", answers.filter(({ duplicate }) => !duplicate).length, 1);
      await holdsInbox(t, "inbox", bob, "hello");
    },
  }),

  federationCase({
    id: "federation.relay.no-id-twice",
    rules: ["federation.relay"],
    sends: "RelayEnqueue of the same message twice, without a message_id",
    expects: "two messages",
    checks: ["second", "inbox"],
    errata: ["C-37"],
    async run(t) {
      const [bob, peer] = [await t.user(), await t.federation().peer()];
      await relayed(peer, message(bob, "hello"));
      isStatus(t, "second", await relay(peer, message(bob, "hello")), Status.Ok);
      await holdsInbox(t, "inbox", bob, "hello", "hello");
    },
  }),
];
