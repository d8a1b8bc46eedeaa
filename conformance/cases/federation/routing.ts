// What the home server does for its users: relays to the peer where a key was resolved
// (spec/services/federation.md, Relay; C-70, I-19).

import { X509Certificate } from "node:crypto";
import { DeliveryService, KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { HOME, SECOND } from "../../judge/federation.ts";
import type { RemoteUser } from "../../judge/remote-server.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { toHex } from "../bytes.ts";
import { equals } from "../checks.ts";
import { hybridKey, putHybrid } from "../keys/steps.ts";
import { tableCaseOf } from "../methods/table.ts";
import { acquaint, ask, put, putAll, routingCase, textsRelayed, wasRelayed } from "./steps.ts";

const { fetchKeyPackage, fetchHybridKey, fetchHybridKeys } = KeyService.method;

const ENQUEUED = tableCaseOf(methodOf(DeliveryService.method.enqueue));

export const routingCases: readonly Case[] = [
  routingCase({
    id: "federation.routing.enqueue",
    rules: ["federation.routing", "federation.relay"],
    sends: "an Enqueue for a key that was resolved at b.test, with ttl_secs and message_id",
    expects:
      "one RelayEnqueue to b.test with the origin a.test and the fields of the Enqueue, a message_id " +
      "of 16 bytes among them, and its seq",
    checks: ["answer", "seq", "fields", "origin"],
    errata: ["C-70"],
    tier: "smoke",
    async run(t) {
      const [alice, messageId] = [await t.user(), t.bytes(16)];
      const bob = await acquaint(t, alice);
      const answer = await put(alice, bob, "hello", { ttlSecs: 3600, messageId });
      t.status(answer, Status.Ok);
      equals(t, "seq", answer.message().seq, bob.nextSeq);
      const [one, ...others] = bob.asked.filter(({ message }) => message !== undefined);
      const got = [
        others.length,
        one && toHex(one.message?.recipientKey),
        Buffer.from(one?.message?.payload ?? []),
        one?.message?.channelId.length,
        one?.message?.ttlSecs,
        one?.message?.messageId.length,
      ];
      const expected = [0, toHex(bob.key), "hello", 0, 3600, messageId.length];
      equals(t, "fields", got.join(" "), expected.join(" "));
      equals(t, "origin", one?.origin, HOME);
    },
  }),

  routingCase({
    id: "federation.routing.certificate",
    rules: ["federation.mutual-tls", "federation.routing"],
    sends: "an Enqueue for a key that was resolved at b.test",
    expects: "a call to b.test on a connection with a certificate for a.test",
    checks: ["answer", "certificate"],
    errata: ["C-13"],
    async run(t) {
      const alice = await t.user();
      const bob = await acquaint(t, alice);
      t.status(await put(alice, bob, "hello"), Status.Ok);
      const shown = bob.asked.map(({ certificate }) =>
        certificate ? new X509Certificate(certificate).checkHost(HOME) : undefined,
      );
      const all = shown.every((name) => name === HOME);
      t.check("certificate", all && shown.length > 0, {
        expected: `${HOME} in the certificate of every call`,
        got: shown.join(", "),
      });
    },
  }),

  routingCase({
    id: "federation.routing.other-user",
    rules: ["federation.routing"],
    sends: "an Enqueue by a user for a key that another user has resolved at b.test",
    expects: "a relay to b.test",
    checks: ["answer", "relayed"],
    async run(t) {
      const [alice, carol] = [await t.user(), await t.user()];
      const bob = await acquaint(t, alice);
      t.status(await put(carol, bob, "hello"), Status.Ok);
      wasRelayed(t, "relayed", bob, "hello");
    },
  }),

  routingCase({
    id: "federation.routing.unresolved-key",
    rules: ["federation.routing"],
    sends: "an Enqueue for the key of a user of b.test whom nobody has resolved",
    expects: "no relay: nobody knows where the key lives",
    checks: ["relayed"],
    errata: ["C-106"],
    async run(t) {
      const [alice, bob] = [await t.user(), t.federation().remote().newUser()];
      await put(alice, bob, "hello");
      wasRelayed(t, "relayed", bob);
    },
  }),

  routingCase({
    id: "federation.routing.duplicate",
    rules: ["federation.routing", "federation.dedup"],
    sends: "the same Enqueue with a message_id twice, for a user of b.test, who answers duplicate",
    expects: "the seq of b.test twice, and duplicate the second time",
    checks: ["answer", "seqs", "flags"],
    errata: ["C-37", "I-19"],
    async run(t) {
      const [alice, messageId] = [await t.user(), t.bytes(16)];
      const bob = await acquaint(t, alice);
      const [one, two] = [
        await put(alice, bob, "hello", { messageId }),
        await put(alice, bob, "hello", { messageId }),
      ];
      t.status(one, Status.Ok);
      demandOk(two, "Enqueue");
      const answers = [one.message(), two.message()];
      equals(
        t,
        "seqs",
        answers.map(({ seq }) => seq),
        [bob.nextSeq, bob.nextSeq],
      );
      equals(
        t,
        "flags",
        answers.map(({ duplicate }) => duplicate),
        [false, true],
      );
    },
  }),

  routingCase({
    id: "federation.routing.batch",
    rules: ["federation.routing", "federation.relay-batch"],
    sends: "a BatchEnqueue for two users of b.test, one of them twice",
    expects: "three messages at b.test, and its seqs in the order of the recipients",
    checks: ["answer", "seqs", "bob", "carol"],
    errata: ["I-02"],
    async run(t) {
      const alice = await t.user();
      const [bob, carol] = [await acquaint(t, alice), await acquaint(t, alice)];
      carol.nextSeq = 9001n;
      const answer = await putAll(alice, [bob, carol, bob], "hello");
      t.status(answer, Status.Ok);
      const expected = [bob.nextSeq, carol.nextSeq, bob.nextSeq + 1n];
      equals(t, "seqs", answer.message().seqs, expected);
      wasRelayed(t, "bob", bob, "hello", "hello");
      wasRelayed(t, "carol", carol, "hello");
    },
  }),

  routingCase({
    id: "federation.routing.key-package",
    rules: ["federation.routing", "federation.proxy-package"],
    features: ["keys"],
    sends: "FetchKeyPackage three times for a user of b.test with two packages",
    expects: "the two packages of b.test, then no bytes",
    checks: ["packages"],
    errata: ["C-44", "C-70"],
    when: { "keypackage-empty": ["ok"] },
    async run(t) {
      const alice = await t.user();
      const bob = await acquaint(t, alice);
      bob.packages.push(Buffer.from("one"), Buffer.from("two"));
      const got: string[] = [];
      for (let fetches = 0; fetches < 3; fetches++) {
        const answer = await alice.call(fetchKeyPackage, { identityKey: bob.key });
        demandOk(answer, "FetchKeyPackage");
        got.push(Buffer.from(answer.message().package).toString());
      }
      equals(t, "packages", got.join("|"), "one|two|");
    },
  }),

  routingCase({
    id: "federation.routing.hybrid-key",
    rules: ["federation.routing", "federation.proxy-hybrid"],
    features: ["keys"],
    sends: "FetchHybridKey for a user of b.test, and FetchHybridKeys for this and a local user",
    expects: "the key of b.test, and both keys in the order of the request",
    checks: ["one", "order"],
    errata: ["C-70"],
    async run(t) {
      const [alice, local] = [await t.user(), await t.newUser()];
      const bob = await acquaint(t, alice);
      const [far, near] = [hybridKey(t, "far"), hybridKey(t, "near")];
      bob.hybridKey = far.bytes;
      await putHybrid(local, near);
      const one = await alice.call(fetchHybridKey, { identityKey: bob.key });
      demandOk(one, "FetchHybridKey");
      equals(t, "one", toHex(one.message().hybridPublicKey), toHex(far.bytes));
      const identityKeys = [local.key, bob.key, local.key];
      const all = await alice.call(fetchHybridKeys, { identityKeys });
      demandOk(all, "FetchHybridKeys");
      const expected = [near, far, near].map(({ bytes }) => toHex(bytes));
      equals(t, "order", all.message().keys.map(toHex).join(" "), expected.join(" "));
    },
  }),

  routingCase({
    id: "federation.address.newest-domain",
    rules: ["federation.address", "federation.routing"],
    sends: "a key resolved at b.test, a message; the same key resolved at c.test, a message",
    expects: "the first message at b.test, the second at c.test",
    checks: ["first", "second"],
    errata: ["I-19"],
    async run(t) {
      const alice = await t.user();
      const before = await acquaint(t, alice);
      demandOk(await put(alice, before, "one"), "Enqueue");
      const after = await moved(t, alice, before);
      demandOk(await put(alice, after, "two"), "Enqueue");
      equals(t, "first", textsRelayed(before), ["one"]);
      equals(t, "second", textsRelayed(after), ["two"]);
    },
  }),

  routingCase({
    id: "federation.unknown-user.at-the-peer",
    rules: ["federation.unknown-user"],
    twin: ENQUEUED,
    sends: "an Enqueue for a user of b.test whose account is gone there: b.test answers NotFound",
    expects: "NotFound",
    errata: ["I-19"],
    async run(t) {
      const alice = await t.user();
      const bob = await acquaint(t, alice);
      bob.answer = Status.NotFound;
      t.refused(await put(alice, bob, "hello"), Status.NotFound);
    },
  }),
];

/** moved makes a user of c.test with the key of one of b.test, and resolves it there. */
async function moved(t: Trial, user: User, { key }: RemoteUser): Promise<RemoteUser> {
  const again = t.federation().remote(SECOND).newUser();
  again.key = key;
  demandOk(await ask(user, again.address), "ResolveUser");
  return again;
}
