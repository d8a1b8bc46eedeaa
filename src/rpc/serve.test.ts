// Streams of one connection: what is read, what is answered, and that no stream disturbs another.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema } from "../gen/qpc/v1/common_pb.ts";
import { Status } from "../registry/statuses.ts";
import { createMemoryTransport } from "../transport/memory.ts";
import { type QuicBidi, type QuicConnection, StreamError } from "../transport/transport.ts";
import { encodeRequest, RESPONSE } from "../wire/frame.ts";
import { readFrame } from "../wire/reader.ts";
import type { Connection } from "./connection.ts";
import type { Dispatch, Incoming } from "./dispatch.ts";
import { type ServeOptions, serveConnection } from "./serve.ts";

const HELLO = encodeRequest(802, 7, Buffer.from("hello"));
const echo: Dispatch = async ({ frame }) => ({ status: Status.Ok, payload: frame.payload });

test("a request is answered on its stream with its request_id", async (t) => {
  const { client } = await serve(t, { dispatch: echo });
  const { status, requestId, payload } = await exchange(client, HELLO);
  assert.deepEqual([status, requestId, text(payload)], [Status.Ok, 7, "hello"]);
});

test("the method runs after FIN, not after the last byte", async (t) => {
  const seen: Incoming[] = [];
  const { client } = await serve(t, {
    dispatch: async (incoming) => {
      seen.push(incoming);
      return { status: Status.Ok, payload: new Uint8Array(0) };
    },
  });
  const stream = await client.openBidi();
  await stream.write(HELLO);
  await settled();
  assert.equal(seen.length, 0);
  await stream.finish();
  await readFrame(stream.chunks(), RESPONSE);
  assert.equal(seen.length, 1);
});

const REFUSED = [
  ["a payload cut short", HELLO.subarray(0, 12), "framing.truncated-payload"],
  ["a byte too many", Buffer.concat([HELLO, Buffer.of(0)]), "framing.trailing-bytes"],
  ["two frames", Buffer.concat([HELLO, HELLO]), "framing.trailing-bytes"],
  ["a length over 4 MiB", oversize(), "PAYLOAD_TOO_LARGE"],
] as const;

for (const [what, bytes, code] of REFUSED) {
  test(`${what} is BadRequest with ${code}, and no call`, async (t) => {
    const { client } = await serve(t, { dispatch: () => assert.fail("the call was made") });
    const { status, requestId, payload } = await exchange(client, bytes);
    assert.deepEqual([status, requestId], [Status.BadRequest, 7]);
    assert.equal(fromBinary(ErrorDetailSchema, payload).code, code);
  });
}

test("a length over 4 MiB is refused while the client still sends", async (t) => {
  const { client } = await serve(t, { dispatch: echo });
  const stream = await client.openBidi();
  await stream.write(oversize());
  const { status } = await readFrame(stream.chunks(), RESPONSE);
  assert.equal(status, Status.BadRequest);
  assert.equal(await stream.stopped, Status.BadRequest);
});

test("a header cut short resets the stream with the code of BadRequest", async (t) => {
  const { client } = await serve(t, { dispatch: echo });
  for (const length of [0, 1, 9]) {
    const stream = await client.openBidi();
    await stream.finish(HELLO.subarray(0, length));
    await assert.rejects(readFrame(stream.chunks(), RESPONSE), isReset(Status.BadRequest));
  }
});

test("a header that is not complete in time is reset", async (t) => {
  const { client } = await serve(t, { dispatch: echo, headerDeadlineMs: 20, frameDeadlineMs: 0 });
  for (const length of [1, 9]) {
    const stream = await client.openBidi();
    await stream.write(HELLO.subarray(0, length));
    await assert.rejects(readFrame(stream.chunks(), RESPONSE), isReset(Status.DeadlineExceeded));
  }
});

test("a frame whose FIN does not come in time is reset", async (t) => {
  const { client } = await serve(t, { dispatch: echo, headerDeadlineMs: 0, frameDeadlineMs: 20 });
  for (const length of [1, 12, HELLO.length]) {
    const stream = await client.openBidi();
    await stream.write(HELLO.subarray(0, length));
    await assert.rejects(readFrame(stream.chunks(), RESPONSE), isReset(Status.DeadlineExceeded));
  }
});

test("the header deadline does not bind a header that is complete", async (t) => {
  const { client } = await serve(t, { dispatch: echo, headerDeadlineMs: 15, frameDeadlineMs: 0 });
  const stream = await client.openBidi();
  await stream.write(HELLO.subarray(0, 10));
  await new Promise((resolve) => setTimeout(resolve, 45));
  await stream.finish(HELLO.subarray(10));
  const { payload } = await readFrame(stream.chunks(), RESPONSE);
  assert.equal(text(payload), "hello");
});

