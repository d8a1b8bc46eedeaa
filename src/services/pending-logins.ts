// Logins between LoginStart and LoginFinish (C-24, I-15, S-03): one per (connection, username), gone
// with the connection, and used once.

import { createHash } from "node:crypto";
import type { OpaqueLoginState } from "../crypto/opaque/serenity/server.ts";
import { LIMITS } from "../registry/limits.ts";
import type { Clock } from "../rpc/clock.ts";
import type { Connection } from "../rpc/connection.ts";

export interface PendingLogin {
  /** Server state of the key exchange, secret, used once. */
  readonly state: OpaqueLoginState;
  /** Key of the account; undefined when the name is unknown and the answer was a dummy. */
  readonly identityKey: Uint8Array | undefined;
}

export interface PendingLogins {
  /** begin replaces an older login of the same name, and drops the oldest beyond the cap. */
  begin(connection: Connection, username: string, login: PendingLogin): void;
  /** take removes and answers a login that has not expired. */
  take(connection: Connection, username: string): PendingLogin | undefined;
}

/** createPendingLogins lets a login wait `lifetimeMs()` milliseconds for its Finish. */
export function createPendingLogins(clock: Clock, lifetimeMs: () => number): PendingLogins {
  const all = new WeakMap<Connection, Map<string, PendingLogin & { until: number }>>();

  return {
    begin(connection, username, login) {
      const logins = all.get(connection) ?? new Map();
      all.set(connection, logins);
      const key = nameKey(username);
      logins.delete(key);
      logins.set(key, { ...login, until: clock.now() + lifetimeMs() });
      const [oldest] = logins.keys();
      if (logins.size > LIMITS.pendingLogins.value) logins.delete(oldest);
    },
    take(connection, username) {
      const key = nameKey(username);
      const login = all.get(connection)?.get(key);
      all.get(connection)?.delete(key);
      return login !== undefined && clock.now() < login.until ? login : undefined;
    },
  };
}

// A name at 102 may be as long as a frame; its digest is not.
function nameKey(username: string): string {
  return createHash("sha256").update(username).digest("base64");
}
