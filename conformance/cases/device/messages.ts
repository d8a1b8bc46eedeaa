// Field numbers of 700 to 702 and 710: requests and answers written byte by byte
// (spec/services/device.md, Messages).

import { DeviceService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { Case } from "../../judge/case.ts";
import { answersWith, bytesField, numberField } from "../message-bytes.ts";
import { deviceCase, enrol, listed, twoSessions } from "./steps.ts";

const { registerDevice, listDevices, revokeDevice, registerPushToken } = DeviceService.method;

const LAPTOP = Buffer.from("laptop");

/** Field 1, success. */
const SUCCESS = [numberField(1, 1)];

export const messageCases: readonly Case[] = [
  deviceCase({
    id: "device.messages.register",
    rules: ["device.messages"],
    sends: "1 device_id and 2 device_name in hand-written bytes",
    expects: "1 success",
    checks: ["answer", "payload"],
    async run(t) {
      const request = [bytesField(1, t.bytes(16)), bytesField(2, LAPTOP)];
      await answersWith(t, await t.newUser(), registerDevice, request, SUCCESS);
    },
  }),

  deviceCase({
    id: "device.messages.list",
    rules: ["device.messages"],
    sends: "an empty ListDevices of an account with one device",
    expects: "1 devices, with 1 device_id, 2 device_name and 3 registered_at_ms",
    checks: ["answer", "payload"],
    async run(t) {
      const [user, deviceId] = [await t.newUser(), t.bytes(16)];
      await enrol(user, deviceId, "laptop");
      const [device] = await listed(user);
      const time = numberField(3, device?.registeredAtMs ?? 0n);
      const fields = [bytesField(1, deviceId), bytesField(2, LAPTOP), time];
      await answersWith(t, user, listDevices, [], [bytesField(1, Buffer.concat(fields))]);
    },
  }),

  deviceCase({
    id: "device.messages.revoke",
    rules: ["device.messages"],
    sends: "1 device_id in hand-written bytes",
    expects: "1 success",
    checks: ["answer", "payload"],
    async run(t) {
      const [[user, other], deviceId] = [await twoSessions(t), t.bytes(16)];
      await enrol(other, deviceId);
      await answersWith(t, user, revokeDevice, [bytesField(1, deviceId)], SUCCESS);
    },
  }),

  deviceCase({
    id: "device.messages.push-token",
    rules: ["device.messages"],
    sends: "1 device_id, 2 platform 2 and 3 token in hand-written bytes",
    expects: "1 success",
    checks: ["answer", "payload"],
    async run(t) {
      const [user, deviceId] = [await t.newUser(), t.bytes(16)];
      await enrol(user, deviceId);
      const request = [bytesField(1, deviceId), numberField(2, 2), bytesField(3, t.bytes(32))];
      await answersWith(t, user, registerPushToken, request, SUCCESS);
    },
  }),
];
