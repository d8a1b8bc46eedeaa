// Pushes: who gets them, and that they never delay anybody (I-11).

import assert from "node:assert/strict";
import { test } from "node:test";
import type { QuicSend } from "../transport/transport.ts";
import { acceptSession, type Connection } from "./connection.ts";
import { createPushHub, type PushHub } from "./push.ts";
import type { LiveSession } from "./service.ts";

const ALICE = key(1);
const BOB = key(2);
const FRAME = "03e80000000107";

test("an event goes to every connection of the receiver and to no other", async () => {
  const { hub, connect } = setup();
  const first = connect(ALICE);
  const second = connect(ALICE, BOB);
  const other = connect(BOB);
  const nobody = connect();
  await push(hub, ALICE);
  assert.deepEqual([first.sent, second.sent, other.sent, nobody.sent], [[FRAME], [FRAME], [], []]);
});

test("one event per connection, however many sessions of the receiver it holds", async () => {
  const { hub, connect } = setup();
  const { sent, connection } = connect(ALICE);
  acceptSession(connection, session(ALICE, 9));
  await push(hub, ALICE);
  assert.deepEqual(sent, [FRAME]);
});

test("a session that has ended gets nothing, another one of the connection still counts", async () => {
  const { hub, connect, ended } = setup();
  const { sent, connection } = connect(ALICE);
  ended.add(1);
  await push(hub, ALICE);
  assert.deepEqual(sent, []);
  acceptSession(connection, session(ALICE, 9));
  await push(hub, ALICE);
  assert.deepEqual(sent, [FRAME]);
});

test("without stream credit an event is dropped, and the next one is sent", async () => {
  const { hub, connect } = setup();
  const receiver = connect(ALICE);
  receiver.credit = 0;
  await push(hub, ALICE);
  assert.deepEqual(receiver.sent, []);
  receiver.credit = 1;
  await push(hub, ALICE, 8);
  assert.deepEqual(receiver.sent, ["03e80000000108"]);
});

test("a receiver that takes nothing delays nobody, and holds 64 events at most", async () => {
  const { hub, connect } = setup();
  const stuck = connect(ALICE);
  stuck.finish = () => new Promise(() => {});
  const lively = connect(ALICE);
  for (let n = 0; n < 100; n++) await push(hub, ALICE);
  assert.equal(stuck.sent.length, 64);
  assert.equal(lively.sent.length, 100);
});

test("a receiver that takes nothing holds 16 MiB at most", async () => {
  const { hub, connect } = setup();
  const stuck = connect(ALICE);
  const taken: (() => void)[] = [];
  stuck.finish = () => new Promise((resolve) => taken.push(resolve));
  const payload = new Uint8Array(3 << 20);
  const pushLarge = async () => {
    hub.push(ALICE, () => ({ eventType: 1000, payload }));
    await new Promise(setImmediate);
  };
  for (let n = 0; n < 10; n++) await pushLarge();
  assert.equal(taken.length, 5);
  await push(hub, ALICE);
  assert.equal(taken.length, 6, "a small one still fits");
  taken[0]?.();
  for (let n = 0; n < 2; n++) await pushLarge();
  assert.equal(taken.length, 7);
});

test("a receiver that refuses or leaves harms nobody", async () => {
  const { hub, connect } = setup();
  const refusing = connect(ALICE);
  refusing.finish = () => Promise.reject(new Error("stream stopped, code 0"));
  const other = connect(ALICE);
  for (let n = 0; n < 70; n++) {
    await push(hub, ALICE);
  }
  assert.equal(refusing.sent.length, 70, "a refused event is taken, not left");
  assert.equal(other.sent.length, 70);
});

test("dropped pushes are lost one connection at a time, and the next is sent", async () => {
  const { hub, connect } = setup();
  const [first, second] = [connect(ALICE), connect(ALICE)];
  hub.drop(3);
  await push(hub, ALICE);
  await push(hub, ALICE, 8);
  assert.deepEqual([first.sent, second.sent], [[], ["03e80000000108"]]);
  hub.drop(0);
  await push(hub, ALICE);
  assert.deepEqual(first.sent, [FRAME]);
});

