// Sessions, keyed by the hash of their token. Spec: sessions.md; C-112.

import type { Session } from "../stores.ts";
import { blob, count, type Operation, q } from "./statement.ts";

export function* createSession(session: Session, now: number): Operation<void> {
  yield q(
    `INSERT INTO sessions (token_hash, identity_key, device_id, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?)`,
    session.tokenHash,
    session.identityKey,
    session.deviceId,
    now,
    session.expiresAt,
  );
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
