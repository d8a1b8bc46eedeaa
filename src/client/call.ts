// One call of a client: an encoded request out, an encoded answer in, a refusal as one error
// (spec/status.md, spec/sessions.md).

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema, SessionTrailerSchema } from "../gen/qpc/v1/common_pb.ts";
import type { Method } from "../registry/methods.ts";
import { Status, statusName } from "../registry/statuses.ts";
import type { Caller } from "../rpc/caller.ts";

export interface Refusal {
  /** Name of the rpc, as in `Enqueue`. */
  readonly method: string;
  /** Any status but Ok; one that is not assigned counts as Internal (C-09). */
  readonly status: Status;
  /** ErrorDetail.code: a token, or the slug of the rule; empty when the server gave none. */
  readonly code: string;
  /** ErrorDetail.retry_after_ms: how long to wait before the next attempt; 0 = no hint. */
  readonly retryAfterMs: number;
  /** ErrorDetail.message: the server's words for people; empty when it gave none. */
  readonly detail: string;
}

/** CallError: the server answered a status other than Ok. */
export class CallError extends Error implements Refusal {
  override name = "CallError";
  readonly method: string;
  readonly status: Status;
  readonly code: string;
  readonly retryAfterMs: number;
  readonly detail: string;
  constructor({ method, status, code, retryAfterMs, detail }: Refusal) {
    super(`${method}: ${statusName(status)}${code && ` ${code}`}${detail && `: ${detail}`}`);
    this.method = method;
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.detail = detail;
  }
}

/** SessionCredentials show who makes a call, on whatever connection [sessions.trailer]. */
export interface SessionCredentials {
  /** Session token, 32 bytes. */
  readonly token: Uint8Array;
  /** 16 bytes; names the device that the session is bound to. */
  readonly deviceId?: Uint8Array;
}

export interface CallOptions {
  /** Abandons the call, which then throws the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * sendRequest makes a call with an encoded request and answers the encoded response. It throws
 * CallError for a refusal, and what Caller.call throws.
 */
export async function sendRequest(
  caller: Caller,
  method: Pick<Method, "id" | "name">,
  request: Uint8Array,
  options: CallOptions = {},
): Promise<Uint8Array> {
  const { status, payload } = await caller.call(method.id, request, options.signal);
  if (status === Status.Ok) return payload;
  throw new CallError({ method: method.name, status, ...readDetail(payload) });
}

/** withTrailer appends the credentials to an encoded request as a SessionTrailer. */
export function withTrailer(request: Uint8Array, credentials: SessionCredentials): Uint8Array {
  const { token: accessToken, deviceId } = credentials;
  const trailer = create(SessionTrailerSchema, {
    auth: { accessToken, ...(deviceId && { deviceId }) },
  });
  return Buffer.concat([request, toBinary(SessionTrailerSchema, trailer)]);
}

/** readDetail reads the payload of a refusal; whatever it is, the status stands [status.client-error-detail]. */
export function readDetail(payload: Uint8Array): Pick<Refusal, "code" | "retryAfterMs" | "detail"> {
  try {
    const { code, retryAfterMs, message } = fromBinary(ErrorDetailSchema, payload);
    return { code, retryAfterMs: Number(retryAfterMs), detail: message };
  } catch {
    return { code: "", retryAfterMs: 0, detail: "" };
  }
}
