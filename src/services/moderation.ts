// Encrypted reports and bans (420-424): spec/services/moderation.md. Lengths, and that lists are for
// administrators alone, are the dispatcher's.

import { ModerationService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { demand } from "../rpc/error.ts";
import { type Caller, type ComposedMethod, callerSession, compose } from "../rpc/service.ts";
import type { ChannelStore } from "../storage/stores/channels.ts";
import type { Ban, ModerationStore, PageBounds, Report } from "../storage/stores/moderation.ts";
import type { Waits } from "./waits.ts";

export interface ModerationDependencies {
  readonly moderation: ModerationStore;
  readonly channels: ChannelStore;
  readonly waits: Waits;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;

/** createModerationService answers 420 to 424. */
export function createModerationService(dependencies: ModerationDependencies): ComposedMethod[] {
  const { moderation, channels, waits, clock } = dependencies;

  // C-62: for a channel it did not create, anybody else is Forbidden, whether the channel exists or not.
  async function demandRight(caller: Caller, channelId: Uint8Array): Promise<void> {
    if (isModerator(caller)) return;
    const channel = channelId.length === 0 ? undefined : await channels.find(channelId);
    const isCreator = channel?.creator !== undefined && isKeyOf(caller, channel.creator);
    demand(isCreator, Status.Forbidden, "moderation.ban-right");
  }

  return compose(ModerationService, {
    async reportMessage(request, call) {
      const { encryptedReport, reportedKey, channelId, messageId, seq } = request;
      const fits = encryptedReport.length <= LIMITS.report.value;
      demand(fits, Status.BadRequest, "moderation.report-size");
      const reporterKey = callerSession(call).identityKey;
      const report = { encryptedReport, reporterKey, reportedKey, channelId, messageId, seq };
      const now = clock.now();
      const quota = { most: LIMITS.reportsPerDay.value, since: now - DAY_MS };
      const reportId = await moderation.report(report, quota, now);
      demand(reportId !== undefined, Status.RateLimited, "moderation.report-quota");
      return { reportId };
    },

    async banUser({ identityKey, channelId, reason, durationSecs }, { caller }) {
      await demandRight(caller, channelId);
      demand(!isKeyOf(caller, identityKey), Status.BadRequest, "moderation.not-self");
      const isShort = Buffer.byteLength(reason) <= LIMITS.banReason.value;
      demand(isShort, Status.BadRequest, "moderation.reason-length");
      const bannedAt = clock.now();
      const expiresAt = durationSecs === 0n ? undefined : endOf(bannedAt, durationSecs);
      const outcome = await moderation.ban({
        identityKey,
        channelId,
        reason,
        bannedAt,
        expiresAt,
      });
      demand(outcome === "banned", Status.NotFound, "moderation.unknown");
      if (channelId.length === 0) waits.recheck(identityKey);
      return { success: true };
    },

    async unbanUser({ identityKey, channelId }, { caller }) {
      await demandRight(caller, channelId);
      return { success: await moderation.unban(identityKey, channelId, clock.now()) };
    },

    async listReports({ limit, afterId }) {
      const found = await moderation.listReports(afterId, pageOf(limit));
      return { reports: found.map(reportEntry) };
    },

    async listBanned({ limit, channelId, afterKey }) {
      const bounds = { ...pageOf(limit), now: clock.now() };
      const found = await moderation.listBanned(channelId, afterKey, bounds);
      return { banned: found.map(banEntry) };
    },
  });
}

function isModerator(caller: Caller): boolean {
  return caller.kind === "operator" || (caller.kind === "session" && caller.admin);
}

function isKeyOf(caller: Caller, identityKey: Uint8Array): boolean {
  return caller.kind === "session" && Buffer.compare(caller.session.identityKey, identityKey) === 0;
}

// A number of seconds may be as large as 2^64 - 1; a time is a safe integer.
function endOf(bannedAt: number, durationSecs: bigint): number {
  return Math.min(bannedAt + Number(durationSecs) * 1000, Number.MAX_SAFE_INTEGER);
}

function pageOf(limit: number): PageBounds {
  const asked = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  return { limit: asked, maxBytes: LIMITS.framePayload.value };
}

function reportEntry({ createdAt, ...report }: Report) {
  return { ...report, createdAtMs: BigInt(createdAt) };
}

function banEntry({ bannedAt, expiresAt, ...ban }: Ban) {
  return { ...ban, bannedAtMs: BigInt(bannedAt), expiresAtMs: BigInt(expiresAt ?? 0) };
}
