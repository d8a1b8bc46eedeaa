// Who makes a call: I-12, I-13, I-22.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { create, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { SessionTrailerSchema } from "../gen/qpc/v1/common_pb.ts";
import { type Method, methodByName } from "../registry/methods.ts";
import { Status } from "../registry/statuses.ts";
import { type Connection, keyOf } from "./connection.ts";
import { bindNamedDevice, type Credentials, hashToken, identify } from "./credentials.ts";
import { RpcError } from "./error.ts";
import type { Caller, LiveSession } from "./service.ts";

const ALICE = token(1);
const BOB = token(2);
const EXPIRED = token(3);
const OPERATOR = "operator secret";
const LIVE = [ALICE, BOB].map(sessionOf);

test("a bound connection makes the call when the body says nothing", async () => {
  const connection = bound(ALICE);
  assert.deepEqual(await whoCalls(connection), {
    kind: "session",
    session: sessionOf(ALICE),
    admin: false,
  });
});

test("a token in the body works on any connection and never binds it", async () => {
  const connection = bound();
  assert.deepEqual(await whoCalls(connection, trailer(BOB)), {
    kind: "session",
    session: sessionOf(BOB),
    admin: false,
  });
  assert.equal(connection.binding, undefined);
  assert.equal(await whoCalls(connection), "sessions.unauthorized");
});

test("the body wins over the binding, for its call alone", async () => {
  const connection = bound(ALICE);
  assert.deepEqual(nameOf(await whoCalls(connection, trailer(BOB))), BOB);
  assert.deepEqual(connection.binding, hashToken(ALICE));
  assert.deepEqual(nameOf(await whoCalls(connection)), ALICE);
});

test("an invalid token in the body is nobody, whoever is bound", async () => {
  for (const wrong of [token(9), EXPIRED, Uint8Array.of(1)]) {
    assert.equal(await whoCalls(bound(ALICE), trailer(wrong)), "sessions.unauthorized");
  }
});

test("an Auth with an empty token is no token", async () => {
  const deviceOnly = toBinary(
    SessionTrailerSchema,
    create(SessionTrailerSchema, { auth: { deviceId: new Uint8Array(16) } }),
  );
  assert.deepEqual(nameOf(await whoCalls(bound(ALICE), deviceOnly)), ALICE);
  assert.equal(await whoCalls(bound(), deviceOnly), "sessions.unauthorized");
});

test("two trailers merge: the last token wins", async () => {
  const two = Buffer.concat([trailer(token(9)), trailer(BOB)]);
  assert.deepEqual(nameOf(await whoCalls(bound(), two)), BOB);
});

test("an undecodable trailer is BadRequest", async () => {
  const broken = Buffer.from("7a020a05", "hex");
  assert.equal(await whoCalls(bound(ALICE), broken), "framing.undecodable-payload");
});

test("a session that is over counts no more, bound or not", async () => {
  assert.equal(await whoCalls(bound(EXPIRED)), "sessions.unauthorized");
});

test("methods without a session ignore every credential", async () => {
  for (const name of ["Health", "OpaqueLoginFinish", "FetchRecoveryBundle"]) {
    const method = methodByName(name) as Method;
    for (const body of [new Uint8Array(0), trailer(token(9)), Buffer.from("7a020a05", "hex")]) {
      const caller = await whoCalls(bound(ALICE), body, method);
      assert.deepEqual(caller, { kind: "nobody" }, name);
    }
  }
});

test("calls between servers are judged by the connection alone", async () => {
  const relay = methodByName("RelayEnqueue") as Method;
  const body = trailer(token(9));
  assert.deepEqual(nameOf(await whoCalls(bound(ALICE), body, relay)), ALICE);
  assert.equal(await whoCalls(bound(), body, relay), "sessions.unauthorized");
  const peer = { ...bound(ALICE), peerDomain: "b.test" };
  assert.deepEqual(await whoCalls(peer, body, relay), { kind: "peer", domain: "b.test" });
});

test("the operator token is the operator where one is configured, and binds nothing", async () => {
  const connection = bound();
  const operator = trailer(new TextEncoder().encode(OPERATOR));
  assert.deepEqual(await whoCalls(connection, operator), { kind: "operator" });
  assert.equal(connection.binding, undefined);
  assert.equal(connection.accepted.size, 0);
  assert.equal(await whoCalls(connection, operator, FETCH, null), "sessions.unauthorized");
});

