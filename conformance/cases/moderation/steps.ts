// What the cases of moderation share: bans, reports, and looking at what they did.

import { AuthService, ModerationService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { beginLogin, demandOk } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { sameBytes } from "../delivery/inbox.ts";

const { banUser, unbanUser, reportMessage, listReports, listBanned } = ModerationService.method;

/** All fields of these methods are reconstructed. */
export const MODERATION_WHEN = { reconstructed: ["draft"], moderation: ["on"] } as const;

/** moderationCase is a case about bans and reports; `features` are the further ones. */
export function moderationCase(spec: CaseSpec): Case {
  return defineCase({
    errata: ["C-63", "I-07"],
    ...spec,
    features: ["auth", "delivery", "moderation", ...(spec.features ?? [])],
    when: { ...MODERATION_WHEN, ...spec.when },
  });
}

/** Caller is anybody who can make a call. */
export type Caller = Pick<User, "call">;

/** Terms are the optional fields of a ban. */
export interface Terms {
  readonly channelId?: Uint8Array;
  readonly reason?: string;
  readonly durationSecs?: bigint;
}

/** askBan asks for a ban on a key. */
export function askBan(caller: Caller, identityKey: Uint8Array, terms: Terms = {}) {
  return caller.call(banUser, { identityKey, reason: "spam", ...terms });
}

/** ban sets a ban on the way of a case. */
export async function ban(caller: Caller, key: Uint8Array, terms?: Terms): Promise<void> {
  demandOk(await askBan(caller, key, terms), "BanUser");
}

/** askUnban asks to lift a ban. */
export function askUnban(caller: Caller, identityKey: Uint8Array, channelId?: Uint8Array) {
  return caller.call(unbanUser, { identityKey, ...(channelId && { channelId }) });
}

/** unban lifts a ban on the way of a case, and answers success. */
export async function unban(
  caller: Caller,
  key: Uint8Array,
  channelId?: Uint8Array,
): Promise<boolean> {
  const answer = await askUnban(caller, key, channelId);
  demandOk(answer, "UnbanUser");
  return answer.message().success;
}

/** Report is what a reporter says. */
export interface Report {
  readonly encryptedReport: Uint8Array;
  readonly reportedKey: Uint8Array;
  readonly channelId?: Uint8Array;
  readonly messageId?: Uint8Array;
  readonly seq?: bigint;
}

/** file files a report on the way of a case and answers its id. */
export async function file(reporter: Caller, report: Report): Promise<bigint> {
  const answer = await reporter.call(reportMessage, report);
  demandOk(answer, "ReportMessage");
  return answer.message().reportId;
}

/** reportsAfter lists reports on the way of a case. */
export async function reportsAfter(admin: Caller, afterId: bigint, limit = 0) {
  const answer = await admin.call(listReports, { afterId, limit });
  demandOk(answer, "ListReports");
  return answer.message().reports;
}

/** bansOn lists the bans on a channel, or the server-wide ones, on the way of a case. */
export async function bansOn(
  admin: Caller,
  channelId: Uint8Array,
  page: { readonly limit?: number; readonly afterKey?: Uint8Array } = {},
) {
  const answer = await admin.call(listBanned, { channelId, ...page });
  demandOk(answer, "ListBanned");
  return answer.message().banned;
}

/** proveLogin runs a whole login with the right password and answers its end, whatever it is. */
export async function proveLogin(t: Trial, { account }: Pick<User, "account">) {
  const peer = await t.peer();
  return peer.call(AuthService.method.opaqueLoginFinish, await beginLogin(peer, account));
}

/** What a banned user's call may be answered with (C-63). */
export const OUT: readonly Status[] = [Status.Unauthorized, Status.Forbidden];

/** isOut checks that a call with a session that a ban ended is refused. */
export function isOut(t: Trial, check: string, { status }: Answer): void {
  t.check(check, OUT.includes(status as Status), {
    expected: OUT.map(statusName).join(" or "),
    got: statusName(status),
  });
}

/** isSuccess checks the success of an answer. */
export function isSuccess(t: Trial, check: string, got: boolean, expected: boolean): void {
  t.check(check, got === expected, {
    expected: `success = ${expected}`,
    got: `success = ${got}`,
  });
}

/** areKeys checks that a list has exactly these keys in this order. */
export function areKeys(
  t: Trial,
  check: string,
  list: readonly { readonly identityKey: Uint8Array }[],
  expected: readonly Uint8Array[],
): void {
  const fits =
    list.length === expected.length &&
    list.every(({ identityKey }, at) => sameBytes(expected[at], identityKey));
  const spell = (keys: readonly Uint8Array[]) =>
    keys.map((key) => Buffer.from(key.subarray(0, 4)).toString("hex")).join(", ") || "none";
  t.check(check, fits, {
    expected: spell(expected),
    got: spell(list.map(({ identityKey }) => identityKey)),
  });
}

/** inOrder sorts keys as lists have them. */
export function inOrder(keys: readonly Uint8Array[]): readonly Uint8Array[] {
  return keys.toSorted((a, b) => Buffer.compare(a, b));
}

/** A time that an answer gives may differ from ours by this much, in milliseconds. */
const CLOCKS_MS = 300_000;

/** isNow checks that a time is about now. */
export function isNow(t: Trial, check: string, ms: bigint): void {
  const off = Math.abs(Number(ms) - Date.now());
  t.check(check, off < CLOCKS_MS, { expected: "about now", got: `${off} ms off` });
}
