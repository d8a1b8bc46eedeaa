// What the passing of time does: expiry of messages and of message_ids (spec/services/delivery.md;
// C-37, C-39, I-01).

import { setTimeout as sleep } from "node:timers/promises";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { isDuplicate } from "./dedup.ts";
import { deliveryCase, fetched, holdsTexts, peeked, put, waitFor } from "./inbox.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

export const lapseCases: readonly Case[] = [
  deliveryCase({
    id: "delivery.ttl.expires",
    rules: ["delivery.ttl"],
    hooks: ["clock.advance"],
    sends:
      "messages for 60 s, one of them by BatchEnqueue, between two for an hour; 59 s, then 62 s",
    expects: "all of them before; afterwards only the two, from Fetch, FetchWait and Peek",
    checks: ["before", "fetch", "wait", "peek"],
    errata: ["C-39"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await put(alice, bob, "hour", { ttlSecs: 3600 });
      await put(alice, bob, "minute", { ttlSecs: 60 });
      const batch = { recipientKeys: [bob.key], payload: Buffer.from("batch"), ttlSecs: 60 };
      demandOk(await alice.call(DeliveryService.method.batchEnqueue, batch), "BatchEnqueue");
      await put(alice, bob, "later", { ttlSecs: 3600 });
      await t.hook("clock.advance", 50 * SECOND);
      holdsTexts(t, "before", await peeked(bob), ["hour", "minute", "batch", "later"]);
      await t.hook("clock.advance", 12 * SECOND);
      holdsTexts(t, "peek", await peeked(bob), ["hour", "later"]);
      const waited = await waitFor(bob, 0, 1);
      holdsTexts(t, "wait", waited.message().payloads, ["hour"]);
      const left = t.profile.fetch === "drain" ? ["later"] : ["hour", "later"];
      holdsTexts(t, "fetch", await fetched(bob), left);
    },
  }),

  deliveryCase({
    id: "delivery.ttl.one-second",
    rules: ["delivery.ttl"],
    tier: "full",
    sends: "a message with ttl_secs 1; a look at once, and one after 3 s of real time",
    expects: "the message, then none",
    checks: ["before", "after"],
    errata: ["C-39"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await put(alice, bob, "a", { ttlSecs: 1 });
      holdsTexts(t, "before", await peeked(bob), ["a"]);
      await sleep(3000);
      holdsTexts(t, "after", await fetched(bob), []);
    },
  }),

  deliveryCase({
    id: "delivery.ttl.default",
    rules: ["delivery.ttl-default"],
    severity: "MAY", // C-39: the default is not tested, so another one is only reported
    hooks: ["clock.advance"],
    sends: "a message with ttl_secs 0; a look after 29 days, and one after 31",
    expects: "the message, then none",
    checks: ["before", "after"],
    errata: ["C-39"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await put(alice, bob, "a");
      holdsTexts(t, "before", await peeked(await after(t, bob, 29 * DAY)), ["a"]);
      holdsTexts(t, "after", await fetched(await after(t, bob, 2 * DAY)), []);
    },
  }),

  deliveryCase({
    id: "delivery.ttl.clamped",
    rules: ["delivery.ttl-clamped"],
    hooks: ["clock.advance"],
    sends:
      "messages with a ttl_secs of 365 days and of 2^32 - 1; a look after 89 days, one after 91",
    expects: "Ok; both messages, then none",
    checks: ["before", "after"],
    errata: ["C-39"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await put(alice, bob, "year", { ttlSecs: 365 * 86_400 });
      await put(alice, bob, "most", { ttlSecs: 0xffff_ffff });
      holdsTexts(t, "before", await peeked(await after(t, bob, 89 * DAY)), ["year", "most"]);
      holdsTexts(t, "after", await fetched(await after(t, bob, 2 * DAY)), []);
    },
  }),

  deliveryCase({
    id: "delivery.dedup.window",
    rules: ["delivery.dedup-window"],
    hooks: ["clock.advance"],
    sends: "a message for a minute again after 23 h, and one for 30 days again after 29 days",
    expects: "two duplicates",
    checks: ["day", "life"],
    errata: ["C-37", "I-01"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const brief = { ttlSecs: 60, messageId: t.bytes(16) };
      const lasting = { ttlSecs: 30 * 86_400, messageId: t.bytes(16) };
      const first = await put(alice, bob, "brief", brief);
      const second = await put(alice, bob, "lasting", lasting);
      await t.hook("clock.advance", 23 * HOUR);
      isDuplicate(t, "day", await put(alice, bob, "brief", brief), first);
      const later = await after(t, alice, 28 * DAY);
      isDuplicate(t, "life", await put(later, bob, "lasting", lasting), second);
    },
  }),

  deliveryCase({
    id: "delivery.dedup.after-expiry",
    rules: ["delivery.retry-consistent"],
    hooks: ["clock.advance"],
    sends: "a message for 1 s with a message_id, again after 3 s and after 40 days",
    expects:
      "each time a duplicate with the first seq that stores nothing, or a message with a new seq",
    checks: ["inside", "inside-stored", "outside", "outside-stored"],
    errata: ["I-01"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const extras = { ttlSecs: 1, messageId: t.bytes(16) };
      const first = await put(alice, bob, "a", extras);
      await t.hook("clock.advance", 3 * SECOND);
      await retryIsConsistent(t, "inside", alice, bob, extras, first.seq);
      const [aliceLater, bobLater] = [await after(t, alice, 40 * DAY), await t.logIn(bob.account)];
      await retryIsConsistent(t, "outside", aliceLater, bobLater, extras, first.seq);
    },
  }),
];

/** after moves the clock beyond the life of a session and logs in again. */
async function after(t: Trial, { account }: User, ms: number): Promise<User> {
  await t.hook("clock.advance", ms);
  return t.logIn(account);
}

async function retryIsConsistent(
  t: Trial,
  check: string,
  alice: User,
  bob: User,
  extras: { readonly ttlSecs: number; readonly messageId: Uint8Array },
  firstSeq: bigint,
): Promise<void> {
  const { seq, duplicate } = await put(alice, bob, "a", { ...extras, ttlSecs: 60 });
  t.check(check, duplicate ? seq === firstSeq : seq > firstSeq, {
    expected: `duplicate with seq ${firstSeq}, or a new seq above it`,
    got: `seq ${seq}, duplicate ${duplicate}`,
  });
  holdsTexts(t, `${check}-stored`, await peeked(bob), duplicate ? [] : ["a"]);
}
