// A tap between a client and a server: a relay over real QUIC that passes on every stream byte by byte,
// in both directions, with FIN, RESET_STREAM, STOP_SENDING and the end of the connection, and keeps what
// went through. Spec: transport.md.

import { setTimeout as sleep } from "node:timers/promises";
import {
  type CloseInfo,
  type QuicBidi,
  type QuicConnection,
  type QuicReceive,
  type QuicSend,
  type QuicTransport,
  StreamError,
} from "../../src/transport/transport.ts";
import { type Certificate, usualCertificate } from "../hostile/certificates.ts";
import type { Trace } from "../judge/trace.ts";

/** Half is what went one way on a stream. */
export interface Half {
  readonly chunks: Uint8Array[];
  /** `cut`: reset, or given up by whom it was for, or the connection ended. */
  end: "open" | "fin" | "cut";
}

/** Tapped is a stream that went through. */
export interface Tapped {
  /** The client's connections are counted from 1. */
  readonly connection: number;
  /** Number of the stream on the side of whoever opened it. */
  readonly stream: number;
  readonly kind: "call" | "push" | "client-uni" | "server-bidi";
  readonly fromClient: Half;
  readonly fromServer: Half;
}

/** TappedConnection is a connection of the client. */
export interface TappedConnection {
  /** How it ended, and at whose end; undefined while it lives. */
  end: { readonly side: "client" | "server"; readonly info: CloseInfo } | undefined;
}

export interface Tap {
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
  readonly caPem: string;
  readonly alpn: string;
  readonly streams: readonly Tapped[];
  readonly connections: readonly TappedConnection[];
  /** until waits for something to hold that bytes or ends bring about; false after `ms` milliseconds. */
  until(holds: () => boolean, ms: number): Promise<boolean>;
  close(): Promise<void>;
}

