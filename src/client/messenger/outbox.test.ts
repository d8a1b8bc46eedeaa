// The outbox: what is sent while the server cannot or will not take it (spec/client/client.md, Sending).

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema } from "../../gen/qpc/v1/common_pb.ts";
import { type EnqueueRequest, EnqueueRequestSchema } from "../../gen/qpc/v1/delivery_pb.ts";
import { methodById } from "../../registry/methods.ts";
import { Status } from "../../registry/statuses.ts";
import type { Caller, Reply } from "../../rpc/caller.ts";
import { type Player, startCast, texts } from "../contract/cast.ts";

test("what is written offline goes out at the next sync, once", async (t) => {
  const { alice, bob, id } = await pair(t);
  alice.network.isDown = true;
  alice.network.cut();
  assert.equal((await alice.messenger.sendText(id, "one")).status, "queued");
  assert.equal((await alice.messenger.sendText(id, "two")).status, "queued");
  await assert.rejects(alice.messenger.sync(), { name: "Unreachable" });

  alice.network.isDown = false;
  const { waiting } = await alice.messenger.sync();
  assert.equal(waiting, 0);
  await bob.messenger.sync();
  assert.deepEqual(await texts(bob, id), ["alice: one", "alice: two"]);
  const statuses = (await alice.messenger.history(id)).map(({ status }) => status);
  assert.deepEqual(statuses, ["sent", "sent"]);
});

test("an answer that is lost leads to the same bytes under the same message_id", async (t) => {
  const { alice, bob, id } = await pair(t);
  const enqueued: EnqueueRequest[] = [];
  let isLossy = true;
  await tap(alice, (caller) => ({
    ...caller,
    async call(methodId, payload, signal) {
      const reply = await caller.call(methodId, payload, signal);
      if (methodById(methodId)?.name !== "Enqueue") return reply;
      enqueued.push(fromBinary(EnqueueRequestSchema, payload));
      if (isLossy) throw new Error("the answer was lost");
      return reply;
    },
  }));
  assert.equal((await alice.messenger.sendText(id, "once")).status, "queued");
  await alice.reopen();
  isLossy = false;
  await alice.messenger.sync();

  const [first, ...others] = enqueued;
  assert.ok(others.length > 0);
  for (const other of others) {
    assert.deepEqual([other.messageId, other.payload], [first?.messageId, first?.payload]);
  }
  const { received, faults } = await bob.messenger.sync();
  assert.deepEqual([received.length, faults], [1, []]);
});

test("a crash between the local write and the send loses nothing", async (t) => {
  const { alice, bob, id } = await pair(t);
  await tap(alice, (caller) => ({
    ...caller,
    async call(methodId, payload, signal) {
      if (methodById(methodId)?.name === "Enqueue") throw new Error("the process is gone");
      return caller.call(methodId, payload, signal);
    },
  }));
  await alice.messenger.sendText(id, "before the crash");
  alice.network.tap = (caller) => caller;
  await alice.reopen();
  assert.equal((await alice.messenger.sendText(id, "after it")).status, "sent");
  await bob.messenger.sync();
  assert.deepEqual(await texts(bob, id), ["alice: before the crash", "alice: after it"]);
});

for (const status of [Status.RateLimited, Status.Unavailable] as const) {
  test(`a server that asks for patience is given it: ${status}`, async (t) => {
    let now = Date.now();
    const { alice, bob, id } = await pair(t, () => now);
    const refusal = { retryAfterMs: 60_000n, code: "", message: "" };
    const calls = await answeringEnqueue(alice, () => ({ status, payload: detail(refusal) }));
    assert.equal((await alice.messenger.sendText(id, "patience")).status, "queued");
    await alice.messenger.sync();
    now += 59_000;
    assert.equal((await alice.messenger.sync()).waiting, 1);
    assert.equal(calls.count, 1);

    alice.network.tap = (caller) => caller;
    alice.network.cut();
    now += 1_001;
    assert.equal((await alice.messenger.sync()).waiting, 0);
    await bob.messenger.sync();
    assert.deepEqual(await texts(bob, id), ["alice: patience"]);
  });
}

test("what the server will never take is dropped and told", async (t) => {
  const { alice, bob, id } = await pair(t);
  await answeringEnqueue(alice, () => ({
    status: Status.BadRequest,
    payload: new Uint8Array(0),
  }));
  const { contentId, status } = await alice.messenger.sendText(id, "impossible");
  assert.equal(status, "failed");
  const { failed, waiting } = await alice.messenger.sync();
  assert.equal(waiting, 0);
  assert.deepEqual(
    failed.map(({ kind, error, contentId }) => [kind, error.name, contentId]),
    [["application", "CallError", contentId]],
  );
  assert.deepEqual(
    (await alice.messenger.history(id)).map(({ status }) => status),
    ["failed"],
  );

  alice.network.tap = (caller) => caller;
  alice.network.cut();
  await alice.messenger.sendText(id, "possible");
  await bob.messenger.sync();
  assert.deepEqual(await texts(bob, id), ["alice: possible"]);
});

test("a session that is over is opened again, once", async (t) => {
  const { alice, bob, id, cast } = await pair(t);
  const logins: string[] = [];
  await alice.reopen({ trace: ({ kind }) => kind === "logged-in" && logins.push(kind) });
  await alice.messenger.sync();
  assert.deepEqual(logins, []);
  cast.reference.clock.advance(2 * 86_400_000);
  assert.equal((await alice.messenger.sendText(id, "a day later")).status, "sent");
  assert.deepEqual(logins, ["logged-in"]);
  await bob.messenger.sync();
  assert.deepEqual(await texts(bob, id), ["alice: a day later"]);
});

test("a broken connection is replaced", async (t) => {
  const { alice, bob, id } = await pair(t);
  const before = alice.network.connections;
  alice.network.cut();
  assert.equal((await alice.messenger.sendText(id, "again")).status, "sent");
  assert.equal(alice.network.connections, before + 1);
  await bob.messenger.sync();
  assert.deepEqual(await texts(bob, id), ["alice: again"]);
});

async function pair(t: TestContext, now: () => number = Date.now) {
  const cast = await startCast(t);
  const [alice, bob] = [await cast.join("alice", { now }), await cast.join("bob")];
  const { id } = await alice.messenger.startDirect("bob");
  await bob.messenger.sync();
  return { cast, alice, bob, id };
}

/** tap breaks the connection, so that the next one is tapped. */
async function tap({ network }: Player, wrap: (caller: Caller) => Caller): Promise<void> {
  network.tap = wrap;
  network.cut();
}

async function answeringEnqueue(player: Player, answer: () => Reply): Promise<{ count: number }> {
  const calls = { count: 0 };
  await tap(player, (caller) => ({
    ...caller,
    async call(methodId, payload, signal) {
      if (methodById(methodId)?.name !== "Enqueue") return caller.call(methodId, payload, signal);
      calls.count += 1;
      return answer();
    },
  }));
  return calls;
}

function detail(fields: { retryAfterMs: bigint; code: string; message: string }): Uint8Array {
  return toBinary(ErrorDetailSchema, create(ErrorDetailSchema, fields));
}
