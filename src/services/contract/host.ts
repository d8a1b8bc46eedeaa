// A host for services under test: the real dispatcher and real stores in memory, called as a client
// would call them, without any transport.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { createSetup, opaqueServer } from "../../crypto/opaque/serenity/server.ts";
import { ErrorDetailSchema } from "../../gen/qpc/v1/common_pb.ts";
import { LIMITS } from "../../registry/limits.ts";
import { methodOf } from "../../registry/methods.ts";
import { Status, statusName } from "../../registry/statuses.ts";
import { type AdjustableClock, createClock } from "../../rpc/clock.ts";
import { acceptSession, type Connection } from "../../rpc/connection.ts";
import { hashToken } from "../../rpc/credentials.ts";
import { createDispatcher } from "../../rpc/dispatch.ts";
import type { PushEvent } from "../../rpc/push.ts";
import { createRateLimiter } from "../../rpc/rate-limit.ts";
import { openStores } from "../../storage/drivers/open.ts";
import type { StoreLimits } from "../../storage/sql/inboxes.ts";
import { AccountGone, StorageUnavailable, type Stores } from "../../storage/stores.ts";
import { createServices } from "../all.ts";
import type { DeliveryProofs } from "../delivery-proofs.ts";
import { createKeyLog } from "../key-log.ts";
import { NO_PEERS, type Peers } from "../peers.ts";
import { createWaits, type Waits } from "../waits.ts";

type Unary<I extends DescMessage, O extends DescMessage> = DescMethod & { input: I; output: O };

/** Refused is an answer other than Ok. */
export class Refused extends Error {
  override name = "Refused";
  readonly status: number;
  readonly code: string;
  readonly payload: Uint8Array;
  constructor(status: number, payload: Uint8Array) {
    const { code } = fromBinary(ErrorDetailSchema, payload);
    super(`${statusName(status)}: ${code}`);
    this.status = status;
    this.code = code;
    this.payload = payload;
  }
}

/** HostClient is a connection to the host. */
export interface HostClient {
  readonly connection: Connection;
  /** call answers the message of an Ok; `trailer` is appended to the request. It throws Refused for another status. */
  call<I extends DescMessage, O extends DescMessage>(
    method: Unary<I, O>,
    request?: MessageInitShape<I>,
    gone?: AbortSignal,
    trailer?: Uint8Array,
  ): Promise<MessageShape<O>>;
}

/** HostUser is a connection that is bound to a session of its user. */
export interface HostUser extends HostClient {
  /** 32 bytes, all of the user's number. */
  readonly key: Uint8Array;
}

export interface Host {
  readonly clock: AdjustableClock;
  readonly stores: Stores;
  readonly waits: Waits;
  /** Events that were pushed, with their receiver. */
  readonly pushed: readonly { readonly to: Uint8Array; readonly event: PushEvent }[];
  connect(address?: string, peerDomain?: string): HostClient;
  /** user opens a session for the user with this number. */
  user(number: number): Promise<HostUser>;
  /** endSession ends the session that a client is bound to. */
  endSession(client: HostClient): void;
}

export interface HostOptions {
  /** Stores of the test's own; default: fresh ones in memory. */
  readonly stores?: Stores;
  readonly storeLimits?: Partial<StoreLimits>;
  readonly waitCapMs?: number;
  readonly sessionMs?: number;
  readonly operatorToken?: string;
  /** Numbers of the users who are administrators. */
  readonly admins?: readonly number[];
  readonly sealedSender?: boolean;
  readonly proofs?: DeliveryProofs;
  /** Servers that can be called; default none. */
  readonly peers?: Peers;
}

const NO_BYTES = new Uint8Array(0);

