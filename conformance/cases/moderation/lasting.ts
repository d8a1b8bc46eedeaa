// Time and restarts: bans that lapse and bans that last (spec/services/moderation.md; I-07, I-25).

import { KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk, newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { channelOf, sendOn } from "../channel/steps.ts";
import { isStatus } from "../checks.ts";
import { sameBytes } from "../delivery/inbox.ts";
import {
  ban,
  bansOn,
  file,
  isOut,
  isSuccess,
  moderationCase,
  proveLogin,
  reportsAfter,
  unban,
} from "./steps.ts";

const { uploadKeyPackage, fetchKeyPackage } = KeyService.method;

const HOUR_SECS = 3600n;
const MINUTE = 60_000;
const YEAR = 365 * 86_400_000;
const SERVER_WIDE = new Uint8Array(0);

const LEFT = {
  rules: ["moderation.survives-restart"],
  features: ["channel"],
  expects: "both bans in force, the report unchanged, and a higher id for the next one",
  checks: ["login", "channel", "listed", "report", "next"],
  errata: ["I-25"],
} as const;

const SENDS = "a server-wide ban, a channel ban, one that is lifted, and a report";

export const lastingCases: readonly Case[] = [
  moderationCase({
    id: "moderation.expiry.lapses",
    rules: ["moderation.expiry", "moderation.no-packages"],
    features: ["channel", "keys"],
    hooks: ["clock.advance"],
    server: { limits: { session_ms: 0 } },
    sends:
      "a server-wide ban and a channel ban for an hour; a login, a fetch of the KeyPackage and an " +
      "Enqueue on the channel a minute before its end, and a minute after it; then UnbanUser",
    expects: "refused before, Ok after; success = false",
    checks: ["login-before", "channel-before", "login", "channel", "package", "listed", "unban"],
    async run(t) {
      const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.newUser()];
      const channelId = await channelOf(admin, bob);
      const upload = { identityKey: alice.key, package: t.bytes(200) };
      demandOk(await alice.call(uploadKeyPackage, upload), "UploadKeyPackage");
      await ban(admin, alice.key, { durationSecs: HOUR_SECS });
      await ban(admin, bob.key, { channelId, durationSecs: HOUR_SECS });
      await t.hook("clock.advance", 59 * MINUTE);
      isOut(t, "login-before", await proveLogin(t, alice));
      isStatus(t, "channel-before", await sendOn(channelId, bob, admin, "one"), Status.Forbidden);

      await t.hook("clock.advance", 2 * MINUTE);
      isStatus(t, "login", await proveLogin(t, alice), Status.Ok);
      isStatus(t, "channel", await sendOn(channelId, bob, admin, "two"), Status.Ok);
      const fetched = await bob.call(fetchKeyPackage, { identityKey: alice.key });
      const found = fetched.status === Status.Ok ? fetched.message().package : undefined;
      t.check("package", sameBytes(found, upload.package), {
        expected: "the package of before the ban",
        got: `${found?.length} bytes`,
      });
      const left = [...(await bansOn(admin, SERVER_WIDE)), ...(await bansOn(admin, channelId))];
      t.check("listed", left.length === 0, { expected: "no ban", got: `${left.length} bans` });
      isSuccess(t, "unban", await unban(admin, alice.key), false);
    },
  }),

  moderationCase({
    id: "moderation.expiry.lasts",
    rules: ["moderation.expiry", "moderation.replaced"],
    hooks: ["clock.advance"],
    server: { limits: { session_ms: 0 } },
    sends:
      "three server-wide bans: without an end, for 2^64 - 1 seconds, and for a minute and then " +
      "without an end; logins a year later",
    expects: "refused: none of them has lapsed",
    checks: ["no-end", "longest", "replaced"],
    async run(t) {
      const admin = await t.admin();
      const [alice, bob, carol] = [await t.newUser(), await t.newUser(), await t.newUser()];
      await ban(admin, alice.key);
      await ban(admin, bob.key, { durationSecs: 2n ** 64n - 1n });
      await ban(admin, carol.key, { durationSecs: 60n });
      await ban(admin, carol.key);
      await t.hook("clock.advance", YEAR);
      isOut(t, "no-end", await proveLogin(t, alice));
      isOut(t, "longest", await proveLogin(t, bob));
      isOut(t, "replaced", await proveLogin(t, carol));
    },
  }),

  moderationCase({
    id: "moderation.survives-restart.hook",
    ...LEFT,
    hooks: ["restart"],
    sends: `${SENDS}; a restart`,
    run: (t) => outlives(t, () => t.hook("restart")),
  }),

  moderationCase({
    id: "moderation.survives-restart.kill",
    ...LEFT,
    needs: "own-server",
    sends: `${SENDS}; SIGKILL, and a new start`,
    run: (t) => outlives(t, () => t.kill()),
  }),
];

async function outlives(t: Trial, end: () => Promise<void>): Promise<void> {
  const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.newUser()];
  const channelId = await channelOf(admin, bob);
  const report = { reportedKey: newIdentityKey(), encryptedReport: t.bytes(500) };
  await ban(admin, bob.key);
  await unban(admin, bob.key);
  await ban(admin, bob.key, { channelId, durationSecs: HOUR_SECS });
  await ban(admin, alice.key);
  const id = await file(admin, report);
  await end();

  const again = await t.admin();
  isOut(t, "login", await proveLogin(t, alice));
  const back = await t.logIn(bob.account);
  isStatus(t, "channel", await sendOn(channelId, back, again, "one"), Status.Forbidden);
  const list = await bansOn(again, SERVER_WIDE);
  t.check("listed", list.length === 1 && sameBytes(list[0]?.identityKey, alice.key), {
    expected: "the one server-wide ban",
    got: `${list.length} bans`,
  });
  const [found] = await reportsAfter(again, 0n);
  const isSame = found?.reportId === id && sameBytes(found.encryptedReport, report.encryptedReport);
  t.check("report", isSame, { expected: `report ${id}, unchanged`, got: `${found?.reportId}` });
  const next = await file(back, report);
  t.check("next", next > id, { expected: `above ${id}`, got: `${next}` });
}