test("a call that waits, a reset one and a broken one hold up nobody", async (t) => {
  const { client } = await serve(t, {
    dispatch: (incoming) =>
      incoming.frame.requestId === 1 ? new Promise(() => {}) : echo(incoming),
  });
  await (await client.openBidi()).finish(encodeRequest(202, 1, new Uint8Array(0)));
  const reset = await client.openBidi();
  await reset.write(HELLO.subarray(0, 3));
  reset.reset(5);
  await (await client.openBidi()).finish(HELLO.subarray(0, 3));
  const { payload } = await exchange(client, HELLO);
  assert.equal(text(payload), "hello");
});

test("a dispatcher that throws resets its stream and no other", async (t) => {
  const { client } = await serve(t, {
    dispatch: (incoming) =>
      incoming.frame.requestId === 1
        ? Promise.reject(new Error("a fault of ours"))
        : echo(incoming),
  });
  const stream = await client.openBidi();
  await stream.finish(encodeRequest(202, 1, new Uint8Array(0)));
  await assert.rejects(readFrame(stream.chunks(), RESPONSE), isReset(Status.Internal));
  assert.equal((await exchange(client, HELLO)).status, Status.Ok);
});

test("a client that stops its answer, or leaves, is gone", async (t) => {
  const signals: AbortSignal[] = [];
  const { client } = await serve(t, {
    dispatch: ({ gone }) => {
      signals.push(gone());
      return new Promise(() => {});
    },
  });
  const stopped = await client.openBidi();
  await stopped.finish(HELLO);
  await (await client.openBidi()).finish(HELLO);
  await settled();
  stopped.stopSending(0);
  await settled();
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, false],
  );
  await client.close(0);
  await settled();
  assert.equal(signals[1]?.aborted, true);
});

test("the connection is told of, and its end", async (t) => {
  const known: Connection[] = [];
  const { client, served } = await serve(t, {
    dispatch: echo,
    onConnection: (connection) => known.push(connection),
  });
  await exchange(client, HELLO);
  assert.equal(known.length, 1);
  assert.equal(known[0]?.ended.aborted, false);
  await client.close(0);
  await served;
  assert.equal(known[0]?.ended.aborted, true);
});

test("streams that were opened after the drain began are late", async (t) => {
  const late: boolean[] = [];
  let draining = false;
  const { client } = await serve(t, {
    draining: () => draining,
    dispatch: (incoming) => {
      late.push(incoming.late);
      return echo(incoming);
    },
  });
  const before = await client.openBidi();
  await before.write(HELLO.subarray(0, 5));
  await settled();
  draining = true;
  const after = await exchange(client, HELLO);
  await before.finish(HELLO.subarray(5));
  await readFrame(before.chunks(), RESPONSE);
  assert.deepEqual(late, [true, false]);
  assert.equal(after.status, Status.Ok);
});

test("every served stream is told of until it is answered", async (t) => {
  const served: Promise<void>[] = [];
  const { client } = await serve(t, {
    dispatch: echo,
    onStream: (stream) => served.push(stream),
  });
  await exchange(client, HELLO);
  await exchange(client, HELLO.subarray(0, 12));
  assert.equal(served.length, 2);
  await Promise.all(served);
});

test("a unidirectional stream of the client is stopped", async (t) => {
  const { client } = await serve(t, { dispatch: echo });
  const stream = await client.openUni();
  await stream.write(Buffer.of(1));
  assert.equal(await stream.stopped, Status.BadRequest);
  assert.equal((await exchange(client, HELLO)).status, Status.Ok);
});

async function serve(t: TestContext, options: Partial<ServeOptions>) {
  const transport = createMemoryTransport();
  const server = await transport.listen({
    host: "memory",
    port: 0,
    certPem: "",
    keyPem: "",
    alpn: ["qpc"],
    idleTimeoutMs: 0,
    maxBidiStreams: 100,
  });
  t.after(() => server.close(0));
  const connecting = transport.connect({
    host: "memory",
    port: server.port,
    serverName: "localhost",
    alpn: ["qpc"],
    idleTimeoutMs: 0,
    timeoutMs: 1_000,
  });
  const { value } = await server.connections().next();
  const served = serveConnection(value as QuicConnection, {
    dispatch: echo,
    headerDeadlineMs: 5_000,
    frameDeadlineMs: 5_000,
    draining: () => false,
    onConnection: () => {},
    onStream: () => {},
    ...options,
  });
  return { client: await connecting, served };
}

async function exchange(client: QuicConnection, bytes: Uint8Array) {
  const stream: QuicBidi = await client.openBidi();
  stream.finish(bytes).catch(() => {});
  return readFrame(stream.chunks(), RESPONSE);
}

/** settled lets everything happen that waits for nothing but its turn. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

function isReset(code: number) {
  return (error: unknown) =>
    error instanceof StreamError && error.kind === "reset" && error.code === code;
}

function oversize(): Uint8Array {
  const header = Buffer.from(HELLO.subarray(0, 10));
  header.writeUInt32BE(4_194_305, 6);
  return header;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
