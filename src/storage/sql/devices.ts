// Devices of an account. Spec: services/device.md, sessions.md; C-68, C-103, I-04.

import type { Device, PushToken, Registration } from "../stores/devices.ts";
import { endDeviceSessions } from "./sessions.ts";
import { blob, count, type Operation, q, text } from "./statement.ts";
import { dropCursors, hasView } from "./views.ts";

/** registerDevice adds a device, or renames a known one, and binds the session to it. */
export function* registerDevice(
  tokenHash: Uint8Array,
  { deviceId, name }: Pick<Device, "deviceId" | "name">,
  cap: number,
  now: number,
): Operation<Registration> {
  const session = yield* lockSession(tokenHash);
  if (session === undefined || session.expiresAt <= now) return "session-ended";
  const { identityKey, boundTo } = session;
  if (boundTo.length > 0 && Buffer.compare(boundTo, deviceId) !== 0) return "bound-elsewhere";
  if (!(yield* hasView(identityKey, deviceId))) {
    const devices = yield* listDevices(identityKey);
    if (devices.length >= cap) return "too-many";
  }
  yield q(
    `INSERT INTO devices (identity_key, device_id, name, registered_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (identity_key, device_id) DO UPDATE SET name = excluded.name`,
    identityKey,
    deviceId,
    name,
    now,
  );
  yield* setSessionDevice(tokenHash, deviceId);
  return "registered";
}

/** bindSession answers the device that the session is bound to afterwards, or none. */
export function* bindSession(tokenHash: Uint8Array, deviceId: Uint8Array): Operation<Uint8Array> {
  const session = yield* lockSession(tokenHash);
  const none = new Uint8Array(0);
  if (session === undefined) return none;
  if (session.boundTo.length > 0) return session.boundTo;
  if (!(yield* hasView(session.identityKey, deviceId))) return none;
  yield* setSessionDevice(tokenHash, deviceId);
  return deviceId;
}

/** listDevices answers the devices in the order in which they were registered. */
export function* listDevices(identityKey: Uint8Array): Operation<readonly Device[]> {
  const rows = yield q(
    `SELECT device_id, name, registered_at FROM devices
     WHERE identity_key = ? ORDER BY registered_at, device_id`,
    identityKey,
  );
  return rows.map((row) => ({
    deviceId: blob(row, "device_id"),
    name: text(row, "name"),
    registeredAt: count(row, "registered_at"),
  }));
}

/** revokeDevice removes a device and all that hung on it: cursors, sessions, push token. */
export function* revokeDevice(identityKey: Uint8Array, deviceId: Uint8Array): Operation<boolean> {
  const removed = yield q(
    "DELETE FROM devices WHERE identity_key = ? AND device_id = ? RETURNING device_id",
    identityKey,
    deviceId,
  );
  if (removed.length === 0) return false;
  yield* endDeviceSessions(identityKey, deviceId);
  yield* dropCursors(identityKey, deviceId);
  return true;
}

/** setPushToken replaces or forgets the token of a registered device. */
export function* setPushToken(
  identityKey: Uint8Array,
  deviceId: Uint8Array,
  token: PushToken | undefined,
): Operation<boolean> {
  const changed = yield q(
    `UPDATE devices SET push_platform = ?, push_token = ?
     WHERE identity_key = ? AND device_id = ? RETURNING device_id`,
    token?.platform ?? null,
    token?.token ?? null,
    identityKey,
    deviceId,
  );
  return changed.length === 1;
}

export function* findPushToken(
  identityKey: Uint8Array,
  deviceId: Uint8Array,
): Operation<PushToken | undefined> {
  const [row] = yield q(
    `SELECT push_platform, push_token FROM devices
     WHERE identity_key = ? AND device_id = ? AND push_token IS NOT NULL`,
    identityKey,
    deviceId,
  );
  return row && { platform: count(row, "push_platform"), token: blob(row, "push_token") };
}

interface SessionRow {
  readonly identityKey: Uint8Array;
  /** The device that the session is bound to; empty while there is none. */
  readonly boundTo: Uint8Array;
  readonly expiresAt: number;
}

function* lockSession(tokenHash: Uint8Array): Operation<SessionRow | undefined> {
  const [row] = yield q(
    `SELECT identity_key, device_id, expires_at FROM sessions
     WHERE token_hash = ? /* FOR UPDATE */`,
    tokenHash,
  );
  return (
    row && {
      identityKey: blob(row, "identity_key"),
      boundTo: blob(row, "device_id"),
      expiresAt: count(row, "expires_at"),
    }
  );
}

function* setSessionDevice(tokenHash: Uint8Array, deviceId: Uint8Array): Operation<void> {
  yield q("UPDATE sessions SET device_id = ? WHERE token_hash = ?", deviceId, tokenHash);
}
