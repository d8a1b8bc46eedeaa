// Mutants of bans: src/services/moderation.ts, the operations below it, and where a ban has its effect.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const SERVICE = "src/services/moderation.ts";
const SQL = "src/storage/sql/moderation.ts";
const BANS = "src/storage/sql/bans.ts";
const SESSIONS = "src/storage/sql/sessions.ts";
const PACKAGES = "src/storage/sql/key-packages.ts";
const AUTH = "src/services/auth.ts";
const CHANNELS = "src/services/channel-access.ts";

const RIGHTS: readonly Mutant[] = [
  {
    id: "moderation.right.anybody",
    file: SERVICE,
    find: 'demand(isCreator, Status.Forbidden, "moderation.ban-right");',
    replace: "",
    kills: [
      ...ids(
        "moderation.ban-right",
        "other-member stranger creator-server-wide unban-by-the-banned unban-server-wide",
      ),
      ...ids("access.other-user", "421-ban-user 422-unban-user"),
      ...ids("access.ordinary-user", "421-ban-user 422-unban-user"),
    ],
  },
  {
    id: "moderation.right.no-creator",
    file: SERVICE,
    find: "isKeyOf(caller, channel.creator);",
    replace: "channel.creator.length === 0;",
    kills: [
      "moderation.ban-right.creator",
      ...ids("moderation.messages", "ban-user unban-user list-banned"),
      ...ids("moderation.channel-ban", "enqueue batch group lifted reads-on elsewhere to-itself"),
      ...ids("moderation.list-banned", "channel pages entry lifted"),
    ],
  },
  {
    id: "moderation.right.no-administrator",
    file: SERVICE,
    find: 'return caller.kind === "operator" || (caller.kind === "session" && caller.admin);',
    replace: 'return caller.kind === "operator";',
    kills: [
      ...ids("methods.table", "421-ban-user 422-unban-user"),
      ...ids("methods.repeated", "421-ban-user 422-unban-user"),
      ...ids("methods.parallel", "421-ban-user 422-unban-user"),
      "moderation.ban-right.administrator",
      "moderation.ban.every-session",
      "access.administrator.every-method",
    ],
  },
  {
    id: "moderation.right.no-operator",
    file: SERVICE,
    find: 'return caller.kind === "operator" || (caller.kind === "session" && caller.admin);',
    replace: 'return caller.kind === "session" && caller.admin;',
    kills: [
      "moderation.operator.bans",
      "moderation.ban-user.operator-token",
      "moderation.unban-user.operator-token",
    ],
  },
  {
    id: "moderation.lists.for-everybody",
    file: "src/rpc/access.ts",
    find: "demand(caller.admin, Status.Forbidden, method.accessRule);",
    replace: "",
    kills: [
      "moderation.admin-only.creator",
      "moderation.list-reports.ordinary-user",
      "moderation.list-banned.ordinary-user",
      "sessions.operator-token.leaves-the-binding",
    ],
  },
  {
    id: "moderation.lists.hook-ignored",
    file: "src/server/run.ts",
    find: "addAdmin: (key) => config.admins.add(keyOf(key)),",
    replace: "addAdmin: () => {},",
    kills: ["moderation.admin-only.appointed"],
  },
  {
    id: "moderation.self.allowed",
    file: SERVICE,
    find: 'demand(!isKeyOf(caller, identityKey), Status.BadRequest, "moderation.not-self");',
    replace: "",
    kills: ids("moderation.not-self", "administrator creator"),
  },
  {
    id: "moderation.unknown.key-banned",
    file: SQL,
    find: 'if (accounts.length === 0) return "no-account";',
    replace: "",
    kills: ids("moderation.unknown", "key key-on-channel"),
  },
  {
    id: "moderation.unknown.channel-banned",
    file: SQL,
    find: 'if (channels.length === 0) return "no-channel";',
    replace: "",
    kills: ["moderation.unknown.channel"],
  },
  {
    id: "moderation.reason.unbounded",
    file: SERVICE,
    find: 'demand(isShort, Status.BadRequest, "moderation.reason-length");',
    replace: "",
    kills: ["moderation.reason-length.one-more"],
  },
  {
    id: "moderation.reason.one-less",
    file: SERVICE,
    find: "Buffer.byteLength(reason) <= LIMITS.banReason.value;",
    replace: "Buffer.byteLength(reason) < LIMITS.banReason.value;",
    kills: ["moderation.reason-length.maximum"],
  },
];

