// Staying in touch (spec/events.md): pushes, their loss, servers without pushes, and broken connections.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { FetchRequestSchema } from "../../gen/qpc/v1/delivery_pb.ts";
import { MembershipChange, NewMessageSchema } from "../../gen/qpc/v1/push_pb.ts";
import { methodById } from "../../registry/methods.ts";
import { Status } from "../../registry/statuses.ts";
import type { Caller } from "../../rpc/caller.ts";
import type { EventFrame } from "../../rpc/event-inbox.ts";
import { type Player, startCast } from "../contract/cast.ts";
import type { Heard } from "./listen.ts";

test("a listener hears a message on a channel as it comes", async (t) => {
  const { alice, bob, id } = await pair(t);
  const heard = listening(t, bob);
  await alice.messenger.sendText(id, "pushed");
  assert.equal(await nextText(heard), "pushed");
  await alice.messenger.sendText(id, "again");
  assert.equal(await nextText(heard), "again");
});

test("a listener hears of a conversation that is new", async (t) => {
  const cast = await startCast(t);
  const [alice, bob] = [await cast.join("alice"), await cast.join("bob")];
  const heard = listening(t, bob);
  const { id } = await alice.messenger.startDirect("bob");
  await alice.messenger.sendText(id, "first");
  assert.equal(await nextText(heard), "first");
});

test("a change of a group record and a call to rotate keys are told", async (t) => {
  const { cast, alice, bob } = await pair(t);
  const heard = listening(t, bob);
  await cast.join("carol");
  const { id } = await alice.messenger.createGroup("three", ["bob"]);
  await alice.messenger.add(id, ["carol"]);
  assert.equal(await alice.messenger.askToRotate(id), 2);
  const changes: MembershipChange[] = [];
  for await (const news of heard) {
    if (news.kind === "membership") changes.push(news.change.change);
    if (changes.includes(MembershipChange.KEYS_ROTATED)) break;
  }
  assert.ok(changes.includes(MembershipChange.ADDED));
});

test("without pushes the FetchWait finds a Welcome, and the round after it the message", async (t) => {
  const cast = await startCast(t);
  const [alice, bob] = [await cast.join("alice"), await cast.join("bob")];
  // No event ever comes out of this connection.
  bob.network.tap = (caller: Caller) => ({ ...caller, events: silence });
  await reconnect(bob);
  const heard = listening(t, bob);
  const { id } = await alice.messenger.startDirect("bob");
  await alice.messenger.sendText(id, "no push");
  assert.equal(await nextText(heard), "no push");
});

test("events that were lost lead to a full round", async (t) => {
  const { alice, bob, id } = await pair(t);
  const other = await alice.messenger.createGroup("another", ["bob"]);
  await bob.messenger.sync();
  let lost = 0;
  bob.network.tap = (caller: Caller) => ({
    ...caller,
    events: () => only(id, caller.events()),
    lostEvents: () => lost,
  });
  await reconnect(bob);
  const heard = listening(t, bob);
  await alice.messenger.sendText(id, "before");
  assert.equal(await nextText(heard), "before");
  await alice.messenger.sendText(other.id, "on the channel whose event was lost");
  lost += 1;
  await alice.messenger.sendText(id, "the event that came through");
  const both = [await nextText(heard), await nextText(heard)];
  assert.deepEqual(both.sort(), [
    "on the channel whose event was lost",
    "the event that came through",
  ]);
});

test("a listener comes back after the connection broke", async (t) => {
  const { alice, bob, id } = await pair(t);
  const heard = listening(t, bob);
  await alice.messenger.sendText(id, "before");
  assert.equal(await nextText(heard), "before");
  bob.network.isDown = true;
  bob.network.cut();
  await alice.messenger.sendText(id, "meanwhile");
  for await (const news of heard) {
    if (news.kind === "away") break;
  }
  bob.network.isDown = false;
  assert.equal(await nextText(heard), "meanwhile");
  await alice.messenger.sendText(id, "afterwards");
  assert.equal(await nextText(heard), "afterwards");
});

test("a listener ends when it is told to", async (t) => {
  const { bob } = await pair(t);
  const end = new AbortController();
  const heard = bob.messenger.listen(end.signal);
  const next = heard.next();
  end.abort();
  assert.equal((await next).done, true);
});

