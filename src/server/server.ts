// Composition root: ties storage, services, dispatch and transport into one running server, and takes
// it down again in the order of C-15.

import { createSetup, opaqueServer } from "../crypto/opaque/serenity/server.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { AdjustableClock } from "../rpc/clock.ts";
import { keyOf } from "../rpc/connection.ts";
import type { SessionLookup } from "../rpc/credentials.ts";
import { type CallReport, createDispatcher, type DispatchOptions } from "../rpc/dispatch.ts";
import { createPushHub } from "../rpc/push.ts";
import { createRateLimiter } from "../rpc/rate-limit.ts";
import { type ServeOptions, serveConnection } from "../rpc/serve.ts";
import { createServices } from "../services/all.ts";
import { createDeliveryProofs, newSigningKey } from "../services/delivery-proofs.ts";
import { createKeyLog } from "../services/key-log.ts";
import { NO_PEERS } from "../services/peers.ts";
import { createWaits } from "../services/waits.ts";
import { AccountGone, StorageUnavailable, type Stores } from "../storage/stores.ts";
import type { QuicConnection, QuicServer, QuicTransport } from "../transport/transport.ts";
import { type FederationConfig, isForPeers, listenForPeers, openKnownPeers } from "./federation.ts";
import type { ServerLimits } from "./limits.ts";
import type { Log } from "./log.ts";
import { createSweeper } from "./sweeper.ts";

export interface ServerConfig {
  readonly transport: QuicTransport;
  readonly host: string;
  readonly port: number;
  readonly alpn: readonly string[];
  readonly certPem: string;
  readonly keyPem: string;
  readonly operatorToken: string | undefined;
  /** Identity keys of the administrators, as keyOf spells them (C-62); a hook may add to it. */
  readonly admins: ReadonlySet<string>;
  /** True to accept Enqueue and BatchEnqueue without a session (C-41). */
  readonly sealedSender: boolean;
  /** True to sign a receipt for every Enqueue (C-40). */
  readonly deliveryProof: boolean;
  /** Read where they count, so that a hook may change them; idleMs counts from the start on. */
  readonly limits: ServerLimits;
  /** Families to leave out: their methods are unknown here [methods.missing-family]. */
  readonly without?: readonly string[];
  /** Absent = federation is off [federation.off]. */
  readonly federation?: FederationConfig | undefined;
  readonly stores: Stores;
  readonly clock: AdjustableClock;
  readonly log: Log;
}

export interface RunningServer {
  readonly host: string;
  readonly port: number;
  /** Port of the federation listener; 0 while federation is off. */
  readonly federationPort: number;
  /**
   * stop refuses new connections, lets the streams in flight finish within the drain timeout, closes
   * every connection with a reason and then the storage.
   */
  stop(): Promise<void>;
  /** dropPushes loses the next `count` pushes (S-15). */
  dropPushes(count: number): void;
}

const SWEEP_EVERY_MS = 10_000;

