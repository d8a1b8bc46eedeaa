// Channels, and who is or was a member of them. Spec: services/channel.md; C-55 to C-58, I-08, I-18.

import type { Channel, NewPair, OpenedChannel, Standing } from "../stores/channels.ts";
import { refuseDeleted } from "./deleted.ts";
import { blob, type Operation, q } from "./statement.ts";

/** openPair finds or creates the channel of two keys; undefined when no account has the peer's key. */
export function* openPair(pair: NewPair, now: number): Operation<OpenedChannel | undefined> {
  const { caller, peer } = pair;
  yield* refuseDeleted(caller);
  const accounts = yield q("SELECT username FROM users WHERE identity_key = ?", peer);
  if (accounts.length === 0) return undefined;
  const [first, second] = Buffer.compare(caller, peer) < 0 ? [caller, peer] : [peer, caller];
  const created = yield q(
    `INSERT INTO channels (channel_id, creator, first_key, second_key, created_at)
     VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (first_key, second_key) DO NOTHING RETURNING channel_id`,
    pair.channelId,
    caller,
    first,
    second,
    now,
  );
  const [channel] = yield q(
    "SELECT channel_id FROM channels WHERE first_key = ? AND second_key = ?",
    first,
    second,
  );
  if (channel === undefined) throw new Error("the channel was not created");
  const channelId = blob(channel, "channel_id");
  const wasNew = created.length === 1;
  if (wasNew) for (const key of [first, second]) yield* admitMember(channelId, key, now);
  return { channelId, wasNew };
}

/** createChannel stores a channel that is not that of a pair, still without members. */
export function* createChannel(
  channelId: Uint8Array,
  creator: Uint8Array,
  now: number,
): Operation<void> {
  yield q(
    "INSERT INTO channels (channel_id, creator, created_at) VALUES (?, ?, ?)",
    channelId,
    creator,
    now,
  );
}

/** admitMember makes a key a member, again if it left; it answers false when the key was one already. */
export function* admitMember(
  channelId: Uint8Array,
  identityKey: Uint8Array,
  now: number,
): Operation<boolean> {
  const admitted = yield q(
    `INSERT INTO channel_members (channel_id, identity_key, joined_at) VALUES (?, ?, ?)
     ON CONFLICT (channel_id, identity_key)
     DO UPDATE SET joined_at = excluded.joined_at, left_at = NULL
       WHERE channel_members.left_at IS NOT NULL
     RETURNING joined_at`,
    channelId,
    identityKey,
    now,
  );
  return admitted.length === 1;
}

export function* findChannel(channelId: Uint8Array): Operation<Channel | undefined> {
  const [row] = yield q(
    `SELECT channels.channel_id, channel_members.identity_key AS creator
     FROM channels LEFT JOIN channel_members
       ON channel_members.channel_id = channels.channel_id
       AND channel_members.identity_key = channels.creator AND channel_members.left_at IS NULL
     WHERE channels.channel_id = ?`,
    channelId,
  );
  if (row === undefined) return undefined;
  const creator = row.creator === null ? undefined : blob(row, "creator");
  return { channelId: blob(row, "channel_id"), creator };
}

/** findStandings looks each key up by itself, so that its cost does not grow with the channel. */
export function* findStandings(
  channelId: Uint8Array,
  identityKeys: readonly Uint8Array[],
): Operation<readonly Standing[] | undefined> {
  const channels = yield q("SELECT channel_id FROM channels WHERE channel_id = ?", channelId);
  if (channels.length === 0) return undefined;
  const standings: Standing[] = [];
  for (const key of identityKeys) standings.push(yield* findStanding(channelId, key));
  return standings;
}

export function* findStanding(channelId: Uint8Array, identityKey: Uint8Array): Operation<Standing> {
  const [row] = yield q(
    "SELECT left_at FROM channel_members WHERE channel_id = ? AND identity_key = ?",
    channelId,
    identityKey,
  );
  if (row === undefined) return "stranger";
  return row.left_at === null ? "member" : "former";
}

/** listMembers answers the keys of the present members, ascending. */
export function* listMembers(channelId: Uint8Array): Operation<readonly Uint8Array[]> {
  const rows = yield q(
    `SELECT identity_key FROM channel_members
     WHERE channel_id = ? AND left_at IS NULL ORDER BY identity_key`,
    channelId,
  );
  return rows.map((row) => blob(row, "identity_key"));
}

/** dropChannelIfEmpty deletes a channel that nobody is or was a member of, with the bans on it. */
export function* dropChannelIfEmpty(channelId: Uint8Array): Operation<void> {
  const known = yield q(
    "SELECT identity_key FROM channel_members WHERE channel_id = ? LIMIT 1",
    channelId,
  );
  if (known.length > 0) return;
  yield q("DELETE FROM channels WHERE channel_id = ?", channelId);
  yield q("DELETE FROM banned_users WHERE channel_id = ?", channelId);
}
