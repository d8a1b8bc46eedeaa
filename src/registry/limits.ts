// Every number that bounds something, a row per limit, each with the rule that states it.
// The table in spec/limits.md is generated from here.

import type { RuleSlug } from "./rules.ts";

export interface Limit {
  readonly value: number;
  readonly unit: "bytes" | "ms" | "s" | "items" | "per second" | "per minute";
  readonly rule: RuleSlug;
  readonly note?: string;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MIB = 1_048_576;

export const LIMITS = {
  framePayload: { value: 4 * MIB, unit: "bytes", rule: "framing.payload-limit" },
  headerDeadline: { value: 10_000, unit: "ms", rule: "framing.header-deadline" },
  frameDeadline: { value: 30_000, unit: "ms", rule: "framing.frame-deadline" },
  idleTimeout: { value: 300_000, unit: "ms", rule: "limits.idle-timeout" },
  concurrentStreams: {
    value: 1024,
    unit: "items",
    rule: "transport.stream-limit",
    note: "the protocol asks for at least 100",
  },
  rpcTimeout: { value: 30_000, unit: "ms", rule: "limits.rpc-timeout" },
  drainTimeout: { value: 30_000, unit: "ms", rule: "limits.drain-timeout" },
  fetchWait: { value: 30_000, unit: "ms", rule: "limits.fetch-wait-cap" },
  callRate: {
    value: 50,
    unit: "per second",
    rule: "limits.rate-limit",
    note: "one window per IP address, one per account",
  },
  failedLogins: { value: 10, unit: "per minute", rule: "auth.login-rate" },
  keyPackageFetches: { value: 60, unit: "per minute", rule: "keys.fetch-rate" },
  authFloor: { value: 5, unit: "ms", rule: "auth.floor" },
  pendingLogin: { value: MINUTE, unit: "ms", rule: "auth.pending-lifetime" },
  pendingLogins: { value: 16, unit: "items", rule: "auth.pending-cap" },
  session: { value: DAY, unit: "ms", rule: "sessions.expiry" },
  fetchDefault: { value: 100, unit: "items", rule: "delivery.limit-default" },
  groupMembers: { value: 1000, unit: "items", rule: "channel.group-limit" },
  batchBytes: {
    value: 64 * MIB,
    unit: "bytes",
    rule: "delivery.batch-bytes",
    note: "recipients times payload",
  },
  batchRecipients: { value: 1000, unit: "items", rule: "delivery.batch-limit" },
  ttlDefault: { value: 30 * 86_400, unit: "s", rule: "delivery.ttl-default" },
  ttlMaximum: { value: 90 * 86_400, unit: "s", rule: "delivery.ttl-clamped" },
  dedupWindow: { value: DAY, unit: "ms", rule: "delivery.dedup-window" },
  inboxMessages: { value: 10_000, unit: "items", rule: "delivery.inbox-cap" },
  inboxBytes: { value: 256 * MIB, unit: "bytes", rule: "delivery.inbox-cap" },
  keyPackage: { value: MIB, unit: "bytes", rule: "keys.package-size" },
  keyPackagesKept: { value: 100, unit: "items", rule: "keys.queue-cap" },
  keyPackageLifetime: { value: 30 * DAY, unit: "ms", rule: "keys.package-lifetime" },
  devices: { value: 5, unit: "items", rule: "device.limit" },
  deviceName: { value: 256, unit: "bytes", rule: "device.name-length" },
  pushToken: { value: 4096, unit: "bytes", rule: "device.token-length" },
  hybridKeyBatch: { value: 1000, unit: "items", rule: "keys.batch-limit" },
  auditLeaves: { value: 10_000, unit: "items", rule: "kt.pages" },
  blobSize: { value: 50 * MIB, unit: "bytes", rule: "blob.size" },
  blobMimeType: { value: 255, unit: "bytes", rule: "blob.mime-size" },
  blobUpload: { value: DAY, unit: "ms", rule: "blob.partial-lifetime" },
  blobQuota: { value: 1024 * MIB, unit: "bytes", rule: "blob.quota", note: "per account" },
  blobLeastCost: {
    value: 65_536,
    unit: "bytes",
    rule: "blob.quota",
    note: "what a smaller blob counts",
  },
  recoveryBundle: { value: MIB, unit: "bytes", rule: "recovery.bundle-size" },
  recoveryBundles: {
    value: 32,
    unit: "items",
    rule: "recovery.bundle-cap",
    note: "per account",
  },
  recoveryFetches: {
    value: 30,
    unit: "per minute",
    rule: "recovery.rate",
    note: "per IP address",
  },
  nodeAddress: { value: 4096, unit: "bytes", rule: "p2p.address-size" },
  report: {
    value: 4 * MIB - 256,
    unit: "bytes",
    rule: "moderation.report-size",
    note: "a frame less what stands beside it in a list",
  },
  reportsPerDay: {
    value: 100,
    unit: "items",
    rule: "moderation.report-quota",
    note: "per account within 24 hours",
  },
  banReason: { value: 1024, unit: "bytes", rule: "moderation.reason-length" },
  usernameHold: { value: 30 * DAY, unit: "ms", rule: "account.name-blocked" },
} as const satisfies Record<string, Limit>;