const SERVER_WIDE: readonly Mutant[] = [
  {
    id: "moderation.ban.sessions-live",
    file: SQL,
    find: "yield* endSessions(ban.identityKey);",
    replace: "",
    kills: [
      ...ids("moderation.ban", "every-session body-token pending-wait no-push"),
      "moderation.unban.login-anew",
      "moderation.login.races-the-ban",
      "moderation.operator.bans",
      "access.banned.every-method",
    ],
  },
  {
    id: "moderation.ban.wait-not-woken",
    file: SERVICE,
    find: "if (channelId.length === 0) waits.recheck(identityKey);",
    replace: "",
    kills: ["moderation.ban.pending-wait"],
  },
  {
    id: "moderation.binding.first-login-stays",
    file: AUTH,
    find: "connection.binding = session.tokenHash;",
    replace: "connection.binding ??= session.tokenHash;",
    kills: ["moderation.ban.connection-serves-others", "moderation.unban.login-anew"],
  },
  {
    id: "moderation.login.open",
    file: AUTH,
    find: 'demand(admitted, Status.Forbidden, "moderation.login");',
    replace: "",
    kills: [
      ...ids("moderation.login", "right-password pending-when-banned leaves-the-connection"),
      ...ids("moderation.expiry", "lapses lasts"),
      ...ids("moderation.survives-restart", "hook kill"),
    ],
  },
  {
    id: "moderation.login.session-made",
    file: SESSIONS,
    find: "if (yield* isBannedServerWide(session.identityKey, now)) return false;",
    replace: "",
    kills: ids("moderation.login", "right-password pending-when-banned races-the-ban"),
  },
  {
    id: "moderation.login.shows-the-ban",
    file: AUTH,
    find: 'demand(matches, Status.Unauthorized, "auth.login-refused");',
    replace: `if (login?.identityKey && !matches) {
        const session = { tokenHash: randomBytes(32), identityKey, deviceId: NO_DEVICE };
        const isOpen = await sessions.create({ ...session, expiresAt: 0 }, clock.now());
        demand(isOpen, Status.Forbidden, "moderation.login");
      }
      demand(matches, Status.Unauthorized, "auth.login-refused");`,
    kills: ["moderation.login.wrong-password"],
  },
  {
    id: "moderation.login.unbinds",
    file: AUTH,
    find: 'demand(admitted, Status.Forbidden, "moderation.login");',
    replace: `if (!admitted) connection.binding = undefined;
      demand(admitted, Status.Forbidden, "moderation.login");`,
    kills: ["moderation.login.leaves-the-connection"],
  },
  {
    id: "moderation.inbox.closed",
    file: "src/services/posting.ts",
    find: "await demandMembers(message.channelId, sender, recipients);",
    replace: `await demandMembers(message.channelId, sender, recipients);
    for (const key of recipients) {
      const isBanned = await dependencies.bans.isBanned(key, Buffer.alloc(0), clock.now());
      if (isBanned) throw new RpcError(Status.Forbidden, "moderation.ban");
    }`,
    kills: ["moderation.inbox-open.enqueue"],
  },
  {
    id: "moderation.packages.handed-out",
    file: PACKAGES,
    find: "if (yield* isBannedServerWide(identityKey, now)) return undefined;",
    replace: "",
    kills: ["moderation.no-packages.while-banned"],
  },
  {
    id: "moderation.packages.lost",
    file: SQL,
    find: "yield* endSessions(ban.identityKey);",
    replace: `yield* endSessions(ban.identityKey);
    yield q("DELETE FROM key_packages WHERE identity_key = ?", ban.identityKey);`,
    kills: ["moderation.no-packages.while-banned", "moderation.expiry.lapses"],
  },
];

const ON_CHANNELS: readonly Mutant[] = [
  {
    id: "moderation.channel-ban.not-enforced",
    file: CHANNELS,
    find: 'demand(!isBanned, Status.Forbidden, "moderation.channel-ban");',
    replace: "",
    kills: [
      ...ids("moderation.channel-ban", "enqueue to-itself batch group"),
      ...ids("moderation.ban-right", "creator administrator unban-by-the-banned"),
      "moderation.operator.bans",
      "moderation.expiry.lapses",
      ...ids("moderation.survives-restart", "hook kill"),
    ],
  },
  {
    id: "moderation.channel-ban.everywhere",
    file: BANS,
    find: "WHERE channel_id = ? AND identity_key = ?",
    replace: "WHERE (channel_id = ? OR length(channel_id) > 0) AND identity_key = ?",
    kills: ["moderation.channel-ban.elsewhere"],
  },
  {
    id: "moderation.channel-ban.ends-sessions",
    file: SQL,
    find: "if (ban.channelId.length === 0) {",
    replace: `yield* endSessions(ban.identityKey);
  if (ban.channelId.length === 0) {`,
    kills: ids("moderation.channel-ban", "elsewhere reads-on lifted enqueue"),
  },
  {
    id: "moderation.channel-ban.no-reading",
    file: CHANNELS,
    find: 'demand(standing !== "stranger", Status.Forbidden, "delivery.channel-members");',
    replace: `const shut = await bans.isBanned(recipient, channelId, clock.now());
      demand(standing !== "stranger" && !shut, Status.Forbidden, "delivery.channel-members");`,
    kills: ["moderation.channel-ban.reads-on"],
  },
  {
    id: "moderation.channel-ban.both-ways",
    file: CHANNELS,
    find: "const isBanned = await bans.isBanned(sender, channelId, clock.now());",
    replace: `const asked = keys.map((key) => bans.isBanned(key, channelId, clock.now()));
      const isBanned = (await Promise.all(asked)).includes(true);`,
    kills: ["moderation.channel-ban.reads-on"],
  },
  {
    id: "moderation.channel-ban.whole-channel",
    file: BANS,
    find: "WHERE channel_id = ? AND identity_key = ?",
    replace: "WHERE channel_id = ? AND (identity_key = ? OR length(channel_id) > 0)",
    kills: ["moderation.channel-ban.group", "moderation.channel-ban.reads-on"],
  },
];

export const MODERATION_MUTANTS: readonly Mutant[] = [...RIGHTS, ...SERVER_WIDE, ...ON_CHANNELS];
