// What the server learns and what it signs: sealed sender, envelopes and receipts (spec/client/client.md,
// spec/services/delivery.md).

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { DeliveryService, KeyService } from "../../gen/qpc/v1/methods_pb.ts";
import { methodById } from "../../registry/methods.ts";
import type { Caller } from "../../rpc/caller.ts";
import type { ServerConfig } from "../../server/server.ts";
import { faultsOf, type Player, startCast, syncAll, texts } from "../contract/cast.ts";
import { answering, flipped, lying } from "../contract/reference.ts";
import type { MessengerOptions } from "../messenger.ts";
import type { TraceEvent } from "./trace.ts";

test("with sealed sender, application messages go on a connection without a session", async (t) => {
  const { alice, bob, id } = await pair(t, { sealedSender: true }, { sealedSender: true });
  const methods = new Map<number, Set<string>>();
  alice.network.tap = (caller: Caller) => {
    const connection = alice.network.connections;
    methods.set(connection, new Set());
    return {
      ...caller,
      call(methodId, payload, signal) {
        methods.get(connection)?.add(methodById(methodId)?.name ?? "");
        return caller.call(methodId, payload, signal);
      },
    };
  };
  alice.network.cut();
  await alice.messenger.sendText(id, "from nobody");
  await bob.messenger.sync();
  assert.deepEqual(await texts(bob, id), ["alice: from nobody"]);
  const enqueuing = [...methods.values()].filter((names) => names.has("Enqueue"));
  assert.deepEqual(enqueuing, [new Set(["Enqueue"])]);
});

test("without sealed sender at the server, such a message is not sent at all", async (t) => {
  const { alice, id } = await pair(t, { sealedSender: true });
  assert.equal((await alice.messenger.sendText(id, "from nobody")).status, "failed");
  assert.equal((await alice.messenger.sync()).failed[0]?.error.name, "CallError");
});

test("a payload for one is sealed, one for several is not", async (t) => {
  const traced: TraceEvent[] = [];
  const { cast, alice, id } = await pair(t, { trace: (event) => traced.push(event) });
  const carol = await cast.join("carol");
  const group = await alice.messenger.createGroup("three", ["bob", "carol"]);
  await syncAll([carol], 1);
  traced.length = 0;
  await alice.messenger.sendText(id, "to one");
  await alice.messenger.sendText(group.id, "to two");
  await alice.messenger.rotateKeys(id);
  const sent = traced.flatMap((event) => (event.kind === "sent" ? [event] : []));
  assert.deepEqual(
    sent.map(({ what, recipients, enveloped }) => [what, recipients, enveloped]),
    [
      ["application", 1, true],
      ["application", 2, false],
      ["commit", 2, false],
    ],
  );
});

test("a hybrid key that vanished, or is none, keeps the message back until it is there", async (t) => {
  const { alice, bob, id } = await pair(t);
  for (const key of [new Uint8Array(0), new Uint8Array(1216)]) {
    tap(alice, (caller) =>
      answering(caller, KeyService.method.fetchHybridKeys, ({ identityKeys }) => ({
        keys: identityKeys.map(() => key),
      })),
    );
    await alice.reopen();
    assert.equal((await alice.messenger.sendText(id, "sealed or not at all")).status, "queued");
    assert.ok(faultsOf(await alice.messenger.sync()).includes("hybrid-key-invalid"));
  }
  tap(alice, (caller) => caller);
  assert.equal((await alice.messenger.sync()).waiting, 0);
  await bob.messenger.sync();
  assert.equal((await texts(bob, id)).length, 2);
});

test("receipts are verified, and a wrong one is told", async (t) => {
  const { alice, bob, id } = await pair(t, {}, { deliveryProof: true });
  await alice.messenger.sendText(id, "signed for");
  assert.deepEqual(faultsOf(await alice.messenger.sync()), []);
  tap(alice, (caller) =>
    lying(caller, DeliveryService.method.enqueue, ({ deliveryProof }) => ({
      deliveryProof: flipped(deliveryProof, 20),
    })),
  );
  assert.equal((await alice.messenger.sendText(id, "signed wrongly")).status, "sent");
  assert.deepEqual(faultsOf(await alice.messenger.sync()), ["delivery-proof"]);
  await bob.messenger.sync();
  assert.deepEqual(await texts(bob, id), ["alice: signed for", "alice: signed wrongly"]);
});

function tap({ network }: Player, wrap: (caller: Caller) => Caller): void {
  network.tap = wrap;
  network.cut();
}

async function pair(
  t: TestContext,
  options: Partial<MessengerOptions> = {},
  server: Partial<ServerConfig> = {},
) {
  const cast = await startCast(t, server);
  const [alice, bob] = [await cast.join("alice", options), await cast.join("bob")];
  const { id } = await alice.messenger.startDirect("bob");
  await bob.messenger.sync();
  return { cast, alice, bob, id };
}
