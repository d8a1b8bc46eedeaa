// Relays that do not come through: peers that are down or strange, batches for several servers, payloads
// that fit one frame and not the other (spec/services/federation.md, Relay; C-07, I-02, I-19).

import { create, toBinary } from "@bufbuild/protobuf";
import {
  DeliveryService,
  FederationService,
  KeyService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../../../src/registry/limits.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { HOME, SECOND } from "../../judge/federation.ts";
import type { RemoteUser } from "../../judge/remote-server.ts";
import { equals, isStatus } from "../checks.ts";
import { fetched } from "../delivery/inbox.ts";
import { tableCaseOf } from "../methods/table.ts";
import { acquaint, from, holdsInbox, put, putAll, routingCase, wasRelayed } from "./steps.ts";

const { fetchKeyPackage, fetchHybridKey, fetchHybridKeys } = KeyService.method;
const { relayEnqueue } = FederationService.method;

const ENQUEUED = tableCaseOf(methodOf(DeliveryService.method.enqueue));
const ENQUEUED_ALL = tableCaseOf(methodOf(DeliveryService.method.batchEnqueue));

/** Answers of a peer that a client cannot do anything about. */
const STRANGE = [
  Status.Unauthorized,
  Status.Forbidden,
  Status.DeadlineExceeded,
  Status.Unavailable,
  Status.Internal,
  Status.UnknownMethod,
];

export const failingCases: readonly Case[] = [
  routingCase({
    id: "federation.peer-down.strange-answers",
    rules: ["federation.peer-down"],
    twin: ENQUEUED,
    sends: `an Enqueue for a user of b.test, which answers ${STRANGE.map(statusName).join(", ")}; then Ok`,
    expects: "Unavailable to each, and Ok in the end with nothing sent later",
    checks: [...STRANGE.map((status) => statusName(status).toLowerCase()), "then", "relayed"],
    errata: ["C-70", "I-19"],
    async run(t) {
      const alice = await t.user();
      const bob = await acquaint(t, alice);
      for (const status of STRANGE) {
        bob.answer = status;
        const answer = await put(alice, bob, statusName(status));
        t.refused(answer, Status.Unavailable, statusName(status).toLowerCase());
      }
      bob.answer = undefined;
      isStatus(t, "then", await put(alice, bob, "last"), Status.Ok);
      wasRelayed(t, "relayed", bob, ...STRANGE.map(statusName), "last");
    },
  }),

  routingCase({
    id: "federation.peer-down.keys",
    rules: ["federation.peer-down"],
    twin: "federation.routing.hybrid-key",
    features: ["keys"],
    sends: "301, 303 and 304 for a user of b.test, which answers Internal",
    expects: "Unavailable to each: no bytes would mean that there is no key",
    checks: ["package", "key", "keys"],
    errata: ["I-19"],
    async run(t) {
      const alice = await t.user();
      const bob = await acquaint(t, alice);
      bob.answer = Status.Internal;
      const named = { identityKey: bob.key };
      t.refused(await alice.call(fetchKeyPackage, named), Status.Unavailable, "package");
      t.refused(await alice.call(fetchHybridKey, named), Status.Unavailable, "key");
      const all = { identityKeys: [alice.key, bob.key] };
      t.refused(await alice.call(fetchHybridKeys, all), Status.Unavailable, "keys");
    },
  }),

  routingCase({
    id: "federation.peer-down.silent",
    rules: ["federation.peer-down"],
    twin: ENQUEUED,
    sends: "an Enqueue for a user of b.test, which takes the call and never answers",
    expects: "Unavailable or DeadlineExceeded within 30 s, and later calls to b.test answered",
    checks: ["answer", "then"],
    errata: ["I-19"],
    tier: "full",
    ms: 45_000,
    async run(t) {
      const alice = await t.user();
      const bob = await acquaint(t, alice);
      bob.answer = "silence";
      const request = { recipientKey: bob.key, payload: Buffer.from("hello") };
      const { enqueue } = DeliveryService.method;
      const answer = await alice.call(enqueue, request, { ms: 35_000 });
      t.refused(answer, [Status.Unavailable, Status.DeadlineExceeded]);
      bob.answer = undefined;
      isStatus(t, "then", await put(alice, bob, "again"), Status.Ok);
    },
  }),

  routingCase({
    id: "federation.rate.of-the-peer",
    rules: ["federation.rate"],
    twin: ENQUEUED,
    sends: "an Enqueue for a user of b.test, which answers RateLimited",
    expects: "RateLimited or Unavailable, and nothing kept for later",
    checks: ["answer", "relayed"],
    errata: ["I-23"],
    async run(t) {
      const alice = await t.user();
      const bob = await acquaint(t, alice);
      bob.answer = Status.RateLimited;
      const request = { recipientKey: bob.key, payload: Buffer.from("hello") };
      const answer = await alice.call(DeliveryService.method.enqueue, request, { paced: false });
      t.refused(answer, [Status.RateLimited, Status.Unavailable]);
      bob.answer = undefined;
      wasRelayed(t, "relayed", bob, "hello");
    },
  }),

  routingCase({
    id: "federation.mixed-batch.both-parts",
    rules: ["federation.mixed-batch"],
    sends:
      "a BatchEnqueue with a message_id for a local user, one of b.test and one of c.test; again",
    expects: "the message in each inbox once, seqs in order, and the same seqs the second time",
    checks: ["answer", "seqs", "again", "local", "bob", "carol"],
    errata: ["I-02", "I-19"],
    async run(t) {
      const [alice, local, messageId] = [await t.user(), await t.user(), t.bytes(16)];
      const [bob, carol] = [await acquaint(t, alice), await acquaint(t, alice, SECOND)];
      const all = [local, bob, carol, local];
      const answer = await putAll(alice, all, "hello", { messageId });
      t.status(answer, Status.Ok);
      const [here = 0n, ...others] = answer.message().seqs;
      equals(t, "seqs", others, [bob.nextSeq, carol.nextSeq, here]);
      const again = await putAll(alice, all, "hello", { messageId });
      demandOk(again, "BatchEnqueue");
      equals(t, "again", again.message().seqs, answer.message().seqs);
      await holdsInbox(t, "local", local, "hello");
      equals(t, "bob", distinctIds(bob), 1);
      equals(t, "carol", distinctIds(carol), 1);
    },
  }),

  ...[
    { slug: "local-and-remote", domains: [undefined] },
    { slug: "two-peers", domains: [undefined, SECOND] },
  ].map(({ slug, domains }) =>
    routingCase({
      id: `federation.mixed-batch.no-id-${slug}`,
      rules: ["federation.mixed-batch"],
      twin: "federation.mixed-batch.both-parts",
      sends: `a BatchEnqueue without message_id for recipients on two servers: ${slug}`,
      expects: "BadRequest, nothing stored and nothing relayed",
      checks: ["answer", "local", "relayed"],
      errata: ["I-19"],
      async run(t) {
        const [alice, local] = [await t.user(), await t.user()];
        const remote: RemoteUser[] = [];
        for (const domain of domains) remote.push(await acquaint(t, alice, domain));
        const all = remote.length > 1 ? remote : [local, ...remote];
        t.refused(await putAll(alice, all, "hello"), Status.BadRequest);
        await holdsInbox(t, "local", local);
        const sent = remote.flatMap(({ asked }) => asked.filter(({ message }) => message));
        equals(t, "relayed", sent.length, 0);
      },
    }),
  ),

  routingCase({
    id: "federation.mixed-batch.peer-down",
    rules: ["federation.mixed-batch", "federation.peer-down"],
    twin: "federation.mixed-batch.both-parts",
    sends:
      "a BatchEnqueue with a message_id for a local user and one of b.test, which answers " +
      "Unavailable; the same again when b.test is well",
    expects: "Unavailable and nothing in the local inbox; then Ok, and one message in it",
    checks: ["answer", "empty", "again", "local"],
    errata: ["I-02", "I-19"],
    async run(t) {
      const [alice, local, messageId] = [await t.user(), await t.user(), t.bytes(16)];
      const bob = await acquaint(t, alice);
      bob.answer = Status.Unavailable;
      const send = () => putAll(alice, [local, bob], "hello", { messageId });
      t.refused(await send(), Status.Unavailable);
      await holdsInbox(t, "empty", local);
      bob.answer = undefined;
      isStatus(t, "again", await send(), Status.Ok);
      await holdsInbox(t, "local", local, "hello");
    },
  }),

  routingCase({
    id: "federation.too-large.at-the-limit",
    rules: ["federation.too-large"],
    when: { session: ["both", "connection"] },
    sends: "an Enqueue for a user of b.test whose relay is exactly as large as a frame may be",
    expects: "Ok, and every byte at b.test",
    checks: ["answer", "payload"],
    errata: ["C-07", "I-19"],
    async run(t) {
      const alice = await t.user();
      const bob = await acquaint(t, alice);
      const payload = Buffer.alloc(LIMITS.framePayload.value - overhead(bob), 7);
      t.status(await put(alice, bob, payload), Status.Ok);
      const got = bob.asked.at(-1)?.message?.payload ?? new Uint8Array(0);
      t.check("payload", Buffer.compare(got, payload) === 0, {
        expected: `${payload.length} bytes`,
        got: `${got.length} bytes, or others`,
      });
    },
  }),

  routingCase({
    id: "federation.too-large.one-byte-more",
    rules: ["federation.too-large", "framing.payload-too-large"],
    twin: "federation.too-large.at-the-limit",
    when: { session: ["both", "connection"] },
    sends: "an Enqueue that fits a frame, for a user of b.test, whose relay is one byte too large",
    expects: "BadRequest with the code PAYLOAD_TOO_LARGE, and nothing relayed",
    checks: ["answer", "code", "relayed"],
    errata: ["C-07", "I-19"],
    async run(t) {
      const alice = await t.user();
      const bob = await acquaint(t, alice);
      const payload = Buffer.alloc(LIMITS.framePayload.value - overhead(bob) + 1, 7);
      const answer = await put(alice, bob, payload);
      t.refused(answer, Status.BadRequest);
      equals(t, "code", answer.code, "PAYLOAD_TOO_LARGE");
      wasRelayed(t, "relayed", bob);
    },
  }),

  routingCase({
    id: "federation.too-large.batch",
    rules: ["federation.too-large", "framing.payload-too-large"],
    twin: ENQUEUED_ALL,
    sends: "a BatchEnqueue of 3 MiB for two users of b.test and, under a message_id, a local one",
    expects:
      "Ok with the message everywhere, or BadRequest with the code PAYLOAD_TOO_LARGE and it nowhere",
    checks: ["answer", "all-or-none"],
    errata: ["C-07", "I-19"],
    async run(t) {
      const [alice, local, messageId] = [await t.user(), await t.user(), t.bytes(16)];
      const [bob, carol] = [await acquaint(t, alice), await acquaint(t, alice)];
      const text = "x".repeat(3 << 20);
      const answer = await putAll(alice, [bob, carol, local], text, { messageId });
      const isKept = answer.status === Status.Ok;
      if (isKept) t.status(answer, Status.Ok);
      else t.refused(answer, Status.BadRequest);
      const there = [bob, carol].map(({ asked }) => asked.filter(({ message }) => message).length);
      const here = (await fetched(local)).length;
      equals(t, "all-or-none", [...there, here], isKept ? [1, 1, 1] : [0, 0, 0]);
    },
  }),
];

/** overhead is what a relay for a user carries beside the payload, in bytes. */
function overhead({ key: recipientKey }: RemoteUser): number {
  const payload = new Uint8Array(4_000_000);
  const request = create(relayEnqueue.input, { ...from(HOME), message: { recipientKey, payload } });
  return toBinary(relayEnqueue.input, request).length - payload.length;
}

/** distinctIds counts the messages that a server with deduplication has kept. */
function distinctIds({ asked }: RemoteUser): number {
  const ids = asked.flatMap(({ message }) =>
    message ? [Buffer.from(message.messageId).toString("hex")] : [],
  );
  return new Set(ids).size;
}
