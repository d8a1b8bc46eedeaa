// ListBanned: whose bans it shows, in which order, and in pages (spec/services/moderation.md; C-113).

import { Status } from "../../../src/registry/statuses.ts";
import type { Case, CaseSpec } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { bystander } from "../bystander.ts";
import { channelOf } from "../channel/steps.ts";
import { sameBytes } from "../delivery/inbox.ts";
import { areKeys, askBan, ban, bansOn, inOrder, isNow, moderationCase, unban } from "./steps.ts";

const HOUR_SECS = 3600n;
const SERVER_WIDE = new Uint8Array(0);

const listCase = (spec: CaseSpec): Case =>
  moderationCase({
    errata: ["C-113"],
    ...spec,
    features: ["channel", ...(spec.features ?? [])],
  });

/** banSome bans some accounts on a new channel and answers their keys as the list has them. */
async function banSome(t: Trial, count: number) {
  const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.user()];
  const channelId = await channelOf(alice, bob);
  const keys: Uint8Array[] = [];
  for (let made = 0; made < count; made += 1) keys.push(await bystander(t));
  for (const key of keys) await ban(alice, key, { channelId });
  return { admin, alice, channelId, keys: inOrder(keys) };
}

export const listCases: readonly Case[] = [
  listCase({
    id: "moderation.list-banned.channel",
    rules: ["moderation.list-banned"],
    sends: "channel bans on four accounts, then ListBanned of the channel",
    expects: "the four, by ascending key",
    checks: ["keys"],
    async run(t) {
      const { admin, channelId, keys } = await banSome(t, 4);
      areKeys(t, "keys", await bansOn(admin, channelId), keys);
    },
  }),

  listCase({
    id: "moderation.list-banned.pages",
    rules: ["moderation.list-banned"],
    sends: "five channel bans, then ListBanned with limit 2, each page after the last key",
    expects: "two, two and one, all in order",
    checks: ["first", "second", "third", "end"],
    async run(t) {
      const { admin, channelId, keys } = await banSome(t, 5);
      let afterKey: Uint8Array = new Uint8Array(0);
      for (const [at, check] of ["first", "second", "third"].entries()) {
        const page = await bansOn(admin, channelId, { limit: 2, afterKey });
        areKeys(t, check, page, keys.slice(2 * at, 2 * at + 2));
        afterKey = page.at(-1)?.identityKey ?? afterKey;
      }
      areKeys(t, "end", await bansOn(admin, channelId, { limit: 2, afterKey }), []);
    },
  }),

  listCase({
    id: "moderation.list-banned.entry",
    rules: ["moderation.list-banned", "moderation.expiry"],
    sends: "a channel ban for an hour and one without an end, then ListBanned",
    expects: "key, channel, reason and times of both",
    checks: ["keys", "reason", "channel", "now", "end", "no-end"],
    async run(t) {
      const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.user()];
      const channelId = await channelOf(alice, bob);
      const terms = { channelId, reason: "spam, and worse: \u00fc" };
      await ban(alice, bob.key, { ...terms, durationSecs: HOUR_SECS });
      const other = await bystander(t);
      await ban(alice, other, terms);
      const list = await bansOn(admin, channelId);
      areKeys(t, "keys", list, inOrder([bob.key, other]));
      const find = (key: Uint8Array) => list.find(({ identityKey }) => sameBytes(identityKey, key));
      const [hour, forever] = [find(bob.key), find(other)];
      const same = hour?.reason === terms.reason;
      t.check("reason", same, { expected: terms.reason, got: `${hour?.reason}` });
      t.check("channel", sameBytes(hour?.channelId, channelId), {
        expected: "the channel",
        got: `${hour?.channelId.length} bytes`,
      });
      isNow(t, "now", hour?.bannedAtMs ?? 0n);
      const lasts = (hour?.expiresAtMs ?? 0n) - (hour?.bannedAtMs ?? 0n);
      t.check("end", lasts === HOUR_SECS * 1000n, {
        expected: "an hour later",
        got: `${lasts} ms`,
      });
      const noEnd = forever?.expiresAtMs;
      t.check("no-end", noEnd === 0n, { expected: "expires_at_ms = 0", got: `${noEnd}` });
    },
  }),

  listCase({
    id: "moderation.list-banned.server-wide",
    rules: ["moderation.list-banned"],
    sends: "two server-wide bans and a channel ban, then ListBanned without a channel",
    expects: "the first two in order, and not the third",
    checks: ["two", "not-the-third"],
    async run(t) {
      const { admin, keys } = await banSome(t, 1);
      const two = [await bystander(t), await bystander(t)];
      for (const key of two) await ban(admin, key);
      const list = await bansOn(admin, SERVER_WIDE);
      const among = (some: readonly Uint8Array[]) =>
        list.filter(({ identityKey }) => some.some((key) => sameBytes(key, identityKey)));
      areKeys(t, "two", among(two), inOrder(two));
      areKeys(t, "not-the-third", among(keys), []);
    },
  }),

  listCase({
    id: "moderation.list-banned.lifted",
    rules: ["moderation.list-banned", "moderation.unban"],
    sends: "three channel bans, UnbanUser of the second, then ListBanned",
    expects: "the other two",
    checks: ["keys"],
    async run(t) {
      const { admin, channelId, keys } = await banSome(t, 3);
      const [first, second, third] = keys as [Uint8Array, Uint8Array, Uint8Array];
      await unban(admin, second, channelId);
      areKeys(t, "keys", await bansOn(admin, channelId), [first, third]);
    },
  }),

  listCase({
    id: "moderation.replaced.terms",
    rules: ["moderation.replaced"],
    sends: "a channel ban for an hour, then one on the same key without an end, for another reason",
    expects: "Ok, and one entry with the second reason and no end",
    checks: ["answer", "keys", "terms"],
    errata: ["I-07"],
    async run(t) {
      const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.user()];
      const channelId = await channelOf(alice, bob);
      await ban(alice, bob.key, { channelId, reason: "once", durationSecs: HOUR_SECS });
      t.status(await askBan(alice, bob.key, { channelId, reason: "twice" }), Status.Ok);
      const list = await bansOn(admin, channelId);
      areKeys(t, "keys", list, [bob.key]);
      const [entry] = list;
      t.check("terms", entry?.reason === "twice" && entry.expiresAtMs === 0n, {
        expected: "twice, 0",
        got: `${entry?.reason}, ${entry?.expiresAtMs}`,
      });
    },
  }),
];
