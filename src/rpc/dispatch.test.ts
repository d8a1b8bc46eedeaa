// From frame to answer: the order of the checks (I-24), and what an error becomes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema, SessionTrailerSchema } from "../gen/qpc/v1/common_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { type Method, methodByName } from "../registry/methods.ts";
import { RULES } from "../registry/rules.ts";
import { Status } from "../registry/statuses.ts";
import type { Connection } from "./connection.ts";
import { hashToken } from "./credentials.ts";
import { type CallReport, createDispatcher, type DispatchOptions } from "./dispatch.ts";
import { RpcError } from "./error.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { Call, ComposedMethod } from "./service.ts";

const ALICE = new Uint8Array(32).fill(0xa1);
const BOB = new Uint8Array(32).fill(0xb2);
const TOKEN = new Uint8Array(32).fill(1);
const OPEN: RateLimiter = { take: () => 0, giveBack: () => {} };
const EXHAUSTED: RateLimiter = { take: () => 250, giveBack: () => {} };

test("the checks come in the order of I-24", async () => {
  const refusing = composed("Peek", async () => {
    throw new RpcError(Status.NotFound, "delivery.channel-unknown");
  });
  // Every row mends the first fault that is left.
  const broken = Buffer.from("0a05", "hex");
  const foreignAndShort = { recipientKey: BOB, channelId: Buffer.from("ab") };
  const foreign = { recipientKey: BOB };
  const own = { recipientKey: ALICE };
  const limited = { accountRate: EXHAUSTED, methods: [refusing] };
  const open = { methods: [refusing] };
  const rows = [
    [Status.UnknownMethod, { ...limited, methods: [] }, broken],
    [Status.BadRequest, limited, broken],
    [Status.Unauthorized, limited, encode("Peek", foreignAndShort)],
    [Status.RateLimited, limited, encode("Peek", foreignAndShort, TOKEN)],
    [Status.BadRequest, open, encode("Peek", foreignAndShort, TOKEN)],
    [Status.Forbidden, open, encode("Peek", foreign, TOKEN)],
    [Status.NotFound, open, encode("Peek", own, TOKEN)],
    [Status.Ok, { methods: [composed("Peek", async () => ({}))] }, encode("Peek", own, TOKEN)],
  ] as const;
  for (const [status, options, payload] of rows) {
    assert.equal((await answerTo("Peek", payload, options)).status, status);
  }
});

test("a late call is Unavailable, Health excepted", async () => {
  const methods = [composed("Peek", async () => ({})), composed("Health", async () => ({}))];
  const own = encode("Peek", { recipientKey: ALICE }, TOKEN);
  const late = await answerTo("Peek", own, { methods }, { late: true });
  assert.equal(late.status, Status.Unavailable);
  assert.equal(detail(late.payload).code, "transport.drain");
  const health = await answerTo("Health", encode("Health", {}), { methods }, { late: true });
  assert.equal(health.status, Status.Ok);
});

test("a refusal carries the sentence of its rule, its code and its hint", async () => {
  const methods = [composed("Peek", async () => ({}))];
  const payload = encode("Peek", { recipientKey: ALICE }, TOKEN);
  const limited = await answerTo("Peek", payload, { methods, accountRate: EXHAUSTED });
  assert.deepEqual(
    { ...detail(limited.payload), $typeName: "" },
    {
      $typeName: "",
      message: RULES["limits.rate-limit"].text,
      retryAfterMs: 250n,
      code: "limits.rate-limit",
    },
  );
  const recipientKeys = Array.from({ length: 1001 }, () => BOB);
  const batch = encode("BatchEnqueue", { recipientKeys, payload: ALICE }, TOKEN);
  const refused = await answerTo("BatchEnqueue", batch, { methods: [composed("BatchEnqueue")] });
  assert.equal(detail(refused.payload).code, "BATCH_TOO_LARGE");
});