test("an accepted session is remembered for pushes", async () => {
  const connection = bound();
  await whoCalls(connection, trailer(BOB));
  assert.deepEqual([...connection.accepted.values()], [sessionOf(BOB)]);
});

test("a connection remembers 16 sessions, the newest", async () => {
  const connection = bound();
  const sessions = Array.from({ length: 20 }, (_, n) => sessionOf(token(100 + n)));
  const lookup = async (hash: Uint8Array) =>
    sessions.find(({ tokenHash }) => Buffer.compare(tokenHash, hash) === 0);
  for (let n = 0; n < 20; n++) {
    const body = trailer(token(100 + n));
    const request = fromBinary(FETCH.input, body);
    await identify(FETCH, request, connection, { ...NOBODY_ELSE, sessions: lookup });
  }
  assert.deepEqual([...connection.accepted.values()], sessions.slice(4));
  assert.ok(connection.accepted.has(keyOf(hashToken(token(119)))));
});

test("a session without a device is bound to the one that its trailer names, another is left alone", async () => {
  const P = new Uint8Array(16).fill(1);
  const named = (deviceId: Uint8Array) =>
    fromBinary(
      FETCH.input,
      toBinary(SessionTrailerSchema, create(SessionTrailerSchema, { auth: { deviceId } })),
    );
  const asked: Uint8Array[] = [];
  const bind = (request: Message, caller: Caller) =>
    bindNamedDevice(request, caller, {
      ...NOBODY_ELSE,
      bindDevice: async (tokenHash, deviceId) => {
        asked.push(tokenHash);
        return deviceId;
      },
    });
  const free: Caller = { kind: "session", session: sessionOf(ALICE), admin: false };
  const bound: Caller = { ...free, session: { ...free.session, deviceId: P } };
  assert.deepEqual(await bind(named(P), free), bound);
  assert.deepEqual(asked, [hashToken(ALICE)]);
  assert.equal(await bind(named(new Uint8Array(16).fill(2)), bound), bound);
  assert.equal(await bind(named(new Uint8Array(0)), free), free);
  assert.equal(await bind(create(FETCH.input), free), free);
  const nobody: Caller = { kind: "nobody" };
  assert.equal(await bind(named(P), nobody), nobody);
  assert.equal(asked.length, 1);
});

test("a token is kept as its SHA-256", () => {
  assert.deepEqual(hashToken(ALICE), createHash("sha256").update(ALICE).digest());
});

const FETCH = methodByName("Fetch") as Method;

const NOBODY_ELSE: Credentials = {
  sessions: async () => undefined,
  operatorToken: undefined,
  isAdmin: () => false,
  sealedSender: false,
  bindDevice: async () => assert.fail("identify binds no device"),
};

async function whoCalls(
  connection: Connection,
  body: Uint8Array = new Uint8Array(0),
  method = FETCH,
  operatorToken: string | null = OPERATOR,
): Promise<Caller | string> {
  const sessions = async (hash: Uint8Array) =>
    LIVE.find(({ tokenHash }) => Buffer.compare(tokenHash, hash) === 0);
  try {
    const request = create(method.input);
    const decoded = method === FETCH ? fromBinary(method.input, body) : request;
    const credentials = {
      ...NOBODY_ELSE,
      sessions,
      operatorToken: operatorToken ?? undefined,
    };
    return await identify(method, decoded, connection, credentials);
  } catch (error) {
    assert.ok(error instanceof RpcError);
    const known = [Status.Unauthorized, Status.BadRequest] as const;
    assert.ok(known.some((status) => status === error.status));
    return error.code;
  }
}

function nameOf(caller: Caller | string): Uint8Array | undefined {
  return typeof caller === "object" && caller.kind === "session"
    ? caller.session.identityKey
    : undefined;
}

function token(n: number): Uint8Array {
  return new Uint8Array(32).fill(n);
}

function sessionOf(of: Uint8Array): LiveSession {
  return { tokenHash: hashToken(of), identityKey: of, deviceId: new Uint8Array(0), expiresAt: 1 };
}

function trailer(accessToken: Uint8Array): Uint8Array {
  return toBinary(SessionTrailerSchema, create(SessionTrailerSchema, { auth: { accessToken } }));
}

function bound(to?: Uint8Array): Connection {
  return {
    host: "192.0.2.1",
    peerDomain: undefined,
    binding: to && hashToken(to),
    accepted: new Map(),
    ended: new AbortController().signal,
    openPush: () => undefined,
  };
}
