// Mutants of group records: src/services/group.ts, src/services/channel.ts, src/storage/sql/groups.ts.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const GROUP = "src/services/group.ts";
const CHANNEL = "src/services/channel.ts";
const SQL = "src/storage/sql/groups.ts";
const CHANNELS = "src/storage/sql/channels.ts";
const EVENTS = "src/services/events.ts";
const PUSH = "src/rpc/push.ts";
const ALL = "src/services/all.ts";

const ADMITTED = "for (const key of fresh) yield* admitMember(channelId, key, now);";
const FULL = 'if (present.length + fresh.length > most) return "full";';
const IS_NEW = "wasNew: known === undefined,";
const REMOVED = "return { removed: left.length === 1, members };";
const NAME = "const name = change.name === undefined ? before[0] : Buffer.from(change.name);";
const DESCRIPTION =
  "change.description === undefined ? before[1] : Buffer.from(change.description);";
const SETTINGS = "const settings = change.settings ?? before[2];";
const PAGED = "const found = await groups.members(groupId, afterKey, wanted);";
const WANTED = "const wanted = limit === 0 ? most : Math.min(limit, most);";
const ANNOUNCED = "const receivers = index < toAll ? members : [memberKey];";
const REMOVAL = "announceMembership(pushes, [...members, memberKey], {";
const PICK = `for (const connection of receivers) {
      if (!(await isReceiver(connection, identityKey))) continue;`;