/** Upstream is the server behind the tap. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
  readonly caPem: string | undefined;
}

export interface TapOptions {
  readonly transport: QuicTransport;
  readonly upstream: Upstream;
  readonly alpn: string;
  readonly trace: Trace["add"];
  readonly certificate?: Certificate;
}

const IDLE_MS = 60_000;
const CONNECT_MS = 5_000;
const BIDI_STREAMS = 256;

/** openTap listens on a free port, and connects to the server for each client that comes. */
export async function openTap({ transport, upstream, alpn, trace, ...more }: TapOptions) {
  const { certPem, keyPem, caPem, serverName } = more.certificate ?? (await usualCertificate());
  const server = await transport.listen({
    host: "127.0.0.1",
    port: 0,
    certPem,
    keyPem,
    alpn: [alpn],
    idleTimeoutMs: IDLE_MS,
    maxBidiStreams: BIDI_STREAMS,
  });
  const streams: Tapped[] = [];
  const connections: TappedConnection[] = [];
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const look of watchers) look();
  };

  async function serve(client: QuicConnection): Promise<void> {
    const state: TappedConnection = { end: undefined };
    const number = connections.push(state);
    const honest = await transport.connect({
      host: upstream.host,
      port: upstream.port,
      serverName: upstream.serverName,
      ...(upstream.caPem !== undefined && { caPem: upstream.caPem }),
      alpn: [alpn],
      idleTimeoutMs: IDLE_MS,
      timeoutMs: CONNECT_MS,
    });
    const ended = (side: "client" | "server", other: QuicConnection) => (info: CloseInfo) => {
      state.end ??= { side, info };
      if (info.by !== "local") trace("note", `connection ${number} ended by the ${side}`);
      changed();
      void other.close(info.application ? info.code : 0, info.reason);
    };
    void client.closed.then(ended("client", honest));
    void honest.closed.then(ended("server", client));

    const keep = (kind: Tapped["kind"], stream: number): Tapped => {
      const tapped = { connection: number, stream, kind, fromClient: half(), fromServer: half() };
      streams.push(tapped);
      return tapped;
    };
    const both = (kind: "call" | "server-bidi", from: QuicBidi, open: () => Promise<QuicBidi>) => {
      const tapped = keep(kind, from.id);
      const [there, back] =
        kind === "call"
          ? [tapped.fromClient, tapped.fromServer]
          : [tapped.fromServer, tapped.fromClient];
      void (async () => {
        const to = await open();
        void pass(from, to, there, told(tapped, there));
        await pass(to, from, back, told(tapped, back));
      })().catch(() => from.reset(0));
    };
    const one = (kind: "push" | "client-uni", from: QuicReceive, open: () => Promise<QuicSend>) => {
      const tapped = keep(kind, from.id);
      const there = kind === "push" ? tapped.fromServer : tapped.fromClient;
      void open()
        .then((to) => pass(from, to, there, told(tapped, there)))
        .catch(() => from.stopSending(0));
    };
    void each(client.acceptBidi(), (stream) => both("call", stream, () => honest.openBidi()));
    void each(honest.acceptBidi(), (stream) =>
      both("server-bidi", stream, () => client.openBidi()),
    );
    void each(client.acceptUni(), (stream) => one("client-uni", stream, () => honest.openUni()));
    void each(honest.acceptUni(), (stream) => one("push", stream, () => client.openUni()));
  }

  const told = (tapped: Tapped, way: Half) => () => {
    if (way.end !== "open") {
      const direction = way === tapped.fromClient ? "sent" : "got";
      const { connection, stream, kind } = tapped;
      const what = `${kind} ${connection}/${stream} ${way.end}`;
      trace(direction, what, bytesOf(way));
    }
    changed();
  };

  void each(server.connections(), (client) => {
    serve(client).catch(() => client.close(0, "no server behind the tap"));
  });

  const tap: Tap = {
    host: server.host,
    port: server.port,
    serverName,
    caPem,
    alpn,
    streams,
    connections,
    until(holds, ms) {
      if (holds()) return Promise.resolve(true);
      return new Promise((resolve) => {
        const look = () => holds() && done(true);
        const timer = setTimeout(() => done(false), ms);
        const done = (held: boolean) => {
          clearTimeout(timer);
          watchers.delete(look);
          resolve(held);
        };
        watchers.add(look);
      });
    },
    close: () => server.close(0, "done"),
  };
  return tap;
}

/** bytesOf is all that went one way. */
export function bytesOf({ chunks }: Half): Uint8Array {
  return Buffer.concat(chunks);
}

function half(): Half {
  return { chunks: [], end: "open" };
}

/** pass moves bytes until the end of the stream, and passes that on as well. */
async function pass(from: QuicReceive, to: QuicSend, way: Half, changed: () => void) {
  // Whom the bytes are for may want no more of them at any time.
  void to.stopped.then((code) => {
    from.stopSending(code);
    if (way.end === "open") way.end = "cut";
    changed();
  });
  try {
    const chunks = from.chunks();
    let held: Uint8Array | undefined;
    for (let next = chunks.next(); ; next = chunks.next()) {
      // The end mostly follows the last bytes at once, and then goes out with them.
      if (held && !(await isSoon(next))) {
        await to.write(held);
        held = undefined;
      }
      const { done, value } = await next;
      if (done) break;
      if (held) await to.write(held);
      way.chunks.push(value);
      held = value;
      changed();
    }
    way.end = "fin";
    await to.finish(held);
  } catch (error) {
    if (way.end === "open") way.end = "cut";
    if (error instanceof StreamError && error.kind === "reset") to.reset(error.code);
  }
  changed();
}

const SOON_MS = 5;

async function isSoon(next: Promise<unknown>): Promise<boolean> {
  next.catch(() => {}); // looked at by whoever awaits it later
  const late = sleep(SOON_MS).then(() => false);
  return Promise.race([next.then(() => true), late]);
}

async function each<T>(source: AsyncIterable<T>, work: (item: T) => void): Promise<void> {
  for await (const item of source) work(item);
}
