// Mutants of reports, of lists, and of how long a ban lasts: src/services/moderation.ts and the
// operations below it.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const SERVICE = "src/services/moderation.ts";
const SQL = "src/storage/sql/moderation.ts";
const BANS = "src/storage/sql/bans.ts";
const OPEN = "src/storage/drivers/open.ts";

const TERMS: readonly Mutant[] = [
  {
    id: "moderation.expiry.never",
    file: BANS,
    find: "(expires_at IS NULL OR expires_at > ?)",
    replace: "(expires_at IS NULL OR expires_at > ? - 1000000000000)",
    kills: ["moderation.expiry.lapses"],
  },
  {
    id: "moderation.expiry.milliseconds",
    file: SERVICE,
    find: "bannedAt + Number(durationSecs) * 1000",
    replace: "bannedAt + Number(durationSecs)",
    kills: [
      "moderation.expiry.lapses",
      "moderation.list-banned.entry",
      "moderation.messages.ban-user",
      "moderation.messages.list-banned",
    ],
  },
  {
    id: "moderation.expiry.longest-wraps",
    file: SERVICE,
    find: "bannedAt + Number(durationSecs) * 1000",
    replace: "bannedAt + Number(BigInt.asIntN(64, durationSecs)) * 1000",
    kills: ["moderation.expiry.lasts"],
  },
  {
    id: "moderation.expiry.zero-is-a-day",
    file: SERVICE,
    find: "durationSecs === 0n ? undefined",
    replace: "durationSecs === 0n ? bannedAt + DAY_MS",
    kills: ["moderation.expiry.lasts", "moderation.list-banned.entry", "moderation.replaced.terms"],
  },
  {
    id: "moderation.replaced.first-stays",
    file: SQL,
    find: "reason = excluded.reason, banned_at = excluded.banned_at, expires_at = excluded.expires_at",
    replace: "banned_at = banned_users.banned_at",
    kills: ["moderation.replaced.terms", "moderation.expiry.lasts"],
  },
  {
    id: "moderation.unban.always-success",
    file: SERVICE,
    find: "return { success: await moderation.unban(identityKey, channelId, clock.now()) };",
    replace: `await moderation.unban(identityKey, channelId, clock.now());
      return { success: true };`,
    kills: [
      "moderation.unban.twice",
      "moderation.unknown.key",
      "moderation.channel-ban.lifted",
      "moderation.expiry.lapses",
    ],
  },
  {
    id: "moderation.unban.no-success",
    file: SERVICE,
    find: "return { success: await moderation.unban(identityKey, channelId, clock.now()) };",
    replace: `await moderation.unban(identityKey, channelId, clock.now());
      return {};`,
    kills: [
      "moderation.messages.unban-user",
      "moderation.unban.login-anew",
      "moderation.ban-right.creator",
      "moderation.ban-right.unban-server-wide",
      "moderation.operator.bans",
    ],
  },
  {
    id: "moderation.unban.no-effect",
    file: SQL,
    find: "`DELETE FROM banned_users",
    replace: "`UPDATE banned_users SET banned_at = banned_at",
    kills: [
      "moderation.unban.login-anew",
      "moderation.unban.twice",
      "moderation.channel-ban.lifted",
      "moderation.list-banned.lifted",
      "moderation.inbox-open.enqueue",
      "moderation.no-packages.while-banned",
    ],
  },
  {
    id: "moderation.ban.no-success",
    file: SERVICE,
    find: "return { success: true };",
    replace: "return {};",
    kills: ["moderation.messages.ban-user", "moderation.ban.every-session"],
  },
  {
    id: "moderation.restart.forgotten",
    file: OPEN,
    find: "migrate(engine, migrations);",
    replace: `migrate(engine, migrations);
    engine.run({ sql: "DELETE FROM banned_users", params: [] });
    engine.run({ sql: "DELETE FROM reports", params: [] });`,
    kills: ids("moderation.survives-restart", "hook kill"),
  },
];

const BAN_LISTS: readonly Mutant[] = [
  {
    id: "moderation.list-banned.descending",
    file: SQL,
    find: "ORDER BY identity_key`",
    replace: "ORDER BY identity_key DESC`",
    kills: ids("moderation.list-banned", "channel pages server-wide"),
  },
  {
    id: "moderation.list-banned.from-the-start",
    file: SERVICE,
    find: "moderation.listBanned(channelId, afterKey, bounds)",
    replace: "moderation.listBanned(channelId, afterKey.subarray(0, 0), bounds)",
    kills: ["moderation.list-banned.pages"],
  },
  {
    id: "moderation.lists.no-limit",
    file: SERVICE,
    find: "limit === 0 ? Number.POSITIVE_INFINITY : limit;",
    replace: "limit === 0 ? 1 : Number.POSITIVE_INFINITY;",
    kills: [
      "moderation.list-banned.pages",
      "moderation.list-banned.channel",
      "moderation.list-reports.pages",
      "moderation.messages.list-banned",
    ],
  },
  {
    id: "moderation.list-banned.no-channel",
    file: SQL,
    find: "channelId: channelId.slice(),",
    replace: "channelId: channelId.subarray(0, 0),",
    kills: ["moderation.list-banned.entry", "moderation.messages.list-banned"],
  },
  {
    id: "moderation.list-banned.reason-lost",
    file: SQL,
    find: 'reason: Buffer.from(blob(row, "reason")).toString("utf8"),',
    replace: 'reason: Buffer.from(blob(row, "reason")).toString("latin1"),',
    kills: ["moderation.list-banned.entry", "moderation.reason-length.maximum"],
  },
];

