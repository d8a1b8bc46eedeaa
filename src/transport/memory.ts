// A transport within one process, for tests of what lies above: the same behaviour as QUIC, no packets,
// and of certificates only those of clients that a listener demands. Spec: transport.md.

import { X509Certificate } from "node:crypto";
import {
  CERTIFICATE_REQUIRED,
  CONNECTION_REFUSED,
  connectionError,
  NO_APPLICATION_PROTOCOL,
  unreachable,
} from "./close.ts";
import { link, type MemoryConnection } from "./memory-connection.ts";
import { AsyncQueue } from "./queue.ts";
import type {
  CloseInfo,
  ConnectOptions,
  ListenOptions,
  QuicConnection,
  QuicServer,
  QuicTransport,
} from "./transport.ts";

/** createMemoryTransport makes a network of its own: its ports are known to itself alone. */
export function createMemoryTransport(): QuicTransport {
  const servers = new Map<number, MemoryServer>();
  let nextPort = 1;

  return {
    async listen(options) {
      while (servers.has(nextPort)) nextPort += 1;
      const port = options.port === 0 ? nextPort : options.port;
      if (servers.has(port)) throw new Error(`port ${port} is taken`);
      const server = new MemoryServer(options, port, () => servers.delete(port));
      servers.set(port, server);
      return server;
    },
    async connect(options) {
      await new Promise(setImmediate);
      const server = servers.get(options.port);
      if (!server) throw connectionError(unreachable());
      return server.accept(options);
    },
  };
}

class MemoryServer implements QuicServer {
  readonly host: string;
  readonly port: number;
  readonly #options: ListenOptions;
  readonly #onClosed: () => void;
  readonly #living = new Set<MemoryConnection>();
  readonly #unclaimed = new AsyncQueue<QuicConnection>();
  #accepting = true;
  #clients = 0;

  constructor(options: ListenOptions, port: number, onClosed: () => void) {
    this.host = options.host;
    this.port = port;
    this.#options = options;
    this.#onClosed = onClosed;
  }

  connections(): AsyncIterableIterator<QuicConnection> {
    return this.#unclaimed.items();
  }

  stopAccepting(): void {
    this.#accepting = false;
  }

  async close(code: number, reason?: string): Promise<void> {
    this.stopAccepting();
    await Promise.all([...this.#living].map((connection) => connection.close(code, reason)));
    this.#unclaimed.end();
    this.#onClosed();
  }

  /** accept answers the client's end, or throws ConnectionError. */
  accept(options: ConnectOptions): MemoryConnection {
    if (!this.#accepting) throw connectionError(refusedWith(CONNECTION_REFUSED));
    const alpn = options.alpn.find((protocol) => this.#options.alpn.includes(protocol));
    if (alpn === undefined) throw connectionError(refusedWith(NO_APPLICATION_PROTOCOL));
    const peerCertificates = this.#demanded(options);
    this.#clients += 1;
    const { client, server } = link({
      alpn,
      client: {
        remote: { host: options.host, port: this.port },
        idleTimeoutMs: options.idleTimeoutMs,
        maxBidiStreams: 0,
        maxUniStreams: options.maxUniStreams ?? 1024,
      },
      server: {
        remote: { host: options.host, port: this.#clients },
        idleTimeoutMs: this.#options.idleTimeoutMs,
        maxBidiStreams: this.#options.maxBidiStreams,
        maxUniStreams: this.#options.maxUniStreams ?? 16,
        peerCertificates,
      },
    });
    this.#living.add(server);
    void server.closed.then(() => this.#living.delete(server));
    this.#unclaimed.push(server);
    return client;
  }

  // Whether it has expired or a foreign authority issued it is the engine's part, and tested there.
  #demanded({ certPem }: ConnectOptions): readonly Uint8Array[] {
    if (this.#options.clientCaPem === undefined) return [];
    if (certPem === undefined) throw connectionError(refusedWith(CERTIFICATE_REQUIRED));
    return [new Uint8Array(new X509Certificate(certPem).raw)];
  }
}

function refusedWith(code: number): CloseInfo {
  return { by: "peer", application: false, code, reason: "" };
}
