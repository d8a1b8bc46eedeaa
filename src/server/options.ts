// Options of qpc-server: flag, then environment (QPC_ and the flag's name), then default (C-80).
// Names and defaults are those of CONFIG-001 to CONFIG-014.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { LIMITS } from "../registry/limits.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "./limits.ts";

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly keyType: "p256" | "ed25519";
  readonly authToken: string | undefined;
  readonly storeBackend: "sql" | "file" | "memory";
  readonly dbPath: string;
  readonly limits: ServerLimits;
  readonly printPreset: boolean;
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
  --store-backend NAME     sql, file or memory (default sql)
  --db-path FILE           database (default DIR/qpc.db)
  --rpc-timeout SECONDS    longest time of one call (default ${LIMITS.rpcTimeout.value / 1000})
  --drain-timeout SECONDS  time for calls in flight at shutdown (default ${LIMITS.drainTimeout.value / 1000})
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
  "store-backend": { type: "string" },
  "db-path": { type: "string" },
  "rpc-timeout": { type: "string" },
  "drain-timeout": { type: "string" },
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
    printPreset,
  };
}

/** address splits HOST:PORT; an IPv6 host stands in brackets. It throws UsageError. */
export function address(text: string): { host: string; port: number } {
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[^:]+)):(?<port>\d{1,5})$/.exec(text);
  const host = match?.groups?.v6 ?? match?.groups?.v4;
  const port = Number(match?.groups?.port);
  if (host === undefined || port > 65_535) throw new UsageError(`${text} is not HOST:PORT`);
  return { host, port };
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
