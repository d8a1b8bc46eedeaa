// Two servers over real QUIC, each with its certificate of one authority (spec/services/federation.md).

import assert from "node:assert/strict";
import { before, type TestContext, test } from "node:test";
import { CallError } from "../client/call.ts";
import { createClient } from "../client/client.ts";
import {
  type CertifiedKey,
  createAuthority,
  createSelfSigned,
  issue,
} from "../crypto/certificates.ts";
import {
  DeliveryService,
  FederationService,
  HealthService,
  KeyService,
  UserService,
} from "../gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../registry/methods.ts";
import { Status } from "../registry/statuses.ts";
import { createCaller } from "../rpc/caller.ts";
import { createClock } from "../rpc/clock.ts";
import { hashToken } from "../rpc/credentials.ts";
import { openStores } from "../storage/drivers/open.ts";
import type { PeerAddress } from "../storage/stores/federation.ts";
import type { Stores } from "../storage/stores.ts";
import { createQuicTransport } from "../transport/quic/quic.ts";
import { ConnectionError } from "../transport/transport.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { createLog } from "./log.ts";
import { type RunningServer, startServer } from "./server.ts";

const GUARD = { timeout: 30_000 };
const TOKEN = new Uint8Array(32).fill(7);
const ALICE = new Uint8Array(32).fill(1);
const BOB = new Uint8Array(32).fill(2);
const NONE = new Uint8Array(0);
const HELLO = Buffer.from("hello");

const transport = createQuicTransport();
let authority: CertifiedKey;
let listener: CertifiedKey;

before(async () => {
  authority = await createAuthority({ algorithm: "P-256", commonName: "Federation" });
  listener = await createSelfSigned({ algorithm: "P-256" });
});

test("a message, a batch and keys go from one server to the other", GUARD, async (t) => {
  const b = await start(t, "b.test", { bob: BOB });
  const a = await start(t, "a.test", { alice: ALICE }, [b.peer]);
  const [alice, bob] = [await a.client(), await b.client()];

  const resolved = await alice.users.resolveUser({ username: "bob@B.test" });
  assert.deepEqual(Buffer.from(resolved.identityKey), Buffer.from(BOB));
  assert.equal(resolved.inclusionProof?.treeSize, 1n);

  const messageId = new Uint8Array(16).fill(9);
  const request = { recipientKey: BOB, payload: HELLO, messageId };
  assert.deepEqual(await seqOf(alice, request), [1n, false]);
  assert.deepEqual(await seqOf(alice, request), [1n, true]);
  const recipientKeys = [BOB, ALICE, BOB];
  const { seqs } = await alice.delivery.batchEnqueue({ ...request, recipientKeys });
  assert.deepEqual(seqs, [1n, 1n, 1n]);
  assert.deepEqual(await textsOf(bob, BOB), ["hello"]);
  assert.deepEqual(await textsOf(alice, ALICE), ["hello"]);

  await bob.keys.uploadKeyPackage({ identityKey: BOB, package: Buffer.from("package") });
  await bob.keys.uploadHybridKey({
    identityKey: BOB,
    hybridPublicKey: new Uint8Array(1216).fill(5),
  });
  const fetched = await alice.keys.fetchKeyPackage({ identityKey: BOB });
  assert.equal(Buffer.from(fetched.package).toString(), "package");
  assert.equal((await alice.keys.fetchKeyPackage({ identityKey: BOB })).package.length, 0);
  const { keys } = await alice.keys.fetchHybridKeys({ identityKeys: [ALICE, BOB] });
  assert.deepEqual(
    keys.map((key) => key.length),
    [0, 1216],
  );
});

test("a peer that is down makes calls Unavailable until it is back", GUARD, async (t) => {
  const b = await start(t, "b.test", { bob: BOB });
  const a = await start(t, "a.test", { alice: ALICE }, [b.peer]);
  const alice = await a.client();
  await alice.users.resolveUser({ username: "bob@b.test" });
  await b.server.stop();
  const request = { recipientKey: BOB, payload: HELLO };
  await refused(alice.delivery.enqueue(request), Status.Unavailable, "federation.peer-down");
  await refused(
    alice.users.resolveUser({ username: "bob@b.test" }),
    Status.Unavailable,
    "federation.peer-down",
  );

  const port = Number(b.peer.address.split(":")[1]);
  const again = await start(t, "b.test", { bob: BOB }, [], port);
  assert.deepEqual(await seqOf(alice, request), [1n, false]);
  assert.deepEqual(await textsOf(await again.client(), BOB), ["hello"]);
});

test("names of strangers are not found, names of its own domain are local", GUARD, async (t) => {
  const a = await start(t, "a.test", { alice: ALICE });
  const { users } = await a.client();
  const own = await users.resolveUser({ username: "alice@a.test" });
  assert.deepEqual(Buffer.from(own.identityKey), Buffer.from(ALICE));
  for (const username of ["alice@x.test", "@a.test", "alice@", "a@b@a.test"]) {
    await refused(users.resolveUser({ username }), Status.NotFound, "user.not-found");
  }
});

