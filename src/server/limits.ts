// Limits that a configuration may change; the defaults stand in the registry.

import { LIMITS } from "../registry/limits.ts";

/** ServerLimits are milliseconds, except `ratePerSecond`; 0 switches a bound off. */
export interface ServerLimits {
  /** Calls per second and IP address or account; 0 switches off every other rate as well. */
  readonly ratePerSecond: number;
  readonly idleMs: number;
  readonly headerMs: number;
  readonly frameMs: number;
  readonly waitMs: number;
  readonly pendingLoginMs: number;
  readonly sessionMs: number;
  readonly rpcTimeoutMs: number;
  readonly drainTimeoutMs: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  ratePerSecond: LIMITS.callRate.value,
  idleMs: LIMITS.idleTimeout.value,
  headerMs: LIMITS.headerDeadline.value,
  frameMs: LIMITS.frameDeadline.value,
  waitMs: LIMITS.fetchWait.value,
  pendingLoginMs: LIMITS.pendingLogin.value,
  sessionMs: LIMITS.session.value,
  rpcTimeoutMs: LIMITS.rpcTimeout.value,
  drainTimeoutMs: LIMITS.drainTimeout.value,
};
