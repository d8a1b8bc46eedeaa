// Channels and who may use them. Spec: services/channel.md; C-58, I-18.

import type { Channel } from "../stores.ts";
import { blob, type Operation, q } from "./statement.ts";

export function* findChannel(channelId: Uint8Array): Operation<Channel | undefined> {
  const [channel] = yield q("SELECT channel_id FROM channels WHERE channel_id = ?", channelId);
  if (channel === undefined) return undefined;
  const rows = yield q(
    "SELECT identity_key, left_at FROM channel_members WHERE channel_id = ? ORDER BY position",
    channelId,
  );
  const present = rows.filter((row) => row.left_at === null);
  const gone = rows.filter((row) => row.left_at !== null);
  return {
    channelId: blob(channel, "channel_id"),
    members: present.map((row) => blob(row, "identity_key")),
    formerMembers: gone.map((row) => blob(row, "identity_key")),
  };
}

/** createChannel leaves a known channelId as it is. A member named twice is one member. */
export function* createChannel(
  channelId: Uint8Array,
  members: readonly Uint8Array[],
  now: number,
): Operation<void> {
  const created = yield q(
    `INSERT INTO channels (channel_id, created_at) VALUES (?, ?)
     ON CONFLICT (channel_id) DO NOTHING RETURNING channel_id`,
    channelId,
    now,
  );
  if (created.length === 0) return;
  for (const [position, member] of members.entries()) {
    yield q(
      `INSERT INTO channel_members (channel_id, identity_key, position) VALUES (?, ?, ?)
       ON CONFLICT (channel_id, identity_key) DO NOTHING`,
      channelId,
      member,
      position,
    );
  }
}
