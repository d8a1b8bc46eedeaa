// Options of qpc-server: flag, then environment (QPC_ and the flag's name), then default (C-80).
// Names and defaults are those of CONFIG-001 to CONFIG-014 and CONFIG-019, those of federation also of
// FEDERATION-003 to FEDERATION-007 (C-71).

import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Address, readAddress } from "../registry/address.ts";
import { LIMITS } from "../registry/limits.ts";
import type { PeerAddress } from "../storage/stores/federation.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "./limits.ts";

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly keyType: "p256" | "ed25519";
  readonly authToken: string | undefined;
  /** Identity keys of the administrators, 32 bytes each (C-62). */
  readonly admins: readonly Uint8Array[];
  readonly storeBackend: "sql" | "file" | "memory";
  readonly dbPath: string;
  readonly limits: ServerLimits;
  /** Accept messages without a session (C-41). */
  readonly sealedSender: boolean;
  /** Sign a receipt for every message accepted (C-40). */
  readonly deliveryProof: boolean;
  readonly printPreset: boolean;
  /** Undefined = federation is off [federation.off]. */
  readonly federation: FederationOptions | undefined;
}

/** FederationOptions are those of federation that is on, with the certificates still in their files. */
export interface FederationOptions {
  readonly host: string;
  readonly port: number;
  readonly domain: string;
  /** DER or PEM alike. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  readonly peers: readonly PeerAddress[];
}

/** UsageError: the command line or the environment cannot be used; the message is one line. */
export class UsageError extends Error {
  override name = "UsageError";
}

export const SERVER_USAGE = `qpc-server: the reference server of the qpc protocol

Usage: qpc-server [options]

  --listen HOST:PORT       QUIC address (default 0.0.0.0:5001)
  --data-dir DIR           where all state lives (default data)
  --tls-cert FILE          certificate, DER or PEM (default DIR/server-cert.der)
  --tls-key FILE           private key, DER or PEM (default DIR/server-key.der)
  --tls-key-type TYPE      p256 or ed25519, for a certificate made on the first run (default p256)
  --auth-token TOKEN       static operator token; better given as QPC_AUTH_TOKEN
  --allow-insecure-auth    start without an operator token
  --admin-key LIST         identity keys of the administrators, in hexadecimal, with commas between
  --sealed-sender          accept messages without a session
  --delivery-proof         sign a receipt for every message accepted
  --store-backend NAME     sql, file or memory (default sql)
  --db-path FILE           database (default DIR/qpc.db)
  --rpc-timeout SECONDS    longest time of one call (default ${LIMITS.rpcTimeout.value / 1000})
  --drain-timeout SECONDS  time for calls in flight at shutdown (default ${LIMITS.drainTimeout.value / 1000})
  --federation-enabled     exchange messages with other servers (default off)
  --federation-domain NAME domain of this server, as its federation certificate has it
  --federation-listen HOST:PORT  where other servers connect (default 0.0.0.0:7001)
  --federation-cert FILE   certificate shown to them (default DIR/federation-cert.der)
  --federation-key FILE    its private key (default DIR/federation-key.der)
  --federation-ca FILE     authority of their certificates (default DIR/federation-ca.der)
  --federation-peers LIST  DOMAIN=HOST:PORT, with commas between; kept in the database
  --print-preset           print what this server declares, for qpc-conformance --preset, and exit
  --help                   this text

Every option can be given in the environment: QPC_LISTEN, QPC_DATA_DIR, … RUST_LOG sets the log level.
Exit codes: 0 stopped by SIGINT or SIGTERM, 1 failed while running, 2 wrong usage or configuration.`;

const FLAGS = {
  listen: { type: "string" },
  "data-dir": { type: "string" },
  "tls-cert": { type: "string" },
  "tls-key": { type: "string" },
  "tls-key-type": { type: "string" },
  "auth-token": { type: "string" },
  "allow-insecure-auth": { type: "boolean" },
  "admin-key": { type: "string" },
  "sealed-sender": { type: "boolean" },
  "delivery-proof": { type: "boolean" },
  "store-backend": { type: "string" },
  "db-path": { type: "string" },
  "rpc-timeout": { type: "string" },
  "drain-timeout": { type: "string" },
  "federation-enabled": { type: "boolean" },
  "federation-domain": { type: "string" },
  "federation-listen": { type: "string" },
  "federation-cert": { type: "string" },
  "federation-key": { type: "string" },
  "federation-ca": { type: "string" },
  "federation-peers": { type: "string" },
  "print-preset": { type: "boolean" },
  help: { type: "boolean" },
} as const;

type Flag = keyof typeof FLAGS;

/** readServerOptions answers "help", or the options. It throws UsageError. */
export function readServerOptions(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): ServerOptions | "help" {
  const flags = parse(argv);
  if (flags.help) return "help";
  const text = (flag: Flag, fallback: string) =>
    String(flags[flag] ?? env[variable(flag)] ?? fallback);
  const isSet = (flag: Flag) => flags[flag] === true || env[variable(flag)] === "true";

  const dataDir = text("data-dir", "data");
  const authToken = text("auth-token", "") || undefined;
  const printPreset = isSet("print-preset");
  if (authToken === undefined && !isSet("allow-insecure-auth") && !printPreset) {
    throw new UsageError(
      "no operator token: give --auth-token, or --allow-insecure-auth to go without",
    );
  }
  return {
    ...address(text("listen", "0.0.0.0:5001")),
    dataDir,
    certFile: text("tls-cert", join(dataDir, "server-cert.der")),
    keyFile: text("tls-key", join(dataDir, "server-key.der")),
    keyType: oneOf("tls-key-type", text("tls-key-type", "p256"), ["p256", "ed25519"]),
    authToken,
    admins: text("admin-key", "").split(",").filter(Boolean).map(identityKey),
    storeBackend: oneOf("store-backend", text("store-backend", "sql"), ["sql", "file", "memory"]),
    dbPath: text("db-path", join(dataDir, "qpc.db")),
    limits: {
      ...DEFAULT_LIMITS,
      rpcTimeoutMs: seconds(
        "rpc-timeout",
        text("rpc-timeout", `${LIMITS.rpcTimeout.value / 1000}`),
      ),
      drainTimeoutMs: seconds(
        "drain-timeout",
        text("drain-timeout", `${LIMITS.drainTimeout.value / 1000}`),
      ),
    },
    sealedSender: isSet("sealed-sender"),
    deliveryProof: isSet("delivery-proof"),
    printPreset,
    federation: isSet("federation-enabled") ? readFederationOptions(text, dataDir) : undefined,
  };
}

function readFederationOptions(
  text: (flag: Flag, fallback: string) => string,
  dataDir: string,
): FederationOptions {
  const domain = text("federation-domain", "").toLowerCase();
  if (domain === "") throw new UsageError("--federation-enabled needs --federation-domain");
  const peers = text("federation-peers", "").split(",").filter(Boolean);
  return {
    ...address(text("federation-listen", "0.0.0.0:7001")),
    domain,
    certFile: text("federation-cert", join(dataDir, "federation-cert.der")),
    keyFile: text("federation-key", join(dataDir, "federation-key.der")),
    caFile: text("federation-ca", join(dataDir, "federation-ca.der")),
    peers: peers.map((peer) => {
      const [name = "", at = ""] = peer.split("=");
      return peerAddress(name.trim(), at.trim());
    }),
  };
}

/** address is readAddress for the command line. It throws UsageError. */
export function address(text: string): Address {
  const found = readAddress(text);
  if (found === undefined) throw new UsageError(`${text} is not HOST:PORT`);
  return found;
}

/** identityKey reads 64 hexadecimal digits. It throws UsageError. */
export function identityKey(hex: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/i.test(hex)) {
    throw new UsageError(
      `the identity key of an administrator has 64 hexadecimal digits, not ${hex}`,
    );
  }
  return Buffer.from(hex, "hex");
}

/** peerAddress checks the parts of DOMAIN=HOST:PORT. It throws UsageError. */
export function peerAddress(domain: string, at: string): PeerAddress {
  if (domain === "") throw new UsageError("a peer is DOMAIN=HOST:PORT");
  address(at);
  return { domain: domain.toLowerCase(), address: at };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: FLAGS, strict: true }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split("\n")[0] ?? "wrong usage");
  }
}

function variable(flag: Flag): string {
  return `QPC_${flag.toUpperCase().replaceAll("-", "_")}`;
}

function oneOf<T extends string>(flag: Flag, value: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value);
  if (found === undefined) {
    throw new UsageError(`--${flag} is ${allowed.join(", ")}, not ${value}`);
  }
  return found;
}

function seconds(flag: Flag, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) {
    throw new UsageError(`--${flag} takes a number of seconds above 0, not ${text}`);
  }
  return Math.round(value * 1000);
}