test("an unexpected error is Internal, and nothing of it reaches the wire", async () => {
  const reports: CallReport[] = [];
  const secret = new Error("SELECT * FROM users; password=hunter2");
  const failing = { methods: [composed("Health", () => Promise.reject(secret))] };
  const { status, payload } = await answerTo("Health", encode("Health", {}), {
    ...failing,
    report: (event) => reports.push(event),
  });
  assert.equal(status, Status.Internal);
  assert.equal(payload.length, 0);
  assert.deepEqual(
    reports.map(({ kind, error }) => [kind, error]),
    [["error", secret]],
  );
});

test("a handler that throws at once is Internal too", async () => {
  const method = composed("Health", () => {
    throw new TypeError("not even a promise");
  });
  const { status, payload } = await answerTo("Health", encode("Health", {}), { methods: [method] });
  assert.deepEqual([status, payload.length], [Status.Internal, 0]);
});

test("the server chooses the status of an error that is no refusal", async () => {
  const gone = new Error("the disk is full");
  const { status, payload } = await answerTo("Health", encode("Health", {}), {
    methods: [composed("Health", () => Promise.reject(gone))],
    statusOf: (error) => (error === gone ? Status.Unavailable : Status.Internal),
  });
  assert.deepEqual([status, payload.length], [Status.Unavailable, 0]);
});

test("an answer that no frame holds is Internal", async () => {
  const data = new Uint8Array(LIMITS.framePayload.value);
  const methods = [composed("Peek", async () => ({ payloads: [{ seq: 1n, data }] }))];
  const payload = encode("Peek", { recipientKey: ALICE }, TOKEN);
  assert.equal((await answerTo("Peek", payload, { methods })).status, Status.Internal);
});

test("a status outside the list of its method goes out and is reported", async () => {
  const reports: CallReport[] = [];
  const refuse = (status: Status) => async () => {
    throw new RpcError(status, "delivery.channel-unknown");
  };
  const report = (event: CallReport) => reports.push(event);
  for (const status of [Status.Forbidden, Status.NotFound]) {
    const methods = [composed("Health", refuse(status))];
    const answer = await answerTo("Health", encode("Health", {}), { methods, report });
    assert.equal(answer.status, status);
  }
  const methods = [composed("Peek", refuse(Status.NotFound))];
  await answerTo("Peek", encode("Peek", { recipientKey: ALICE }, TOKEN), { methods, report });
  assert.deepEqual(
    reports.map(({ kind, method, status }) => [kind, method.name, status]),
    [
      ["undeclared-status", "Health", Status.Forbidden],
      ["undeclared-status", "Health", Status.NotFound],
    ],
  );
});

test("calls with a session count for their account, all others for their address", async () => {
  const taken: string[] = [];
  const counting = (name: string): RateLimiter => ({
    take: (key, cost = 1) => {
      taken.push(`${name} ${key === "192.0.2.1" ? key : "account"} ${cost}`);
      return 0;
    },
    giveBack: () => {},
  });
  const options = {
    methods: ["Peek", "BatchEnqueue", "CreateChannel", "OpaqueLoginStart", "Health"].map((name) =>
      composed(name),
    ),
    accountRate: counting("account"),
    hostRate: counting("host"),
  };
  await answerTo("Peek", encode("Peek", { recipientKey: ALICE }, TOKEN), options);
  await answerTo("Peek", encode("Peek", { recipientKey: ALICE }), options);
  await answerTo("OpaqueLoginStart", encode("OpaqueLoginStart", {}), options);
  for (const length of [99, 100, 250]) {
    const recipientKeys = Array.from({ length }, () => BOB);
    const batch = encode("BatchEnqueue", { recipientKeys, payload: ALICE }, TOKEN);
    await answerTo("BatchEnqueue", batch, options);
  }
  const memberKeys = Array.from({ length: 1000 }, () => BOB);
  const group = encode("CreateChannel", { groupId: ALICE, memberKeys }, TOKEN);
  await answerTo("CreateChannel", group, options);
  await answerTo("Health", encode("Health", {}), options);
  assert.deepEqual(taken, [
    "account account 1",
    "host 192.0.2.1 1",
    "host 192.0.2.1 1",
    "account account 1",
    "account account 2",
    "account account 3",
    "account account 11",
  ]);
});

