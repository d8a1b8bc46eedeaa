// The log: structured JSON on stderr. Secrets never reach it; whatever looks like one is removed.

import pino, { type Logger } from "pino";

export type Log = Logger;

/** createLog writes to stderr from `level` on, the value of RUST_LOG (CONFIG-006). */
export function createLog(level: string): Log {
  const known = level in pino.levels.values || level === "silent";
  return pino(
    {
      level: known ? level : "info",
      base: null,
      redact: { paths: ["token", "*.token", "password", "*.password", "auth_token"], remove: true },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
