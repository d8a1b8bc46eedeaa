// Connections to the servers of other domains: one per domain, made when it is first needed and again
// when it is gone, under mutual TLS (spec/services/federation.md; C-70, I-19).

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema } from "../gen/qpc/v1/common_pb.ts";
import { methodOf } from "../registry/methods.ts";
import { Status } from "../registry/statuses.ts";
import { type Caller, createCaller, type Reply } from "../rpc/caller.ts";
import { RpcError } from "../rpc/error.ts";
import { type Peers, peerDown } from "../services/peers.ts";
import type { PeerAddress } from "../storage/stores/federation.ts";
import type { QuicConnection, QuicTransport } from "../transport/transport.ts";
import { address as splitAddress } from "./options.ts";

/** FederationIdentity is what a server shows to its peers, and whom it believes. */
export interface FederationIdentity {
  /** DNS name in lower case; the certificate carries it. */
  readonly domain: string;
  readonly certPem: string;
  readonly keyPem: string;
  /** Authority of the certificates of all peers. */
  readonly caPem: string;
}

export interface PeerOptions {
  readonly transport: QuicTransport;
  readonly alpn: readonly string[];
  readonly identity: FederationIdentity;
  readonly peers: readonly PeerAddress[];
}

export interface PeerConnections extends Peers {
  close(): Promise<void>;
}

const CONNECT_MS = 3_000;

// A peer that died says nothing, so silence for this long is taken for its death. One that lives
// acknowledges what it gets, however long it takes to answer.
const SILENCE_MS = 4_000;

const CALL_MS = 10_000;

// No rate window is longer, and what a peer says here is passed on to clients.
const LONGEST_RETRY_MS = 60_000;

interface Link {
  readonly connection: QuicConnection;
  readonly caller: Caller;
}

/** openPeers connects to nobody yet. */
export function openPeers({ transport, alpn, identity, peers }: PeerOptions): PeerConnections {
  const addresses = new Map(peers.map(({ domain, address }) => [domain, splitAddress(address)]));
  const links = new Map<string, Promise<Link>>();

  function linkTo(domain: string): Promise<Link> {
    const known = links.get(domain);
    if (known !== undefined) return known;
    const opening = open(domain);
    links.set(domain, opening);
    const forget = () => {
      if (links.get(domain) === opening) links.delete(domain);
    };
    opening.then(({ connection }) => connection.closed).then(forget, forget);
    return opening;
  }

  async function open(domain: string): Promise<Link> {
    const address = addresses.get(domain);
    if (address === undefined) throw peerDown();
    const { certPem, keyPem, caPem } = identity;
    const connection = await transport.connect({
      ...address,
      serverName: domain,
      caPem,
      certPem,
      keyPem,
      alpn: alpn.slice(0, 1),
      idleTimeoutMs: SILENCE_MS,
      timeoutMs: CONNECT_MS,
      maxUniStreams: 0,
    });
    return { connection, caller: createCaller(connection) };
  }

  async function exchange(domain: string, methodId: number, payload: Uint8Array): Promise<Reply> {
    try {
      const { caller } = await linkTo(domain);
      return await caller.call(methodId, payload, AbortSignal.timeout(CALL_MS));
    } catch {
      throw peerDown();
    }
  }

  return {
    domain: identity.domain,
    knows: (domain) => addresses.has(domain),
    async call(domain, method, request) {
      const payload = toBinary(method.input, create(method.input, request));
      const reply = await exchange(domain, methodOf(method).id, payload);
      switch (reply.status) {
        case Status.Ok:
          return decoded(() => fromBinary(method.output, reply.payload));
        case Status.NotFound:
          return undefined;
        case Status.RateLimited:
          throw new RpcError(Status.RateLimited, "federation.rate", {
            retryAfterMs: retryAfter(reply.payload),
          });
        default:
          throw peerDown();
      }
    },
    async close() {
      const opened = await Promise.allSettled(links.values());
      const closing = opened.map((link) =>
        link.status === "fulfilled" ? link.value.connection.close(Status.Ok, "done") : undefined,
      );
      await Promise.all(closing);
    },
  };
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch {
    throw peerDown();
  }
}

function retryAfter(payload: Uint8Array): number {
  try {
    const { retryAfterMs } = fromBinary(ErrorDetailSchema, payload);
    return Math.min(Number(retryAfterMs), LONGEST_RETRY_MS);
  } catch {
    return 0; // any payload is allowed beside an error (C-11)
  }
}
