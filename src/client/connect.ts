// The way from an address to a Caller (spec/transport.md). The transport is handed in, so that no
// client code depends on a QUIC engine.

import { X509Certificate } from "node:crypto";
import { toPem } from "../crypto/certificates.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import { type Caller, createCaller } from "../rpc/caller.ts";

type Connection = Parameters<typeof createCaller>[0];

/** Dialer is what a client needs of a QuicTransport. */
export interface Dialer {
  connect(options: ServerLocation & { readonly idleTimeoutMs: number }): Promise<Connection>;
}

export interface ServerLocation {
  readonly host: string;
  readonly port: number;
  /** Name checked against the certificate, a DNS name [transport.client-server-name]. */
  readonly serverName: string;
  /** The only certificates that are trusted, PEM [transport.client-pinning]. */
  readonly caPem: string;
  readonly alpn: readonly string[];
  /** How long the handshake may take, in milliseconds. */
  readonly timeoutMs: number;
}

export interface ConnectedServer {
  readonly caller: Caller;
  close(): Promise<void>;
}

/** connectTo opens a connection. It rejects as QuicTransport.connect does. */
export async function connectTo(dialer: Dialer, server: ServerLocation): Promise<ConnectedServer> {
  const idleTimeoutMs = LIMITS.idleTimeout.value;
  const connection = await dialer.connect({ ...server, idleTimeoutMs });
  return {
    caller: createCaller(connection),
    close: () => connection.close(Status.Ok, "done"),
  };
}

/** trustAnchor reads a CA file, DER or PEM. It throws TypeError when it holds no certificate. */
export function trustAnchor(file: Uint8Array): string {
  try {
    const pem = toPem(file, "CERTIFICATE");
    new X509Certificate(pem);
    return pem;
  } catch (cause) {
    throw new TypeError("no certificate, neither DER nor PEM", { cause });
  }
}
