// Field numbers of 420 to 424: requests written and answers read byte by byte
// (spec/services/moderation.md, Messages).

import { ModerationService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { bystander } from "../bystander.ts";
import { channelOf } from "../channel/steps.ts";
import { fieldsOf } from "../kt/steps.ts";
import { bytesField, numberField, readFields, spellFields } from "../message-bytes.ts";
import { ban, bansOn, file, moderationCase, reportsAfter } from "./steps.ts";

const { reportMessage, banUser, unbanUser, listReports, listBanned } = ModerationService.method;

/** spelled checks the fields of an answer, as spellFields writes them. */
function spelled(t: Trial, fields: Parameters<typeof spellFields>[0], expected: string): void {
  const got = spellFields(fields);
  t.check("fields", got === expected, { expected, got });
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

export const messageCases: readonly Case[] = [
  moderationCase({
    id: "moderation.messages.report-message",
    rules: ["moderation.messages"],
    sends:
      "method 420: encrypted_report, reported_key, channel_id, message_id, seq as fields 1 to 5",
    expects: "report_id as field 1, and the list has them all",
    checks: ["answer", "fields", "stored"],
    async run(t) {
      const [admin, alice] = [await t.admin(), await t.user()];
      const [bytes, key] = [t.bytes(20), newIdentityKey()];
      const [channelId, messageId] = [t.bytes(16), t.bytes(16)];
      const request = [
        ...[bytes, key, channelId, messageId].map((field, at) => bytesField(at + 1, field)),
        numberField(5, 77n),
      ];
      const fields = await fieldsOf(t, alice, reportMessage, request);
      const id = fields?.[1]?.[0];
      spelled(t, fields, `1=${typeof id === "bigint" && id > 0n ? id : "an id"}`);
      const [found] = await reportsAfter(admin, typeof id === "bigint" ? id - 1n : 0n, 1);
      const got = found && [
        ...[found.encryptedReport, found.reportedKey, found.channelId, found.messageId].map(hex),
        `${found.seq}`,
      ];
      const expected = [...[bytes, key, channelId, messageId].map(hex), "77"].join();
      t.check("stored", got?.join() === expected, { expected, got: `${got}` });
    },
  }),

  moderationCase({
    id: "moderation.messages.ban-user",
    rules: ["moderation.messages"],
    features: ["channel"],
    sends: "method 421: identity_key, channel_id, reason, duration_secs as fields 1 to 4",
    expects: "success = 1 as field 1, and the list has them all",
    checks: ["answer", "fields", "stored"],
    async run(t) {
      const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.user()];
      const channelId = await channelOf(alice, bob);
      const request = [
        bytesField(1, bob.key),
        bytesField(2, channelId),
        bytesField(3, "spam"),
        numberField(4, 3600n),
      ];
      spelled(t, await fieldsOf(t, alice, banUser, request), "1=1");
      const [found] = await bansOn(admin, channelId);
      const lasts = found && found.expiresAtMs - found.bannedAtMs;
      const got = found && [hex(found.identityKey), found.reason, `${lasts}`].join();
      const expected = [hex(bob.key), "spam", "3600000"].join();
      t.check("stored", got === expected, { expected, got: `${got}` });
    },
  }),

  moderationCase({
    id: "moderation.messages.unban-user",
    rules: ["moderation.messages"],
    features: ["channel"],
    sends: "method 422 after a ban: identity_key as field 1, channel_id as field 2",
    expects: "success = 1 as field 1",
    checks: ["answer", "fields"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const channelId = await channelOf(alice, bob);
      await ban(alice, bob.key, { channelId });
      const request = [bytesField(1, bob.key), bytesField(2, channelId)];
      spelled(t, await fieldsOf(t, alice, unbanUser, request), "1=1");
    },
  }),

  moderationCase({
    id: "moderation.messages.list-reports",
    rules: ["moderation.messages"],
    sends: "method 423: limit = 1 as field 1, after_id as field 2",
    expects: "one report as field 1, with its eight fields",
    checks: ["answer", "fields"],
    async run(t) {
      const [admin, alice] = [await t.admin(), await t.user()];
      const report = {
        encryptedReport: t.bytes(20),
        reportedKey: newIdentityKey(),
        channelId: t.bytes(16),
        messageId: t.bytes(16),
        seq: 77n,
      };
      const id = await file(alice, report);
      const request = [numberField(1, 1n), ...(id > 1n ? [numberField(2, id - 1n)] : [])];
      const fields = await fieldsOf(t, admin, listReports, request);
      const entry = fields?.[1]?.[0];
      const inner = typeof entry === "object" ? readFields(entry) : undefined;
      const keys = [report.encryptedReport, alice.key, report.reportedKey, report.channelId];
      const time = inner?.[6]?.[0];
      const expected = [
        `1=${id}`,
        ...keys.map((key, at) => `${at + 2}=${hex(key)}`),
        ...[`6=${time}`, `7=${hex(report.messageId)}`, `8=${report.seq}`],
      ];
      spelled(t, inner, expected.join(" "));
    },
  }),

  moderationCase({
    id: "moderation.messages.list-banned",
    rules: ["moderation.messages"],
    features: ["channel"],
    sends: "method 424: limit = 1 as field 1, channel_id as field 2, after_key of zeros as field 3",
    expects: "one ban as field 1, with its five fields",
    checks: ["answer", "fields"],
    async run(t) {
      const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.user()];
      const channelId = await channelOf(alice, bob);
      const other = await bystander(t);
      for (const key of [bob.key, other]) {
        await ban(alice, key, { channelId, durationSecs: 3600n });
      }
      const [first] = [bob.key, other].toSorted((a, b) => Buffer.compare(a, b));
      const request = [
        numberField(1, 1n),
        bytesField(2, channelId),
        bytesField(3, new Uint8Array(32)),
      ];
      const fields = await fieldsOf(t, admin, listBanned, request);
      const entries = fields?.[1] ?? [];
      const [entry] = entries;
      const inner = typeof entry === "object" ? readFields(entry) : undefined;
      const from = inner?.[4]?.[0];
      const until = typeof from === "bigint" ? from + 3_600_000n : 0n;
      const start = `1=${hex(first ?? bob.key)} 2=${hex(channelId)} 3=${hex(Buffer.from("spam"))}`;
      spelled(t, entries.length === 1 ? inner : undefined, `${start} 4=${from} 5=${until}`);
    },
  }),
];
