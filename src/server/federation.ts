// The federation listener: other servers, under mutual TLS (spec/services/federation.md; C-70, C-71).

import { domainOf } from "../crypto/certificates.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { ComposedMethod } from "../rpc/service.ts";
import type { FederationStore, PeerAddress } from "../storage/stores/federation.ts";
import type { QuicConnection, QuicServer, QuicTransport } from "../transport/transport.ts";
import { type FederationIdentity, openPeers, type PeerConnections } from "./peers.ts";

export interface FederationConfig extends FederationIdentity {
  readonly host: string;
  readonly port: number;
  /** None: the peers that storage knows. */
  readonly peers: readonly PeerAddress[];
}

/** FederationHost is the part of a server's configuration that matters here. */
export interface FederationHost {
  readonly transport: QuicTransport;
  readonly alpn: readonly string[];
  readonly federation?: FederationConfig | undefined;
}

/** ServePeer is told of every peer, with the domain of its certificate in lower case. */
export type ServePeer = (connection: QuicConnection, domain: string) => Promise<void>;

/**
 * openKnownPeers keeps the configured peers in storage, or takes those that are there when none are
 * configured. It answers undefined while federation is off.
 */
export async function openKnownPeers(
  { transport, alpn, federation }: FederationHost,
  store: FederationStore,
  now: number,
): Promise<PeerConnections | undefined> {
  if (federation === undefined) return undefined;
  if (federation.peers.length > 0) await store.setPeers(federation.peers, now);
  return openPeers({ transport, alpn, identity: federation, peers: await store.peers() });
}

/**
 * listenForPeers answers undefined while federation is off. It rejects when the address or the
 * certificates cannot be used.
 */
export async function listenForPeers(
  { transport, alpn, federation }: FederationHost,
  idleTimeoutMs: number,
  serve: ServePeer,
): Promise<QuicServer | undefined> {
  if (federation === undefined) return undefined;
  const { host, port, certPem, keyPem, caPem, domain } = federation;
  const quic = await transport.listen({
    host,
    port,
    certPem,
    keyPem,
    clientCaPem: caPem,
    alpn,
    idleTimeoutMs,
    maxBidiStreams: LIMITS.concurrentStreams.value,
  });
  void acceptPeers(quic, domain, serve);
  return quic;
}

async function acceptPeers(quic: QuicServer, own: string, serve: ServePeer): Promise<void> {
  for await (const connection of quic.connections()) {
    const [leaf] = connection.peerCertificates;
    const domain = leaf && domainOf(leaf);
    // Nobody else is this server, and a certificate without a domain speaks for none.
    if (domain === undefined || domain === own) {
      void connection.close(Status.Forbidden, "the certificate names no other domain");
    } else {
      void serve(connection, domain);
    }
  }
}

/** isForPeers tells the methods of the federation listener. */
export function isForPeers({ method }: ComposedMethod): boolean {
  return method.family === "federation" || method.family === "health";
}
