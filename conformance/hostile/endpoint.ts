// A server whose every byte a case decides. It knows QUIC and frame headers, and nothing of how an
// honest server works. Spec: transport.md, framing.md.

import type { QuicTransport } from "../../src/transport/transport.ts";
import type { Trace } from "../judge/trace.ts";
import { type HostileCall, readCall, SERVE_MS } from "./call.ts";
import { type Certificate, usualCertificate } from "./certificates.ts";
import { type HostileConnection, hostileConnection, type Incoming } from "./connection.ts";
import { createMailbox } from "./mailbox.ts";

export interface HostileOptions {
  readonly alpn?: readonly string[];
  /** Default: P-256 for localhost, its own trust anchor. */
  readonly certificate?: Certificate;
  readonly idleTimeoutMs?: number;
  readonly maxBidiStreams?: number;
}

/** Reachable is what a client is told of a server. */
export interface Reachable {
  readonly host: string;
  readonly port: number;
  /** The name to look for in the certificate. */
  readonly serverName: string;
  /** The certificates to trust. */
  readonly caPem: string;
  readonly alpn: string;
}

export interface HostileServer extends Reachable {
  /** connection is the next client whose handshake is done. Throws NoAnswer. */
  connection(ms?: number): Promise<HostileConnection>;
  /** call is the next request on whichever connection, read until FIN. Throws NoAnswer. */
  call(ms?: number, signal?: AbortSignal): Promise<HostileCall>;
  /** serve gives every further call on any connection to `handler`, those that wait first. */
  serve(handler: (call: HostileCall, from: HostileConnection) => void | Promise<void>): void;
  /** connections counts the handshakes that were done. */
  connections(): number;
  /** streams counts the bidirectional streams that clients opened. */
  streams(): number;
  close(): Promise<void>;
}

export interface HostileContext {
  readonly transport: QuicTransport;
  readonly trace: Trace;
  /** How long a case waits for the client, in milliseconds. */
  readonly ms: number;
  /** Told of what a handler of a case did wrong. */
  readonly onError: (error: unknown) => void;
}

const ALPN = "qpc";
const IDLE_MS = 60_000;
const BIDI_STREAMS = 256;

/** openHostile listens on a free port of 127.0.0.1. */
export async function openHostile(
  { transport, trace, ms: usual, onError }: HostileContext,
  options: HostileOptions = {},
): Promise<HostileServer> {
  const certificate = options.certificate ?? (await usualCertificate());
  const alpn = options.alpn ?? [ALPN];
  const server = await transport.listen({
    host: "127.0.0.1",
    port: 0,
    certPem: certificate.certPem,
    keyPem: certificate.keyPem,
    alpn,
    idleTimeoutMs: options.idleTimeoutMs ?? IDLE_MS,
    maxBidiStreams: options.maxBidiStreams ?? BIDI_STREAMS,
  });
  const arrived = createMailbox<HostileConnection>();
  const incoming = createMailbox<Incoming>();
  let count = 0;
  let streams = 0;
  const context = {
    trace,
    incoming: {
      ...incoming,
      put(one: Incoming) {
        streams += 1;
        incoming.put(one);
      },
    },
    ms: usual,
    onError,
  };
  void accept();

  async function accept(): Promise<void> {
    for await (const quic of server.connections()) {
      count += 1;
      trace.add("note", `connection of ${quic.remote.host}:${quic.remote.port}, ALPN ${quic.alpn}`);
      arrived.put(hostileConnection(quic, context));
    }
  }

  return {
    host: server.host,
    port: server.port,
    serverName: certificate.serverName,
    caPem: certificate.caPem,
    alpn: alpn[0] ?? ALPN,
    connection: (ms = usual) => arrived.take("no client connects", ms),
    async call(ms = usual, signal) {
      const start = performance.now();
      const { stream } = await incoming.take("no client sends a request", ms, undefined, signal);
      return readCall(stream, trace, ms - (performance.now() - start));
    },
    serve(handler) {
      incoming.each(
        () => true,
        ({ stream, from }) => {
          readCall(stream, trace, SERVE_MS)
            .then((call) => handler(call, from))
            .catch(onError);
        },
      );
    },
    connections: () => count,
    streams: () => streams,
    close: () => server.close(0, "done"),
  };
}
