// What needs a server of its own: rates, clocks, restarts, and two servers that are each other's peers
// (spec/services/federation.md; I-19, I-23, I-25).

import {
  DeliveryService,
  FederationService,
  KeyService,
  UserService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import { HOME, REMOTE, SECOND } from "../../judge/federation.ts";
import type { Answer, Peer } from "../../judge/peer.ts";
import type { User } from "../../judge/user.ts";
import { toHex } from "../bytes.ts";
import { equals, isStatus } from "../checks.ts";
import { hybridKey, packagesFor, putHybrid, upload } from "../keys/steps.ts";
import { auditedLog } from "../kt/steps.ts";
import { look, RATE, UNPACED, whileLimited } from "../limits/steps.ts";
import { tableCaseOf } from "../methods/table.ts";
import { holdsProof, PROOF_CHECKS, proved } from "../user/steps.ts";
import {
  acquaint,
  ask,
  federationCase,
  from,
  holdsInbox,
  message,
  put,
  putAll,
  relayed,
  routingCase,
  wasRelayed,
} from "./steps.ts";

const { fetchKeyPackage, fetchHybridKey } = KeyService.method;

/** A server whose peer comes back is found again within this, in milliseconds. */
const BACK_MS = 10_000;

export const lastingCases: readonly Case[] = [
  federationCase({
    id: "federation.rate.by-domain",
    rules: ["federation.rate", "limits.rate-limit"],
    twin: "federation.health.domain",
    when: { "rate-limit": ["on"] },
    server: { limits: { rate_per_s: RATE } },
    sends:
      "FederationHealth of b.test until one is refused; at once one of b.test on another " +
      "connection, one of c.test, and a Peek of a user",
    expects: "RateLimited for b.test on the other connection; Ok for c.test and the user",
    checks: ["answer", "other-domain", "user"],
    errata: ["I-23"],
    async run(t) {
      const [alice, federation] = [await t.user(), t.federation()];
      const [one, two] = [await federation.peer(), await federation.peer()];
      const other = await federation.peer(SECOND);
      const [answer] = await whileLimited(
        () => unpaced(one, REMOTE),
        async () => [await unpaced(two, REMOTE)],
      );
      t.refused(answer, Status.RateLimited);
      isStatus(t, "other-domain", await unpaced(other, SECOND), Status.Ok);
      isStatus(t, "user", await look(alice), Status.Ok);
    },
  }),

  routingCase({
    id: "federation.restart.keeps-all",
    rules: ["federation.address", "federation.relay", "federation.dedup"],
    hooks: ["clock.advance"],
    sends:
      "a key resolved at b.test, relays with a ttl of 10 s, with 1 h, and with a message_id; SIGKILL " +
      "and a new start; the relay with the message_id again, an Enqueue for the key; 11 s",
    expects:
      "what was answered Ok is there, the repeat a duplicate, the Enqueue relayed; the ttl kept",
    checks: ["kept", "duplicate", "answer", "relayed", "lapsed"],
    errata: ["I-19", "I-25"],
    async run(t) {
      const [alice, bob, messageId] = [await t.user(), await t.user(), t.bytes(16)];
      const remote = await acquaint(t, alice);
      const before = await t.federation().peer();
      await relayed(before, message(bob, "short", { ttlSecs: 10 }));
      await relayed(before, message(bob, "long", { ttlSecs: 3600 }));
      const { seq } = await relayed(before, message(bob, "named", { messageId }));
      await t.kill();

      const reader = await t.logIn(bob.account);
      await holdsInbox(t, "kept", reader, "short", "long", "named");
      const peer = await t.federation().peer();
      const again = await relayed(peer, message(bob, "named", { messageId }));
      equals(t, "duplicate", [again.seq, again.duplicate], [seq, true]);
      const sender = await t.logIn(alice.account);
      t.status(await put(sender, remote, "hello"), Status.Ok);
      wasRelayed(t, "relayed", remote, "hello");
      await t.hook("clock.advance", 11_000);
      await holdsInbox(t, "lapsed", reader, "long", "named");
    },
  }),

  defineCase({
    id: "federation.off.by-default",
    rules: ["federation.off", "federation.not-for-clients", "user.not-found"],
    twin: tableCaseOf(methodOf(UserService.method.resolveUser)),
    features: ["auth", "user", "federation"],
    server: { profile: { federation: "off" } },
    when: { reconstructed: ["draft"] },
    sends:
      "to a server that was not asked for federation: FederationHealth, a name of another server",
    expects: "Unauthorized without a session, Forbidden with one, NotFound for the name",
    checks: ["no-session", "answer", "name"],
    async run(t) {
      const { federationHealth } = FederationService.method;
      const [alice, nobody] = [await t.user(), await t.peer()];
      t.refused(await nobody.call(federationHealth, from()), Status.Unauthorized, "no-session");
      t.refused(await alice.call(federationHealth, from()), Status.Forbidden);
      t.refused(await ask(alice, `bob@${REMOTE}`), Status.NotFound, "name");
    },
  }),

  routingCase({
    id: "federation.pair.exchange",
    rules: ["federation.routing", "federation.relay", "user.remote"],
    features: ["keys", "kt"],
    when: { kt: ["rfc6962"] },
    server: { pair: true },
    sends:
      "on a.test, by Alice: the name of Bob of b.test, his KeyPackage and hybrid key, a message, the " +
      "same again, a batch for both; an answer by Bob on b.test; an audit of b.test",
    expects: "what Bob uploaded, each message once in each inbox, a proof from the log of b.test",
    checks: [...PROOF_CHECKS, "package", "hybrid", "again", "batch", "bob", "alice"],
    errata: ["C-53", "C-70", "I-19"],
    async run(t) {
      const far = t.other();
      const [alice, bob] = [await t.newUser(), await far.newUser()];
      const [one] = packagesFor(t, bob, "one");
      const hybrid = hybridKey(t, "key");
      await upload(bob, [one]);
      await putHybrid(bob, hybrid);

      const resolved = await proved(alice, `${bob.account.username}@${REMOTE}`);
      holdsProof(t, bob, resolved, await auditedLog(bob));
      const named = { identityKey: bob.key };
      const fetched = await alice.call(fetchKeyPackage, named);
      demandOk(fetched, "FetchKeyPackage");
      equals(t, "package", toHex(fetched.message().package), toHex(one.bytes));
      const key = await alice.call(fetchHybridKey, named);
      demandOk(key, "FetchHybridKey");
      equals(t, "hybrid", toHex(key.message().hybridPublicKey), toHex(hybrid.bytes));

      const messageId = t.bytes(16);
      const first = await sent(alice, bob, "one", messageId);
      const second = await sent(alice, bob, "one", messageId);
      equals(t, "again", [second.seq, second.duplicate], [first.seq, true]);
      const batch = await putAll(alice, [bob, alice], "two", { messageId: t.bytes(16) });
      demandOk(batch, "BatchEnqueue");
      equals(t, "batch", batch.message().seqs.length, 2);
      demandOk(await ask(bob, `${alice.account.username}@${HOME}`), "ResolveUser");
      await sent(bob, alice, "three", t.bytes(16));
      await holdsInbox(t, "bob", bob, "one", "two");
      await holdsInbox(t, "alice", alice, "two", "three");
    },
  }),

  routingCase({
    id: "federation.pair.killed",
    rules: ["federation.peer-down", "federation.address", "federation.dedup"],
    twin: tableCaseOf(methodOf(DeliveryService.method.enqueue)),
    server: { pair: true },
    sends:
      "Alice of a.test to Bob of b.test: a message; b.test killed, a message; b.test again, the same; " +
      "a.test killed and started again, the first message again, and another one",
    expects:
      "Ok; Unavailable; Ok once b.test is back; the first a duplicate, the last Ok; each message once",
    checks: ["down", "back", "duplicate", "answer", "inbox"],
    errata: ["I-19", "I-25"],
    async run(t) {
      const far = t.other();
      const [alice, bob] = [await t.newUser(), await far.newUser()];
      demandOk(await ask(alice, `${bob.account.username}@${REMOTE}`), "ResolveUser");
      const ids = [t.bytes(16), t.bytes(16), t.bytes(16)] as const;
      const first = await sent(alice, bob, "one", ids[0]);

      const startAgain = await far.down();
      const whileDown = () => put(alice, bob, "two", { messageId: ids[1] });
      t.refused(await whileDown(), Status.Unavailable, "down");
      await startAgain();
      const back = await insisted(whileDown);
      equals(t, "back", statusName(back.status), statusName(Status.Ok));

      await t.kill();
      const again = await t.logIn(alice.account);
      const repeat = await sent(again, bob, "one", ids[0]);
      equals(t, "duplicate", [repeat.seq, repeat.duplicate], [first.seq, true]);
      t.status(await put(again, bob, "three", { messageId: ids[2] }), Status.Ok);
      await holdsInbox(t, "inbox", await far.logIn(bob.account), "one", "two", "three");
    },
  }),
];

function unpaced(peer: Peer, origin: string): Promise<Answer> {
  return peer.call(FederationService.method.federationHealth, from(origin), UNPACED);
}

async function sent(from: User, to: Pick<User, "key">, text: string, messageId: Uint8Array) {
  const answer = await put(from, to, text, { messageId });
  demandOk(answer, "Enqueue");
  return answer.message();
}

/** insisted makes a call until it is not answered Unavailable any more, as an outbox would. */
async function insisted(call: () => Promise<Answer>): Promise<Answer> {
  const end = performance.now() + BACK_MS;
  for (;;) {
    const answer = await call();
    if (answer.status !== Status.Unavailable || performance.now() > end) return answer;
  }
}
