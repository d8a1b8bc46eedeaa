// Devices and push tokens (700-702, 710): spec/services/device.md. To the server a device is a view of
// the inbox, a push token and a session (C-115).

import { PushPlatform } from "../gen/qpc/v1/device_pb.ts";
import { DeviceService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { demand } from "../rpc/error.ts";
import { type ComposedMethod, callerSession, compose } from "../rpc/service.ts";
import type { DeviceStore } from "../storage/stores/devices.ts";
import type { Waits } from "./waits.ts";

export interface DeviceDependencies {
  readonly devices: DeviceStore;
  readonly waits: Waits;
  readonly clock: Clock;
}

const PLATFORMS: readonly PushPlatform[] = [PushPlatform.APNS, PushPlatform.FCM];

/** createDeviceService answers 700 to 702 and 710. */
export function createDeviceService({
  devices,
  waits,
  clock,
}: DeviceDependencies): ComposedMethod[] {
  return compose(DeviceService, {
    async registerDevice({ deviceId, deviceName: name }, call) {
      const { tokenHash } = callerSession(call);
      const isShort = Buffer.byteLength(name) <= LIMITS.deviceName.value;
      demand(isShort, Status.BadRequest, "device.name-length");
      const device = { deviceId, name };
      const outcome = await devices.register(tokenHash, device, LIMITS.devices.value, clock.now());
      demand(outcome !== "session-ended", Status.Unauthorized, "sessions.unauthorized");
      demand(outcome !== "bound-elsewhere", Status.Forbidden, "device.binds");
      demand(outcome !== "too-many", Status.Forbidden, "device.limit", { code: "DEVICE_LIMIT" });
      return { success: true };
    },

    async listDevices(_request, call) {
      const found = await devices.list(callerSession(call).identityKey);
      return {
        devices: found.map(({ deviceId, name, registeredAt }) => ({
          deviceId,
          deviceName: name,
          registeredAtMs: BigInt(registeredAt),
        })),
      };
    },

    async revokeDevice({ deviceId }, call) {
      const { identityKey } = callerSession(call);
      const revoked = await devices.revoke(identityKey, deviceId);
      demand(revoked, Status.NotFound, "device.own-devices");
      // I-11: the sessions of the device are over, and with them their waits.
      waits.recheck(identityKey);
      return { success: true };
    },

    async registerPushToken({ deviceId, platform, token }, call) {
      const { identityKey } = callerSession(call);
      demand(PLATFORMS.includes(platform), Status.BadRequest, "device.push-platform");
      const isShort = token.length <= LIMITS.pushToken.value;
      demand(isShort, Status.BadRequest, "device.token-length");
      const kept = token.length === 0 ? undefined : { platform, token };
      const known = await devices.setPushToken(identityKey, deviceId, kept);
      demand(known, Status.NotFound, "device.push-token");
      return { success: true };
    },
  });
}