/** startServer listens and serves. It rejects when the address or the certificate cannot be used. */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  const { stores, clock, limits, log } = config;
  const sessions: SessionLookup = (tokenHash) => stores.sessions.find(tokenHash, clock.now());
  const waits = createWaits(clock);
  const pushes = createPushHub(sessions);
  const inFlight = new Set<Promise<void>>();
  let draining = false;

  const rate = (limit: () => number, windowMs: number) =>
    createRateLimiter({
      get limit() {
        return limits.ratePerSecond === 0 ? 0 : limit();
      },
      windowMs,
      now: clock.now,
    });
  const opaque = opaqueServer(await stores.serverState.getOrCreate("opaque-setup", createSetup));
  const proofs = config.deliveryProof
    ? createDeliveryProofs(await stores.serverState.getOrCreate("signing-key", newSigningKey))
    : undefined;

  const peers = await openKnownPeers(config, stores.federation, clock.now());
  const methods = createServices({
    stores,
    clock,
    sessions,
    waits,
    pushes,
    opaque,
    keyLog: createKeyLog(stores.kt),
    perMinute: (limit) => rate(() => limit, 60_000),
    limits,
    peers: peers ?? NO_PEERS,
    draining: () => draining,
    proofs,
  }).filter(({ method }) => !config.without?.includes(method.family));

  const rules: Omit<DispatchOptions, "methods"> = {
    credentials: {
      sessions,
      operatorToken: config.operatorToken,
      isAdmin: (identityKey) => config.admins.has(keyOf(identityKey)),
      sealedSender: config.sealedSender,
      bindDevice: stores.devices.bind,
    },
    access: {
      membership: stores.groups.isMember,
      isRevoked: async (key) => (await stores.kt.findRevocation(key)) !== undefined,
    },
    accountRate: rate(() => limits.ratePerSecond, 1000),
    hostRate: rate(() => limits.ratePerSecond, 1000),
    rpcTimeoutMs: limits.rpcTimeoutMs,
    statusOf: (error) => {
      if (error instanceof AccountGone) return Status.Unauthorized;
      return error instanceof StorageUnavailable ? Status.Unavailable : Status.Internal;
    },
    report: (event) => reportCall(log, event),
  };

  const quic = await config.transport.listen({
    host: config.host,
    port: config.port,
    certPem: config.certPem,
    keyPem: config.keyPem,
    alpn: config.alpn,
    idleTimeoutMs: limits.idleMs,
    maxBidiStreams: LIMITS.concurrentStreams.value,
  });
  const sweep = createSweeper(stores, clock, log);
  const sweeper = setInterval(() => void sweep(), SWEEP_EVERY_MS);

  type Own = Pick<ServeOptions, "dispatch" | "onConnection" | "peerDomain">;
  const serve = (connection: QuicConnection, own: Own) =>
    serveConnection(connection, {
      ...own,
      get headerDeadlineMs() {
        return limits.headerMs;
      },
      get frameDeadlineMs() {
        return limits.frameMs;
      },
      draining: () => draining,
      onStream: (served) => {
        inFlight.add(served);
        void served.finally(() => inFlight.delete(served));
      },
    });

  const forClients = createDispatcher({ ...rules, methods });
  void acceptConnections(quic, (connection) =>
    serve(connection, { dispatch: forClients, onConnection: pushes.add }),
  );
  const forPeers = createDispatcher({ ...rules, methods: methods.filter(isForPeers) });
  const federation = await listenForPeers(config, limits.idleMs, (connection, domain) =>
    serve(connection, {
      dispatch: forPeers,
      onConnection: () => {},
      peerDomain: () => domain,
    }),
  ).catch(async (error: unknown) => {
    clearInterval(sweeper);
    await quic.close(Status.Unavailable, "not started");
    throw error;
  });

  return {
    host: quic.host,
    port: quic.port,
    federationPort: federation?.port ?? 0,
    dropPushes: pushes.drop,
    async stop() {
      draining = true;
      quic.stopAccepting();
      federation?.stopAccepting();
      waits.drain();
      await settledWithin(limits.drainTimeoutMs, inFlight);
      await Promise.all([
        quic.close(Status.Unavailable, "draining"),
        federation?.close(Status.Unavailable, "draining"),
        peers?.close(),
      ]);
      clearInterval(sweeper);
      await stores.close();
    },
  };
}

type Serve = (connection: QuicConnection) => Promise<void>;

async function acceptConnections(quic: QuicServer, serve: Serve): Promise<void> {
  for await (const connection of quic.connections()) void serve(connection);
}

// A call that is answered while we wait may not start another: late streams are refused at once, so
// the set only shrinks apart from those.
async function settledWithin(ms: number, work: ReadonlySet<Promise<void>>): Promise<void> {
  const timeout = Promise.withResolvers<void>();
  const timer = setTimeout(timeout.resolve, ms);
  const settle = async () => {
    while (work.size > 0) await Promise.allSettled(work);
  };
  await Promise.race([settle(), timeout.promise]);
  clearTimeout(timer);
}

function reportCall(log: Log, { kind, method, status, error }: CallReport): void {
  if (kind === "error") log.error({ method: method.name, status, err: error }, "call failed");
  else log.warn({ method: method.name, status, err: error }, "status outside the method's list");
}
