// Revoking a device ends its sessions and no others (spec/services/device.md, Revoking; C-103, I-11).

import { setTimeout as sleep } from "node:timers/promises";
import { DeliveryService, DeviceService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { login } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { User } from "../../judge/user.ts";
import { LONG_MS, START_MS } from "../delivery/inbox.ts";
import {
  BODY,
  deviceCase,
  enrol,
  isAlive,
  isOver,
  lists,
  revoke,
  twoSessions,
  withDevices,
} from "./steps.ts";

const { revokeDevice } = DeviceService.method;
const { peek, fetchWait } = DeliveryService.method;

export const revokeCases: readonly Case[] = [
  deviceCase({
    id: "device.revoke.ends-its-session",
    rules: ["device.revoke", "sessions.device", "sessions.ended"],
    sends: "RevokeDevice from another session than that of the device",
    expects: "Unauthorized to the next call of the device, whose connection may log in anew",
    checks: ["answer", "ended", "connection-lives", "anew"],
    tier: "smoke",
    errata: ["C-103", "I-11"],
    async run(t) {
      const { user, ids, sessions } = await withDevices(t, 1);
      const [session] = sessions as [User];
      t.status(await user.call(revokeDevice, { deviceId: ids[0] as Uint8Array }), Status.Ok);
      await isOver(t, "ended", session);
      await t.connectionLives(session.peer);
      const { status } = await login(session.peer, user.account);
      t.check("anew", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),

  deviceCase({
    id: "device.revoke.token-in-body",
    rules: ["device.revoke", "sessions.unauthorized"],
    when: BODY,
    twin: "sessions.device.token-in-body",
    sends: "the token of a session whose device was revoked, on a fresh connection",
    expects: "Unauthorized",
    errata: ["I-11"],
    async run(t) {
      const { user, ids, sessions } = await withDevices(t, 1);
      const [{ token }] = sessions as [User];
      await revoke(user, ids[0] as Uint8Array);
      const peer = await t.peer();
      const answer = await peer.call(peek, { recipientKey: user.key }, { token });
      t.refused(answer, Status.Unauthorized);
    },
  }),

  deviceCase({
    id: "device.revoke.its-sessions-alone",
    rules: ["device.revoke", "sessions.device"],
    sends:
      "RevokeDevice for a device with two sessions, beside one of another device and one of none",
    expects: "the two end, the others go on",
    checks: ["first", "second", "other-device", "no-device"],
    errata: ["C-103"],
    async run(t) {
      const { user, ids, sessions } = await withDevices(t, 2);
      const [session, other] = sessions as [User, User];
      const deviceId = ids[0] as Uint8Array;
      const second = await t.logIn(user.account);
      await enrol(second, deviceId);
      await revoke(other, deviceId);
      await isOver(t, "first", session);
      await isOver(t, "second", second);
      await isAlive(t, "other-device", other);
      await isAlive(t, "no-device", user);
    },
  }),

  deviceCase({
    id: "device.revoke.own-device",
    rules: ["device.revoke"],
    sends: "RevokeDevice for the device of the calling session",
    expects: "Ok, then Unauthorized, and the device is gone",
    checks: ["answer", "ended", "gone"],
    errata: ["I-11"],
    async run(t) {
      const { user, ids, sessions } = await withDevices(t, 1);
      const [session] = sessions as [User];
      t.status(await session.call(revokeDevice, { deviceId: ids[0] as Uint8Array }), Status.Ok);
      await isOver(t, "ended", session);
      await lists(t, "gone", user, []);
    },
  }),

  deviceCase({
    id: "device.revoke.view-is-gone",
    rules: ["device.revoke", "device.unregistered"],
    twin: "device.view.own-device",
    sends: "a Peek with the device_id of a device that was revoked",
    expects: "NotFound, and the other device is still listed",
    checks: ["answer", "other"],
    errata: ["C-103"],
    async run(t) {
      const { user, ids } = await withDevices(t, 2);
      const [deviceId, other] = ids as [Uint8Array, Uint8Array];
      await revoke(user, deviceId);
      t.refused(await user.call(peek, { recipientKey: user.key, deviceId }), Status.NotFound);
      await lists(t, "other", user, [other]);
    },
  }),

  deviceCase({
    id: "device.revoke.pending-wait",
    rules: ["device.revoke", "delivery.wait-session-ends"],
    sends: "a FetchWait for 5 s, and while it waits RevokeDevice for the device of its session",
    expects: "an answer before its time: Unauthorized, or Ok and an empty list",
    checks: ["soon", "answer"],
    errata: ["I-06", "I-11"],
    async run(t) {
      const { user, ids, sessions } = await withDevices(t, 1);
      const [session] = sessions as [User];
      const request = { recipientKey: user.key, timeoutMs: BigInt(LONG_MS) };
      const waiting = session.call(fetchWait, request, { ms: 2 * LONG_MS });
      await sleep(START_MS);
      await revoke(user, ids[0] as Uint8Array);
      const answer = await waiting;
      const took = Math.round(answer.at - answer.sentAt);
      t.check("soon", took < LONG_MS - 1000, { expected: "at once", got: `${took} ms` });
      t.status(answer, Status.Unauthorized, Status.Ok);
    },
  }),

  deviceCase({
    id: "device.own-devices.unknown",
    rules: ["device.own-devices"],
    twin: "device.revoke.ends-its-session",
    sends: "RevokeDevice with a device_id that nobody registered, and with one revoked before",
    expects: "NotFound for both",
    checks: ["unknown", "revoked"],
    async run(t) {
      const { user, ids } = await withDevices(t, 1);
      const deviceId = ids[0] as Uint8Array;
      await revoke(user, deviceId);
      const unknown = await user.call(revokeDevice, { deviceId: t.bytes(16) });
      t.refused(unknown, Status.NotFound, "unknown");
      t.refused(await user.call(revokeDevice, { deviceId }), Status.NotFound, "revoked");
    },
  }),

  deviceCase({
    id: "device.own-devices.foreign",
    rules: ["device.own-devices"],
    twin: "device.revoke.ends-its-session",
    sends: "RevokeDevice with the device_id of another account",
    expects: "NotFound, and the device and its session go on",
    checks: ["answer", "listed", "alive"],
    errata: ["I-11"],
    async run(t) {
      const [alice, [bob, other]] = [await t.user(), await twoSessions(t)];
      const deviceId = t.bytes(16);
      await enrol(bob, deviceId);
      t.refused(await alice.call(revokeDevice, { deviceId }), Status.NotFound);
      await lists(t, "listed", other, [deviceId]);
      await isAlive(t, "alive", bob);
    },
  }),
];
