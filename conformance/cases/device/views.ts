// Views of the inbox: a cursor for every device and one for the unscoped view (spec/services/device.md,
// spec/services/delivery.md; C-36, I-03, I-04).

import { setTimeout as sleep } from "node:timers/promises";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { fill, holdsTexts, LONG_MS, put, putAll, START_MS } from "../delivery/inbox.ts";
import { acknowledgeView, deviceCase, enrol, revoke, viewed, withDevices } from "./steps.ts";

const { fetch, fetchWait } = DeliveryService.method;

const TEXTS = ["one", "two", "three"];

export const viewCases: readonly Case[] = [
  deviceCase({
    id: "device.view.own-cursor",
    rules: ["device.view", "delivery.device-views"],
    sends: "three messages for an account with devices P and Q, and an Ack of P for all of them",
    expects: "nothing for P, the three for Q and for the unscoped view",
    checks: ["p", "q", "unscoped"],
    tier: "smoke",
    errata: ["C-36", "I-04"],
    async run(t) {
      const { user, p, q, last } = await threeQueued(t);
      await acknowledgeView(user, last, p);
      holdsTexts(t, "p", await viewed(user, p), []);
      holdsTexts(t, "q", await viewed(user, q), TEXTS);
      holdsTexts(t, "unscoped", await viewed(user), TEXTS);
    },
  }),

  deviceCase({
    id: "device.removal.unscoped-ack",
    rules: ["device.removal", "delivery.device-views"],
    sends: "the same, then an unscoped Ack for all of them",
    expects: "nothing for the unscoped view, the three for Q",
    checks: ["unscoped", "q"],
    errata: ["C-36", "I-04"],
    async run(t) {
      const { user, p, q, last } = await threeQueued(t);
      await acknowledgeView(user, last, p);
      await acknowledgeView(user, last);
      holdsTexts(t, "unscoped", await viewed(user), []);
      holdsTexts(t, "q", await viewed(user, q), TEXTS);
    },
  }),

  deviceCase({
    id: "device.removal.every-device",
    rules: ["device.removal", "delivery.device-views"],
    sends: "an Ack of P and one of Q for all three, and none without a device_id",
    expects: "nothing for any view, the unscoped one included",
    checks: ["p", "q", "unscoped"],
    errata: ["C-36", "I-04"],
    async run(t) {
      const { user, p, q, last } = await threeQueued(t);
      for (const device of [p, q]) await acknowledgeView(user, last, device);
      holdsTexts(t, "p", await viewed(user, p), []);
      holdsTexts(t, "q", await viewed(user, q), []);
      holdsTexts(t, "unscoped", await viewed(user), []);
    },
  }),

  deviceCase({
    id: "device.removal.lowest-device",
    rules: ["device.removal"],
    sends: "an Ack of P for all three and one of Q for the first",
    expects: "the second and the third for Q and for the unscoped view",
    checks: ["q", "unscoped"],
    errata: ["I-04"],
    async run(t) {
      const { user, p, q, first, last } = await threeQueued(t);
      await acknowledgeView(user, last, p);
      await acknowledgeView(user, first, q);
      holdsTexts(t, "q", await viewed(user, q), ["two", "three"]);
      holdsTexts(t, "unscoped", await viewed(user), ["two", "three"]);
    },
  }),

  deviceCase({
    id: "device.removal.revoked-device",
    rules: ["device.removal", "device.revoke"],
    sends: "an Ack of P for all three; Q, which acknowledged none, is revoked",
    expects: "nothing for P and nothing for the unscoped view",
    checks: ["p", "unscoped"],
    errata: ["I-04"],
    async run(t) {
      const { user, p, q, last } = await threeQueued(t);
      await acknowledgeView(user, last, p);
      await revoke(user, q);
      holdsTexts(t, "p", await viewed(user, p), []);
      holdsTexts(t, "unscoped", await viewed(user), []);
    },
  }),

  deviceCase({
    id: "device.removal.no-device-left",
    rules: ["device.removal"],
    sends: "an unscoped Ack for two of three; both devices, which acknowledged none, are revoked",
    expects: "the third for the unscoped view and for a device that is registered then",
    checks: ["unscoped", "new"],
    errata: ["I-04"],
    async run(t) {
      const { user, p, q, first } = await threeQueued(t);
      await acknowledgeView(user, first + 1n);
      for (const device of [p, q]) await revoke(user, device);
      holdsTexts(t, "unscoped", await viewed(user), ["three"]);
      const r = t.bytes(16);
      await enrol(user, r);
      holdsTexts(t, "new", await viewed(user, r), ["three"]);
    },
  }),

  deviceCase({
    id: "device.new-device.sees-what-is-queued",
    rules: ["device.new-device"],
    sends: "the three gone for all; a fourth that P alone acknowledged; then RegisterDevice for R",
    expects: "the fourth for R, for Q and for the unscoped view, and nothing for P",
    checks: ["r", "q", "p", "unscoped"],
    errata: ["I-04"],
    async run(t) {
      const { user, p, q, last } = await threeQueued(t);
      for (const device of [p, q]) await acknowledgeView(user, last, device);
      const four = await put(user, user, "four");
      await acknowledgeView(user, four.seq, p);
      const r = t.bytes(16);
      await enrol(await t.logIn(user.account), r);
      holdsTexts(t, "r", await viewed(user, r), ["four"]);
      holdsTexts(t, "q", await viewed(user, q), ["four"]);
      holdsTexts(t, "p", await viewed(user, p), []);
      holdsTexts(t, "unscoped", await viewed(user), ["four"]);
    },
  }),

  deviceCase({
    id: "device.new-device.after-unscoped-acks",
    rules: ["device.new-device"],
    sends:
      "three messages, an unscoped Ack for the first, then the first RegisterDevice; then an Ack for the rest",
    expects: "the second and the third for the device, before that Ack and after it",
    checks: ["before", "after"],
    errata: ["I-04"],
    async run(t) {
      const [user, device] = [await t.newUser(), t.bytes(16)];
      const [first = 0n, , last = 0n] = await putAll(user, user, TEXTS);
      await acknowledgeView(user, first);
      await enrol(user, device);
      holdsTexts(t, "before", await viewed(user, device), ["two", "three"]);
      await acknowledgeView(user, last);
      holdsTexts(t, "after", await viewed(user, device), ["two", "three"]);
    },
  }),

  deviceCase({
    id: "device.new-device.registered-anew",
    rules: ["device.new-device", "device.register"],
    sends: "an Ack of P for all three; P is revoked and registered again, while Q holds them",
    expects: "the three for P: the old cursor went with the old device",
    checks: ["anew"],
    errata: ["I-04"],
    async run(t) {
      const { user, p, last } = await threeQueued(t);
      await acknowledgeView(user, last, p);
      await revoke(user, p);
      await enrol(user, p);
      holdsTexts(t, "anew", await viewed(user, p), TEXTS);
    },
  }),

  deviceCase({
    id: "device.view.same-id-elsewhere",
    rules: ["device.view"],
    sends: "the same device_id in two accounts, a message for each, and an Ack by one of them",
    expects: "the message of the other stays",
    checks: ["acknowledged", "other"],
    errata: ["I-04"],
    async run(t) {
      const [alice, bob, device] = [await t.newUser(), await t.newUser(), t.bytes(16)];
      for (const user of [alice, bob]) await enrol(user, device);
      const { seq } = await put(alice, alice, "one");
      await put(alice, bob, "one");
      await acknowledgeView(alice, seq + 10n, device);
      holdsTexts(t, "acknowledged", await viewed(alice, device), []);
      holdsTexts(t, "other", await viewed(bob, device), ["one"]);
    },
  }),

  deviceCase({
    id: "device.view.extreme-acks",
    rules: ["device.view", "delivery.ack-bounded", "delivery.ack-idempotent"],
    severity: "SHOULD",
    sends: "Acks of a device: 2^64 - 1, then 0 and the first again; then a message",
    expects: "nothing before the message, and the message after it",
    checks: ["before", "after"],
    errata: ["C-32", "I-03"],
    async run(t) {
      const { user, p, first } = await threeQueued(t);
      for (const seq of [2n ** 64n - 1n, 0n, first]) await acknowledgeView(user, seq, p);
      holdsTexts(t, "before", await viewed(user, p), []);
      await put(user, user, "four");
      holdsTexts(t, "after", await viewed(user, p), ["four"]);
    },
  }),

  deviceCase({
    id: "device.view.limit",
    rules: ["device.view", "delivery.limit"],
    sends:
      "Fetch with a limit of 2 and a device_id, when the device acknowledged the first of four",
    expects: "the second and the third",
    checks: ["two"],
    async run(t) {
      const { user, p, first } = await threeQueued(t);
      await put(user, user, "four");
      await acknowledgeView(user, first, p);
      const answer = await user.call(fetch, { recipientKey: user.key, deviceId: p, limit: 2 });
      demandOk(answer, "Fetch");
      holdsTexts(t, "two", answer.message().payloads, ["two", "three"]);
    },
  }),

  deviceCase({
    id: "device.view.batch",
    rules: ["delivery.device-views", "device.view"],
    sends: "a batch of three entries for an account with two devices",
    expects: "three messages for each view",
    checks: ["p", "q", "unscoped"],
    errata: ["C-36"],
    async run(t) {
      const { user, ids } = await withDevices(t, 2);
      await fill(user, user, 3);
      const three = ["x", "x", "x"];
      for (const [n, check] of ["p", "q"].entries()) {
        holdsTexts(t, check, await viewed(user, ids[n]), three);
      }
      holdsTexts(t, "unscoped", await viewed(user), three);
    },
  }),

  deviceCase({
    id: "device.view.wait",
    rules: ["device.view", "delivery.wait-wakes"],
    sends: "FetchWaits of P, which acknowledged all, and of Q, which did not; then a message",
    expects: "Q is answered at once, P when the message is there, each with its view",
    checks: ["q", "p"],
    errata: ["I-04"],
    async run(t) {
      const { user, p, q, last } = await threeQueued(t);
      await acknowledgeView(user, last, p);
      const waiting = waitOn(user, p);
      holdsTexts(t, "q", await waitOn(user, q), TEXTS);
      await sleep(START_MS);
      await put(user, user, "four");
      holdsTexts(t, "p", await waiting, ["four"]);
    },
  }),
];

interface Queued {
  readonly user: User;
  readonly p: Uint8Array;
  readonly q: Uint8Array;
  readonly first: bigint;
  readonly last: bigint;
}

/** threeQueued puts three messages into the inbox of an account with the devices P and Q. */
async function threeQueued(t: Trial): Promise<Queued> {
  const { user, ids } = await withDevices(t, 2);
  const [first = 0n, , last = 0n] = await putAll(user, user, TEXTS);
  const [p, q] = ids as [Uint8Array, Uint8Array];
  return { user, p, q, first, last };
}

async function waitOn(user: User, deviceId: Uint8Array) {
  const request = { recipientKey: user.key, deviceId, timeoutMs: BigInt(LONG_MS) };
  const answer = await user.call(fetchWait, request, { ms: 2 * LONG_MS });
  demandOk(answer, "FetchWait");
  return answer.message().payloads;
}
