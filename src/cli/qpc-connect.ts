// From the options of qpc to a connection (spec/transport.md).

import { readFile } from "node:fs/promises";
import { type ConnectedServer, connectTo, trustAnchor } from "../client/connect.ts";
import { UsageError } from "../server/options.ts";
import { createQuicTransport } from "../transport/quic/quic.ts";
import type { Endpoint } from "./qpc-options.ts";

/** Connect opens one connection every time it is called. */
export type Connect = () => Promise<ConnectedServer>;

/** A server that does not answer the first packets is given up sooner than one that thinks. */
const CONNECT_MS = 5_000;

/** connector reads the certificate to trust. It throws UsageError, and QuicUnavailable. */
export async function connector(endpoint: Endpoint): Promise<Connect> {
  const { host, port, serverName, alpn, timeoutMs } = endpoint;
  const location = {
    ...{ host, port, serverName, alpn: [alpn], timeoutMs: Math.min(timeoutMs, CONNECT_MS) },
    caPem: await readTrustAnchor(endpoint),
  };
  const transport = createQuicTransport();
  return () => connectTo(transport, location);
}

/** withServer works on one connection, and closes it. */
export async function withServer<T>(
  endpoint: Endpoint,
  work: (server: ConnectedServer, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const connect = await connector(endpoint);
  const server = await connect();
  try {
    return await work(server, AbortSignal.timeout(endpoint.timeoutMs));
  } finally {
    await server.close();
  }
}

async function readTrustAnchor({ caFile }: Endpoint): Promise<string> {
  let file: Uint8Array;
  try {
    file = await readFile(caFile);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new UsageError(`cannot read ${caFile}: ${code}; --ca-cert says where the certificate is`);
  }
  try {
    return trustAnchor(file);
  } catch (error) {
    throw new UsageError(`${caFile}: ${(error as Error).message}`);
  }
}
