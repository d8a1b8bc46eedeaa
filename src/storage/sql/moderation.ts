// Reports and bans. Spec: services/moderation.md; C-63, C-77, C-113, I-07.

import type {
  Ban,
  BanOutcome,
  NewReport,
  PageBounds,
  Report,
  ReportQuota,
} from "../stores/moderation.ts";
import { refuseDeleted } from "./deleted.ts";
import { endSessions } from "./sessions.ts";
import { blob, count, integer, type Operation, q, type Row } from "./statement.ts";

/**
 * What an encoded entry of a list has at most beside its one long field: tags, lengths, keys, IDs and
 * numbers. Counted generously, so a page is cut a little early and never late.
 */
const REPORT_OVERHEAD = 160;
const BAN_OVERHEAD = 100;

/** The highest number that every driver binds; no report has a higher one. */
const HIGHEST = BigInt(Number.MAX_SAFE_INTEGER);

/** fileReport answers the id of the report, or undefined when the reporter's quota is used up. */
export function* fileReport(
  report: NewReport,
  quota: ReportQuota,
  now: number,
): Operation<bigint | undefined> {
  yield* refuseDeleted(report.reporterKey);
  const filed = yield q(
    "SELECT id FROM reports WHERE reporter_key = ? AND created_at > ? LIMIT ?",
    report.reporterKey,
    quota.since,
    quota.most,
  );
  if (filed.length >= quota.most) return undefined;
  const [stored] = yield q(
    `INSERT INTO reports
       (encrypted_report, reporter_key, reported_key, channel_id, message_id, seq, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    report.encryptedReport,
    report.reporterKey,
    report.reportedKey,
    report.channelId,
    report.messageId,
    // Not every driver binds 64 bits; the column makes an integer of the text.
    BigInt.asIntN(64, report.seq).toString(),
    now,
  );
  if (stored === undefined) throw new Error("the report was not stored");
  return integer(stored, "id");
}

/** listReports answers the reports after an id, as many as the bounds let through. */
export function* listReports(afterId: bigint, bounds: PageBounds): Operation<readonly Report[]> {
  const after = afterId < HIGHEST ? afterId : HIGHEST;
  const sizes = yield q(
    "SELECT id, length(encrypted_report) AS size FROM reports WHERE id > ? ORDER BY id LIMIT ?",
    after,
    mostEntries(bounds, REPORT_OVERHEAD),
  );
  const last = lastThatFits(sizes, REPORT_OVERHEAD, bounds);
  if (last === undefined) return [];
  const rows = yield q(
    `SELECT id, encrypted_report, reporter_key, reported_key, channel_id, message_id, seq, created_at
     FROM reports WHERE id > ? AND id <= ? ORDER BY id`,
    after,
    integer(last, "id"),
  );
  return rows.map((row) => ({
    reportId: integer(row, "id"),
    encryptedReport: blob(row, "encrypted_report"),
    reporterKey: blob(row, "reporter_key"),
    reportedKey: blob(row, "reported_key"),
    channelId: blob(row, "channel_id"),
    messageId: blob(row, "message_id"),
    seq: BigInt.asUintN(64, integer(row, "seq")),
    createdAt: count(row, "created_at"),
  }));
}

/** setBan sets or replaces a ban; one that is server-wide ends the sessions of its key (C-63). */
export function* setBan(ban: Ban): Operation<BanOutcome> {
  // Locked, as createSession locks it: a login that races the ban finds it, or is ended by it.
  const accounts = yield q(
    "SELECT identity_key FROM users WHERE identity_key = ? /* FOR UPDATE */",
    ban.identityKey,
  );
  if (accounts.length === 0) return "no-account";
  if (ban.channelId.length === 0) {
    yield* endSessions(ban.identityKey);
  } else {
    const channels = yield q("SELECT channel_id FROM channels WHERE channel_id = ?", ban.channelId);
    if (channels.length === 0) return "no-channel";
  }
  yield q(
    `INSERT INTO banned_users (channel_id, identity_key, reason, banned_at, expires_at)
     VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (channel_id, identity_key) DO UPDATE SET
       reason = excluded.reason, banned_at = excluded.banned_at, expires_at = excluded.expires_at`,
    ban.channelId,
    ban.identityKey,
    Buffer.from(ban.reason, "utf8"),
    ban.bannedAt,
    ban.expiresAt ?? null,
  );
  return "banned";
}

/** liftBan answers false when no such ban was in force. */
export function* liftBan(
  identityKey: Uint8Array,
  channelId: Uint8Array,
  now: number,
): Operation<boolean> {
  const lifted = yield q(
    `DELETE FROM banned_users
     WHERE channel_id = ? AND identity_key = ? AND (expires_at IS NULL OR expires_at > ?)
     RETURNING banned_at`,
    channelId,
    identityKey,
    now,
  );
  return lifted.length > 0;
}

/** listBanned answers the bans in force on a channel after a key, as many as the bounds let through. */
export function* listBanned(
  channelId: Uint8Array,
  afterKey: Uint8Array,
  bounds: PageBounds & { readonly now: number },
): Operation<readonly Ban[]> {
  const sizes = yield q(
    `SELECT identity_key, length(reason) AS size FROM banned_users
     WHERE channel_id = ? AND identity_key > ? AND (expires_at IS NULL OR expires_at > ?)
     ORDER BY identity_key LIMIT ?`,
    channelId,
    afterKey,
    bounds.now,
    mostEntries(bounds, BAN_OVERHEAD),
  );
  const last = lastThatFits(sizes, BAN_OVERHEAD, bounds);
  if (last === undefined) return [];
  const rows = yield q(
    `SELECT identity_key, reason, banned_at, expires_at FROM banned_users
     WHERE channel_id = ? AND identity_key > ? AND identity_key <= ?
       AND (expires_at IS NULL OR expires_at > ?)
     ORDER BY identity_key`,
    channelId,
    afterKey,
    blob(last, "identity_key"),
    bounds.now,
  );
  return rows.map((row) => ({
    identityKey: blob(row, "identity_key"),
    channelId: channelId.slice(),
    reason: Buffer.from(blob(row, "reason")).toString("utf8"),
    bannedAt: count(row, "banned_at"),
    expiresAt: row.expires_at === null ? undefined : count(row, "expires_at"),
  }));
}

function mostEntries({ limit, maxBytes }: PageBounds, overhead: number): number {
  return Math.min(limit, Math.floor(maxBytes / overhead));
}

function lastThatFits(
  sizes: readonly Row[],
  overhead: number,
  { maxBytes }: PageBounds,
): Row | undefined {
  let last: Row | undefined;
  let total = 0;
  for (const row of sizes) {
    total += count(row, "size") + overhead;
    if (last !== undefined && total > maxBytes) break;
    last = row;
  }
  return last;
}
