// Composition root: ties storage, services, dispatch and transport into one running server, and takes
// it down again in the order of C-15.

import { createSetup, opaqueServer } from "../crypto/opaque/serenity/server.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { AdjustableClock } from "../rpc/clock.ts";
import type { SessionLookup } from "../rpc/credentials.ts";
import { type CallReport, createDispatcher } from "../rpc/dispatch.ts";
import { createPushHub } from "../rpc/push.ts";
import { createRateLimiter } from "../rpc/rate-limit.ts";
import { serveConnection } from "../rpc/serve.ts";
import { createAuthService } from "../services/auth.ts";
import { createDeliveryService } from "../services/delivery.ts";
import { createHealthService } from "../services/health.ts";
import { createKeyService } from "../services/keys.ts";
import { createWaits } from "../services/waits.ts";
import { StorageUnavailable, type Stores } from "../storage/stores.ts";
import type { QuicServer, QuicTransport } from "../transport/transport.ts";
import type { ServerLimits } from "./limits.ts";
import type { Log } from "./log.ts";

export interface ServerConfig {
  readonly transport: QuicTransport;
  readonly host: string;
  readonly port: number;
  readonly alpn: readonly string[];
  readonly certPem: string;
  readonly keyPem: string;
  readonly operatorToken: string | undefined;
  readonly limits: ServerLimits;
  readonly stores: Stores;
  readonly clock: AdjustableClock;
  readonly log: Log;
}

export interface RunningServer {
  readonly host: string;
  readonly port: number;
  /**
   * stop refuses new connections, lets the streams in flight finish within the drain timeout, closes
   * every connection with a reason and then the storage.
   */
  stop(): Promise<void>;
}

const SWEEP_EVERY_MS = 10_000;
const SWEEP_BATCH = 1000;

/** startServer listens and serves. It rejects when the address or the certificate cannot be used. */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  const { stores, clock, limits, log } = config;
  const sessions: SessionLookup = (tokenHash) => stores.sessions.find(tokenHash, clock.now());
  const waits = createWaits(clock);
  const pushes = createPushHub(sessions);
  const inFlight = new Set<Promise<void>>();
  let draining = false;

  const rate = (limit: number, windowMs: number) =>
    createRateLimiter({ limit: limits.ratePerSecond === 0 ? 0 : limit, windowMs, now: clock.now });
  const opaque = opaqueServer(await stores.serverState.getOrCreate("opaque-setup", createSetup));

  const dispatch = createDispatcher({
    methods: [
      ...createAuthService({
        users: stores.users,
        sessions: stores.sessions,
        opaque,
        loginRate: rate(LIMITS.failedLogins.value, 60_000),
        clock,
        sessionMs: limits.sessionMs,
        pendingLoginMs: limits.pendingLoginMs,
      }),
      ...createDeliveryService({
        deliveries: stores.deliveries,
        channels: stores.channels,
        sessions,
        waits,
        pushes,
        clock,
        waitCapMs: limits.waitMs,
      }),
      ...createKeyService({
        keyPackages: stores.keyPackages,
        hybridKeys: stores.hybridKeys,
        fetchRate: rate(LIMITS.keyPackageFetches.value, 60_000),
        clock,
      }),
      ...createHealthService({ clock, draining: () => draining }),
    ],
    credentials: { sessions, operatorToken: config.operatorToken },
    accountRate: rate(limits.ratePerSecond, 1000),
    hostRate: rate(limits.ratePerSecond, 1000),
    rpcTimeoutMs: limits.rpcTimeoutMs,
    statusOf: (error) =>
      error instanceof StorageUnavailable ? Status.Unavailable : Status.Internal,
    report: (event) => reportCall(log, event),
  });

  const quic = await config.transport.listen({
    host: config.host,
    port: config.port,
    certPem: config.certPem,
    keyPem: config.keyPem,
    alpn: config.alpn,
    idleTimeoutMs: limits.idleMs,
    maxBidiStreams: LIMITS.concurrentStreams.value,
  });
  const sweeper = setInterval(() => void sweep(stores, clock, log), SWEEP_EVERY_MS);

  void acceptConnections(quic, (connection) =>
    serveConnection(connection, {
      dispatch,
      headerDeadlineMs: limits.headerMs,
      frameDeadlineMs: limits.frameMs,
      draining: () => draining,
      onConnection: pushes.add,
      onStream: (served) => {
        inFlight.add(served);
        void served.finally(() => inFlight.delete(served));
      },
    }),
  );

  return {
    host: quic.host,
    port: quic.port,
    async stop() {
      draining = true;
      quic.stopAccepting();
      waits.drain();
      await settledWithin(limits.drainTimeoutMs, inFlight);
      await quic.close(Status.Unavailable, "draining");
      clearInterval(sweeper);
      await stores.close();
    },
  };
}

type Serve = (connection: Parameters<typeof serveConnection>[0]) => Promise<void>;

async function acceptConnections(quic: QuicServer, serve: Serve): Promise<void> {
  for await (const connection of quic.connections()) void serve(connection);
}

async function sweep(stores: Stores, clock: AdjustableClock, log: Log): Promise<void> {
  try {
    while ((await stores.sweep(clock.now(), SWEEP_BATCH)) > 0);
  } catch (error) {
    log.error({ err: error }, "sweep failed");
  }
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
