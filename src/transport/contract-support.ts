// What the contract's cases share: an engine under test, and a client and a server connected by it.

import assert from "node:assert/strict";
import type {
  CloseInfo,
  ConnectOptions,
  ListenOptions,
  QuicBidi,
  QuicConnection,
  QuicReceive,
  QuicServer,
  QuicTransport,
} from "./transport.ts";

/** Subject is an engine under test, and what its endpoints need to trust each other. */
export interface Subject {
  readonly transport: QuicTransport;
  readonly certPem: string;
  readonly keyPem: string;
}

/** Guards against a hang; no case takes a fraction of it. */
export const GUARD = { timeout: 20_000 };

/** listen listens on a free port of the loopback address. */
export function listen(
  subject: Subject,
  options: Partial<ListenOptions> = {},
): Promise<QuicServer> {
  return subject.transport.listen({
    host: "127.0.0.1",
    port: 0,
    certPem: subject.certPem,
    keyPem: subject.keyPem,
    alpn: ["qpc"],
    idleTimeoutMs: 10_000,
    maxBidiStreams: 128,
    ...options,
  });
}

/** connect connects to a server and trusts its certificate. */
export function connect(
  subject: Subject,
  server: Pick<QuicServer, "host" | "port">,
  options: Partial<ConnectOptions> = {},
): Promise<QuicConnection> {
  return subject.transport.connect({
    host: server.host,
    port: server.port,
    serverName: "localhost",
    caPem: subject.certPem,
    alpn: ["qpc"],
    idleTimeoutMs: 10_000,
    timeoutMs: 5_000,
    ...options,
  });
}

export interface Pair {
  readonly server: QuicServer;
  readonly client: QuicConnection;
  /** The server's end of `client`. */
  readonly peer: QuicConnection;
}

export interface PairOptions {
  readonly listen?: Partial<ListenOptions>;
  readonly connect?: Partial<ConnectOptions>;
}

/** withServer runs a case on a fresh listener and closes it behind it, and so its connections. */
export async function withServer(
  subject: Subject,
  run: (server: QuicServer) => Promise<void>,
  options: Partial<ListenOptions> = {},
): Promise<void> {
  const server = await listen(subject, options);
  try {
    await run(server);
  } finally {
    await server.close(0);
  }
}

/** withPair runs a case on a fresh connection and closes everything behind it. */
export function withPair(
  subject: Subject,
  run: (pair: Pair) => Promise<void>,
  options: PairOptions = {},
): Promise<void> {
  const withConnection = async (server: QuicServer) => {
    const client = await connect(subject, server, options.connect);
    try {
      await run({ server, client, peer: await first(server.connections()) });
    } finally {
      await client.close(0);
    }
  };
  return withServer(subject, withConnection, options.listen);
}

/** first answers what an iteration yields next. */
export async function first<T>(items: AsyncIterator<T>): Promise<T> {
  const { done, value } = await items.next();
  if (done) throw new Error("the iteration ended");
  return value;
}

/** readAll reads a stream to its FIN. */
export async function readAll(stream: QuicReceive): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** exchange opens a stream, sends a message, and reads the answer. */
export async function exchange(connection: QuicConnection, message: Uint8Array): Promise<Buffer> {
  const stream = await connection.openBidi();
  const [, answer] = await Promise.all([stream.finish(message), readAll(stream)]);
  return answer;
}

/** echo answers every stream of a connection with what it said, as long as somebody listens. */
export async function echo(connection: QuicConnection): Promise<void> {
  for await (const stream of connection.acceptBidi()) {
    readAll(stream)
      .then((message) => stream.finish(message))
      .catch(() => {});
  }
}

/** open opens a stream and answers both ends of it, which the first byte makes known. */
export async function open(pair: Pair): Promise<{ ours: QuicBidi; theirs: QuicBidi }> {
  const ours = await pair.client.openBidi();
  await ours.write(new Uint8Array([1]));
  return { ours, theirs: await first(pair.peer.acceptBidi()) };
}

/** application is how the other end words a close with an application code. */
export function application(by: CloseInfo["by"], code: number, reason: string): CloseInfo {
  return { by, application: true, code, reason };
}

/** noise makes bytes in which a misplaced chunk shows. */
export function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = length | 1;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** assertBytes compares bytes without printing megabytes of them. */
export function assertBytes(actual: Uint8Array, expected: Uint8Array): void {
  if (Buffer.compare(actual, expected) === 0) return;
  const differs = expected.findIndex((byte, index) => byte !== actual[index]);
  const where = differs === -1 ? "" : `, and differ at ${differs}`;
  assert.fail(`${actual.length} bytes instead of ${expected.length}${where}`);
}

/** pause lets the event loop turn for a while. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
