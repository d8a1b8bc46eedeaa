// Reading inboxes: order, gaps, repeats, and acknowledgements that come last (spec/services/delivery.md).

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { EnvelopeSchema } from "../../gen/qpc/v1/delivery_pb.ts";
import { DeliveryService } from "../../gen/qpc/v1/methods_pb.ts";
import { methodById } from "../../registry/methods.ts";
import { Status } from "../../registry/statuses.ts";
import type { Caller, Reply } from "../../rpc/caller.ts";
import { faultsOf, type Player, startCast, texts } from "../contract/cast.ts";
import { answering, lying } from "../contract/reference.ts";
import { cursor } from "../store/inboxes.ts";

const { ack, fetch } = DeliveryService.method;

test("gaps in seq are no loss, and the order of an answer is not its order", async (t) => {
  const { alice, bob, id } = await pair(t);
  for (const text of ["one", "two", "three"]) await alice.messenger.sendText(id, text);
  tap(bob, (caller) =>
    lying(caller, fetch, ({ payloads }) => ({
      payloads: payloads.map((envelope) => ({ ...envelope, seq: envelope.seq * 7n })).reverse(),
    })),
  );
  const { faults } = await bob.messenger.sync();
  assert.deepEqual(faults, []);
  assert.deepEqual(await texts(bob, id), ["alice: one", "alice: two", "alice: three"]);
  assert.equal(await bob.store.database.read(cursor(id)), 21n);
});

test("a message that is returned again is skipped, even for ever", async (t) => {
  const { alice, bob, id } = await pair(t);
  // This server has lost the acknowledgement, and goes on losing it.
  tap(bob, (caller) => ({
    ...caller,
    async call(methodId, payload, signal) {
      const name = methodById(methodId)?.name;
      return name === "Ack"
        ? { status: 0, payload: new Uint8Array(0) }
        : caller.call(methodId, payload, signal);
    },
  }));
  await alice.messenger.sendText(id, "once");
  assert.equal((await bob.messenger.sync()).received.length, 1);
  const again = await bob.messenger.sync();
  assert.deepEqual([again.received, again.faults], [[], []]);
  await alice.messenger.sendText(id, "twice");
  assert.equal((await bob.messenger.sync()).received.length, 1);
});

test("what the server does not let us acknowledge is shown, once", async (t) => {
  const { alice, bob, id } = await pair(t);
  const refusals: Reply[] = [
    { status: Status.Unavailable, payload: new Uint8Array(0) },
    { status: Status.Ok, payload: Uint8Array.of(0xff) },
  ];
  tap(bob, (caller) => ({
    ...caller,
    async call(methodId, payload, signal) {
      const refusal = methodById(methodId)?.name === "Ack" ? refusals.shift() : undefined;
      return refusal ?? caller.call(methodId, payload, signal);
    },
  }));
  await alice.messenger.sendText(id, "one");
  assert.deepEqual((await bob.messenger.sync()).received.length, 1);
  await alice.messenger.sendText(id, "two");
  assert.deepEqual((await bob.messenger.sync()).received.length, 1);
  assert.deepEqual((await bob.messenger.sync()).received, []);
  assert.equal(refusals.length, 0);
  assert.deepEqual(await texts(bob, id), ["alice: one", "alice: two"]);
});

test("what was stored and not acknowledged is not shown twice", async (t) => {
  const { alice, bob, id } = await pair(t);
  await alice.messenger.sendText(id, "once");
  tap(bob, (caller) => ({
    ...caller,
    async call(methodId, payload, signal) {
      if (methodById(methodId)?.name === "Ack") throw new Error("the process is gone");
      return caller.call(methodId, payload, signal);
    },
  }));
  await assert.rejects(bob.messenger.sync(), { name: "Unreachable" });
  bob.network.tap = (caller) => caller;
  await bob.reopen();
  assert.deepEqual((await bob.messenger.sync()).received, []);
  assert.deepEqual(await texts(bob, id), ["alice: once"]);
});

test("more messages than one answer holds are all read", async (t) => {
  const { alice, bob, id } = await pair(t);
  tap(bob, (caller) =>
    lying(caller, fetch, ({ payloads }) => ({ payloads: payloads.slice(0, 2) })),
  );
  const spoken = ["a", "b", "c", "d", "e"];
  for (const text of spoken) await alice.messenger.sendText(id, text);
  await bob.messenger.sync();
  assert.deepEqual(
    await texts(bob, id),
    spoken.map((text) => `alice: ${text}`),
  );
});

