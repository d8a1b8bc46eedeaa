// The flows against the reference server, over the transport in memory.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import {
  OpaqueLoginFinishRequestSchema,
  OpaqueRegisterFinishRequestSchema,
} from "../gen/qpc/v1/auth_pb.ts";
import { DeliveryService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { methodById } from "../registry/methods.ts";
import { Status } from "../registry/statuses.ts";
import { type Caller, createCaller, type Reply } from "../rpc/caller.ts";
import { createClock } from "../rpc/clock.ts";
import { DEFAULT_LIMITS } from "../server/limits.ts";
import { createLog } from "../server/log.ts";
import { startServer } from "../server/server.ts";
import { openStores } from "../storage/drivers/open.ts";
import { createMemoryTransport } from "../transport/memory.ts";
import { AuthError, isRefusedRegistration, logIn, register } from "./auth.ts";
import { CallError } from "./call.ts";
import { createClient } from "./client.ts";
import { newIdentity } from "./identity.ts";

test("who registered logs in, with a token that opens the inbox", async (t) => {
  const { caller, another } = await server(t);
  const { publicKey } = newIdentity();
  await register(caller, "alice", "correct horse", publicKey);
  const token = await logIn(caller, "alice", "correct horse", publicKey);
  assert.equal(token.length, 32);

  const elsewhere = createClient(DeliveryService, another, { token });
  assert.deepEqual((await elsewhere.fetch({ recipientKey: publicKey })).payloads, []);
});

test("a taken name and a taken key are told, and change nothing", async (t) => {
  const { caller } = await server(t);
  const [alice, bob] = [newIdentity().publicKey, newIdentity().publicKey];
  await register(caller, "alice", "one", alice);

  const taken = { name: "AuthError", fault: "taken" };
  await assert.rejects(register(caller, "alice", "two", bob), taken);
  await assert.rejects(register(caller, "bob", "two", alice), taken);
  await logIn(caller, "alice", "one", alice);
  await register(caller, "bob", "two", bob);
});

test("only a refusal that came before the fact lets a private key be thrown away", () => {
  const refusal = { code: "", retryAfterMs: 0, detail: "" };
  const after = (method: string, status: Status) =>
    isRefusedRegistration(new CallError({ ...refusal, method, status }));
  assert.equal(isRefusedRegistration(new AuthError("taken", "")), true);
  assert.equal(after("OpaqueRegisterStart", Status.Internal), true);
  assert.equal(after("OpaqueRegisterFinish", Status.RateLimited), true);
  assert.equal(after("OpaqueRegisterFinish", Status.Internal), false);
  assert.equal(after("OpaqueRegisterFinish", Status.DeadlineExceeded), false);
  assert.equal(after("OpaqueLoginFinish", Status.BadRequest), false);
  assert.equal(isRefusedRegistration(new AuthError("refused", "")), false);
  assert.equal(isRefusedRegistration(new Error("the connection broke")), false);
});

test("a wrong password ends the login before its finish [opaque.client-verifies]", async (t) => {
  const { caller, methods } = await server(t);
  const { publicKey } = newIdentity();
  await register(caller, "alice", "right", publicKey);
  methods.length = 0;

  await assert.rejects(logIn(caller, "alice", "wrong", publicKey), {
    name: "AuthError",
    fault: "refused",
  });
  assert.deepEqual(methods, ["OpaqueLoginStart"]);
});

test("an unknown user and a wrong key are refused in the same words", async (t) => {
  const { caller } = await server(t);
  const { publicKey } = newIdentity();
  await register(caller, "alice", "right", publicKey);
  const unknown = await failure(logIn(caller, "nobody", "right", publicKey));
  const wrongKey = await failure(logIn(caller, "alice", "right", newIdentity().publicKey));
  assert.equal(unknown.message, wrongKey.message);
  assert.deepEqual([unknown.fault, wrongKey.fault], ["refused", "refused"]);
});

test("the password is in no request [opaque.client-password]", async (t) => {
  const { caller, payloads } = await server(t);
  const { publicKey } = newIdentity();
  await register(caller, "alice", "correct horse", publicKey);
  await logIn(caller, "alice", "correct horse", publicKey);
  assert.equal(payloads.length, 4);
  assert.ok(payloads.every((payload) => !Buffer.from(payload).includes("correct horse")));
});

test("start and finish carry the same username [auth.same-username]", async (t) => {
  const { caller, payloads } = await server(t);
  const { publicKey } = newIdentity();
  await register(caller, "alice", "right", publicKey);
  await logIn(caller, "alice", "right", publicKey);
  const [, registered, , loggedIn] = payloads as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  assert.equal(fromBinary(OpaqueRegisterFinishRequestSchema, registered).username, "alice");
  assert.equal(fromBinary(OpaqueLoginFinishRequestSchema, loggedIn).username, "alice");
});

test("an impossible name and a rate limit are the server's own refusals", async (t) => {
  const { caller } = await server(t, { ratePerSecond: 1000 });
  const { publicKey } = newIdentity();
  await assert.rejects(register(caller, "two words", "right", publicKey), {
    name: "CallError",
    status: Status.BadRequest,
    code: "auth.username",
  });
  for (let attempt = 0; attempt < LIMITS.failedLogins.value; attempt++) {
    await assert.rejects(logIn(caller, "alice", "wrong", publicKey), { name: "AuthError" });
  }
  await assert.rejects(logIn(caller, "alice", "wrong", publicKey), {
    name: "CallError",
    status: Status.RateLimited,
  });
});

test("an answer that is no OPAQUE message is told from a refusal", async (t) => {
  const { caller } = await server(t);
  const { publicKey } = newIdentity();
  for (const payload of [new Uint8Array(0), Buffer.from(`0a40${"ff".repeat(64)}`, "hex")]) {
    const broken: Caller = { ...caller, call: async () => ({ status: Status.Ok, payload }) };
    const malformed = { name: "AuthError", fault: "malformed" };
    await assert.rejects(register(broken, "alice", "right", publicKey), malformed);
    await assert.rejects(logIn(broken, "alice", "right", publicKey), malformed);
  }
});

test("a session token of another length is none", async (t) => {
  const { caller } = await server(t);
  const { publicKey } = newIdentity();
  await register(caller, "alice", "right", publicKey);
  const payload = Buffer.from("0a01cc", "hex");
  const short = finishing(caller, { status: Status.Ok, payload });
  await assert.rejects(logIn(short, "alice", "right", publicKey), {
    name: "AuthError",
    fault: "malformed",
  });
});

test("a server that cannot serve for the moment has refused nobody", async (t) => {
  const { caller } = await server(t);
  const { publicKey } = newIdentity();
  await register(caller, "alice", "right", publicKey);
  const draining = finishing(caller, { status: Status.Unavailable, payload: new Uint8Array(0) });
  await assert.rejects(logIn(draining, "alice", "right", publicKey), {
    name: "CallError",
    status: Status.Unavailable,
  });
});

/** finishing answers OpaqueLoginFinish itself and leaves the rest to the server. */
function finishing(caller: Caller, reply: Reply): Caller {
  return {
    ...caller,
    async call(methodId, payload) {
      const isFinish = methodById(methodId)?.name === "OpaqueLoginFinish";
      return isFinish ? reply : caller.call(methodId, payload);
    },
  };
}

async function failure(work: Promise<unknown>): Promise<Error & { fault?: string }> {
  return work.then(
    () => assert.fail("it succeeded"),
    (error) => error,
  );
}

async function server(t: TestContext, { ratePerSecond = 0 } = {}) {
  const transport = createMemoryTransport();
  const common = { host: "192.0.2.1", port: 0, alpn: ["qpc"] };
  const running = await startServer({
    ...common,
    transport,
    certPem: "",
    keyPem: "",
    operatorToken: undefined,
    admins: new Set(),
    sealedSender: false,
    deliveryProof: false,
    limits: { ...DEFAULT_LIMITS, ratePerSecond },
    stores: await openStores({ backend: "memory" }),
    clock: createClock(),
    log: createLog("silent"),
  });
  t.after(() => running.stop());
  const { port } = running;
  const address = { ...common, port, serverName: "", idleTimeoutMs: 0, timeoutMs: 1000 };
  const caller = createCaller(await transport.connect(address));

  const methods: string[] = [];
  const payloads: Uint8Array[] = [];
  const recording: Caller = {
    ...caller,
    call(methodId, payload) {
      methods.push(methodById(methodId)?.name ?? "");
      payloads.push(payload);
      return caller.call(methodId, payload);
    },
  };
  const another = createCaller(await transport.connect(address));
  return { caller: recording, methods, payloads, another };
}