/** openHost composes the services; they are closed when the test is over. */
export async function openHost(
  t: Pick<TestContext, "after">,
  options: HostOptions = {},
): Promise<Host> {
  const clock = createClock();
  const stores =
    options.stores ?? (await openStores({ backend: "memory" }, options.storeLimits ?? {}));
  t.after(() => stores.close());
  const waits = createWaits(clock);
  const pushed: { to: Uint8Array; event: PushEvent }[] = [];
  const ended = new Set<string>();
  const sessions = async (tokenHash: Uint8Array) =>
    ended.has(hex(tokenHash)) ? undefined : stores.sessions.find(tokenHash, clock.now());
  const rate = (limit: number) => createRateLimiter({ limit, windowMs: 60_000, now: clock.now });
  const sessionMs = options.sessionMs ?? LIMITS.session.value;

  const dispatch = createDispatcher({
    methods: createServices({
      stores,
      clock,
      sessions,
      waits,
      pushes: {
        add: () => {},
        push: (to, makeEvent) => pushed.push({ to, event: makeEvent() }),
        drop: () => {},
      },
      opaque: await opaqueServer(createSetup()),
      keyLog: createKeyLog(stores.kt),
      perMinute: rate,
      limits: {
        waitMs: options.waitCapMs ?? LIMITS.fetchWait.value,
        sessionMs,
        pendingLoginMs: LIMITS.pendingLogin.value,
      },
      draining: () => false,
      proofs: options.proofs,
      peers: options.peers ?? NO_PEERS,
    }),
    credentials: {
      sessions,
      operatorToken: options.operatorToken,
      isAdmin: (identityKey) => (options.admins ?? []).includes(identityKey[0] ?? 0),
      sealedSender: options.sealedSender ?? false,
      bindDevice: stores.devices.bind,
    },
    access: {
      membership: stores.groups.isMember,
      isRevoked: async (key) => (await stores.kt.findRevocation(key)) !== undefined,
    },
    accountRate: rate(0),
    hostRate: rate(0),
    rpcTimeoutMs: LIMITS.rpcTimeout.value,
    statusOf: (error) => ofStorage(error) ?? Status.Internal,
    report({ kind, method, status, error }) {
      if (ofStorage(error) !== undefined) return;
      assert.fail(`${method.name}: ${kind} ${statusName(status)}: ${(error as Error).stack}`);
    },
  });

  const host: Host = {
    clock,
    stores,
    waits,
    pushed,
    connect(address = "192.0.2.1", peerDomain) {
      const connection: Connection = {
        host: address,
        peerDomain,
        binding: undefined,
        accepted: new Map(),
        ended: new AbortController().signal,
        openPush: () => undefined,
      };
      return {
        connection,
        async call(method, request, gone = new AbortController().signal, trailer = NO_BYTES) {
          const fields = toBinary(method.input, create(method.input, request));
          const body = Buffer.concat([fields, trailer]);
          const header = { methodId: methodOf(method).id, requestId: 1 };
          const frame = { ...header, payloadLength: body.length, payload: body };
          const incoming = { frame, connection, gone: () => gone, late: false };
          const { status, payload } = await dispatch(incoming);
          if (status !== Status.Ok) throw new Refused(status, payload);
          return fromBinary(method.output, payload);
        },
      };
    },
    async user(number) {
      const key = new Uint8Array(32).fill(number);
      const now = clock.now();
      const tokenHash = hashToken(crypto.getRandomValues(new Uint8Array(32)));
      const session = {
        tokenHash,
        identityKey: key,
        deviceId: new Uint8Array(0),
        expiresAt: now + sessionMs,
      };
      await stores.sessions.create(session, now);
      const client = host.connect();
      client.connection.binding = tokenHash;
      acceptSession(client.connection, session);
      return { ...client, key };
    },
    endSession({ connection }) {
      ended.add(hex(connection.binding ?? new Uint8Array(0)));
    },
  };
  return host;
}

// As the server answers them.
function ofStorage(error: unknown): Status | undefined {
  if (error instanceof AccountGone) return Status.Unauthorized;
  return error instanceof StorageUnavailable ? Status.Unavailable : undefined;
}

/** refused asserts that a call is answered with a status, and with this code where one is given. */
export async function refused(call: Promise<unknown>, status: Status, code?: string) {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof Refused, String(error));
    assert.equal(error.message, `${statusName(status)}: ${code ?? error.code}`);
    return true;
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