export const GROUP_MUTANTS: readonly Mutant[] = [
  {
    id: "group.service.missing",
    file: ALL,
    find: "...createGroupService({",
    replace: "...(() => [])({",
    kills: [
      "methods.table.410-remove-member",
      "methods.table.411-update-group-metadata",
      "methods.table.412-list-group-members",
      "methods.table.413-rotate-keys",
    ],
  },
  {
    id: "group.open.strangers-add",
    file: SQL,
    find: 'if (!taken.has(textOf(call.caller))) return "stranger";',
    replace: "",
    kills: [
      ...ids("channel.group-stranger", "adds-itself adds-another asks-for-the-channel"),
      "channel.group-add.by-nothing-else",
      "group.remove.not-by-itself-again",
    ],
  },
  {
    id: "group.open.adds-nobody",
    file: SQL,
    find: ADMITTED,
    replace: `if (known === undefined) ${ADMITTED}`,
    kills: [
      ...ids("channel.group-add", "by-member known-again"),
      "group.remove.added-again",
      "group.removed.added-again",
    ],
  },
  {
    id: "group.open.registers-caller-alone",
    file: SQL,
    find: ADMITTED,
    replace: `if (known !== undefined) ${ADMITTED}`,
    kills: [
      ...ids("channel.group-create", "three batch two-groups named-twice"),
      ...ids("channel.messages", "new-group known-group"),
      ...ids("group.list", "all entries"),
      "channel.group-find.member",
    ],
  },
  {
    id: "group.open.known-keys-refused",
    file: SQL,
    find: FULL,
    replace: 'if (fresh.length < call.memberKeys.length) return "full";',
    kills: ["channel.group-create.named-twice", "channel.group-add.known-again"],
  },
  {
    id: "group.open.unbounded",
    file: SQL,
    find: FULL,
    replace: "",
    kills: ["channel.group-limit.beyond"],
  },
  {
    id: "group.open.accounts-only",
    file: SQL,
    find: ADMITTED,
    replace: `for (const key of fresh) {
      const found = yield q("SELECT username FROM users WHERE identity_key = ?", key);
      if (found.length > 0) yield* admitMember(channelId, key, now);
    }`,
    kills: ["channel.group-any-key.listed"],
  },
  {
    id: "group.open.always-new",
    file: SQL,
    find: IS_NEW,
    replace: "wasNew: true,",
    kills: [
      "channel.group-add.by-member",
      "channel.group-find.member",
      "channel.group-create.parallel",
      "channel.messages.known-group",
    ],
  },
  {
    id: "group.open.never-new",
    file: SQL,
    find: IS_NEW,
    replace: "wasNew: false,",
    kills: [
      "channel.group-create.three",
      "channel.group-create.parallel",
      "channel.messages.new-group",
      "group.record-ends.last-member",
    ],
  },
  {
    id: "group.open.left-for-ever",
    file: CHANNELS,
    find: "WHERE channel_members.left_at IS NOT NULL",
    replace: "WHERE channel_members.left_at < 0",
    kills: ["group.remove.added-again", "group.removed.added-again"],
  },
  {
    id: "group.access.former-members-call",
    file: SQL,
    find: 'return (yield* findStanding(blob(row, "channel_id"), identityKey)) === "member";',
    replace: 'return (yield* findStanding(blob(row, "channel_id"), identityKey)) !== "stranger";',
    kills: ["group.members-only.removed"],
  },
  {
    id: "group.remove.always-true",
    file: SQL,
    find: REMOVED,
    replace: "return { removed: true, members };",
    kills: [...ids("group.remove", "never-member twice parallel"), "group.messages.remove-absent"],
  },
  {
    id: "group.remove.always-false",
    file: SQL,
    find: REMOVED,
    replace: "return { removed: false, members };",
    kills: [
      ...ids("group.remove", "other creator oneself twice parallel"),
      "group.messages.remove-member",
    ],
  },
  {
    id: "group.remove.stays",
    file: SQL,
    find: "UPDATE channel_members SET left_at = ?",
    replace: "UPDATE channel_members SET joined_at = ?",
    kills: [
      ...ids("group.remove", "other creator oneself one-group-only"),
      ...ids("group.removed", "sends-nothing gets-nothing"),
      "group.members-only.removed",
      "group.notified.changes",
      "group.rotate.not-to-caller",
      "group.restart.keeps-all",
    ],
  },
  {
    id: "group.remove.from-all-groups",
    file: SQL,
    find: "WHERE channel_id = ? AND identity_key = ? AND left_at IS NULL RETURNING identity_key",
    replace: "WHERE ? <> '' AND identity_key = ? AND left_at IS NULL RETURNING identity_key",
    kills: ["group.remove.one-group-only"],
  },
  {
    id: "group.remove.record-stays",
    file: SQL,
    find: 'if (members.length === 0) yield q("DELETE FROM group_records WHERE group_id = ?", groupId);',
    replace: "",
    kills: ["group.record-ends.last-member"],
  },
  {
    id: "group.metadata.empty-name-absent",
    file: SQL,
    find: NAME,
    replace: "const name = change.name ? Buffer.from(change.name) : before[0];",
    kills: ["group.metadata.name-emptied"],
  },
  {
    id: "group.metadata.empty-description-absent",
    file: SQL,
    find: DESCRIPTION,
    replace: "change.description ? Buffer.from(change.description) : before[1];",
    kills: ["group.metadata.description-emptied"],
  },
  {
    id: "group.metadata.empty-settings-absent",
    file: SQL,
    find: SETTINGS,
    replace: "const settings = change.settings?.length > 0 ? change.settings : before[2];",
    kills: ["group.metadata.settings-emptied"],
  },
  {
    id: "group.metadata.absent-name-emptied",
    file: SQL,
    find: NAME,
    replace: 'const name = Buffer.from(change.name ?? "");',
    kills: ["group.metadata.name-absent", "group.revision-still.nothing"],
  },
  {
    id: "group.metadata.absent-description-emptied",
    file: SQL,
    find: DESCRIPTION,
    replace: 'Buffer.from(change.description ?? "");',
    kills: ["group.metadata.description-absent"],
  },
  {
    id: "group.metadata.absent-settings-emptied",
    file: SQL,
    find: SETTINGS,
    replace: "const settings = change.settings ?? new Uint8Array(0);",
    kills: ["group.metadata.settings-absent"],
  },
  {
    id: "group.metadata.small-settings",
    file: GROUP,
    find: "const revision = await groups.describe(groupId, change);",
    replace: `demand(!(change.settings?.length > 65_536), Status.BadRequest, "group.metadata");
      const revision = await groups.describe(groupId, change);`,
    kills: ["group.metadata.any-bytes"],
  },
  {
    id: "group.revision.stuck",
    file: SQL,
    find: "return revision + 1n;",
    replace: "return 1n;",
    kills: [...ids("group.revision", "name description settings one-per-record parallel")],
  },
  {
    id: "group.revision.every-call",
    file: SQL,
    find: "if (after.every((value, index) =>",
    replace: "if (after.every((value, index) => index > 9 &&",
    kills: [
      ...ids("group.metadata", "name-absent description-absent settings-absent"),
      ...ids("group.messages", "metadata-name metadata-description metadata-settings"),
      "group.revision-still.nothing",
      "group.members-only.removed",
    ],
  },
  {
    id: "group.list.descending",
    file: SQL,
    find: "ORDER BY member.identity_key LIMIT ?",
    replace: "ORDER BY member.identity_key DESC LIMIT ?",
    kills: [
      "group.list.all",
      ...ids("group.list-pages", "limit-1 limit-2 limit-3 limit-4 huge-limit"),
    ],
  },
  {
    id: "group.list.cursor-repeated",
    file: SQL,
    find: "AND member.left_at IS NULL AND member.identity_key > ?",
    replace: "AND member.left_at IS NULL AND member.identity_key >= ?",
    kills: [
      ...ids("group.list-pages", "limit-1 limit-2 limit-3 limit-4 after-last"),
      "group.messages.list",
    ],
  },
  {
    id: "group.list.unlimited",
    file: GROUP,
    find: WANTED,
    replace: "const wanted = most;",
    kills: [...ids("group.list-pages", "limit-1 limit-2 limit-3 limit-4"), "group.messages.list"],
  },
  {
    id: "group.list.limit-refused",
    file: GROUP,
    find: WANTED,
    replace: `demand(limit < 2 ** 31, Status.BadRequest, "group.list-pages");
      ${WANTED}`,
    kills: ["group.list-pages.huge-limit"],
  },
  {
    id: "group.list.cursor-must-be-member",
    file: GROUP,
    find: PAGED,
    replace: `if (afterKey.length > 0) {
        const known = await groups.isMember(groupId, afterKey);
        demand(known, Status.BadRequest, "group.cursor");
      }
      ${PAGED}`,
    kills: ["group.list-pages.cursor-removed"],
  },
  {
    id: "group.list.wrong-names",
    file: SQL,
    find: "COALESCE(users.username, '') AS username",
    replace: "'somebody' AS username",
    kills: ["group.list.entries"],
  },
  {
    id: "group.rotate.caller-too",
    file: GROUP,
    find: ".filter((key) => Buffer.compare(key, caller) !== 0);",
    replace: ".filter((key) => key !== caller);",
    kills: [
      ...ids("group.notified", "others changes"),
      "group.rotate.not-to-caller",
      "group.messages.rotate-keys",
    ],
  },
  {
    id: "group.rotate.as-removal",
    file: GROUP,
    find: "const change = MembershipChange.KEYS_ROTATED;",
    replace: "const change = MembershipChange.REMOVED;",
    kills: ["group.rotate.event", "group.rotate.not-to-caller"],
  },
  {
    id: "group.events.added-to-itself",
    file: CHANNEL,
    find: ANNOUNCED,
    replace: "const receivers = [memberKey];",
    kills: ["events.membership.registered", "events.membership.added"],
  },
  {
    id: "group.events.added-to-others",
    file: CHANNEL,
    find: ANNOUNCED,
    replace: "const receivers = members.filter((key) => Buffer.compare(key, memberKey) !== 0);",
    kills: ["events.membership.registered", "events.membership.added"],
  },
  {
    id: "group.events.removed-to-itself",
    file: GROUP,
    find: REMOVAL,
    replace: "announceMembership(pushes, [memberKey], {",
    kills: ids("events.membership", "removed left every-connection bare"),
  },
  {
    id: "group.events.nothing-removed",
    file: GROUP,
    find: "if (removed) {",
    replace: "{",
    kills: ["events.membership.no-change"],
  },
  {
    id: "group.events.without-key",
    file: EVENTS,
    find: "const message = create(GroupMembershipChangeSchema, change);",
    replace:
      "const message = create(GroupMembershipChangeSchema, { ...change, memberKey: undefined });",
    kills: ids("events.membership", "registered added removed left every-connection bare"),
  },
  {
    id: "group.events.to-everybody",
    file: PUSH,
    find: PICK,
    replace: "for (const connection of connections.keys()) {",
    kills: [...ids("events.membership", "nobody-else former-member"), "group.rotate.not-to-caller"],
  },
];
