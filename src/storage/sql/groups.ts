// Group records: a channel with many members, and opaque metadata beside it.
// Spec: services/group.md; C-59, C-61, I-08, I-18.

import type { LeftGroup } from "../stores/account.ts";
import type {
  GroupCall,
  GroupRefusal,
  MetadataChange,
  OpenedGroup,
  Removal,
  StoredMember,
} from "../stores/groups.ts";
import {
  admitMember,
  createChannel,
  dropChannelIfEmpty,
  findStanding,
  listMembers,
} from "./channels.ts";
import { refuseDeleted } from "./deleted.ts";
import { blob, count, integer, type Operation, q, text } from "./statement.ts";

/** openGroup registers a record, or adds members to it; what it refuses changes nothing. */
export function* openGroup(
  call: GroupCall,
  most: number,
  now: number,
): Operation<OpenedGroup | GroupRefusal> {
  yield* refuseDeleted(call.caller);
  const known = yield* findRecord(call.groupId);
  const channelId = known ?? call.channelId;
  const present = known === undefined ? [call.caller] : yield* listMembers(known);
  const taken = new Set(present.map(textOf));
  if (!taken.has(textOf(call.caller))) return "stranger";
  const named = new Map(call.memberKeys.map((key) => [textOf(key), key]));
  const fresh = [...named].filter(([key]) => !taken.has(key)).map(([, key]) => key);
  if (present.length + fresh.length > most) return "full";
  if (known === undefined) yield* createRecord(call, now);
  for (const key of fresh) yield* admitMember(channelId, key, now);
  return {
    channelId,
    wasNew: known === undefined,
    members: yield* listMembers(channelId),
    added: fresh,
  };
}

/** findRecord answers the channel of a record, which stays locked until the end of the transaction. */
function* findRecord(groupId: Uint8Array): Operation<Uint8Array | undefined> {
  const [row] = yield q(
    "SELECT channel_id FROM group_records WHERE group_id = ? /* FOR UPDATE */",
    groupId,
  );
  return row && blob(row, "channel_id");
}

function* createRecord({ groupId, channelId, caller }: GroupCall, now: number): Operation<void> {
  const nothing = new Uint8Array(0);
  yield* createChannel(channelId, caller, now);
  yield* admitMember(channelId, caller, now);
  yield q(
    `INSERT INTO group_records (group_id, channel_id, name, description, settings, revision)
     VALUES (?, ?, ?, ?, ?, ?)`,
    groupId,
    channelId,
    nothing,
    nothing,
    nothing,
    0,
  );
}

/** isMember answers undefined when there is no such record. */
export function* isMember(
  groupId: Uint8Array,
  identityKey: Uint8Array,
): Operation<boolean | undefined> {
  const [row] = yield q("SELECT channel_id FROM group_records WHERE group_id = ?", groupId);
  if (row === undefined) return undefined;
  return (yield* findStanding(blob(row, "channel_id"), identityKey)) === "member";
}

/** removeMember makes a member a former one. The record goes with its last member; the channel stays. */
export function* removeMember(
  groupId: Uint8Array,
  memberKey: Uint8Array,
  now: number,
): Operation<Removal | undefined> {
  const channelId = yield* findRecord(groupId);
  if (channelId === undefined) return undefined;
  const left = yield q(
    `UPDATE channel_members SET left_at = ?
     WHERE channel_id = ? AND identity_key = ? AND left_at IS NULL RETURNING identity_key`,
    now,
    channelId,
    memberKey,
  );
  const members = yield* listMembers(channelId);
  if (members.length === 0) yield q("DELETE FROM group_records WHERE group_id = ?", groupId);
  return { removed: left.length === 1, members };
}

/** describeGroup stores the fields that are present; a call that changes none leaves the revision. */
export function* describeGroup(
  groupId: Uint8Array,
  change: MetadataChange,
): Operation<bigint | undefined> {
  const [row] = yield q(
    `SELECT name, description, settings, revision FROM group_records
     WHERE group_id = ? /* FOR UPDATE */`,
    groupId,
  );
  if (row === undefined) return undefined;
  const before = [blob(row, "name"), blob(row, "description"), blob(row, "settings")] as const;
  // Kept as bytes: nothing here reads them, and not every database takes every character as text.
  const name = change.name === undefined ? before[0] : Buffer.from(change.name);
  const description =
    change.description === undefined ? before[1] : Buffer.from(change.description);
  const settings = change.settings ?? before[2];
  const after = [name, description, settings];
  const revision = integer(row, "revision");
  if (after.every((value, index) => Buffer.compare(value, before[index] ?? value) === 0)) {
    return revision;
  }
  yield q(
    `UPDATE group_records SET name = ?, description = ?, settings = ?, revision = ?
     WHERE group_id = ?`,
    name,
    description,
    settings,
    revision + 1n,
    groupId,
  );
  return revision + 1n;
}

export function* listGroupMembers(
  groupId: Uint8Array,
  afterKey: Uint8Array,
  limit: number,
): Operation<readonly StoredMember[]> {
  const rows = yield q(
    `SELECT member.identity_key, member.joined_at, COALESCE(users.username, '') AS username
     FROM group_records
     JOIN channel_members AS member ON member.channel_id = group_records.channel_id
     LEFT JOIN users ON users.identity_key = member.identity_key
     WHERE group_records.group_id = ? AND member.left_at IS NULL AND member.identity_key > ?
     ORDER BY member.identity_key LIMIT ?`,
    groupId,
    afterKey,
    limit,
  );
  return rows.map((row) => ({
    identityKey: blob(row, "identity_key"),
    username: text(row, "username"),
    joinedAt: count(row, "joined_at"),
  }));
}

/**
 * leaveChannels takes a deleted account out of every channel as if it had never been there; a channel
 * goes with the last of its members and former members. It answers the group records that lost a
 * present member (I-08).
 */
export function* leaveChannels(identityKey: Uint8Array): Operation<readonly LeftGroup[]> {
  const memberships = yield q(
    `SELECT member.channel_id, member.left_at, group_records.group_id
     FROM channel_members AS member
     LEFT JOIN group_records ON group_records.channel_id = member.channel_id
     WHERE member.identity_key = ? ORDER BY member.channel_id`,
    identityKey,
  );
  yield q("DELETE FROM channel_members WHERE identity_key = ?", identityKey);
  const groups: LeftGroup[] = [];
  for (const row of memberships) {
    const channelId = blob(row, "channel_id");
    const members = yield* listMembers(channelId);
    if (members.length === 0) {
      yield q("DELETE FROM group_records WHERE channel_id = ?", channelId);
    }
    if (row.left_at === null && row.group_id !== null) {
      groups.push({ groupId: blob(row, "group_id"), members });
    }
    yield* dropChannelIfEmpty(channelId);
  }
  return groups;
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key).toString("latin1");
}
