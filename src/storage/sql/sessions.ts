// Sessions, keyed by the hash of their token. Spec: sessions.md; C-112.

import type { Session } from "../stores.ts";
import { isBannedServerWide } from "./bans.ts";
import { refuseDeleted } from "./deleted.ts";
import { blob, count, type Operation, q } from "./statement.ts";

/** createSession answers false, and stores nothing, when the key is banned server-wide (I-07). */
export function* createSession(session: Session, now: number): Operation<boolean> {
  // A ban locks the account as well, so of a login and a ban in flight the second sees the first.
  yield q(
    "SELECT username FROM users WHERE identity_key = ? /* FOR UPDATE */",
    session.identityKey,
  );
  yield* refuseDeleted(session.identityKey);
  if (yield* isBannedServerWide(session.identityKey, now)) return false;
  yield q(
    `INSERT INTO sessions (token_hash, identity_key, device_id, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?)`,
    session.tokenHash,
    session.identityKey,
    session.deviceId,
    now,
    session.expiresAt,
  );
  return true;
}

export function* findSession(tokenHash: Uint8Array, now: number): Operation<Session | undefined> {
  const [row] = yield q(
    `SELECT token_hash, identity_key, device_id, expires_at FROM sessions
     WHERE token_hash = ? AND expires_at > ?`,
    tokenHash,
    now,
  );
  if (row === undefined) return undefined;
  return {
    tokenHash: blob(row, "token_hash"),
    identityKey: blob(row, "identity_key"),
    deviceId: blob(row, "device_id"),
    expiresAt: count(row, "expires_at"),
  };
}

/** endSessions ends every session of a key; whoever calls it has a cause to store in the same transaction. */
export function* endSessions(identityKey: Uint8Array): Operation<void> {
  yield q("DELETE FROM sessions WHERE identity_key = ?", identityKey);
}

/** endDeviceSessions ends the sessions of a key that are bound to a device (C-103). */
export function* endDeviceSessions(identityKey: Uint8Array, deviceId: Uint8Array): Operation<void> {
  yield q("DELETE FROM sessions WHERE identity_key = ? AND device_id = ?", identityKey, deviceId);
}
