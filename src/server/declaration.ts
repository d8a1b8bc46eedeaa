// What this server declares about itself: families, readings, limits (S-14). The same words stand in
// the ready line of a server under test and in the preset that --print-preset prints.

import { FEATURES, type Feature } from "../registry/families.ts";
import { LIMITS } from "../registry/limits.ts";
import type { ProfileFlag } from "../registry/profile.ts";
import type { ServerLimits } from "./limits.ts";

export const SERVER_NAME = "qpc-server";
export const SERVER_VERSION = "0.1.0";

/** This server has every family, and pushes. */
export const DECLARED_FEATURES: readonly Feature[] = FEATURES;

/** DEFAULT_READINGS is how this server reads the profile flags unless it is asked otherwise. */
export const DEFAULT_READINGS = {
  "unknown-method": "status",
  session: "both",
  fetch: "retain",
  seq: "contiguous",
  push: "on",
  "push-payload": "bare",
  "sealed-sender": "off",
  "delivery-proof": "off",
  "keypackage-empty": "ok",
  kt: "rfc6962",
  channels: "enforced",
  groups: "on",
  moderation: "on",
  devices: "on",
  reconstructed: "draft",
  blobs: "on",
  federation: "off",
  "rate-limit": "on",
  "recovery-auth": "token",
} as const satisfies Partial<Record<ProfileFlag, string>>;

export type Readings = Readonly<Record<keyof typeof DEFAULT_READINGS, string>>;

/** Readings of which this server has both. */
const SWITCHES = ["sealed-sender", "delivery-proof", "federation"] as const;

/** readingsOf follows a suite as far as this server can; what it declares tells how far that was. */
export function readingsOf(asked: Readonly<Record<string, string>>): Readings {
  const readings: Record<keyof typeof DEFAULT_READINGS, string> = { ...DEFAULT_READINGS };
  for (const flag of SWITCHES) if (asked[flag] === "on") readings[flag] = "on";
  return readings;
}

/** declaration is the ready line without its address. */
export function declaration(
  alpn: string,
  readings: Readings = DEFAULT_READINGS,
  without: readonly string[] = [],
) {
  return {
    name: SERVER_NAME,
    version: SERVER_VERSION,
    features: DECLARED_FEATURES.filter((feature) => !without.includes(feature)),
    profile: { alpn, ...readings },
  };
}

/** preset declares a server that is already running: the declaration and its limits. */
export function preset(alpn: string, limits: ServerLimits, readings: Readings) {
  return {
    ...declaration(alpn, readings),
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
