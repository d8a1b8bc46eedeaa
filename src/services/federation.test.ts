// Calls between servers on real stores, and routing with peers that the test plays (I-19).

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  DeliveryService,
  FederationService,
  KeyService,
  UserService,
} from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import { type HostOptions, type HostUser, openHost, refused } from "./contract/host.ts";
import { type Peers, peerDown } from "./peers.ts";

const { relayEnqueue, relayBatchEnqueue, proxyResolveUser, proxyFetchKeyPackage } =
  FederationService.method;
const { federationHealth } = FederationService.method;
const { enqueue, batchEnqueue, fetch } = DeliveryService.method;

const FROM_B = { federationAuth: { origin: "b.test" } };
const HELLO = Buffer.from("hello");
const ID = new Uint8Array(16).fill(9);

test("a relay is queued, pushed, and a duplicate under the domain of its peer", async (t) => {
  const { host, bob, b, c } = await setup(t);
  const message = { recipientKey: bob.key, payload: HELLO, messageId: ID };
  const { seq, duplicate } = await b.call(relayEnqueue, { ...FROM_B, message });
  assert.deepEqual([seq, duplicate], [1n, false]);
  const again = await b.call(relayEnqueue, { ...FROM_B, message });
  assert.deepEqual([again.seq, again.duplicate], [1n, true]);
  const federationAuth = { origin: "c.test" };
  assert.equal((await c.call(relayEnqueue, { federationAuth, message })).seq, 2n);
  assert.equal(host.pushed.length, 2);
  assert.deepEqual(await textsOf(bob), ["hello", "hello"]);
});

test("a batch is queued as a whole or not at all", async (t) => {
  const { bob, b } = await setup(t);
  const good = { recipientKey: bob.key, payload: HELLO };
  const nobody = { recipientKey: new Uint8Array(32).fill(77), payload: HELLO };
  const unknown = { ...good, channelId: new Uint8Array(16) };
  const call = (messages: MessageInitShape<typeof relayBatchEnqueue.input>["messages"]) =>
    b.call(relayBatchEnqueue, { ...FROM_B, ...(messages && { messages }) });
  await refused(call([good, nobody]), Status.NotFound, "federation.unknown-user");
  await refused(call([good, unknown]), Status.NotFound, "federation.unknown-channel");
  assert.deepEqual(await textsOf(bob), []);
  assert.deepEqual((await call([good, good])).seqs, [1n, 2n]);
});

test("a peer speaks for its own domain, in capitals or not, and a client for none", async (t) => {
  const { bob, b } = await setup(t);
  const health = await b.call(federationHealth, { federationAuth: { origin: "B.TEST" } });
  assert.deepEqual([health.status, health.domain], ["ok", "a.test"]);
  for (const origin of ["", "c.test", "x.b.test"]) {
    const call = b.call(federationHealth, { federationAuth: { origin } });
    await refused(call, Status.Forbidden, "federation.origin");
  }
  await refused(b.call(federationHealth, {}), Status.Forbidden, "federation.origin");
  await refused(bob.call(federationHealth, FROM_B), Status.Forbidden, "federation.not-for-clients");
});

test("a peer may fetch packages of one user 60 times a minute", async (t) => {
  const { bob, alice, b } = await setup(t);
  const fetchOf = (identityKey: Uint8Array) =>
    b.call(proxyFetchKeyPackage, { ...FROM_B, identityKey });
  for (let n = 0; n < 60; n++) await fetchOf(bob.key);
  await refused(fetchOf(bob.key), Status.RateLimited, "keys.fetch-rate");
  await fetchOf(alice.key);
});

test("names of other servers are not resolved for a peer", async (t) => {
  const { b, asked } = await setup(t);
  const call = b.call(proxyResolveUser, { ...FROM_B, username: "carol@b.test" });
  await refused(call, Status.NotFound, "federation.proxy-user");
  assert.deepEqual(asked, []);
});

test("a key is relayed to where it was resolved", async (t) => {
  const { alice, asked, carol } = await setup(t);
  const request = { recipientKey: carol, payload: HELLO, ttlSecs: 5, messageId: ID };
  await alice.call(UserService.method.resolveUser, { username: "carol@B.test" });
  const { seq } = await alice.call(enqueue, request);
  assert.equal(seq, 70n);
  assert.deepEqual(asked, ["b.test ProxyResolveUser", "b.test RelayEnqueue"]);
  const { seqs } = await alice.call(batchEnqueue, {
    recipientKeys: [carol, alice.key, carol],
    payload: HELLO,
    messageId: ID,
  });
  assert.deepEqual(seqs, [70n, 1n, 71n]);
  assert.equal(asked.at(-1), "b.test RelayBatchEnqueue");
  await refused(
    alice.call(batchEnqueue, { recipientKeys: [carol, alice.key], payload: HELLO }),
    Status.BadRequest,
    "federation.mixed-batch",
  );
});