test("an inbox that never ends is left after so many answers, and gone on with later", async (t) => {
  const { bob } = await pair(t);
  let calls = 0;
  endless(bob, () => [garbage(BigInt(++calls) + 100n)]);
  for (const expected of [100, 200]) {
    assert.equal((await bob.messenger.sync()).faults.length, 100);
    assert.equal(calls, expected);
  }
});

test("an inbox that never ends is left after so many messages, and acknowledged to there", async (t) => {
  const { bob } = await pair(t);
  let seq = 100n;
  const acknowledged = endless(bob, () => Array.from({ length: 6000 }, () => garbage(++seq)));
  const { faults, faultsLeftOut } = await bob.messenger.sync();
  assert.deepEqual([faults.length, faultsLeftOut], [1000, 9000]);
  assert.equal(await bob.store.database.read(cursor(new Uint8Array(0))), 10_100n);
  assert.deepEqual(acknowledged, [6100n, 10_100n]);
});

test("a seq that no inbox reaches hides no later message", async (t) => {
  const { alice, bob, id } = await pair(t);
  await alice.messenger.sendText(id, "before");
  tap(bob, (caller) =>
    lying(caller, fetch, ({ payloads }) => ({
      payloads: [...payloads, garbage(2n ** 64n - 1n)],
    })),
  );
  const { faults } = await bob.messenger.sync();
  assert.ok(faults.length > 0);
  for (const { fault, seq } of faults) {
    assert.deepEqual([fault.fault, seq], ["malformed", 2n ** 64n - 1n]);
  }
  assert.equal(await bob.store.database.read(cursor(id)), 1n);
  await alice.messenger.sendText(id, "after");
  tap(bob, (caller) => caller);
  assert.deepEqual((await bob.messenger.sync()).faults, []);
  assert.deepEqual(await texts(bob, id), ["alice: before", "alice: after"]);
});

test("a seq may be 2^63 - 1, and no more", async (t) => {
  const { bob } = await pair(t);
  const done = await bob.store.database.read(cursor(new Uint8Array(0)));
  for (const [seq, expected] of [
    [2n ** 63n, done],
    [2n ** 63n - 1n, 2n ** 63n - 1n],
  ] as const) {
    let calls = 0;
    endless(bob, () => (calls++ === 0 ? [garbage(seq)] : []));
    assert.deepEqual(faultsOf(await bob.messenger.sync()), ["malformed"]);
    assert.equal(await bob.store.database.read(cursor(new Uint8Array(0))), expected);
  }
});

test("what came in beside a send is in the next report", async (t) => {
  const { alice, bob, id } = await pair(t);
  await alice.messenger.sendText(id, "heard on the way");
  // Renewing keys reads the channel.
  await bob.messenger.rotateKeys(id);
  const { received } = await bob.messenger.sync();
  assert.deepEqual(
    received.map(({ content }) => content.body.value),
    ["heard on the way"],
  );
});

async function pair(t: TestContext) {
  const cast = await startCast(t);
  const [alice, bob] = [await cast.join("alice"), await cast.join("bob")];
  const { id } = await alice.messenger.startDirect("bob");
  await bob.messenger.sync();
  return { cast, alice, bob, id };
}

function tap({ network }: Player, wrap: (caller: Caller) => Caller): void {
  network.tap = wrap;
  network.cut();
}

/** endless has the default inbox hold what `page` says, and answers the acknowledgements as they come. */
function endless(player: Player, page: () => ReturnType<typeof garbage>[]): bigint[] {
  const acknowledged: bigint[] = [];
  tap(player, (caller) => {
    const fetching = answering(caller, fetch, ({ channelId }) => ({
      payloads: channelId.length === 0 ? page() : [],
    }));
    return answering(fetching, ack, ({ seqUpTo }) => {
      acknowledged.push(seqUpTo);
      return {};
    });
  });
  return acknowledged;
}

function garbage(seq: bigint) {
  return create(EnvelopeSchema, { seq, data: Uint8Array.of(0, 1, 2, 3) });
}