test("an inbox that is not given out keeps nothing of the others from a listener", async (t) => {
  const { alice, bob, id } = await pair(t);
  const other = await alice.messenger.createGroup("another", ["bob"]);
  await bob.messenger.sync();
  for (const broken of [id, other.id]) {
    bob.network.tap = (caller: Caller) => withoutInbox(caller, broken);
    bob.network.cut();
    const end = new AbortController();
    const heard = bob.messenger.listen(end.signal);
    const good = broken === id ? other.id : id;
    for (const channel of [id, other.id]) {
      await alice.messenger.sendText(channel, channel === good ? "good" : "broken");
    }
    const kinds: string[] = [];
    for await (const news of heard) {
      kinds.push(news.kind);
      if (news.kind === "sync") assert.equal(news.report.received[0]?.content.body.value, "good");
      if (news.kind === "away") break;
    }
    assert.deepEqual(kinds, ["sync", "away"]);
    end.abort();
    bob.network.tap = (caller: Caller) => caller;
    await reconnect(bob);
  }
});

// Without its event, the message would only be found after a FetchWait of 25 seconds.
const BEFORE_A_WAIT_ENDS = { timeout: 15_000 };

test(
  "whoever listens again on the same connection misses nothing",
  BEFORE_A_WAIT_ENDS,
  async (t) => {
    const { alice, bob, id } = await pair(t);
    const end = new AbortController();
    const first = bob.messenger.listen(end.signal);
    const heard = first.next();
    await alice.messenger.sendText(id, "one");
    assert.equal((await heard).value?.kind, "sync");
    const waiting = first.next();
    end.abort();
    assert.equal((await waiting).done, true);

    const again = listening(t, bob);
    const next = nextText(again);
    await bob.messenger.sync();
    await alice.messenger.sendText(id, "two");
    assert.equal(await next, "two");
  },
);

/** reconnect has the next connection, which is tapped, in use before anybody listens. */
async function reconnect({ network, messenger }: Player): Promise<void> {
  network.cut();
  await messenger.sync();
}

async function pair(t: TestContext) {
  const cast = await startCast(t);
  const [alice, bob] = [await cast.join("alice"), await cast.join("bob")];
  const { id } = await alice.messenger.startDirect("bob");
  await bob.messenger.sync();
  return { cast, alice, bob, id };
}

/** listening yields what is heard until the test is over; leaving a loop early does not end it. */
function listening(t: TestContext, { messenger }: Player): AsyncIterable<Heard> {
  const end = new AbortController();
  t.after(() => end.abort());
  const heard = messenger.listen(end.signal);
  return { [Symbol.asyncIterator]: () => ({ next: () => heard.next() }) };
}

const unread = new WeakMap<AsyncIterable<Heard>, string[]>();

async function nextText(heard: AsyncIterable<Heard>): Promise<string> {
  const texts = unread.get(heard) ?? [];
  unread.set(heard, texts);
  while (texts.length === 0) {
    for await (const news of heard) {
      if (news.kind !== "sync") continue;
      assert.deepEqual(news.report.faults, []);
      texts.push(...news.report.received.map(({ content }) => String(content.body.value)));
      break;
    }
  }
  return texts.shift() ?? "";
}

async function* silence(): AsyncGenerator<never> {
  await new Promise(() => {});
}

/** withoutInbox has the server refuse to give out one inbox. */
function withoutInbox(caller: Caller, channelId: Uint8Array): Caller {
  return {
    ...caller,
    async call(methodId, payload, signal) {
      const isFetch = methodById(methodId)?.name === "Fetch";
      const isIt =
        isFetch &&
        Buffer.compare(fromBinary(FetchRequestSchema, payload).channelId, channelId) === 0;
      if (isIt) return { status: Status.Internal, payload: new Uint8Array(0) };
      return caller.call(methodId, payload, signal);
    },
  };
}

/** only lets events of one channel through. */
async function* only(id: Uint8Array, events: AsyncIterable<EventFrame>) {
  for await (const event of events) {
    const { channelId } = fromBinary(NewMessageSchema, event.payload);
    if (Buffer.compare(channelId, id) === 0) yield event;
  }
}
