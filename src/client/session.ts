// How the calls of an account reach its server (spec/sessions.md).

import type { Caller } from "../rpc/caller.ts";
import type { SessionCredentials } from "./call.ts";

/** Session is a connection, or what stands for one, and who calls on it. */
export interface Session {
  readonly caller: Caller;
  /** Absent while the connection itself is bound to the session [sessions.binding]. */
  readonly credentials?: SessionCredentials | undefined;
}
