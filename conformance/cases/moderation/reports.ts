// Reports: what is filed is listed, unchanged and in order (spec/services/moderation.md; C-63, C-113).

import { ModerationService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../../../src/registry/limits.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { sameBytes } from "../delivery/inbox.ts";
import { type Caller, file, isNow, moderationCase, reportsAfter } from "./steps.ts";

const { reportMessage, listReports } = ModerationService.method;

const HIGHEST = 2n ** 64n - 1n;
const MIB = 1_048_576;
const LARGEST = LIMITS.report.value;
const QUOTA = LIMITS.reportsPerDay.value;

type Listed = Awaited<ReturnType<typeof reportsAfter>>;

/** fileSome files small reports on the way of a case and answers their ids. */
async function fileSome(t: Trial, reporter: Caller, count: number): Promise<readonly bigint[]> {
  const ids: bigint[] = [];
  const reportedKey = newIdentityKey();
  for (let made = 0; made < count; made += 1) {
    ids.push(await file(reporter, { encryptedReport: t.bytes(30), reportedKey }));
  }
  return ids;
}

/** areIds checks the ids of those reports of a list that the case filed itself. */
function areIds(t: Trial, check: string, list: Listed, own: readonly bigint[], all = own): void {
  const got = list.map(({ reportId }) => reportId).filter((id) => all.includes(id));
  t.check(check, got.join() === own.join(), {
    expected: own.join(", ") || "none",
    got: got.join(", ") || "none",
  });
}

export const reportCases: readonly Case[] = [
  moderationCase({
    id: "moderation.report.round-trip",
    rules: ["moderation.report"],
    sends: "a report with every field set, then ListReports",
    expects: "all of it unchanged, with the key of the reporter and the time",
    checks: ["bytes", "reporter", "rest", "now"],
    tier: "smoke",
    async run(t) {
      const [admin, alice, reportedKey] = [await t.admin(), await t.user(), newIdentityKey()];
      const report = {
        encryptedReport: t.bytes(500),
        reportedKey,
        channelId: t.bytes(16),
        messageId: t.bytes(16),
        seq: HIGHEST,
      };
      const id = await file(alice, report);
      const found = (await reportsAfter(admin, id - 1n, 1))[0];
      const bytes = found?.encryptedReport;
      t.check("bytes", found?.reportId === id && sameBytes(bytes, report.encryptedReport), {
        expected: `500 bytes under ${id}`,
        got: `${bytes?.length} bytes under ${found?.reportId}`,
      });
      t.check("reporter", sameBytes(found?.reporterKey, alice.key), {
        expected: "the reporter's key",
        got: `${found?.reporterKey.length} bytes`,
      });
      const rest =
        sameBytes(found?.reportedKey, reportedKey) &&
        sameBytes(found?.channelId, report.channelId) &&
        sameBytes(found?.messageId, report.messageId);
      t.check("rest", rest && found?.seq === HIGHEST, {
        expected: `the keys and IDs as reported, seq ${HIGHEST}`,
        got: `others, or seq ${found?.seq}`,
      });
      isNow(t, "now", found?.createdAtMs ?? 0n);
    },
  }),

  moderationCase({
    id: "moderation.report.least",
    rules: ["moderation.report"],
    sends: "a report of one byte without channel, message and seq, about the reporter itself",
    expects: "Ok, and these fields empty in the list",
    checks: ["answer", "entry"],
    async run(t) {
      const [admin, alice] = [await t.admin(), await t.user()];
      const report = { encryptedReport: Uint8Array.of(0), reportedKey: alice.key };
      const answer = await alice.call(reportMessage, report);
      t.status(answer, Status.Ok);
      const [found] = await reportsAfter(admin, answer.message().reportId - 1n, 1);
      const isBare =
        sameBytes(found?.encryptedReport, report.encryptedReport) &&
        found?.channelId.length === 0 &&
        found.messageId.length === 0 &&
        found.seq === 0n;
      t.check("entry", isBare, { expected: "one byte and nothing else", got: "another entry" });
    },
  }),

  moderationCase({
    id: "moderation.list-reports.ascending",
    rules: ["moderation.list-reports"],
    sends: "the same report three times by two users, then ListReports",
    expects: "three reports with ascending ids, each with its reporter",
    checks: ["ids", "reporters"],
    async run(t) {
      const [admin, alice, bob] = [await t.admin(), await t.user(), await t.user()];
      const report = { encryptedReport: t.bytes(30), reportedKey: newIdentityKey() };
      const ids: bigint[] = [];
      for (const reporter of [alice, bob, alice]) ids.push(await file(reporter, report));
      const [first = 0n, second = 0n, third = 0n] = ids;
      const rises = first < second && second < third;
      const list = await reportsAfter(admin, first - 1n);
      const listed = list.map(({ reportId }) => reportId).filter((id) => ids.includes(id));
      t.check("ids", rises && listed.join() === ids.join(), {
        expected: `${ids} in this order, ascending`,
        got: listed.join(", "),
      });
      const byBob = list.find(({ reportId }) => reportId === second);
      t.check("reporters", sameBytes(byBob?.reporterKey, bob.key), {
        expected: "the second from the second user",
        got: "from another one",
      });
    },
  }),

  moderationCase({
    id: "moderation.list-reports.pages",
    rules: ["moderation.list-reports"],
    sends: "five reports, then ListReports with limit 2, each page after the last id",
    expects: "pages of two that hold all five, once and in order",
    checks: ["limit", "all"],
    errata: ["C-113"],
    async run(t) {
      const [admin, alice] = [await t.admin(), await t.user()];
      const ids = await fileSome(t, alice, 5);
      const [first = 0n, last = 0n] = [ids[0], ids.at(-1)];
      const pages: (readonly Listed[number][])[] = [];
      // Reports of other cases may lie between.
      for (let after = first - 1n; after < last && pages.length < 100; ) {
        const page = await reportsAfter(admin, after, 2);
        pages.push(page);
        after = page.at(-1)?.reportId ?? last;
      }
      const sizes = pages.map(({ length }) => length);
      t.check("limit", sizes.slice(0, -1).every((size) => size === 2) && sizes.length >= 3, {
        expected: "at least three pages, two entries in each but the last",
        got: sizes.join(", "),
      });
      areIds(t, "all", pages.flat(), ids);
    },
  }),

  moderationCase({
    id: "moderation.list-reports.after",
    rules: ["moderation.list-reports"],
    sends: "three reports, ListReports after the second, and after 2^64 - 1",
    expects: "the third of them, and none",
    checks: ["third", "answer", "none"],
    errata: ["C-113"],
    async run(t) {
      const [admin, alice] = [await t.admin(), await t.user()];
      const ids = await fileSome(t, alice, 3);
      areIds(t, "third", await reportsAfter(admin, ids[1] ?? 0n), ids.slice(2), ids);
      const answer = await admin.call(listReports, { afterId: HIGHEST });
      t.status(answer, Status.Ok);
      const { length } = answer.message().reports;
      t.check("none", length === 0, { expected: "none", got: `${length}` });
    },
  }),

  // On a server of its own, so that nobody else's list is that long.
  moderationCase({
    id: "moderation.report-size.maximum",
    rules: ["moderation.report-size", "moderation.report", "moderation.list-reports"],
    server: {},
    sends: `reports of 1 MiB, ${LARGEST} bytes, 1 byte, 3 MiB and 1 MiB, then ListReports page by page`,
    expects: "Ok to all; each page fits a frame, and all bytes come back unchanged",
    checks: ["answer", "pages", "unchanged"],
    errata: ["C-113"],
    async run(t) {
      const [admin, alice] = [await t.admin(), await t.newUser()];
      const sent = [MIB, LARGEST, 1, 3 * MIB, MIB].map((length) => t.bytes(length));
      const extras = { channelId: t.bytes(16), messageId: t.bytes(16), seq: HIGHEST };
      for (const encryptedReport of sent) {
        const report = { encryptedReport, reportedKey: alice.key, ...extras };
        t.status(await alice.call(reportMessage, report), Status.Ok);
      }
      const listed: Uint8Array[] = [];
      const pages: number[] = [];
      for (let after = 0n; pages.length < 10; ) {
        const page = await reportsAfter(admin, after);
        if (page.length === 0) break;
        pages.push(page.length);
        listed.push(...page.map(({ encryptedReport }) => encryptedReport));
        after = page.at(-1)?.reportId ?? HIGHEST;
      }
      // 1 MiB; the largest; 1 byte with 3 MiB; 1 MiB. Less on a page is allowed.
      t.check("pages", pages.length >= 4 && pages.length <= sent.length, {
        expected: "4 or 5 pages",
        got: `pages of ${pages.join(", ")}`,
      });
      const same = sent.every((bytes, at) => sameBytes(listed[at], bytes));
      t.check("unchanged", same && listed.length === sent.length, {
        expected: `${sent.length} reports as they were filed`,
        got: listed.map(({ length }) => `${length} bytes`).join(", "),
      });
    },
  }),

  moderationCase({
    id: "moderation.report-size.one-more",
    rules: ["moderation.report-size"],
    twin: "methods.table.420-report-message",
    sends: `a report of ${LARGEST + 1} bytes`,
    expects: "BadRequest",
    errata: ["C-113"],
    async run(t) {
      const alice = await t.user();
      const report = { encryptedReport: t.bytes(LARGEST + 1), reportedKey: alice.key };
      t.refused(await alice.call(reportMessage, report), Status.BadRequest);
    },
  }),

  moderationCase({
    id: "moderation.report-quota.reached",
    rules: ["moderation.report-quota"],
    twin: "methods.table.420-report-message",
    sends: `${QUOTA} reports by one user, one more, and one by another user`,
    expects: "Ok to all but the one more: RateLimited, and not stored",
    checks: ["within", "answer", "not-stored", "other-user"],
    errata: ["C-106"],
    async run(t) {
      const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.user()];
      const report = { encryptedReport: t.bytes(30), reportedKey: bob.key };
      const ids: bigint[] = [];
      while (ids.length < QUOTA) ids.push(await file(alice, report));
      t.check("within", ids.length === QUOTA, { expected: `${QUOTA}`, got: `${ids.length}` });
      const over = { ...report, encryptedReport: t.bytes(31) };
      t.refused(await alice.call(reportMessage, over, { paced: false }), Status.RateLimited);
      const later = await reportsAfter(admin, ids.at(-1) ?? 0n);
      const isThere = later.some(({ reporterKey }) => sameBytes(reporterKey, alice.key));
      t.check("not-stored", !isThere, { expected: "no report after the last", got: "one" });
      const { status } = await bob.call(reportMessage, report);
      t.check("other-user", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),
];
