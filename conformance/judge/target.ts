// A target: a subject with the readings it is judged by, and the ways to reach it.

import type { ProfileFlag } from "../../src/registry/profile.ts";
import type { QuicConnection, QuicTransport } from "../../src/transport/transport.ts";
import type { Stage } from "./federation.ts";
import { createPacing } from "./pacing.ts";
import { createPeer, type PeerContext } from "./peer.ts";
import type { Subject } from "./subject.ts";
import { createTrace } from "./trace.ts";
import { createUserPool, type UserPool } from "./user.ts";

/** ReachOptions depart from how a connection is normally made. */
export interface ReachOptions {
  readonly alpn?: readonly string[];
  /** Server-initiated unidirectional streams granted at once. */
  readonly maxUniStreams?: number;
  readonly idleTimeoutMs?: number;
}

export interface Target {
  readonly subject: Subject;
  readonly profile: Readonly<Record<ProfileFlag, string>>;
  readonly peerContext: Omit<PeerContext, "trace">;
  readonly users: UserPool;
  /** What is around the subject; undefined for a server that is already running. */
  readonly stage: Stage | undefined;
  /** The second server of a case that has two. */
  readonly other: Target | undefined;
  /** connect opens a connection with the subject's ALPN unless another is given. */
  connect(options?: ReachOptions): Promise<QuicConnection>;
  close(): Promise<void>;
}

export interface TargetOptions {
  readonly transport: QuicTransport;
  readonly profile: Readonly<Record<ProfileFlag, string>>;
  readonly stage: Stage | undefined;
  readonly other: Target | undefined;
  /** Longest time of one call, in milliseconds. */
  readonly callMs: number;
  /** Told once when the subject's rate limit slows the run down. */
  readonly onPaced: () => void;
  /** Delete the accounts that the run made. */
  readonly cleanUp?: boolean;
}

const CONNECT_MS = 5_000;
const IDLE_MS = 60_000;

/** createTarget reaches a subject over QUIC. */
export function createTarget(subject: Subject, options: TargetOptions): Target {
  const { transport, profile, callMs, stage, other } = options;
  const pacing = createPacing({
    perSecond: subject.limits.rate_per_s ?? 0,
    onFirst: options.onPaced,
  });
  const peerContext = { pacing, callMs };

  const connect: Target["connect"] = (reach = {}) =>
    transport.connect({
      host: subject.host,
      port: subject.port,
      serverName: subject.serverName,
      ...(subject.caPem !== undefined && { caPem: subject.caPem }),
      alpn: [profile.alpn],
      idleTimeoutMs: IDLE_MS,
      timeoutMs: CONNECT_MS,
      ...reach,
    });
  const users = createUserPool(
    async () => createPeer(await connect(), { ...peerContext, trace: createTrace() }),
    { inBody: profile.session === "body", cleanUp: options.cleanUp ?? false },
  );
  return { subject, profile, peerContext, users, stage, other, connect, close: users.close };
}
