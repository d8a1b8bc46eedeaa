// From a request frame to an answer. The order of the checks is that of I-24 [methods.check-order]:
// frame, method, decode, session, rate, field rules, permission, then the handler.

import { create, type Message, toBinary } from "@bufbuild/protobuf";
import { LIMITS } from "../registry/limits.ts";
import { type Method, needsSession } from "../registry/methods.ts";
import { Status } from "../registry/statuses.ts";
import type { RequestHeader } from "../wire/frame.ts";
import type { Frame } from "../wire/reader.ts";
import { type AccessLookups, checkAccess } from "./access.ts";
import { type Connection, keyOf } from "./connection.ts";
import { bindNamedDevice, type Credentials, identify } from "./credentials.ts";
import { withDeadline, withFloor } from "./deadline.ts";
import { decodeRequest } from "./decode.ts";
import { demand, errorPayload, RpcError } from "./error.ts";
import { checkFields, fieldAt } from "./fields.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { Call, Caller, ComposedMethod } from "./service.ts";

export interface Answer {
  readonly status: number;
  readonly payload: Uint8Array;
}

/** Incoming is one request as it came off a stream. */
export interface Incoming {
  readonly frame: Frame<RequestHeader>;
  readonly connection: Connection;
  /** gone answers a signal that is aborted when nobody waits for the answer any more. */
  readonly gone: () => AbortSignal;
  /** True when the stream was opened after the server began to drain (C-15). */
  readonly late: boolean;
}

/** Dispatch answers one request; it never throws. */
export type Dispatch = (incoming: Incoming) => Promise<Answer>;

export interface DispatchOptions {
  /** The composed services; a method that is not among them answers UnknownMethod. */
  readonly methods: readonly ComposedMethod[];
  readonly credentials: Credentials;
  readonly access: AccessLookups;
  /** Windows of calls with a session (per account), of peers (per domain) and of all others (per IP address). */
  readonly accountRate: RateLimiter;
  readonly hostRate: RateLimiter;
  /** Deadline of a handler in milliseconds; 0 = none. */
  readonly rpcTimeoutMs: number;
  /** Status of an error that is no RpcError: Unavailable for a failing store, otherwise Internal. */
  readonly statusOf: (error: unknown) => Status;
  readonly report: (event: CallReport) => void;
}

/** CallReport goes to the log: an error that the wire only shows as a status, or an undeclared status. */
export interface CallReport {
  readonly kind: "error" | "undeclared-status";
  readonly method: Method;
  readonly status: number;
  readonly error?: unknown;
}

const EMPTY = new Uint8Array(0);

/** createDispatcher builds the one place where an exception becomes a status. */
export function createDispatcher(options: DispatchOptions): Dispatch {
  const table = new Map(options.methods.map((composed) => [composed.method.id, composed]));

  async function answer(composed: ComposedMethod, incoming: Incoming): Promise<Answer> {
    const { method } = composed;
    const { connection, gone } = incoming;
    const { payload } = incoming.frame;
    try {
      const request = decodeRequest(method, payload);
      const { credentials } = options;
      const identified = await identify(method, request, connection, credentials).catch(
        (error: unknown) => {
          // I-23: a failed token counts for the address, so that nobody can try tokens at will.
          takeRate(options.hostRate, connection.host, 1);
          throw error;
        },
      );
      checkRate(options, method, request, identified, connection);
      checkFields(method, request);
      await checkAccess(method, request, identified, options.access);
      const caller = await bindNamedDevice(request, identified, credentials);
      const timeout = composed.longPoll ? 0 : options.rpcTimeoutMs;
      const response = await withDeadline(timeout, gone, (signal) =>
        composed.handle(request as never, { method, caller, connection, signal } satisfies Call),
      );
      return { status: Status.Ok, payload: encode(method, response) };
    } catch (error) {
      return refuse(method, error);
    }
  }

  function refuse(method: Method, error: unknown): Answer {
    if (error instanceof RpcError) {
      if (!isDeclared(method, error.status)) {
        options.report({ kind: "undeclared-status", method, status: error.status, error });
      }
      return { status: error.status, payload: errorPayload(error) };
    }
    const status = options.statusOf(error);
    options.report({ kind: "error", method, status, error });
    return { status, payload: EMPTY };
  }

  return async (incoming) => {
    const composed = table.get(incoming.frame.methodId);
    if (composed === undefined) return { status: Status.UnknownMethod, payload: EMPTY };
    const { method } = composed;
    if (incoming.late && method.family !== "health") {
      return refuse(method, new RpcError(Status.Unavailable, "transport.drain"));
    }
    const floor = method.family === "auth" ? LIMITS.authFloor.value : 0;
    return withFloor(floor, () => answer(composed, incoming));
  };
}

function encode(method: Method, response: object): Uint8Array {
  const payload = toBinary(
    method.output,
    create(method.output, response as Record<string, unknown>),
  );
  if (payload.length > LIMITS.framePayload.value) {
    throw new Error(`${method.name} answered ${payload.length} bytes, more than a frame holds`);
  }
  return payload;
}

function checkRate(
  options: DispatchOptions,
  method: Method,
  request: Message,
  caller: Caller,
  connection: Connection,
): void {
  if (method.family === "health") return;
  const cost = rateCost(method, request);
  if (caller.kind === "session") {
    takeRate(options.accountRate, keyOf(caller.session.identityKey), cost);
  } else {
    takeRate(options.hostRate, caller.kind === "peer" ? caller.domain : connection.host, cost);
  }
}

function takeRate(limiter: RateLimiter, key: string, cost: number): void {
  const wait = limiter.take(key, cost);
  demand(wait === 0, Status.RateLimited, "limits.rate-limit", { retryAfterMs: wait });
}

// I-23: a batch counts as one call plus one per 100 entries, the members of a group as well: each of
// them is a row to store.
function rateCost(method: Method, request: Message): number {
  const batch = method.input.fields.find(({ fieldKind }) => fieldKind === "list");
  if (batch === undefined) return 1;
  const entries = fieldAt(method.input, request, batch.name);
  return 1 + (Array.isArray(entries) ? Math.floor(entries.length / 100) : 0);
}

// Design of the table: 8, 9, 10 are implicit for every method, 2 for every method with a session, 5
// for all but Health.
function isDeclared(method: Method, status: Status): boolean {
  if (method.errors.includes(status)) return true;
  switch (status) {
    case Status.DeadlineExceeded:
    case Status.Unavailable:
    case Status.Internal:
      return true;
    case Status.Unauthorized:
      return needsSession(method);
    case Status.RateLimited:
      return method.family !== "health";
    default:
      return false;
  }
}