const REPORTS: readonly Mutant[] = [
  {
    id: "moderation.report.bytes-cut",
    file: SQL,
    find: 'encryptedReport: blob(row, "encrypted_report"),',
    replace: 'encryptedReport: blob(row, "encrypted_report").subarray(0, 10),',
    kills: [
      "moderation.report.round-trip",
      "moderation.report-size.maximum",
      "moderation.messages.list-reports",
      "moderation.messages.report-message",
      ...ids("moderation.survives-restart", "hook kill"),
    ],
  },
  {
    id: "moderation.report.wrong-reporter",
    file: SERVICE,
    find: "return { ...report, createdAtMs",
    replace: "return { ...report, reporterKey: report.reportedKey, createdAtMs",
    kills: [
      "moderation.report.round-trip",
      "moderation.list-reports.ascending",
      "moderation.messages.list-reports",
    ],
  },
  {
    id: "moderation.report.seq-signed",
    file: SQL,
    find: 'seq: BigInt.asUintN(64, integer(row, "seq")),',
    replace: 'seq: BigInt.asUintN(63, integer(row, "seq")),',
    kills: ["moderation.report.round-trip"],
  },
  {
    id: "moderation.report.nothing-optional",
    file: SERVICE,
    find: "const reporterKey = callerSession(call).identityKey;",
    replace: `const reporterKey = callerSession(call).identityKey;
      demand(messageId.length > 0, Status.BadRequest, "moderation.message-id-length");`,
    kills: ["moderation.report.least", "methods.table.420-report-message"],
  },
  {
    id: "moderation.report.other-id",
    file: SERVICE,
    find: "return { reportId };",
    replace: "return { reportId: reportId + 1n };",
    kills: ["moderation.report.round-trip", "moderation.messages.report-message"],
  },
  {
    id: "moderation.list-reports.descending",
    file: SQL,
    find: "WHERE id > ? AND id <= ? ORDER BY id`",
    replace: "WHERE id > ? AND id <= ? ORDER BY id DESC`",
    kills: ids("moderation.list-reports", "ascending pages"),
  },
  {
    id: "moderation.list-reports.inclusive",
    file: SERVICE,
    find: "moderation.listReports(afterId, pageOf(limit))",
    replace: "moderation.listReports(afterId > 0n ? afterId - 1n : 0n, pageOf(limit))",
    kills: ["moderation.list-reports.after", "moderation.list-reports.pages"],
  },
  {
    id: "moderation.list-reports.highest-wraps",
    file: SQL,
    find: "const after = afterId < HIGHEST ? afterId : HIGHEST;",
    replace: "const after = BigInt.asIntN(64, afterId);",
    kills: ["moderation.list-reports.after"],
  },
  {
    id: "moderation.list-reports.beyond-a-frame",
    file: SQL,
    find: "if (last !== undefined && total > maxBytes) break;",
    replace: "",
    kills: ["moderation.report-size.maximum"],
  },
  {
    id: "moderation.report.half-the-size",
    file: SERVICE,
    find: "encryptedReport.length <= LIMITS.report.value;",
    replace: "encryptedReport.length <= LIMITS.report.value / 2;",
    kills: ["moderation.report-size.maximum"],
  },
  {
    id: "moderation.report.one-more",
    file: SERVICE,
    find: "encryptedReport.length <= LIMITS.report.value;",
    replace: "encryptedReport.length <= LIMITS.report.value + 1;",
    kills: ["moderation.report-size.one-more"],
  },
  {
    id: "moderation.report.no-quota",
    file: SERVICE,
    find: "most: LIMITS.reportsPerDay.value",
    replace: "most: 10 * LIMITS.reportsPerDay.value",
    kills: ["moderation.report-quota.reached"],
  },
  {
    id: "moderation.report.quota-for-all",
    file: SQL,
    find: "SELECT id FROM reports WHERE reporter_key = ? AND created_at > ? LIMIT ?",
    replace: "SELECT id FROM reports WHERE length(?) > 0 AND created_at > ? LIMIT ?",
    kills: ["moderation.report-quota.reached"],
  },
];

export const MODERATION_LIST_MUTANTS: readonly Mutant[] = [...TERMS, ...BAN_LISTS, ...REPORTS];
