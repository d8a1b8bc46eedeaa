// The scripted server: every byte that comes is told, and every byte that is given goes out.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Status } from "../../src/registry/statuses.ts";
import { createMemoryTransport } from "../../src/transport/memory.ts";
import { type QuicReceive, StreamError } from "../../src/transport/transport.ts";
import { NoAnswer } from "../judge/errors.ts";
import { createTrace } from "../judge/trace.ts";
import { selfSigned, usualCertificate } from "./certificates.ts";
import { openHostile } from "./endpoint.ts";
import { createMailbox } from "./mailbox.ts";

const REQUEST = Buffer.from("0322000000070000000161", "hex");

async function scene(t: TestContext) {
  const transport = createMemoryTransport();
  const trace = createTrace();
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const server = await openHostile({ transport, trace, ms: 1_000, onError });
  t.after(() => server.close());
  const client = await transport.connect({
    host: server.host,
    port: server.port,
    serverName: server.serverName,
    caPem: server.caPem,
    alpn: [server.alpn],
    idleTimeoutMs: 0,
    timeoutMs: 1_000,
  });
  const send = async (bytes: Uint8Array) => {
    const stream = await client.openBidi();
    await stream.finish(bytes);
    return stream;
  };
  return { server, client, send, trace, errors, peer: await server.connection() };
}

async function whole(stream: QuicReceive): Promise<string> {
  const held: Uint8Array[] = [];
  for await (const chunk of stream.chunks()) held.push(chunk);
  return Buffer.concat(held).toString("hex");
}

test("a request is told byte by byte, and answered in full", async (t) => {
  const { server, send, trace } = await scene(t);
  const stream = await send(REQUEST);
  const call = await server.call();
  assert.deepEqual(Buffer.from(call.raw), REQUEST);
  assert.deepEqual([call.method, call.requestId, call.wellFormed], [802, 7, true]);
  assert.equal(Buffer.from(call.payload).toString(), "a");
  await call.answer(Status.Forbidden, Buffer.from("no"));
  assert.equal(await whole(stream), "0300000007000000026e6f");
  const lines = trace.lines().join("\n");
  assert.match(lines, /got .*0322000000070000000161/);
  assert.match(lines, /sent .*Forbidden.*0300000007000000026e6f/);
});

test("what is no request is told as it is", async (t) => {
  const { server, send } = await scene(t);
  for (const [hex, method] of [
    ["", -1],
    ["0322", -1],
    ["03220000000700000002616263", 802],
  ] as const) {
    await send(Buffer.from(hex, "hex"));
    const call = await server.call();
    assert.deepEqual([call.wellFormed, call.method], [false, method]);
    assert.equal(Buffer.from(call.raw).toString("hex"), hex);
  }
});

test("any bytes go out, in pieces and without FIN", async (t) => {
  const { server, send } = await scene(t);
  const stream = await send(REQUEST);
  const call = await server.call();
  await call.send(Buffer.from("01", "hex"));
  await call.finish(Buffer.from("02", "hex"));
  assert.equal(await whole(stream), "0102");
});

test("resets and stops go out, and a client that stops reading is seen", async (t) => {
  const { server, send } = await scene(t);
  const reset = await send(REQUEST);
  (await server.call()).reset(9);
  await assert.rejects(whole(reset), new StreamError("reset", 9));

  const kept = await send(REQUEST);
  const call = await server.call();
  assert.equal(await call.dropped(20), false);
  kept.stopSending(3);
  assert.equal(await call.dropped(1_000), true);
});

test("a client that gives up its request has sent none", async (t) => {
  const { peer, client } = await scene(t);
  const stream = await client.openBidi();
  await stream.write(REQUEST);
  const call = peer.call();
  stream.reset(5);
  await assert.rejects(call, /gave up its request/);
  await assert.rejects(peer.call(10), NoAnswer);
});

test("a request without end is no request", async (t) => {
  const { peer, client } = await scene(t);
  await (await client.openBidi()).write(REQUEST);
  await assert.rejects(peer.call(30), /no end within/);
});

test("pushes of any bytes", async (t) => {
  const { peer, client } = await scene(t);
  await peer.push(Buffer.from("ff", "hex"));
  await peer.event(1000, Buffer.from("a"));
  const seen: string[] = [];
  for await (const stream of client.acceptUni()) {
    seen.push(await whole(stream));
    if (seen.length === 2) break;
  }
  assert.deepEqual(seen, ["ff", "03e80000000161"]);
});

test("what is served does not wait, and a fault of the handler is told", async (t) => {
  const { server, send, errors } = await scene(t);
  const early = await send(REQUEST);
  server.serve((call) => {
    if (call.requestId === 7) return call.answer(Status.Ok);
    throw new TypeError("no such id");
  });
  assert.equal(await whole(early), "000000000700000000");
  await send(Buffer.from("0322000000080000000161", "hex"));
  while (errors.length === 0) await new Promise(setImmediate);
  assert.match(String(errors[0]), /no such id/);
});

test("the usual certificate is made once, others are their own", async () => {
  assert.equal(await usualCertificate(), await usualCertificate());
  assert.notEqual((await selfSigned()).certPem, (await selfSigned()).certPem);
});

test("a mailbox: first come, first served, and whoever left gets nothing", async () => {
  const box = createMailbox<number>();
  const left = new AbortController();
  const gone = box.take("nothing", 1_000, undefined, left.signal);
  const even = box.take("nothing even", 1_000, (item) => item % 2 === 0);
  const any = box.take("nothing", 1_000);
  left.abort();
  await assert.rejects(gone, NoAnswer);
  for (const item of [1, 2, 3]) box.put(item);
  assert.deepEqual(await Promise.all([even, any, box.take("nothing", 0)]), [2, 1, 3]);
  await assert.rejects(box.take("nothing came", 5), /nothing came within 0.005 s/);
  const kept: number[] = [];
  box.put(4);
  box.each(
    (item) => item > 3,
    (item) => kept.push(item),
  );
  box.put(5);
  box.put(3);
  assert.deepEqual(kept, [4, 5]);
  assert.equal(await box.take("nothing", 0), 3);
});
