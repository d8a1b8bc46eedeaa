import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LIMITS } from "../registry/limits.ts";
import { isStatus, Status } from "../registry/statuses.ts";
import { createMemoryTransport } from "../transport/memory.ts";
import type { QuicBidi, QuicConnection } from "../transport/transport.ts";
import { encodeResponse, REQUEST, RESPONSE } from "../wire/frame.ts";
import { readFrame } from "../wire/reader.ts";
import { type Caller, createCaller } from "./caller.ts";

const NOTHING = new Uint8Array(0);

test("a call is one frame and FIN out, and the answer of its stream", async (t) => {
  const { caller, server } = await pair(t);
  void serve(server, async (stream) => {
    const request = await readFrame(stream.chunks(), REQUEST);
    const echo = Buffer.from([request.methodId >> 8, request.methodId, ...request.payload]);
    await stream.finish(encodeResponse(Status.Ok, request.requestId, echo));
  });
  const { status, payload } = await caller.call(802, Buffer.from("ab"));
  assert.equal(status, Status.Ok);
  assert.equal(Buffer.from(payload).toString("hex"), "03226162");
});

test("calls are numbered from 1 and answered in any order", async (t) => {
  const { caller, server } = await pair(t);
  const held: { id: number; stream: QuicBidi }[] = [];
  const all = Promise.withResolvers<void>();
  void serve(server, async (stream) => {
    held.push({ id: (await readFrame(stream.chunks(), REQUEST)).requestId, stream });
    if (held.length === 3) all.resolve();
  });
  const calls = [1, 2, 3].map((method) => caller.call(method, NOTHING));
  await all.promise;
  assert.deepEqual(held.map(({ id }) => id).sort(), [1, 2, 3]);
  for (const { id, stream } of held.reverse()) {
    await stream.finish(encodeResponse(Status.NotFound, id, Buffer.from([id])));
  }
  const answers = await Promise.all(calls);
  assert.deepEqual(
    answers.map(({ status, payload }) => [status, payload[0]]),
    [
      [Status.NotFound, 1],
      [Status.NotFound, 2],
      [Status.NotFound, 3],
    ],
  );
});

test("a status that is not assigned counts as Internal [status.client-unassigned]", async (t) => {
  const { caller, server } = await pair(t);
  let status = 0;
  void serve(server, async (stream) => {
    const { requestId } = await readFrame(stream.chunks(), REQUEST);
    await stream.finish(encodeResponse(status, requestId, NOTHING));
  });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 255 }), async (sent) => {
      status = sent;
      const answer = await caller.call(1, NOTHING);
      assert.equal(answer.status, isStatus(sent) ? sent : Status.Internal);
      assert.equal(answer.unassigned, isStatus(sent) ? undefined : sent);
    }),
  );
});

const BROKEN: readonly (readonly [string, (requestId: number) => Uint8Array, string])[] = [
  [
    "of another request",
    (id) => encodeResponse(Status.Ok, id + 1, NOTHING),
    "framing.client-request-id",
  ],
  ["that is missing", () => NOTHING, "framing.truncated-header"],
  [
    "that is cut short",
    () => Buffer.from("00000000010000000261", "hex"),
    "framing.truncated-payload",
  ],
  [
    "with bytes after it",
    (id) => Buffer.concat([encodeResponse(Status.Ok, id, NOTHING), Buffer.from([0])]),
    "framing.trailing-bytes",
  ],
];

for (const [what, bytes, rule] of BROKEN) {
  test(`a response ${what} is a FrameError, and the connection lives on`, async (t) => {
    const { caller, server } = await pair(t);
    void serve(server, async (stream) => {
      const { requestId, methodId } = await readFrame(stream.chunks(), REQUEST);
      const good = encodeResponse(Status.Ok, requestId, NOTHING);
      await stream.finish(methodId === 1 ? bytes(requestId) : good);
    });
    await assert.rejects(caller.call(1, NOTHING), { name: "FrameError", rule });
    assert.equal((await caller.call(2, NOTHING)).status, Status.Ok);
  });
}

test("a response over the limit is dropped with its stream", async (t) => {
  const { caller, server } = await pair(t);
  const stopped = Promise.withResolvers<number>();
  void serve(server, async (stream) => {
    await readFrame(stream.chunks(), REQUEST);
    const header = Buffer.alloc(RESPONSE.size);
    header.writeUInt32BE(LIMITS.framePayload.value + 1, 5);
    await stream.write(header);
    stopped.resolve(await stream.stopped);
  });
  await assert.rejects(caller.call(1, NOTHING), { rule: "framing.payload-too-large" });
  await stopped.promise;
});

