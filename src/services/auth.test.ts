// Registration and login, with the server's OPAQUE against ours: what is stored, what is refused, and
// that refusals do not differ. The client stretches nothing here, which the server cannot tell.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type TestContext, test } from "node:test";
import { identityKsf } from "../crypto/opaque/ksf.ts";
import { nobleClient } from "../crypto/opaque/noble/exchange.ts";
import { AuthService, DeliveryService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import { hashToken } from "../rpc/credentials.ts";
import { createBlobStore } from "../storage/blob-store.ts";
import { temporaryFiles } from "../storage/drivers/blob-files.ts";
import { groupCommit } from "../storage/drivers/group-commit.ts";
import { migrate } from "../storage/drivers/migrate.ts";
import { openSqlJs } from "../storage/drivers/sqljs.ts";
import { createStores } from "../storage/sql/create-stores.ts";
import { migrations } from "../storage/sql/migrations.ts";
import { type Host, type HostClient, openHost, Refused, refused } from "./contract/host.ts";

const { opaqueRegisterStart, opaqueRegisterFinish, opaqueLoginStart, opaqueLoginFinish } =
  AuthService.method;
const { fetch } = DeliveryService.method;
const opaque = nobleClient(identityKsf);
const KEY = new Uint8Array(32).fill(1);
const OTHER_KEY = new Uint8Array(32).fill(2);
const WRONG_PROOF = new Uint8Array(64).fill(3);

test("who registered logs in, and acts as the key of the record", async (t) => {
  const { client } = await registered(t);
  const token = await logIn(client, "alice");
  assert.equal(token.length, 32);
  assert.deepEqual(client.connection.binding, hashToken(token));
  const { payloads } = await client.call(fetch, { recipientKey: KEY });
  assert.deepEqual(payloads, []);
});

test("a taken name and a taken key fail alike, and change nothing", async (t) => {
  const { host, client } = await registered(t);
  assert.equal(await register(client, "alice", "another", OTHER_KEY), false);
  assert.equal(await register(client, "bob", "secret", KEY), false);
  assert.equal(await register(client, "bob", "secret", OTHER_KEY), true, "both stayed free");
  assert.equal((await logIn(host.connect(), "alice")).length, 32);
});

test("a registration that is begun reserves nothing", async (t) => {
  const { client } = await open(t);
  const { request } = opaque.startRegistration("secret");
  await client.call(opaqueRegisterStart, { username: "alice", request });
  assert.equal(await register(client, "alice", "secret", KEY), true);
});

test("every refused login is the same refusal", async (t) => {
  const { host, client } = await registered(t);
  const refusals = [
    finishWith(host.connect(), "alice", WRONG_PROOF, KEY),
    finishWith(host.connect(), "nobody", WRONG_PROOF, KEY),
    finishWith(host.connect(), "not a name@", WRONG_PROOF, KEY),
    logIn(host.connect(), "alice", OTHER_KEY),
    client.call(opaqueLoginFinish, finish("alice", WRONG_PROOF, KEY)),
  ];
  const payloads = await Promise.all(refusals.map(refusalOf));
  assert.equal(new Set(payloads).size, 1, "status and payload");
  assert.match(payloads[0] ?? "", /^2 /);
});

test("an unknown name is answered like a known one", async (t) => {
  const { client } = await registered(t);
  for (const username of ["alice", "nobody", "", "a b", "x".repeat(10_000)]) {
    const { ke1 } = opaque.startLogin("secret");
    const { response } = await client.call(opaqueLoginStart, { username, request: ke1 });
    assert.equal(response.length, 320, username.slice(0, 10));
  }
});

test("a pending login is consumed by its first finish, right or wrong", async (t) => {
  const { client } = await registered(t);
  const proof = await prove(client, "alice");
  await refused(
    client.call(opaqueLoginFinish, finish("alice", WRONG_PROOF, KEY)),
    Status.Unauthorized,
  );
  await refused(client.call(opaqueLoginFinish, finish("alice", proof, KEY)), Status.Unauthorized);
  const second = await prove(client, "alice");
  await client.call(opaqueLoginFinish, finish("alice", second, KEY));
  await refused(client.call(opaqueLoginFinish, finish("alice", second, KEY)), Status.Unauthorized);
});

test("a malformed finish consumes nothing", async (t) => {
  const { client } = await registered(t);
  const proof = await prove(client, "alice");
  const short = finish("alice", proof.subarray(1), KEY);
  await refused(
    client.call(opaqueLoginFinish, short),
    Status.BadRequest,
    "auth.finalization-length",
  );
  const shortKey = finish("alice", proof, KEY.subarray(1));
  await refused(client.call(opaqueLoginFinish, shortKey), Status.BadRequest, "auth.identity-key");
  await client.call(opaqueLoginFinish, finish("alice", proof, KEY));
});

test("I-15: a second start replaces the first; another connection is not concerned", async (t) => {
  const { host, client } = await registered(t);
  const other = host.connect();
  const elsewhere = await prove(other, "alice");
  const first = await prove(client, "alice");
  await prove(client, "alice");
  await refused(client.call(opaqueLoginFinish, finish("alice", first, KEY)), Status.Unauthorized);
  await other.call(opaqueLoginFinish, finish("alice", elsewhere, KEY));
});

test("logins of two names on one connection do not disturb each other", async (t) => {
  const { client } = await registered(t);
  await register(client, "bob", "secret", OTHER_KEY);
  const [alice, bob] = [await prove(client, "alice"), await prove(client, "bob")];
  await client.call(opaqueLoginFinish, finish("alice", alice, KEY));
  await client.call(opaqueLoginFinish, finish("bob", bob, OTHER_KEY));
});

test("a pending login waits a minute", async (t) => {
  const { host, client } = await registered(t);
  const proof = await prove(client, "alice");
  host.clock.advance(60_000);
  await refused(client.call(opaqueLoginFinish, finish("alice", proof, KEY)), Status.Unauthorized);
});

test("a failed login leaves the binding, a second one replaces it, and all sessions live on", async (t) => {
  const { client } = await registered(t);
  await register(client, "bob", "secret", OTHER_KEY);
  const first = await logIn(client, "alice");
  await refused(finishWith(client, "bob", WRONG_PROOF, OTHER_KEY), Status.Unauthorized);
  assert.deepEqual(client.connection.binding, hashToken(first));
  const second = await logIn(client, "bob", OTHER_KEY);
  assert.deepEqual(client.connection.binding, hashToken(second));
  await refused(client.call(fetch, { recipientKey: KEY }), Status.Forbidden);
  assert.equal(client.connection.accepted.size, 2);
});

test("a session ends a day after its login", async (t) => {
  const { host, client } = await registered(t);
  await logIn(client, "alice");
  host.clock.advance(86_390_000);
  await client.call(fetch, { recipientKey: KEY });
  host.clock.advance(10_000);
  await refused(client.call(fetch, { recipientKey: KEY }), Status.Unauthorized);
});

test("elements that are none, and names that are none, are BadRequest", async (t) => {
  const { client } = await open(t);
  const request = new Uint8Array(32);
  const start = client.call(opaqueRegisterStart, { username: "alice", request });
  await refused(start, Status.BadRequest, "auth.request-malformed");
  const ke1 = client.call(opaqueLoginStart, { username: "x", request: new Uint8Array(96) });
  await refused(ke1, Status.BadRequest, "auth.request-malformed");
  const upload = { username: "alice", upload: new Uint8Array(192), identityKey: KEY };
  const finished = client.call(opaqueRegisterFinish, upload);
  await refused(finished, Status.BadRequest, "auth.upload-malformed");
  const good = opaque.startRegistration("secret").request;
  const named = client.call(opaqueRegisterStart, { username: "a b", request: good });
  await refused(named, Status.BadRequest, "auth.username");
});

test("I-23: ten failed logins a minute, per address and name; a good one does not count", async (t) => {
  const { host, client } = await registered(t);
  for (let n = 0; n < 15; n++) await logIn(client, "alice");
  for (let n = 0; n < 10; n++) {
    await refused(finishWith(client, "alice", WRONG_PROOF, KEY), Status.Unauthorized);
  }
  const again = () => prove(client, "alice");
  await refused(again(), Status.RateLimited, "auth.login-rate");
  await logIn(host.connect("192.0.2.9"), "alice");
  await finishWith(client, "nobody", WRONG_PROOF, KEY).catch(() => {});
  await refused(again(), Status.RateLimited, "auth.login-rate");
  host.clock.advance(60_000);
  await logIn(client, "alice");
});

test("storage holds the hash of a session token and never the token", async (t) => {
  const engine = await openSqlJs();
  migrate(engine, migrations);
  const database = groupCommit(engine);
  const stores = createStores(database, createBlobStore(database, temporaryFiles()));
  const { client } = await registered(t, stores);
  const token = Buffer.from(await logIn(client, "alice"));
  const image = Buffer.from(engine.image());
  assert.ok(image.includes(createHash("sha256").update(token).digest()));
  for (const spelt of [token, token.toString("hex"), token.toString("base64")]) {
    assert.ok(!image.includes(spelt));
  }
});

async function open(t: TestContext, stores?: Host["stores"]) {
  const host = await openHost(t, stores ? { stores } : {});
  return { host, client: host.connect() };
}

async function registered(t: TestContext, stores?: Host["stores"]) {
  const { host, client } = await open(t, stores);
  assert.equal(await register(client, "alice", "secret", KEY), true);
  return { host, client };
}

async function register(
  client: HostClient,
  username: string,
  password: string,
  identityKey: Uint8Array,
): Promise<boolean> {
  const exchange = opaque.startRegistration(password);
  const request = { username, request: exchange.request };
  const { response } = await client.call(opaqueRegisterStart, request);
  const { upload } = await exchange.finish(response);
  const { success } = await client.call(opaqueRegisterFinish, { username, upload, identityKey });
  return success;
}

/** prove runs 102 with the right password and answers what 103 takes. */
async function prove(client: HostClient, username: string): Promise<Uint8Array> {
  const exchange = opaque.startLogin("secret");
  const { response } = await client.call(opaqueLoginStart, { username, request: exchange.ke1 });
  return (await exchange.finish(response)).finalization;
}

async function logIn(client: HostClient, username: string, key = KEY): Promise<Uint8Array> {
  const proof = await prove(client, username);
  return (await client.call(opaqueLoginFinish, finish(username, proof, key))).sessionToken;
}

async function finishWith(
  client: HostClient,
  username: string,
  proof: Uint8Array,
  identityKey: Uint8Array,
) {
  const { ke1 } = opaque.startLogin("whatever");
  await client.call(opaqueLoginStart, { username, request: ke1 });
  return client.call(opaqueLoginFinish, finish(username, proof, identityKey));
}

function finish(username: string, finalization: Uint8Array, identityKey: Uint8Array) {
  return { username, finalization, identityKey };
}

async function refusalOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => assert.fail("it was not refused"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Refused, String(error));
  return `${error.status} ${Buffer.from(error.payload).toString("hex")}`;
}