test("the operator token is Forbidden wherever it is not named, before any field of an owner", async () => {
  const operator = new TextEncoder().encode("operator");
  for (const [name, status] of [
    ["Peek", Status.Forbidden],
    ["Enqueue", Status.Forbidden],
    ["ListReports", Status.Ok],
    ["Health", Status.Ok],
  ] as const) {
    const request =
      name === "Enqueue" ? { recipientKey: BOB, payload: BOB } : { recipientKey: BOB };
    const payload = encode(name, request, operator);
    const answer = await answerTo(name, payload, { methods: [composed(name)] });
    assert.equal(answer.status, status, name);
  }
});

test("answers to 100-103 are held back, those of other methods are not", async () => {
  const start = performance.now();
  await answerTo("OpaqueLoginStart", Buffer.from("ff"), {
    methods: [composed("OpaqueLoginStart")],
  });
  assert.ok(performance.now() - start >= LIMITS.authFloor.value);
});

test("a handler has a deadline, a long poll has none", async () => {
  const slow = (call: Call) =>
    new Promise<object>((resolve) => {
      const timer = setTimeout(() => resolve({}), 60);
      call.signal().addEventListener("abort", () => clearTimeout(timer));
    });
  const poll = { ...composed("Health", (_, call) => slow(call)), longPoll: true };
  const bounded = composed("Health", (_, call) => slow(call));
  const late = await answerTo("Health", new Uint8Array(0), {
    methods: [bounded],
    rpcTimeoutMs: 10,
  });
  assert.equal(late.status, Status.DeadlineExceeded);
  const polled = await answerTo("Health", new Uint8Array(0), { methods: [poll], rpcTimeoutMs: 10 });
  assert.equal(polled.status, Status.Ok);
});

function composed(
  name: string,
  handle: (request: never, call: Call) => Promise<object> = async () => ({}),
): ComposedMethod {
  return { method: methodNamed(name), handle, longPoll: false };
}

async function answerTo(
  name: string,
  payload: Uint8Array,
  options: Partial<DispatchOptions>,
  { late = false } = {},
) {
  const session = {
    tokenHash: hashToken(TOKEN),
    identityKey: ALICE,
    deviceId: new Uint8Array(0),
    expiresAt: 1,
  };
  const dispatch = createDispatcher({
    methods: [],
    credentials: {
      sessions: async (hash) =>
        Buffer.compare(hash, session.tokenHash) === 0 ? session : undefined,
      operatorToken: "operator",
      isAdmin: () => false,
      sealedSender: false,
      bindDevice: async () => assert.fail("no trailer names a device"),
    },
    access: { membership: async () => undefined, isRevoked: async () => false },
    accountRate: OPEN,
    hostRate: OPEN,
    rpcTimeoutMs: 10_000,
    statusOf: () => Status.Internal,
    report: () => {},
    ...options,
  });
  const connection: Connection = {
    host: "192.0.2.1",
    peerDomain: undefined,
    binding: undefined,
    accepted: new Map(),
    ended: new AbortController().signal,
    openPush: () => undefined,
  };
  const header = { methodId: methodNamed(name).id, requestId: 1, payloadLength: payload.length };
  const gone = () => new AbortController().signal;
  return dispatch({ frame: { ...header, payload }, connection, gone, late });
}

function encode(name: string, request: Record<string, unknown>, token?: Uint8Array): Uint8Array {
  const { input } = methodNamed(name);
  const known = Object.keys(request).filter((field) => field in input.field);
  const fields = Object.fromEntries(known.map((field) => [field, request[field]]));
  const body = toBinary(input, create(input, fields));
  if (token === undefined) return body;
  const trailer = create(SessionTrailerSchema, { auth: { accessToken: token } });
  return Buffer.concat([body, toBinary(SessionTrailerSchema, trailer)]);
}

function detail(payload: Uint8Array) {
  return fromBinary(ErrorDetailSchema, payload);
}

function methodNamed(name: string): Method {
  const method = methodByName(name);
  assert.ok(method, name);
  return method;
}
