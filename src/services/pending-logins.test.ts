import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpaqueLoginState } from "../crypto/opaque/serenity/server.ts";
import { createClock } from "../rpc/clock.ts";
import type { Connection } from "../rpc/connection.ts";
import { createPendingLogins, type PendingLogin } from "./pending-logins.ts";

test("a login is taken once, by its connection and name", () => {
  const { logins, connection } = setup();
  logins.begin(connection, "alice", login(1));
  assert.equal(numberOf(logins.take(connect(), "alice")), undefined);
  assert.equal(numberOf(logins.take(connection, "Alice")), undefined);
  assert.equal(numberOf(logins.take(connection, "alice")), 1);
  assert.equal(numberOf(logins.take(connection, "alice")), undefined);
});

test("logins of several names do not disturb each other", () => {
  const { logins, connection } = setup();
  logins.begin(connection, "alice", login(1));
  logins.begin(connection, "bob", login(2));
  assert.equal(numberOf(logins.take(connection, "alice")), 1);
  assert.equal(numberOf(logins.take(connection, "bob")), 2);
});

test("a newer login replaces the older one of its name", () => {
  const { logins, connection } = setup();
  logins.begin(connection, "alice", login(1));
  logins.begin(connection, "alice", login(2));
  assert.equal(numberOf(logins.take(connection, "alice")), 2);
  assert.equal(numberOf(logins.take(connection, "alice")), undefined);
});

test("a connection keeps 16 logins; the oldest goes, and a replaced one is young again", () => {
  const { logins, connection } = setup();
  for (let n = 1; n <= 16; n++) logins.begin(connection, `user-${n}`, login(n));
  logins.begin(connection, "user-1", login(100));
  logins.begin(connection, "user-17", login(17));
  const other = connect();
  logins.begin(other, "user-2", login(200));
  assert.equal(numberOf(logins.take(connection, "user-2")), undefined);
  assert.equal(numberOf(logins.take(connection, "user-1")), 100);
  for (let n = 3; n <= 17; n++) {
    assert.equal(numberOf(logins.take(connection, `user-${n}`)), n);
  }
  assert.equal(numberOf(logins.take(other, "user-2")), 200);
});

test("a login waits for its lifetime and no longer, and expired it is taken all the same", () => {
  const { logins, connection, clock } = setup();
  logins.begin(connection, "alice", login(1));
  logins.begin(connection, "bob", login(2));
  clock.advance(59_000);
  assert.equal(numberOf(logins.take(connection, "alice")), 1);
  clock.advance(1_000);
  assert.equal(logins.take(connection, "bob"), undefined);
  assert.equal(logins.take(connection, "bob"), undefined);
});

test("any string is a name, however long", () => {
  const { logins, connection } = setup();
  const names = ["", "__proto__", "x".repeat(1_000_000), `${"x".repeat(999_999)}y`];
  for (const [n, name] of names.entries()) logins.begin(connection, name, login(n));
  for (const [n, name] of names.entries()) {
    assert.equal(numberOf(logins.take(connection, name)), n);
  }
});

function setup() {
  const clock = createClock();
  return { clock, logins: createPendingLogins(clock, () => 60_000), connection: connect() };
}

function connect(): Connection {
  return {
    host: "192.0.2.1",
    peerDomain: undefined,
    binding: undefined,
    accepted: new Map(),
    ended: new AbortController().signal,
    openPush: () => undefined,
  };
}

function login(number: number): PendingLogin {
  return {
    state: new Uint8Array(128) as unknown as OpaqueLoginState,
    identityKey: Uint8Array.of(number),
  };
}

function numberOf(found: PendingLogin | undefined): number | undefined {
  return found?.identityKey?.[0];
}
