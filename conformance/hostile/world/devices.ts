// Devices, 700 to 702 and 710, and recovery bundles, 750 to 752 (spec/services/{device,recovery}.md).

import { createHash } from "node:crypto";
import { DeviceService, RecoveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { answering, demand, type Handler } from "./handler.ts";
import { hex } from "./state.ts";

const { registerDevice, listDevices, revokeDevice, registerPushToken } = DeviceService.method;
const { storeRecoveryBundle, fetchRecoveryBundle, deleteRecoveryBundle } = RecoveryService.method;

const MOST_DEVICES = 5;

export const DEVICES: readonly Handler[] = [
  answering(registerDevice, ({ deviceId, deviceName }, { account: { devices } }) => {
    demand(deviceId.length === 16);
    const isRoom = devices.size < MOST_DEVICES || devices.has(hex(deviceId));
    demand(isRoom, Status.Forbidden);
    devices.set(hex(deviceId), { name: deviceName, atMs: BigInt(Date.now()) });
    return { success: true };
  }),

  answering(listDevices, (_, { account: { devices } }) => ({
    devices: [...devices].map(([id, { name, atMs }]) => ({
      deviceId: new Uint8Array(Buffer.from(id, "hex")),
      deviceName: name,
      registeredAtMs: atMs,
    })),
  })),

  answering(revokeDevice, ({ deviceId }, { account: { devices } }) => {
    demand(deviceId.length === 16);
    demand(devices.delete(hex(deviceId)), Status.NotFound);
    return { success: true };
  }),

  answering(registerPushToken, ({ deviceId }, { account: { devices } }) => {
    demand(deviceId.length === 16);
    demand(devices.has(hex(deviceId)), Status.NotFound);
    return { success: true };
  }),

  answering(storeRecoveryBundle, ({ tokenHash, bundle }, { state, account }) => {
    demand(tokenHash.length === 32 && bundle.length > 0);
    const known = state.bundles.get(hex(tokenHash));
    demand(known === undefined || known.owner === account.username, Status.Forbidden);
    state.bundles.set(hex(tokenHash), { owner: account.username, bundle: bundle.slice() });
    return { success: true };
  }),

  answering(fetchRecoveryBundle, ({ recoveryToken }, { state }) => {
    demand(recoveryToken.length === 32);
    const hash = createHash("sha256").update(recoveryToken).digest("hex");
    const known = state.bundles.get(hash);
    demand(known !== undefined, Status.NotFound);
    return { bundle: known.bundle };
  }),

  answering(deleteRecoveryBundle, ({ tokenHash }, { state, account }) => {
    demand(tokenHash.length === 32);
    const known = state.bundles.get(hex(tokenHash));
    demand(known === undefined || known.owner === account.username, Status.Forbidden);
    return { success: state.bundles.delete(hex(tokenHash)) };
  }),
];
