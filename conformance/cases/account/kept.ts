// What stays when an account goes (spec/services/account.md; I-08).

import {
  BlobService,
  DeliveryService,
  KeyTransparencyService,
  ModerationService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { sha256 } from "../bytes.ts";
import { fetched, holdsTexts, put, sameBytes } from "../delivery/inbox.ts";
import { accountCase, channelOf, putOn, remove } from "./steps.ts";

const { fetch, ack } = DeliveryService.method;

export const keptCases: readonly Case[] = [
  accountCase({
    id: "account.messages-stay.inbox",
    rules: ["account.messages-stay"],
    sends: "two messages by a user, then its DeleteAccount",
    expects: "Ok, and the receiver still fetches both",
    checks: ["answer", "messages"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      await put(alice, bob, "one");
      await put(alice, bob, "two");
      t.status(await remove(alice), Status.Ok);
      holdsTexts(t, "messages", await fetched(bob), ["one", "two"]);
    },
  }),

  accountCase({
    id: "account.messages-stay.channel",
    rules: ["account.messages-stay"],
    features: ["channel"],
    when: { reconstructed: ["draft"] },
    sends: "a message on the channel of two, DeleteAccount by its sender, then Fetch and Ack there",
    expects: "Ok, the message, and Ok",
    checks: ["answer", "messages", "acknowledged"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const channelId = await channelOf(alice, bob);
      demandOk(await putOn(channelId, alice, bob, "farewell"), "Enqueue");
      t.status(await remove(alice), Status.Ok);
      const read = { recipientKey: bob.key, channelId };
      const list = await bob.call(fetch, read);
      const found = list.status === Status.Ok ? list.message().payloads : [];
      holdsTexts(t, "messages", found, ["farewell"]);
      const { status } = await bob.call(ack, { ...read, seqUpTo: 1n });
      t.check("acknowledged", status === Status.Ok, { expected: "Ok", got: statusName(status) });
    },
  }),

  accountCase({
    id: "account.blobs.shared",
    rules: ["account.blobs"],
    features: ["blob"],
    when: { reconstructed: ["draft"], blobs: ["on"] },
    sends: "DeleteAccount by one of two uploaders of a blob, then DownloadBlob by the other",
    expects: "Ok, and the bytes",
    checks: ["answer", "blob"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const chunk = t.bytes(100);
      const blob = { blobId: sha256(chunk), totalSize: 100n, chunk };
      for (const user of [alice, bob]) {
        demandOk(await user.call(BlobService.method.uploadBlob, blob), "UploadBlob");
      }
      t.status(await remove(alice), Status.Ok);
      const answer = await bob.call(BlobService.method.downloadBlob, { blobId: blob.blobId });
      const bytes = answer.status === Status.Ok ? answer.message().chunk : undefined;
      t.check("blob", sameBytes(bytes, chunk), {
        expected: "the bytes",
        got: statusName(answer.status),
      });
    },
  }),

  accountCase({
    id: "account.reports-stay.reports",
    rules: ["account.reports-stay"],
    features: ["moderation"],
    when: { reconstructed: ["draft"] },
    sends: "a report about a user and a report by it, then its DeleteAccount",
    expects: "Ok; both reports stay, the latter without reporter_key",
    checks: ["answer", "about", "by"],
    async run(t) {
      const [alice, bob, admin] = [await t.newUser(), await t.user(), await t.admin()];
      const { reportMessage, listReports } = ModerationService.method;
      const about = { encryptedReport: t.bytes(40), reportedKey: alice.key };
      const by = { encryptedReport: t.bytes(40), reportedKey: bob.key };
      const filed = await bob.call(reportMessage, about);
      demandOk(filed, "ReportMessage");
      demandOk(await alice.call(reportMessage, by), "ReportMessage");
      t.status(await remove(alice), Status.Ok);
      const answer = await admin.call(listReports, { afterId: filed.message().reportId - 1n });
      demandOk(answer, "ListReports");
      const { reports } = answer.message();
      const find = (bytes: Uint8Array) =>
        reports.find(({ encryptedReport }) => sameBytes(encryptedReport, bytes));
      const [one, other] = [find(about.encryptedReport), find(by.encryptedReport)];
      t.check("about", sameBytes(one?.reportedKey, alice.key), {
        expected: "the report about the deleted user with its key",
        got: one ? "another key" : "no such report",
      });
      t.check("by", other?.reporterKey.length === 0, {
        expected: "the report without reporter_key",
        got: other ? `a reporter_key of ${other.reporterKey.length} bytes` : "no such report",
      });
    },
  }),

  accountCase({
    id: "account.reports-stay.ban",
    rules: ["account.reports-stay"],
    features: ["channel", "moderation"],
    when: { reconstructed: ["draft"] },
    sends: "a ban on one of two of a channel, then DeleteAccount by the banned one",
    expects: "Ok, and the ban is still listed",
    checks: ["answer", "listed"],
    async run(t) {
      const [alice, bob, admin] = [await t.newUser(), await t.user(), await t.admin()];
      const { banUser, listBanned } = ModerationService.method;
      const channelId = await channelOf(bob, alice);
      const ban = { identityKey: alice.key, channelId, reason: "spam" };
      demandOk(await bob.call(banUser, ban), "BanUser");
      t.status(await remove(alice), Status.Ok);
      const answer = await admin.call(listBanned, { channelId });
      demandOk(answer, "ListBanned");
      const { banned } = answer.message();
      const isListed = banned.some(({ identityKey }) => sameBytes(identityKey, alice.key));
      t.check("listed", isListed, { expected: "the ban", got: `${banned.length} others` });
    },
  }),

  accountCase({
    id: "account.log-stays.revoked",
    rules: ["account.log-stays"],
    features: ["kt"],
    sends: "DeleteAccount, then CheckRevocation of its key",
    expects: "Ok, then revoked = true with reason user_revoked",
    checks: ["answer", "revocation"],
    errata: ["C-73"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      t.status(await remove(alice), Status.Ok);
      const { checkRevocation } = KeyTransparencyService.method;
      const answer = await bob.call(checkRevocation, { identityKey: alice.key });
      demandOk(answer, "CheckRevocation");
      const { revoked, reason } = answer.message();
      t.check("revocation", revoked && reason === "user_revoked", {
        expected: "revoked, user_revoked",
        got: `revoked = ${revoked}, reason "${reason}"`,
      });
    },
  }),
];