test("a request over the limit takes no stream", async (t) => {
  const { caller, server } = await pair(t, { maxBidiStreams: 1 });
  void serve(server, async (stream) => {
    const { requestId } = await readFrame(stream.chunks(), REQUEST);
    await stream.finish(encodeResponse(Status.Ok, requestId, NOTHING));
  });
  const tooLong = new Uint8Array(LIMITS.framePayload.value + 1);
  await assert.rejects(caller.call(1, tooLong), { rule: "framing.payload-too-large" });
  assert.equal((await caller.call(1, NOTHING)).status, Status.Ok);
});

test("an answer before the whole request was taken counts", async (t) => {
  const { caller, server } = await pair(t);
  void serve(server, async (stream) => {
    await stream.chunks().next();
    stream.stopSending(Status.BadRequest);
    await stream.finish(encodeResponse(Status.BadRequest, 1, NOTHING));
  });
  const { status } = await caller.call(1, new Uint8Array(1 << 20));
  assert.equal(status, Status.BadRequest);
});

test("a stream that the server resets fails its call alone", async (t) => {
  const { caller, server } = await pair(t);
  void serve(server, async (stream) => {
    const { requestId, methodId } = await readFrame(stream.chunks(), REQUEST);
    if (methodId === 1) stream.reset(Status.Internal);
    else await stream.finish(encodeResponse(Status.Ok, requestId, NOTHING));
  });
  await assert.rejects(caller.call(1, NOTHING), { name: "StreamError", kind: "reset" });
  assert.equal((await caller.call(2, NOTHING)).status, Status.Ok);
});

test("an aborted call throws the reason, and the server is told", async (t) => {
  const { caller, server } = await pair(t);
  const abort = new AbortController();
  const told = Promise.withResolvers<number>();
  void serve(server, async (stream) => {
    await readFrame(stream.chunks(), REQUEST);
    abort.abort(new Error("enough"));
    told.resolve(await stream.stopped);
  });
  await assert.rejects(caller.call(1, NOTHING, abort.signal), /enough/);
  await told.promise;
  await assert.rejects(caller.call(1, NOTHING, abort.signal), /enough/);
});

test("an aborted call does not wait for stream credit, and takes none", async (t) => {
  const { caller, server } = await pair(t, { maxBidiStreams: 1 });
  const first = Promise.withResolvers<QuicBidi>();
  const methods: number[] = [];
  void serve(server, async (stream) => {
    const { methodId, requestId } = await readFrame(stream.chunks(), REQUEST);
    methods.push(methodId);
    if (methodId === 1) first.resolve(stream);
    else await stream.finish(encodeResponse(Status.Ok, requestId, NOTHING));
  });
  const pending = caller.call(1, NOTHING);
  const stream = await first.promise;
  const abort = new AbortController();
  const second = caller.call(2, NOTHING, abort.signal);
  abort.abort(new Error("enough"));
  await assert.rejects(second, /enough/);

  await stream.finish(encodeResponse(Status.Ok, 1, NOTHING));
  await pending;
  assert.equal((await caller.call(3, NOTHING)).status, Status.Ok);
  assert.deepEqual(methods, [1, 3]);
});

test("calls fail with the connection", async (t) => {
  const { caller, server } = await pair(t);
  void serve(server, () => server.close(Status.Ok));
  await assert.rejects(caller.call(1, NOTHING), { name: "ConnectionError" });
  await assert.rejects(caller.call(1, NOTHING), { name: "ConnectionError" });
});

interface Pair {
  readonly caller: Caller;
  readonly server: QuicConnection;
}

async function pair(
  t: { after(work: () => Promise<void>): void },
  { maxBidiStreams = 100 } = {},
): Promise<Pair> {
  const transport = createMemoryTransport();
  const common = { host: "memory", alpn: ["qpc"], idleTimeoutMs: 0 };
  const listener = await transport.listen({
    ...common,
    port: 0,
    certPem: "",
    keyPem: "",
    maxBidiStreams,
  });
  t.after(() => listener.close(Status.Ok));
  const { port } = listener;
  const client = await transport.connect({ ...common, port, serverName: "", timeoutMs: 1000 });
  const { value: server } = await listener.connections().next();
  return { caller: createCaller(client), server: server as QuicConnection };
}

async function serve(
  server: QuicConnection,
  answer: (stream: QuicBidi) => Promise<void>,
): Promise<void> {
  // What becomes of a stream is the client's to notice.
  for await (const stream of server.acceptBidi()) answer(stream).catch(() => {});
}