test("a connection that has ended is forgotten", async () => {
  const { hub, connect } = setup();
  const { sent, end } = connect(ALICE);
  end();
  await push(hub, ALICE);
  assert.deepEqual(sent, []);
});

test("a connection gets events for the sessions that it still remembers", async () => {
  const { hub, connect } = setup();
  const { sent, connection } = connect(BOB);
  const others = Array.from({ length: 16 }, (_, n) => 100 + n);
  for (const n of others) acceptSession(connection, session(ALICE, n));
  await push(hub, BOB);
  await push(hub, ALICE);
  assert.deepEqual(sent, [FRAME]);
});

test("a push looks at the connections of its receiver alone", () => {
  const { hub, connect } = setup();
  connect(ALICE);
  for (let n = 0; n < 10; n++) {
    const { connection } = connect(BOB);
    Object.defineProperty(connection, "accepted", { get: () => assert.fail("looked at") });
  }
  hub.push(ALICE, () => ({ eventType: 1000, payload: Uint8Array.of(7) }));
});

test("an event that nobody receives is never made", async () => {
  const { hub, connect, ended } = setup();
  connect(BOB);
  const make = () => assert.fail("made for nobody");
  hub.push(ALICE, make);
  connect(ALICE);
  ended.add(1);
  hub.push(ALICE, make);
  await new Promise(setImmediate);
});

test("a store that cannot say who is logged in fails no push", async () => {
  const hub = createPushHub(() => Promise.reject(new Error("the database is gone")));
  const { sent } = join(hub, [ALICE]);
  await push(hub, ALICE);
  assert.deepEqual(sent, []);
});

/** push sends an event of one byte and waits until whoever can take it has it. */
async function push(hub: PushHub, to: Uint8Array, byte = 7): Promise<void> {
  hub.push(to, () => ({ eventType: 1000, payload: Uint8Array.of(byte) }));
  await new Promise(setImmediate);
}

function setup() {
  const ended = new Set<number>();
  const hub = createPushHub(async (tokenHash) => {
    const number = tokenHash[0] ?? 0;
    return ended.has(number) ? undefined : session(ALICE, number);
  });
  return { hub, ended, connect: (...identities: Uint8Array[]) => join(hub, identities) };
}

function join(hub: PushHub, identities: readonly Uint8Array[]) {
  const over = new AbortController();
  const receiver = {
    sent: [] as string[],
    credit: Number.POSITIVE_INFINITY,
    finish: (): Promise<void> => Promise.resolve(),
    end: () => over.abort(),
  };
  const connection: Connection = {
    host: "192.0.2.1",
    peerDomain: undefined,
    binding: undefined,
    accepted: new Map(),
    ended: over.signal,
    openPush() {
      if (receiver.credit === 0) return undefined;
      receiver.credit -= 1;
      return pushStream((bytes) => {
        receiver.sent.push(Buffer.from(bytes).toString("hex"));
        return receiver.finish();
      });
    },
  };
  hub.add(connection);
  for (const identity of identities) {
    acceptSession(connection, session(identity, identity[0] as number));
  }
  return Object.assign(receiver, { connection });
}

function pushStream(finish: (bytes: Uint8Array) => Promise<void>): QuicSend {
  return {
    id: 3,
    write: () => Promise.reject(new Error("a push is written at once")),
    finish: (last = new Uint8Array(0)) => finish(last),
    reset: () => {},
    stopped: new Promise(() => {}),
  };
}

function session(identityKey: Uint8Array, number: number): LiveSession {
  return { tokenHash: key(number), identityKey, deviceId: new Uint8Array(0), expiresAt: 1 };
}

function key(n: number): Uint8Array {
  return new Uint8Array(32).fill(n);
}
