// What the server remembers of one connection: the bound session, and the sessions accepted on it.
// A remembered session may be over: every call and every push looks it up again (I-11).

import type { QuicSend } from "../transport/transport.ts";
import type { LiveSession } from "./service.ts";

/** Connection is the server's view of one QUIC connection. */
export interface Connection {
  /** Address of the peer as rate limits count it: see networkOf. */
  readonly host: string;
  /** Domain in the certificate of a peer server; undefined on the client listener. */
  readonly peerDomain: string | undefined;
  /** Token hash of the session bound by the last successful LoginFinish [sessions.binding]. */
  binding: Uint8Array | undefined;
  /** Sessions accepted here, by login or by a body token: pushes for them go to this connection. */
  readonly accepted: Map<string, LiveSession>;
  /** Told when `accepted` has changed; the push hub finds receivers by it. */
  acceptedChanged?: () => void;
  /** Aborted when the connection ends. */
  readonly ended: AbortSignal;
  /** openPush opens a stream for a push if the peer gave credit; it never waits. */
  openPush(): QuicSend | undefined;
}

// More sessions than this on one connection are nobody's device; the oldest loses its pushes.
const ACCEPTED_SESSIONS = 16;

/** acceptSession remembers that a session was accepted on a connection. */
export function acceptSession(connection: Connection, session: LiveSession): void {
  const key = keyOf(session.tokenHash);
  const wasKnown = connection.accepted.delete(key);
  connection.accepted.set(key, session);
  const [oldest] = connection.accepted.keys();
  if (connection.accepted.size > ACCEPTED_SESSIONS && oldest) connection.accepted.delete(oldest);
  if (!wasKnown) connection.acceptedChanged?.();
}

/** keyOf spells bytes as the key of a Map. */
export function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
