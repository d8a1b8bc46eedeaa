// What this server declares about itself: families, readings, limits (S-14). The same words stand in
// the ready line of a server under test and in the preset that --print-preset prints.

import type { Feature } from "../registry/families.ts";
import { LIMITS } from "../registry/limits.ts";
import type { ProfileFlag } from "../registry/profile.ts";
import type { ServerLimits } from "./limits.ts";

export const SERVER_NAME = "qpc-server";
export const SERVER_VERSION = "0.1.0";

export const DECLARED_FEATURES: readonly Feature[] = ["auth", "delivery", "keys", "health", "push"];

const READINGS = {
  "unknown-method": "status",
  session: "both",
  fetch: "retain",
  seq: "contiguous",
  push: "on",
  "push-payload": "bare",
  "sealed-sender": "off",
  "delivery-proof": "off",
  "keypackage-empty": "ok",
  channels: "enforced",
  reconstructed: "draft",
  "rate-limit": "on",
} as const satisfies Partial<Record<ProfileFlag, string>>;

/** declaration is the ready line without its address. */
export function declaration(alpn: string) {
  return {
    name: SERVER_NAME,
    version: SERVER_VERSION,
    features: DECLARED_FEATURES,
    profile: { alpn, ...READINGS },
  };
}

/** preset declares a server that is already running: the declaration and its limits. */
export function preset(alpn: string, limits: ServerLimits) {
  return {
    ...declaration(alpn),
    limits: {
      frame: LIMITS.framePayload.value,
      rate_per_s: limits.ratePerSecond,
      idle_ms: limits.idleMs,
      header_ms: limits.headerMs,
      frame_ms: limits.frameMs,
      wait_ms: limits.waitMs,
      pending_login_ms: limits.pendingLoginMs,
      session_ms: limits.sessionMs,
    },
  };
}
