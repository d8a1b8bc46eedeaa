// What a server-wide ban ends, and what it leaves alone (spec/services/moderation.md; C-63, I-06, I-07).

import { setTimeout as sleep } from "node:timers/promises";
import { DeliveryService, KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { readInbox } from "../auth/steps.ts";
import { isStatus } from "../checks.ts";
import {
  fetched,
  holdsTexts,
  LONG_MS,
  put,
  START_MS,
  sameBytes,
  waitFor,
} from "../delivery/inbox.ts";
import { announced, arrives } from "../events/received.ts";
import { askBan, ban, isOut, moderationCase, OUT, proveLogin, unban } from "./steps.ts";

const { batchEnqueue } = DeliveryService.method;
const { uploadKeyPackage, fetchKeyPackage } = KeyService.method;

/** Longest time until a wait whose session ended is answered, in milliseconds. */
const SOON_MS = 3000;

export const banCases: readonly Case[] = [
  moderationCase({
    id: "moderation.ban.every-session",
    rules: ["moderation.ban", "sessions.ended"],
    sends:
      "a server-wide ban, then a Fetch by both sessions of the banned user and by another user",
    expects: "Ok to the ban; Unauthorized or Forbidden to both, Ok to the other user",
    checks: ["answer", "success", "first", "second", "other-user"],
    tier: "smoke",
    async run(t) {
      const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.user()];
      const second = await t.logIn(alice.account);
      const answer = await askBan(admin, alice.key);
      t.status(answer, Status.Ok);
      t.check("success", answer.message().success, { expected: "success", got: "false" });
      isOut(t, "first", await readInbox(alice, alice.key));
      isOut(t, "second", await readInbox(second, alice.key));
      isStatus(t, "other-user", await readInbox(bob, bob.key), Status.Ok);
    },
  }),

  moderationCase({
    id: "moderation.ban.body-token",
    rules: ["moderation.ban", "sessions.unauthorized"],
    when: { session: ["both", "body"] },
    sends: "a server-wide ban, then a Fetch with the banned user's token on a fresh connection",
    expects: "Ok before the ban, Unauthorized or Forbidden after it",
    checks: ["before", "after"],
    async run(t) {
      const [admin, { key, token }] = [await t.admin(), await t.newUser()];
      isStatus(t, "before", await readInbox(await t.peer(), key, { token }), Status.Ok);
      await ban(admin, key);
      isOut(t, "after", await readInbox(await t.peer(), key, { token }));
    },
  }),

  moderationCase({
    id: "moderation.ban.pending-wait",
    rules: ["moderation.ban", "delivery.wait-session-ends"],
    sends: "a FetchWait, a ban on its caller, a message for the caller",
    expects: "no message; Unauthorized or Forbidden as soon as the ban is set",
    checks: ["no-message", "soon"],
    errata: ["I-06", "I-07"],
    async run(t) {
      const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.user()];
      const waiting = waitFor(alice, LONG_MS);
      waiting.catch(() => {}); // of no interest when the ban fails
      await sleep(START_MS);
      await ban(admin, alice.key);
      // Time for the wait to end by itself, before a message wakes it.
      await Promise.race([waiting, sleep(SOON_MS)]);
      await put(bob, alice, "too late");
      const answer = await waiting;
      const list = answer.status === Status.Ok ? answer.message().payloads : [];
      holdsTexts(t, "no-message", list, []);
      // I-06: an empty Ok when the time is over is accepted as well.
      const isSoon = OUT.includes(answer.status as Status) && answer.at - answer.sentAt < SOON_MS;
      const got = `${statusName(answer.status)} after ${Math.round(answer.at - answer.sentAt)} ms`;
      t.check("soon", isSoon, { expected: "Unauthorized at once", got }, "warn");
    },
  }),

  moderationCase({
    id: "moderation.ban.no-push",
    rules: ["moderation.ban", "events.only-receivers"],
    features: ["push"],
    when: { push: ["on"] },
    sends: "a ban, then a message for the banned user and one for another user",
    expects: "no event on the connection of the ended session, one for the other user",
    checks: ["other-user", "banned"],
    errata: ["I-07", "I-11"],
    async run(t) {
      const [admin, alice] = [await t.admin(), await t.newUser()];
      const [bob, carol] = [await t.user(), await t.user()];
      await ban(admin, alice.key);
      await put(bob, alice, "for nobody");
      const { seq } = await put(bob, carol, "hello");
      await arrives(t, "other-user", carol.peer, carol.key, seq);
      const events = announced(alice.peer);
      t.check("banned", events === 0, { expected: "no event", got: `${events} events` });
    },
  }),

  moderationCase({
    id: "moderation.inbox-open.enqueue",
    rules: ["moderation.inbox-open"],
    sends: "a ban, Enqueue and BatchEnqueue for the banned key, then an unban and a login",
    expects: "Ok to both, and both messages in the inbox",
    checks: ["answer", "messages"],
    async run(t) {
      const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.user()];
      await ban(admin, alice.key);
      const { enqueue } = DeliveryService.method;
      const one = { recipientKey: alice.key, payload: Buffer.from("one") };
      t.status(await bob.call(enqueue, one), Status.Ok);
      const two = { recipientKeys: [alice.key, bob.key], payload: Buffer.from("two") };
      demandOk(await bob.call(batchEnqueue, two), "BatchEnqueue");
      await unban(admin, alice.key);
      holdsTexts(t, "messages", await fetched(await t.logIn(alice.account)), ["one", "two"]);
    },
  }),

  moderationCase({
    id: "moderation.no-packages.while-banned",
    rules: ["moderation.no-packages"],
    features: ["keys"],
    sends:
      "a KeyPackage, a ban on its owner, two fetches by another user, an unban, one more fetch",
    expects: "nothing while the ban lasts, the package after it",
    checks: ["first", "second", "after"],
    async run(t) {
      const [admin, alice, bob] = [await t.admin(), await t.newUser(), await t.user()];
      const bytes = t.bytes(200);
      const upload = { identityKey: alice.key, package: bytes };
      demandOk(await alice.call(uploadKeyPackage, upload), "UploadKeyPackage");
      await ban(admin, alice.key);
      const fetch = () => bob.call(fetchKeyPackage, { identityKey: alice.key });
      for (const check of ["first", "second"]) {
        const answer = await fetch();
        const isEmpty = answer.status === Status.Ok && answer.message().package.length === 0;
        t.check(check, isEmpty || answer.status === Status.NotFound, {
          expected: "Ok with an empty package",
          got: statusName(answer.status),
        });
      }
      await unban(admin, alice.key);
      const after = await fetch();
      const found = after.status === Status.Ok ? after.message().package : undefined;
      t.check("after", sameBytes(found, bytes), {
        expected: "the package",
        got: found?.length === 0 ? "nothing" : statusName(after.status),
      });
    },
  }),

  moderationCase({
    id: "moderation.login.right-password",
    rules: ["moderation.login"],
    twin: "auth.login.right-password",
    sends: "a whole login of a banned user with the right password",
    expects: "Forbidden at OpaqueLoginFinish; Unauthorized is accepted",
    async run(t) {
      const [admin, alice] = [await t.admin(), await t.newUser()];
      await ban(admin, alice.key);
      t.refused(await proveLogin(t, alice), OUT);
    },
  }),
];
