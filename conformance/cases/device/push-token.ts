// Push tokens (spec/services/device.md, Push tokens; C-68). Nothing on the wire shows a token again.

import { PushPlatform } from "../../../src/gen/qpc/v1/device_pb.ts";
import { DeviceService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { deviceCase, enrol, listed, revoke, twoSessions } from "./steps.ts";

const { registerPushToken } = DeviceService.method;

export const pushTokenCases: readonly Case[] = [
  deviceCase({
    id: "device.push-token.set",
    rules: ["device.push-token", "device.push-platform", "device.messages"],
    sends: "a token of APNs, one of FCM in its place, and an empty one, twice",
    expects: "success each",
    checks: ["apns", "fcm", "forgotten", "again"],
    async run(t) {
      const [user, deviceId] = [await t.newUser(), t.bytes(16)];
      await enrol(user, deviceId);
      for (const [check, platform, length] of [
        ["apns", PushPlatform.APNS, 32],
        ["fcm", PushPlatform.FCM, 160],
        ["forgotten", PushPlatform.FCM, 0],
        ["again", PushPlatform.APNS, 0],
      ] as const) {
        const request = { deviceId, platform, token: t.bytes(length) };
        const answer = await user.call(registerPushToken, request);
        const success = answer.status === Status.Ok && answer.message().success;
        t.check(check, success, { expected: "Ok", got: `status ${answer.status}` });
      }
    },
  }),

  deviceCase({
    id: "device.push-token.other-device",
    rules: ["device.push-token"],
    twin: "device.push-token.set",
    sends:
      "a token for a device that nobody registered, for one of another account, for a revoked one",
    expects: "NotFound each, and no device comes of it",
    checks: ["unknown", "foreign", "revoked", "untouched"],
    errata: ["C-68"],
    async run(t) {
      const [[alice, other], bob] = [await twoSessions(t), await t.newUser()];
      const [revoked, foreign] = [t.bytes(16), t.bytes(16)];
      await enrol(other, revoked);
      await enrol(bob, foreign);
      await revoke(alice, revoked);
      for (const [check, deviceId] of [
        ["unknown", t.bytes(16)],
        ["foreign", foreign],
        ["revoked", revoked],
      ] as const) {
        const request = { deviceId, platform: PushPlatform.FCM, token: t.bytes(32) };
        t.refused(await alice.call(registerPushToken, request), Status.NotFound, check);
      }
      const { length } = await listed(alice);
      t.check("untouched", length === 0, { expected: "no device", got: `${length}` });
    },
  }),

  deviceCase({
    id: "device.token-length.4096-bytes",
    rules: ["device.token-length"],
    sends: "a token of 4,096 bytes",
    expects: "Ok",
    errata: ["C-113"],
    async run(t) {
      const [user, deviceId] = [await t.newUser(), t.bytes(16)];
      await enrol(user, deviceId);
      const request = { deviceId, platform: PushPlatform.FCM, token: t.bytes(4096) };
      t.status(await user.call(registerPushToken, request), Status.Ok);
    },
  }),

  deviceCase({
    id: "device.token-length.4097-bytes",
    rules: ["device.token-length"],
    twin: "device.token-length.4096-bytes",
    sends: "a token of 4,097 bytes",
    expects: "BadRequest",
    errata: ["C-113"],
    async run(t) {
      const [user, deviceId] = [await t.newUser(), t.bytes(16)];
      await enrol(user, deviceId);
      const request = { deviceId, platform: PushPlatform.FCM, token: t.bytes(4097) };
      t.refused(await user.call(registerPushToken, request), Status.BadRequest);
    },
  }),
];
