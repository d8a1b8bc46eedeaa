// What moderation asks of storage: reports and bans. Spec: services/moderation.md; C-63, I-07.

/** NewReport is a report as its reporter made it. */
export interface NewReport {
  /** Ciphertext for the moderators, opaque here. */
  readonly encryptedReport: Uint8Array;
  /** Identity keys, 32 bytes each. */
  readonly reporterKey: Uint8Array;
  readonly reportedKey: Uint8Array;
  /** 16 bytes, or empty. */
  readonly channelId: Uint8Array;
  readonly messageId: Uint8Array;
  /** Any unsigned 64-bit value; 0 = not given. */
  readonly seq: bigint;
}

/** Report is a stored report; reporterKey is empty once that account is deleted (I-08). */
export interface Report extends NewReport {
  readonly reportId: bigint;
  readonly createdAt: number;
}

export interface Ban {
  /** 32 bytes. */
  readonly identityKey: Uint8Array;
  /** 16 bytes; empty = server-wide. */
  readonly channelId: Uint8Array;
  readonly reason: string;
  readonly bannedAt: number;
  /** undefined = until lifted. */
  readonly expiresAt: number | undefined;
}

/** BanOutcome says that a ban is in force, or why it was not set. */
export type BanOutcome = "banned" | "no-account" | "no-channel";

/** PageBounds cut a list: it has an entry at least, if there is one, whatever its size. */
export interface PageBounds {
  /** Most entries to return, at least 1. */
  readonly limit: number;
  /** Most bytes of encoded entries. */
  readonly maxBytes: number;
}

/** ReportQuota bounds what one reporter may file: `most` reports after the time `since`. */
export interface ReportQuota {
  readonly most: number;
  readonly since: number;
}

export interface ModerationStore {
  /** report stores a report and answers its id, or undefined when the reporter's quota is used up. */
  report(report: NewReport, quota: ReportQuota, now: number): Promise<bigint | undefined>;
  /** listReports answers reports with an id above `afterId` (unsigned 64-bit), ascending. */
  listReports(afterId: bigint, bounds: PageBounds): Promise<readonly Report[]>;
  /**
   * ban sets a ban, or replaces the one on the same key and channel. A server-wide ban and the end of
   * every session of the key are one transaction, so that no session outlives it.
   */
  ban(ban: Ban): Promise<BanOutcome>;
  /** unban lifts a ban; false when none was in force. */
  unban(identityKey: Uint8Array, channelId: Uint8Array, now: number): Promise<boolean>;
  /** isBanned tells whether a ban on exactly this channel is in force (empty = server-wide). */
  isBanned(identityKey: Uint8Array, channelId: Uint8Array, now: number): Promise<boolean>;
  /** listBanned answers the bans in force on a channel with a key above `afterKey`, ascending. */
  listBanned(
    channelId: Uint8Array,
    afterKey: Uint8Array,
    bounds: PageBounds & { readonly now: number },
  ): Promise<readonly Ban[]>;
}