test("peers are kept in storage and used when none are configured", GUARD, async (t) => {
  const b = await start(t, "b.test", { bob: BOB });
  const stores = await openStores({ backend: "memory" });
  await stores.federation.setPeers([b.peer], 0);
  const a = await start(t, "a.test", { alice: ALICE }, [], 0, stores);
  const { users } = await a.client();
  assert.equal((await users.resolveUser({ username: "bob@b.test" })).identityKey.length, 32);
});

test("the listener for peers demands a certificate that names a domain", GUARD, async (t) => {
  const a = await start(t, "a.test", { alice: ALICE });
  const nameless = await certificate("192.0.2.1");
  for (const shown of [nameless, await certificate("a.test")]) {
    const quic = await connect(a.server.federationPort, "a.test", shown);
    assert.equal((await quic.closed).code, Status.Forbidden);
  }
  await assert.rejects(connect(a.server.federationPort, "a.test"), ConnectionError);
  const quic = await connect(a.server.federationPort, "a.test", await certificate("b.test"));
  const caller = createCaller(quic);
  const peer = createClient(FederationService, caller);
  const health = await peer.federationHealth({ federationAuth: { origin: "B.test" } });
  assert.deepEqual([health.status, health.domain], ["ok", "a.test"]);
  assert.equal((await createClient(HealthService, caller).health({})).status, "ok");
  const other = await caller.call(methodOf(DeliveryService.method.peek).id, NONE);
  assert.equal(other.status, Status.UnknownMethod);
  await quic.close(0);
});

async function start(
  t: TestContext,
  domain: string,
  users: Readonly<Record<string, Uint8Array>>,
  peers: readonly PeerAddress[] = [],
  port = 0,
  given?: Stores,
) {
  const stores = given ?? (await openStores({ backend: "memory" }));
  const clock = createClock();
  const now = clock.now();
  const [identityKey = NONE] = Object.values(users);
  for (const [username, key] of Object.entries(users)) {
    const user = { username, record: new Uint8Array(192), identityKey: key };
    await stores.users.register(user, new Uint8Array(32), now);
  }
  const session = { tokenHash: hashToken(TOKEN), identityKey, deviceId: NONE };
  await stores.sessions.create({ ...session, expiresAt: now + 600_000 }, now);
  const { certPem, keyPem } = await certificate(domain);
  const server = await startServer({
    transport,
    host: "127.0.0.1",
    port: 0,
    alpn: ["qpc"],
    certPem: listener.certPem,
    keyPem: listener.keyPem,
    operatorToken: undefined,
    admins: new Set(),
    sealedSender: false,
    deliveryProof: false,
    limits: { ...DEFAULT_LIMITS },
    federation: {
      host: "127.0.0.1",
      port,
      domain,
      certPem,
      keyPem,
      caPem: authority.certPem,
      peers,
    },
    stores,
    clock,
    log: createLog("silent"),
  });
  const stop = once(server);
  t.after(stop);
  return {
    server: { ...server, stop },
    peer: { domain, address: `127.0.0.1:${server.federationPort}` },
    async client() {
      const quic = await transport.connect({
        host: "127.0.0.1",
        port: server.port,
        serverName: "localhost",
        caPem: listener.certPem,
        alpn: ["qpc"],
        idleTimeoutMs: 20_000,
        timeoutMs: 5_000,
      });
      const caller = createCaller(quic);
      const credentials = { token: TOKEN };
      return {
        delivery: createClient(DeliveryService, caller, credentials),
        keys: createClient(KeyService, caller, credentials),
        users: createClient(UserService, caller, credentials),
      };
    },
  };
}

type TestClient = Awaited<ReturnType<Awaited<ReturnType<typeof start>>["client"]>>;

function once(server: RunningServer): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => (stopped ??= server.stop());
}

function certificate(name: string): Promise<CertifiedKey> {
  return issue(authority, { algorithm: "P-256", commonName: name, names: [name] });
}

function connect(port: number, serverName: string, shown?: CertifiedKey) {
  return transport.connect({
    host: "127.0.0.1",
    port,
    serverName,
    caPem: authority.certPem,
    ...(shown && { certPem: shown.certPem, keyPem: shown.keyPem }),
    alpn: ["qpc"],
    idleTimeoutMs: 10_000,
    timeoutMs: 5_000,
  });
}

async function seqOf(
  { delivery }: TestClient,
  request: Parameters<TestClient["delivery"]["enqueue"]>[0],
) {
  const { seq, duplicate } = await delivery.enqueue(request);
  return [seq, duplicate];
}

async function textsOf({ delivery }: TestClient, recipientKey: Uint8Array): Promise<string[]> {
  const { payloads } = await delivery.fetch({ recipientKey });
  return payloads.map(({ data }) => Buffer.from(data).toString());
}

async function refused(call: Promise<unknown>, status: Status, code: string): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof CallError, String(error));
    assert.deepEqual([error.status, error.code], [status, code]);
    return true;
  });
}
