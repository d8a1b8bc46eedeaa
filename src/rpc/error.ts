// The one error that crosses the wire: a status, and a code that names the broken rule (spec/status.md).

import { create, toBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema } from "../gen/qpc/v1/common_pb.ts";
import { RULES, type RuleSlug } from "../registry/rules.ts";
import { type Status, statusName } from "../registry/statuses.ts";

export interface RefusalOptions {
  /** Token of ErrorDetail.code where the errata name one (PAYLOAD_TOO_LARGE …); default is the slug. */
  readonly code?: string;
  /** Hint for RateLimited and Unavailable, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** RpcError ends a call with a status other than Ok. What caused it stays on our side of the wire. */
export class RpcError extends Error {
  override name = "RpcError";
  readonly status: Status;
  readonly rule: RuleSlug;
  readonly code: string;
  readonly retryAfterMs: number;
  constructor(status: Status, rule: RuleSlug, options: RefusalOptions = {}) {
    super(`${statusName(status)}: ${rule}`);
    this.status = status;
    this.rule = rule;
    this.code = options.code || rule;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

/** demand refuses the call with `status` unless `condition` holds; `rule` is the sentence it enforces. */
export function demand(
  condition: boolean,
  status: Status,
  rule: RuleSlug,
  options?: RefusalOptions,
): asserts condition {
  if (!condition) throw new RpcError(status, rule, options);
}

/** errorPayload encodes the ErrorDetail of a refusal [status.error-detail]. */
export function errorPayload(error: RpcError): Uint8Array {
  const detail = create(ErrorDetailSchema, {
    message: RULES[error.rule].text,
    code: error.code,
    retryAfterMs: BigInt(Math.ceil(error.retryAfterMs)),
  });
  return toBinary(ErrorDetailSchema, detail);
}
