// Whether a ban is in force. Spec: services/moderation.md; C-63, I-07.

import { type Operation, q } from "./statement.ts";

const SERVER_WIDE = new Uint8Array(0);

/** isBanned tells whether a ban on exactly this channel is in force; it lapses by itself. */
export function* isBanned(
  identityKey: Uint8Array,
  channelId: Uint8Array,
  now: number,
): Operation<boolean> {
  const rows = yield q(
    `SELECT banned_at FROM banned_users
     WHERE channel_id = ? AND identity_key = ? AND (expires_at IS NULL OR expires_at > ?)`,
    channelId,
    identityKey,
    now,
  );
  return rows.length > 0;
}

/** isBannedServerWide tells whether a key may neither log in nor be invited (I-07). */
export function isBannedServerWide(identityKey: Uint8Array, now: number): Operation<boolean> {
  return isBanned(identityKey, SERVER_WIDE, now);
}
