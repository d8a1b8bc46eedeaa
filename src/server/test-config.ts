// QPC_TEST_CONFIG: how a suite starts a server under test. One JSON object; unknown keys are ignored.

import { join } from "node:path";
import type { FederationConfig } from "./federation.ts";
import { readFederationSection } from "./federation-config.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "./limits.ts";
import { address, type ServerOptions, UsageError } from "./options.ts";

/** TestConfig is what a server under test needs beyond its options. */
export interface TestConfig extends Omit<ServerOptions, "federation"> {
  readonly alpn: readonly string[];
  /** Absent: a certificate is made in the data directory. */
  readonly certPem: string | undefined;
  readonly keyPem: string | undefined;
  /** Identity keys of the administrators, 32 bytes each (C-62). */
  readonly admins: readonly Uint8Array[];
  /** Readings that the suite asks for (sealed-sender, delivery-proof); the ready line declares what is kept. */
  readonly profile: Readonly<Record<string, string>>;
  /** Federation that is on; its certificates come with it. */
  readonly federation: FederationConfig | undefined;
  /** Families to leave out, for a suite that wants to see them missing. */
  readonly without: readonly string[];
}

const LIMIT_KEYS = {
  rate_per_s: "ratePerSecond",
  idle_ms: "idleMs",
  header_ms: "headerMs",
  frame_ms: "frameMs",
  wait_ms: "waitMs",
  pending_login_ms: "pendingLoginMs",
  session_ms: "sessionMs",
  drain_ms: "drainTimeoutMs",
} as const satisfies Record<string, keyof ServerLimits>;

/** Limits that are compared with a time: without a bound they are longer than anybody waits. */
const LIFETIMES: readonly string[] = ["waitMs", "pendingLoginMs", "sessionMs"];
const UNBOUNDED_MS = 100 * 365 * 86_400_000;

/** readTestConfig lays the JSON over the options of the command line. It throws UsageError. */
export function readTestConfig(json: string, options: ServerOptions): TestConfig {
  const config = parseObject(json);
  const dataDir = text(config, "data_dir") ?? options.dataDir;
  return {
    ...options,
    ...address(text(config, "listen") ?? "127.0.0.1:0"),
    dataDir,
    certFile: join(dataDir, "server-cert.der"),
    keyFile: join(dataDir, "server-key.der"),
    dbPath: join(dataDir, "qpc.db"),
    alpn: words(config.alpn) ?? ["qpc"],
    federation: readFederationSection(config.federation),
    certPem: text(config, "cert_pem"),
    keyPem: text(config, "key_pem"),
    authToken: text(config, "operator_token") ?? options.authToken,
    limits: readLimits(config.limits, DEFAULT_LIMITS),
    admins: readKeys(config.admins),
    profile: readProfile(config.profile),
    without: words(config.without) ?? [],
  };
}

function parseObject(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (isObject(value)) return value;
  } catch {
    // Told below, in one line.
  }
  throw new UsageError("QPC_TEST_CONFIG is not a JSON object");
}

function text(config: Record<string, unknown>, key: string): string | undefined {
  const value = config[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw new UsageError(`QPC_TEST_CONFIG: ${key} is not a string`);
}

function words(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined;
}

/** readLimits lays limits under their wire names over others. It throws UsageError. */
export function readLimits(value: unknown, base: ServerLimits): ServerLimits {
  const limits: Record<string, number> = { ...base };
  const given = value ?? {};
  if (!isObject(given)) {
    throw new UsageError("QPC_TEST_CONFIG: limits is not a JSON object");
  }
  for (const [key, name] of Object.entries(LIMIT_KEYS)) {
    const limit = given[key];
    if (limit === undefined) continue;
    if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 0) {
      throw new UsageError(`QPC_TEST_CONFIG: limits.${key} is not a whole number of at least 0`);
    }
    limits[name] = limit === 0 && LIFETIMES.includes(name) ? UNBOUNDED_MS : limit;
  }
  return limits as unknown as ServerLimits;
}

function readKeys(value: unknown): Uint8Array[] {
  const keys = Array.isArray(value) ? (value as unknown[]) : [];
  return keys.map((key) => {
    const hex = isObject(key) ? key.hex : undefined;
    if (typeof hex === "string" && /^[0-9a-f]{64}$/.test(hex)) return Buffer.from(hex, "hex");
    throw new UsageError('QPC_TEST_CONFIG: an admin is not {"hex": 64 hexadecimal digits}');
  });
}

function readProfile(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([flag, reading]) => [flag, String(reading)]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