test("a broken answer of a peer is as good as none", async (t) => {
  const { alice, carol, answers } = await setup(t);
  await alice.call(UserService.method.resolveUser, { username: "carol@b.test" });
  answers.set("RelayBatchEnqueue", { seqs: [1n] });
  const batch = { recipientKeys: [carol, carol], payload: HELLO };
  await refused(alice.call(batchEnqueue, batch), Status.Unavailable, "federation.peer-down");
  answers.set("ProxyResolveUser", { identityKey: new Uint8Array(31) });
  const resolve = alice.call(UserService.method.resolveUser, { username: "dave@b.test" });
  await refused(resolve, Status.Unavailable, "federation.peer-down");

  const { fetchKeyPackage, fetchHybridKey } = KeyService.method;
  answers.set("ProxyFetchKeyPackage", { package: new Uint8Array(LIMITS.keyPackage.value + 1) });
  const fetched = alice.call(fetchKeyPackage, { identityKey: carol });
  await refused(fetched, Status.Unavailable, "federation.peer-down");
  for (const length of [1, 1215, 1217]) {
    answers.set("ProxyFetchHybridKey", { hybridPublicKey: new Uint8Array(length) });
    const hybrid = alice.call(fetchHybridKey, { identityKey: carol });
    await refused(hybrid, Status.Unavailable, "federation.peer-down");
  }
});

test("names that cannot exist are not sent to a peer", async (t) => {
  const { alice, asked } = await setup(t);
  for (const name of ["", "a@b", "a b", "x".repeat(65)]) {
    const call = alice.call(UserService.method.resolveUser, { username: `${name}@b.test` });
    await refused(call, Status.NotFound, "user.not-found");
  }
  assert.deepEqual(asked, []);
});

test("a batch whose relay is larger than a frame is refused and not relayed", async (t) => {
  const { alice, carol, asked } = await setup(t);
  await alice.call(UserService.method.resolveUser, { username: "carol@b.test" });
  const recipientKeys = [carol, carol];
  const batch = { recipientKeys, payload: new Uint8Array(4_000_000) };
  await refused(alice.call(batchEnqueue, batch), Status.BadRequest, "PAYLOAD_TOO_LARGE");
  assert.equal(asked.length, 1);
});

test("keys of remote users come from their server, and from nowhere when it is down", async (t) => {
  const { alice, carol, answers } = await setup(t);
  const { fetchKeyPackage, fetchHybridKeys } = KeyService.method;
  await alice.call(UserService.method.resolveUser, { username: "carol@b.test" });
  answers.set("ProxyFetchKeyPackage", { package: HELLO });
  const { package: bytes } = await alice.call(fetchKeyPackage, { identityKey: carol });
  assert.equal(Buffer.from(bytes).toString(), "hello");
  answers.set("ProxyFetchHybridKey", undefined);
  const identityKeys = [alice.key, carol];
  const { keys } = await alice.call(fetchHybridKeys, { identityKeys });
  assert.deepEqual(
    keys.map((key) => key.length),
    [0, 0],
  );
  answers.set("ProxyFetchHybridKey", "down");
  await refused(alice.call(fetchHybridKeys, { identityKeys }), Status.Unavailable);
});

type Answer = object | undefined | "down";

async function setup(t: TestContext, options: HostOptions = {}) {
  const carol = new Uint8Array(32).fill(70);
  const asked: string[] = [];
  const answers = new Map<string, Answer>([
    ["ProxyResolveUser", { identityKey: carol }],
    ["RelayEnqueue", { seq: 70n }],
    ["RelayBatchEnqueue", { seqs: [70n, 71n] }],
  ]);
  const peers: Peers = {
    domain: "a.test",
    knows: (domain) => domain === "b.test",
    async call(domain, { name, output }) {
      asked.push(`${domain} ${name}`);
      const answer = answers.get(name);
      if (answer === "down") throw peerDown();
      return answer && throughTheWire(output, answer);
    },
  };
  const host = await openHost(t, { ...options, peers });
  const [alice, bob] = [await host.user(1), await host.user(2)];
  for (const [username, { key: identityKey }] of Object.entries({ alice, bob })) {
    const user = { username, record: new Uint8Array(192), identityKey };
    await host.stores.users.register(user, new Uint8Array(32), host.clock.now());
  }
  const [b, c] = ["b.test", "c.test"].map((domain) => host.connect("192.0.2.9", domain));
  assert.ok(b && c);
  return { host, alice, bob, b, c, carol, asked, answers };
}

function throughTheWire<O extends DescMessage>(output: O, answer: object) {
  return fromBinary(output, toBinary(output, create(output, answer as MessageInitShape<O>)));
}

async function textsOf(user: HostUser): Promise<string[]> {
  const { payloads } = await user.call(fetch, { recipientKey: user.key });
  return payloads.map(({ data }) => Buffer.from(data).toString());
}
