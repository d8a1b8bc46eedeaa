import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import { createMemoryTransport } from "../transport/memory.ts";
import type { QuicConnection } from "../transport/transport.ts";
import { encodePush, PUSH } from "../wire/frame.ts";
import { EventInbox, INBOX_BYTES, INBOX_EVENTS } from "./event-inbox.ts";

const EVENT = 1000;
const NOTHING = new Uint8Array(0);

test("an unfinished push holds up no other [events.client-independent]", async (t) => {
  const { inbox, server } = await pair(t);
  const events = inbox.events();
  const unfinished = await server.openUni();
  await unfinished.write(encodePush(EVENT, Buffer.from("late")).subarray(0, 8));
  await push(server, "early");

  assert.equal(text(await events.next()), "early");
  await unfinished.finish(Buffer.from("te"));
  assert.equal(text(await events.next()), "late");
});

test("events that came before anybody asked are there", async (t) => {
  const { inbox, server } = await pair(t);
  await push(server, "one");
  await push(server, "two");
  await settle();
  const events = inbox.events();
  assert.equal(text(await events.next()), "one");
  assert.equal(text(await events.next()), "two");
});

test("a consumer that left while it waited takes no event from the next one", async (t) => {
  const { inbox, server } = await pair(t);
  const gone = inbox.events();
  const waiting = gone.next();
  await gone.return?.();
  assert.deepEqual(await waiting, { done: true, value: undefined });
  const next = inbox.events().next();
  await push(server, "one");
  assert.equal(text(await next), "one");
});

test("broken pushes are skipped and their streams given up", async (t) => {
  const { inbox, server } = await pair(t);
  const tooLong = Buffer.alloc(PUSH.size);
  tooLong.writeUInt32BE(LIMITS.framePayload.value + 1, 2);
  const oversize = await server.openUni();
  await oversize.write(tooLong);
  for (const bytes of [NOTHING, Buffer.from("03e8"), Buffer.from("03e80000000000", "hex")]) {
    await (await server.openUni()).finish(bytes);
  }
  const abandoned = await server.openUni();
  await abandoned.write(Buffer.from("03e8", "hex"));
  abandoned.reset(Status.Internal);
  await push(server, "good");

  assert.equal(text(await inbox.events().next()), "good");
  await oversize.stopped;
  assert.equal(inbox.lost, 0);
});

test("every event comes once, in the order in which its stream was finished", async (t) => {
  const { inbox, server } = await pair(t);
  const events = inbox.events();
  const schedule = fc
    .array(fc.tuple(fc.string({ maxLength: 20 }), fc.nat(25)), { minLength: 1, maxLength: 8 })
    .chain((pushes) =>
      fc.tuple(
        fc.constant(pushes),
        fc.shuffledSubarray([...pushes.keys()], { minLength: pushes.length }),
      ),
    );
  await fc.assert(
    fc.asyncProperty(schedule, async ([pushes, order]) => {
      const begun = [];
      for (const [payload, cut] of pushes) {
        const frame = encodePush(EVENT, Buffer.from(payload));
        const stream = await server.openUni();
        await stream.write(frame.subarray(0, cut));
        begun.push({ payload, finish: () => stream.finish(frame.subarray(cut)) });
      }
      for (const index of order) {
        await begun[index]?.finish();
        assert.equal(text(await events.next()), begun[index]?.payload);
      }
    }),
    { numRuns: 50 },
  );
});

test("whoever takes nothing loses the oldest, and can tell", async (t) => {
  const { inbox, server } = await pair(t);
  for (let index = 0; index < INBOX_EVENTS + 3; index++) await push(server, `${index}`);
  await settle();
  assert.equal(inbox.lost, 3);
  assert.equal(text(await inbox.events().next()), "3");
});

test("what is held is bounded in bytes too", async (t) => {
  const { inbox, server } = await pair(t);
  const large = new Uint8Array(LIMITS.framePayload.value);
  const fitting = Math.floor(INBOX_BYTES / (large.length + PUSH.size));
  for (let index = 0; index < fitting + 2; index++) {
    large[0] = index;
    await (await server.openUni()).finish(encodePush(EVENT, large));
  }
  await settle();
  assert.equal(inbox.lost, 2);
  const { value } = await inbox.events().next();
  assert.equal(value?.payload[0], 2);
});

test("an event that was taken makes room", async (t) => {
  const { inbox, server } = await pair(t);
  const events = inbox.events();
  for (let index = 0; index < INBOX_EVENTS + 3; index++) {
    await push(server, `${index}`);
    assert.equal(text(await events.next()), `${index}`);
  }
  assert.equal(inbox.lost, 0);
});

test("an unfinished push is the first to go when newer ones need the room", async (t) => {
  const { inbox, server } = await pair(t);
  const unfinished = await server.openUni();
  await unfinished.write(encodePush(EVENT, Buffer.from("late")).subarray(0, 8));
  await settle();
  for (let index = 0; index < INBOX_EVENTS; index++) await push(server, `${index}`);
  await unfinished.stopped;
  assert.equal(inbox.lost, 1);
  assert.equal(text(await inbox.events().next()), "0");
});

test("the iteration ends with the connection, after what was held", async (t) => {
  const { inbox, server } = await pair(t);
  await push(server, "last");
  await settle();
  const events = inbox.events();
  await server.close(Status.Ok);
  assert.equal(text(await events.next()), "last");
  assert.equal((await events.next()).done, true);
});

test("a consumer that waits is told of the end", async (t) => {
  const { inbox, server } = await pair(t);
  const waiting = inbox.events().next();
  await settle();
  await server.close(Status.Ok);
  assert.equal((await waiting).done, true);
});

async function pair(t: { after(work: () => Promise<void>): void }) {
  const transport = createMemoryTransport();
  const common = { host: "memory", alpn: ["qpc"], idleTimeoutMs: 0 };
  const listener = await transport.listen({
    ...common,
    port: 0,
    certPem: "",
    keyPem: "",
    maxBidiStreams: 1,
  });
  t.after(() => listener.close(Status.Ok));
  const { port } = listener;
  const client = await transport.connect({ ...common, port, serverName: "", timeoutMs: 1000 });
  const { value: server } = await listener.connections().next();
  return { inbox: new EventInbox(client), server: server as QuicConnection };
}

async function push(server: QuicConnection, payload: string): Promise<void> {
  await (await server.openUni()).finish(encodePush(EVENT, Buffer.from(payload)));
}

// In memory nothing takes longer than the turn of the event loop that it was begun in.
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function text({ value }: IteratorResult<{ readonly payload: Uint8Array }, undefined>): string {
  return Buffer.from(value?.payload ?? []).toString();
}
