// Field numbers of 900 to 905: requests written and answers compared byte by byte, and what the subject
// itself writes (spec/services/federation.md, Messages).

import { FederationService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { HOME, REMOTE } from "../../judge/federation.ts";
import { equals } from "../checks.ts";
import { hybridKey, packagesFor, putHybrid, upload } from "../keys/steps.ts";
import { answersWith, bytesField, numberField, readFields, spellFields } from "../message-bytes.ts";
import { acquaint, federationCase, holdsInbox, put, routingCase } from "./steps.ts";

const service = FederationService.method;

const text = (value: string) => Buffer.from(value);
const AUTH = bytesField(1, bytesField(1, text(REMOTE)));

export const messageCases: readonly Case[] = [
  federationCase({
    id: "federation.messages.relay-enqueue",
    rules: ["federation.messages"],
    sends:
      "method 900: 1 federation_auth {1 origin}, 2 message {1 recipient_key, 2 payload, 4 ttl_secs, " +
      "5 message_id}, twice",
    expects: "1 seq, and the second time 2 duplicate = true as well",
    checks: ["answer", "payload", "again", "inbox"],
    async run(t) {
      const [bob, peer, id] = [await t.newUser(), await t.federation().peer(), t.bytes(16)];
      const message = Buffer.concat([
        bytesField(1, bob.key),
        bytesField(2, text("hello")),
        numberField(4, 60),
        bytesField(5, id),
      ]);
      const request = [AUTH, bytesField(2, message)];
      const seq = t.profile.seq === "contiguous" ? 1 : undefined;
      const first = await peer.callBytes(service.relayEnqueue, Buffer.concat(request));
      t.status(first, Status.Ok);
      const fields = readFields(first.payload);
      const given = fields?.[1]?.[0];
      t.check("payload", typeof given === "bigint" && (seq === undefined || given === 1n), {
        expected: "1=1",
        got: spellFields(fields),
      });
      const again = await peer.callBytes(service.relayEnqueue, Buffer.concat(request));
      equals(t, "again", spellFields(readFields(again.payload)), `1=${given} 2=1`);
      await holdsInbox(t, "inbox", bob, "hello");
    },
  }),

  federationCase({
    id: "federation.messages.relay-batch-enqueue",
    rules: ["federation.messages"],
    when: { seq: ["contiguous"] },
    sends: "method 901: 1 federation_auth, 2 messages, two for a fresh inbox",
    expects: "1 seqs, packed: 1 and 2",
    checks: ["answer", "payload", "inbox"],
    async run(t) {
      const [bob, peer] = [await t.newUser(), await t.federation().peer()];
      const message = (payload: string) =>
        bytesField(2, Buffer.concat([bytesField(1, bob.key), bytesField(2, text(payload))]));
      const request = [AUTH, message("one"), message("two")];
      await answersWith(t, { peer }, service.relayBatchEnqueue, request, [
        bytesField(1, Uint8Array.of(1, 2)),
      ]);
      await holdsInbox(t, "inbox", bob, "one", "two");
    },
  }),

  federationCase({
    id: "federation.messages.proxy-fetch-key-package",
    rules: ["federation.messages"],
    features: ["keys"],
    sends: "method 902: 1 federation_auth, 2 identity_key",
    expects: "1 package",
    checks: ["answer", "payload"],
    async run(t) {
      const [bob, peer] = [await t.newUser(), await t.federation().peer()];
      const [one] = packagesFor(t, bob, "one");
      await upload(bob, [one]);
      const request = [AUTH, bytesField(2, bob.key)];
      const response = [bytesField(1, one.bytes)];
      await answersWith(t, { peer }, service.proxyFetchKeyPackage, request, response);
    },
  }),

  federationCase({
    id: "federation.messages.proxy-fetch-hybrid-key",
    rules: ["federation.messages"],
    features: ["keys"],
    sends: "method 903: 1 federation_auth, 2 identity_key",
    expects: "1 hybrid_public_key",
    checks: ["answer", "payload"],
    async run(t) {
      const [bob, peer, key] = [
        await t.newUser(),
        await t.federation().peer(),
        hybridKey(t, "one"),
      ];
      await putHybrid(bob, key);
      const request = [AUTH, bytesField(2, bob.key)];
      const response = [bytesField(1, key.bytes)];
      await answersWith(t, { peer }, service.proxyFetchHybridKey, request, response);
    },
  }),

  federationCase({
    id: "federation.messages.proxy-resolve-user",
    rules: ["federation.messages"],
    sends: "method 904: 1 federation_auth, 2 username",
    expects: "1 identity_key, and at most 2 inclusion_proof",
    checks: ["answer", "fields"],
    async run(t) {
      const [bob, peer] = [await t.user(), await t.federation().peer()];
      const request = Buffer.concat([AUTH, bytesField(2, text(bob.account.username))]);
      const answer = await peer.callBytes(service.proxyResolveUser, request);
      t.status(answer, Status.Ok);
      const { 2: _proof, ...fields } = readFields(answer.payload) ?? {};
      equals(t, "fields", spellFields(fields), `1=${Buffer.from(bob.key).toString("hex")}`);
    },
  }),

  federationCase({
    id: "federation.messages.federation-health",
    rules: ["federation.messages"],
    sends: "method 905: 1 federation_auth",
    expects: "1 status, 2 domain",
    checks: ["answer", "payload"],
    async run(t) {
      const peer = await t.federation().peer();
      const response = [bytesField(1, text("ok")), bytesField(2, text(HOME))];
      await answersWith(t, { peer }, service.federationHealth, [AUTH], response);
    },
  }),

  routingCase({
    id: "federation.messages.as-relayed",
    rules: ["federation.messages", "federation.routing"],
    sends: "ResolveUser and an Enqueue for a user of b.test",
    expects: "requests at b.test that have these fields under their numbers, and no others",
    checks: ["resolve", "auth", "message", "message-id"],
    async run(t) {
      const alice = await t.user();
      const bob = await acquaint(t, alice);
      const messageId = Buffer.from(t.bytes(16));
      demandOk(await put(alice, bob, "one", { messageId }), "Enqueue");
      const [asked, sent] = ["ProxyResolveUser", "RelayEnqueue"].map((method) =>
        readFields(bob.asked.find((one) => one.method === method)?.payload ?? NOTHING),
      );
      const auth = Buffer.from(bytesField(1, text(HOME)));
      equals(t, "resolve", spellFields(asked), spellFields({ 1: [auth], 2: [text(bob.username)] }));
      const { 2: inner, ...outer } = sent ?? {};
      equals(t, "auth", spellFields(outer), spellFields({ 1: [auth] }));
      // A server may write its own ttl_secs in the place of 0.
      const { 4: _ttl, ...message } = readFields((inner?.[0] as Buffer) ?? NOTHING) ?? {};
      // The home server may put an id of its own in the place of the client's.
      const { 5: ids, ...rest } = message;
      const expected = { 1: [Buffer.from(bob.key)], 2: [text("one")] };
      equals(t, "message", spellFields(rest), spellFields(expected));
      const lengths = ids?.map((id) => (typeof id === "bigint" ? "a number" : id.length));
      equals(t, "message-id", lengths?.join(), messageId.length);
    },
  }),

  routingCase({
    id: "federation.message-id.per-sender",
    rules: ["federation.message-id", "delivery.dedup-sender"],
    sends:
      "Enqueues with one message_id by two users for a user of b.test, and the first one again",
    expects: "two message_ids at b.test, and the same one for the same sender",
    checks: ["answer", "senders", "retry"],
    errata: ["C-37", "I-19"],
    async run(t) {
      const [alice, carol, messageId] = [await t.user(), await t.user(), t.bytes(16)];
      const bob = await acquaint(t, alice);
      for (const sender of [alice, carol, alice]) {
        t.status(await put(sender, bob, "one", { messageId }), Status.Ok);
      }
      const ids = bob.asked.flatMap(({ message }) =>
        message ? [Buffer.from(message.messageId).toString("hex")] : [],
      );
      equals(t, "senders", ids[0] === ids[1], false);
      equals(t, "retry", ids[2], ids[0]);
    },
  }),
];

const NOTHING = new Uint8Array(0);
