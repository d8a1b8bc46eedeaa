// The world answers the reference client as a whole server would, and its tools do what they say.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connectTo } from "../../../src/client/connect.ts";
import { type Messenger, openMessenger } from "../../../src/client/messenger.ts";
import { openClientStore } from "../../../src/client/store/open.ts";
import { createMls } from "../../../src/crypto/mls/mls.ts";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { createQuicTransport } from "../../../src/transport/quic/quic.ts";
import { createTrace } from "../../judge/trace.ts";
import { openHostile } from "../endpoint.ts";
import { asked, refuse } from "./bends.ts";
import { evilCommit, wrongPathSecrets } from "./evil.ts";
import { forgeKeyPackage } from "./forged-key-package.ts";
import { join, type Person } from "./person.ts";
import { createWorld, type World } from "./world.ts";

const transport = createQuicTransport();
let world: World;
let alice: Messenger;
let bob: Person;

before(async () => {
  const onError = (error: unknown) => assert.ifError(error);
  world = createWorld(await openHostile({ transport, trace: createTrace(), ms: 5_000, onError }));
  const { host, port, serverName, caPem, alpn } = world;
  const location = { host, port, serverName, caPem, alpn: [alpn], timeoutMs: 5_000 };
  alice = await openMessenger({
    store: await openClientStore({ kind: "memory" }),
    username: "alice",
    password: "a password",
    connect: () => connectTo(transport, location),
  });
  await alice.register();
  await alice.publishKeys({ keyPackages: 3 });
  bob = await join(world, "bob");
});

after(async () => {
  await alice.close();
  await world.close();
});

test("a user of the world and a person of the judge's talk to each other", async () => {
  const { id } = await alice.startDirect("bob");
  await alice.sendText(id, "hello");
  const heard = await bob.read();
  assert.deepEqual(
    heard.map(({ kind, sealed, text }) => ({ kind, sealed, text })),
    [
      { kind: "welcome", sealed: true, text: undefined },
      { kind: "application", sealed: true, text: "hello" },
    ],
  );
  await bob.say(id, "hello, alice");
  const { received, faults } = await alice.sync();
  assert.deepEqual(
    received.map(({ content }) => content.body.value),
    ["hello, alice"],
  );
  assert.deepEqual(faults, []);
});

test("a bend counts until it is undone", async () => {
  const { id } = await alice.startDirect("bob");
  const undo = refuse(world, DeliveryService.method.enqueue, Status.RateLimited);
  assert.equal((await alice.sendText(id, "later")).status, "queued");
  undo();
  assert.ok(asked(world, DeliveryService.method.enqueue).length > 0);
});

test("what a person cannot read is told, and the rest is read", async () => {
  const channel = await bob.startGroup([alice.account.identityKey]);
  world.enqueue(bob.identityKey, channel, Uint8Array.of(9, 9, 9));
  const heard = await bob.read();
  assert.deepEqual(heard.map(({ kind }) => kind).at(-1), "unreadable");
});

test("a forged KeyPackage without a forgery is a good one", async () => {
  const mls = await createMls();
  const { keyPackage } = forgeKeyPackage(bob.privateKey);
  const { identityKey } = await mls.inspectKeyPackage(keyPackage, Date.now());
  assert.deepEqual(identityKey, bob.identityKey);
  const { keyPackage: bad } = forgeKeyPackage(bob.privateKey, { leafLabel: "KeyPackageTBS" });
  await assert.rejects(mls.inspectKeyPackage(bad, Date.now()), { fault: "signature" });
});

test("an evil commit is refused by an honest member, and leaves its maker where he was", async () => {
  const carol = await join(world, "carol");
  const channel = await bob.startGroup([carol.identityKey]);
  await carol.read();
  const { member } = bob.place(channel);
  const { message } = await evilCommit(member, { suite: wrongPathSecrets });
  await assert.rejects(carol.place(channel).member.receive(message), { name: "MlsError" });
  await bob.say(channel, "nothing has happened");
  assert.equal((await carol.read()).at(-1)?.text, "nothing has happened");
});
