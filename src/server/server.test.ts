// The whole server over a transport in memory: what it composes, and how it leaves (C-15).

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema, SessionTrailerSchema } from "../gen/qpc/v1/common_pb.ts";
import { DeliveryService, HealthService } from "../gen/qpc/v1/methods_pb.ts";
import { METHODS, methodOf } from "../registry/methods.ts";
import { Status } from "../registry/statuses.ts";
import { type Caller, createCaller } from "../rpc/caller.ts";
import { createClock } from "../rpc/clock.ts";
import { hashToken } from "../rpc/credentials.ts";
import { openStores } from "../storage/drivers/open.ts";
import { createMemoryTransport } from "../transport/memory.ts";
import { ConnectionError } from "../transport/transport.ts";
import { encodeRequest, RESPONSE } from "../wire/frame.ts";
import { readFrame } from "../wire/reader.ts";
import { DECLARED_FEATURES } from "./declaration.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "./limits.ts";
import { createLog } from "./log.ts";
import { startServer } from "./server.ts";

const ALICE = new Uint8Array(32).fill(1);
const TOKEN = new Uint8Array(32).fill(2);
const NOTHING = new Uint8Array(0);
const HEALTH = methodOf(HealthService.method.health).id;
const { fetchWait, peek } = DeliveryService.method;

test("it answers the methods of the families it declares, and no others", async (t) => {
  const { connect } = await start(t);
  const { caller } = await connect();
  for (const { id, name, family } of METHODS) {
    const { status } = await caller.call(id, NOTHING);
    const declared = DECLARED_FEATURES.includes(family);
    assert.equal(status !== Status.UnknownMethod, declared, name);
  }
});

test("a drain ends waits, finishes calls, refuses new ones, and closes connections", async (t) => {
  const { server, connect } = await start(t);
  const { caller, quic } = await connect();
  const waiting = caller.call(methodOf(fetchWait).id, wait());
  const begun = await quic.openBidi();
  await begun.write(encodeRequest(methodOf(peek).id, 1, peekOwn()).subarray(0, 20));
  await settled();

  const stopped = server.stop();
  const { status, payload } = await waiting;
  assert.equal(status, Status.Ok);
  assert.deepEqual(fromBinary(fetchWait.output, payload).payloads, []);
  assert.equal(await healthOf(caller), "draining");
  const late = await caller.call(methodOf(peek).id, peekOwn());
  assert.equal(late.status, Status.Unavailable);
  assert.equal(fromBinary(ErrorDetailSchema, late.payload).code, "transport.drain");
  await assert.rejects(connect(), ConnectionError);

  await begun.finish(encodeRequest(methodOf(peek).id, 1, peekOwn()).subarray(20));
  assert.equal((await readFrame(begun.chunks(), RESPONSE)).status, Status.Ok);
  await stopped;
  const { application, code, reason } = await quic.closed;
  assert.deepEqual([application, code, reason], [true, Status.Unavailable, "draining"]);
});

test("a drain that is not done in time ends all the same", { timeout: 10_000 }, async (t) => {
  const never = { headerMs: 0, frameMs: 0 };
  const { server, connect } = await start(t, { ...never, drainTimeoutMs: 30 });
  const { quic } = await connect();
  const stuck = await quic.openBidi();
  await stuck.write(Uint8Array.of(3));
  await settled();
  await server.stop();
  assert.equal((await quic.closed).code, Status.Unavailable);
});

test("a store that fails is Unavailable, with nothing said about it", async (t) => {
  const { stores, connect } = await start(t);
  const { caller } = await connect();
  await stores.close();
  const { status, payload } = await caller.call(methodOf(peek).id, peekOwn());
  assert.deepEqual([status, payload.length], [Status.Unavailable, 0]);
});

test("calls are limited per account and per address, Health is not", async (t) => {
  const { connect } = await start(t, { ratePerSecond: 3 });
  const { caller } = await connect();
  const statuses = async (payload: Uint8Array, times: number) => {
    const answers: number[] = [];
    for (let n = 0; n < times; n++) {
      answers.push((await caller.call(methodOf(peek).id, payload)).status);
    }
    return answers;
  };
  assert.deepEqual(await statuses(peekOwn(), 4), [0, 0, 0, Status.RateLimited]);
  assert.deepEqual(await statuses(NOTHING, 4), [2, 2, 2, Status.RateLimited]);
  for (let n = 0; n < 10; n++) assert.equal(await healthOf(caller), "ok");
});

test("limits that change count from the next call on", { timeout: 10_000 }, async (t) => {
  const { limits, connect } = await start(t);
  const { caller, quic } = await connect();
  const look = async () => (await caller.call(methodOf(peek).id, peekOwn())).status;
  assert.equal(await look(), Status.Ok);
  Object.assign(limits, { ratePerSecond: 1, waitMs: 20, headerMs: 20 });
  assert.equal(await look(), Status.RateLimited);
  limits.ratePerSecond = 0;
  assert.equal(await look(), Status.Ok);
  assert.equal((await caller.call(methodOf(fetchWait).id, wait())).status, Status.Ok);
  const slow = await quic.openBidi();
  await slow.write(Uint8Array.of(3));
  await assert.rejects(readFrame(slow.chunks(), RESPONSE));
});

async function start(t: TestContext, changes: Partial<ServerLimits> = {}) {
  const limits: { -readonly [K in keyof ServerLimits]: ServerLimits[K] } = {
    ...DEFAULT_LIMITS,
    idleMs: 0,
    ...changes,
  };
  const transport = createMemoryTransport();
  const stores = await openStores({ backend: "memory" });
  const clock = createClock();
  const now = clock.now();
  const session = { tokenHash: hashToken(TOKEN), identityKey: ALICE, deviceId: NOTHING };
  await stores.sessions.create({ ...session, expiresAt: now + 60_000 }, now);
  const server = await startServer({
    transport,
    host: "memory",
    port: 0,
    alpn: ["qpc"],
    certPem: "",
    keyPem: "",
    operatorToken: undefined,
    admins: new Set(),
    sealedSender: false,
    deliveryProof: false,
    limits,
    stores,
    clock,
    log: createLog("silent"),
  });
  t.after(() => server.stop());
  const connect = async () => {
    const quic = await transport.connect({
      host: "memory",
      port: server.port,
      serverName: "localhost",
      alpn: ["qpc"],
      idleTimeoutMs: 0,
      timeoutMs: 1_000,
    });
    return { quic, caller: createCaller(quic) };
  };
  return { server, stores, limits, connect };
}

function wait(): Uint8Array {
  const request = create(fetchWait.input, { recipientKey: ALICE, timeoutMs: 30_000n });
  return Buffer.concat([toBinary(fetchWait.input, request), trailer()]);
}

function peekOwn(): Uint8Array {
  const request = create(peek.input, { recipientKey: ALICE });
  return Buffer.concat([toBinary(peek.input, request), trailer()]);
}

function trailer(): Uint8Array {
  const message = create(SessionTrailerSchema, { auth: { accessToken: TOKEN } });
  return toBinary(SessionTrailerSchema, message);
}

async function healthOf(caller: Caller): Promise<string> {
  const { payload } = await caller.call(HEALTH, NOTHING);
  return fromBinary(HealthService.method.health.output, payload).status;
}

/** settled lets everything happen that waits for nothing but its turn. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}
