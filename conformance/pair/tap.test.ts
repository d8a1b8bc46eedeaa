// The tap passes on everything, both ways: bytes, FIN, RESET_STREAM, STOP_SENDING, the end.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createMemoryTransport } from "../../src/transport/memory.ts";
import {
  type QuicBidi,
  type QuicConnection,
  type QuicReceive,
  type QuicServer,
  StreamError,
} from "../../src/transport/transport.ts";
import { usualCertificate } from "../hostile/certificates.ts";
import { bytesOf, openTap, type Tap } from "./tap.ts";

const transport = createMemoryTransport();
const IDLE_MS = 60_000;
const HELLO = Buffer.from("hello");
const LONG_MS = 5_000;

let server: QuicServer;
let tap: Tap;
let client: QuicConnection;
let honest: QuicConnection;

before(async () => {
  const { certPem, keyPem, caPem } = await usualCertificate();
  const common = { alpn: ["qpc"], idleTimeoutMs: IDLE_MS };
  const host = "127.0.0.1";
  server = await transport.listen({ ...common, host, port: 0, certPem, keyPem, maxBidiStreams: 9 });
  const upstream = { host, port: server.port, serverName: "localhost", caPem };
  tap = await openTap({ transport, upstream, alpn: "qpc", trace: () => {} });
  const to = { host, port: tap.port, serverName: tap.serverName, caPem: tap.caPem };
  client = await transport.connect({ ...common, ...to, timeoutMs: LONG_MS });
  honest = await first(server.connections());
});

after(async () => {
  await tap.close();
  await server.close(0, "done");
});

test("bytes and FIN, both ways", async () => {
  const [near, far] = await call();
  await near.finish(HELLO);
  assert.deepEqual(await all(far), Buffer.from(">hello"));
  await far.write(Buffer.from("one "));
  await far.finish(Buffer.from("two"));
  assert.deepEqual(await all(near), Buffer.from("one two"));
  const tapped = tap.streams.at(-1);
  assert.equal(tapped?.kind, "call");
  assert.deepEqual([tapped?.fromClient.end, tapped?.fromServer.end], ["fin", "fin"]);
  assert.deepEqual(tapped && Buffer.from(bytesOf(tapped.fromServer)), Buffer.from("one two"));
});

test("bytes come through before the end", async () => {
  const [near, far] = await call();
  assert.equal(Buffer.from((await far.chunks().next()).value ?? []).toString(), ">");
  await near.finish();
  await far.finish();
  assert.deepEqual(await all(near), Buffer.alloc(0));
});

test("RESET_STREAM of a client and of a server", async () => {
  const [near, far] = await call();
  near.reset(7);
  await assert.rejects(all(far), new StreamError("reset", 7));
  far.reset(8);
  await assert.rejects(all(near), new StreamError("reset", 8));
  const tapped = tap.streams.at(-1);
  assert.deepEqual([tapped?.fromClient.end, tapped?.fromServer.end], ["cut", "cut"]);
});

test("STOP_SENDING of a client and of a server", async () => {
  const [near, far] = await call();
  far.stopSending(5);
  assert.equal(await near.stopped, 5);
  near.stopSending(6);
  assert.equal(await far.stopped, 6);
});

test("push events", async () => {
  const push = await honest.openUni();
  const accepted = first(client.acceptUni());
  await push.finish(HELLO);
  assert.deepEqual(await all(await accepted), HELLO);
  const tapped = tap.streams.at(-1);
  assert.deepEqual([tapped?.kind, tapped?.fromServer.end], ["push", "fin"]);
});

test("until: what holds later, and what never does", async () => {
  const count = tap.streams.length;
  const seen = tap.until(() => tap.streams.length > count, LONG_MS);
  const [near, far] = await call();
  assert.equal(await seen, true);
  assert.equal(await tap.until(() => false, 1), false);
  near.reset(0);
  far.reset(0);
});

test("the end of a connection, and whose it was", async () => {
  await client.close(3, "goodbye");
  const end = await honest.closed;
  assert.deepEqual([end.by, end.code, end.reason], ["peer", 3, "goodbye"]);
  assert.equal(tap.connections[0]?.end?.side, "client");
});

/** call opens a stream and answers both of its ends; a first byte makes it known to the other side. */
async function call(): Promise<[QuicBidi, QuicBidi]> {
  const accepted = first(honest.acceptBidi());
  const near = await client.openBidi();
  await near.write(Buffer.from(">"));
  return [near, await accepted];
}

async function first<T>(source: AsyncIterator<T>): Promise<T> {
  const { done, value } = await source.next();
  if (done) throw new Error("nothing came");
  return value;
}

async function all(stream: QuicReceive): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
