// Valid requests of what an account has stored: blob, device, recovery and p2p.

import { PushPlatform } from "../../../src/gen/qpc/v1/device_pb.ts";
import {
  BlobService,
  DeviceService,
  EndpointService,
  RecoveryService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk } from "../../judge/account.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { sha256 } from "../bytes.ts";
import { type Makers, own } from "./request.ts";

export const BELONGINGS_REQUESTS: Makers = {
  UploadBlob: (t) => own(t, () => oneChunk(t.bytes(100))),
  DownloadBlob: async (t) => {
    const user = await t.user();
    const chunk = oneChunk(t.bytes(100));
    demandOk(await user.call(BlobService.method.uploadBlob, chunk), "UploadBlob");
    return { caller: user, fields: { blobId: chunk.blobId } };
  },
  RegisterDevice: async (t) => ({
    caller: await t.newUser(),
    fields: { deviceId: t.bytes(16), deviceName: "laptop" },
  }),
  ListDevices: (t) => own(t, () => ({})),
  RevokeDevice: async (t) => {
    const { user, deviceId } = await withDevice(t);
    return { caller: await t.logIn(user.account), fields: { deviceId } };
  },
  RegisterPushToken: async (t) => {
    const { user, deviceId } = await withDevice(t);
    return {
      caller: user,
      fields: { deviceId, platform: PushPlatform.FCM, token: t.bytes(160) },
    };
  },
  StoreRecoveryBundle: (t) =>
    own(t, (key) => ({ tokenHash: sha256(recoveryToken(key)), bundle: t.bytes(40) })),
  FetchRecoveryBundle: async (t) => {
    const { key } = await withBundle(t);
    return { caller: await t.peer(), fields: { recoveryToken: recoveryToken(key) } };
  },
  DeleteRecoveryBundle: async (t) => {
    const user = await withBundle(t);
    return { caller: user, fields: { tokenHash: sha256(recoveryToken(user.key)) } };
  },
  PublishEndpoint: (t) => own(t, (key) => ({ identityKey: key, nodeAddr: t.bytes(40) })),
  ResolveEndpoint: async (t) => {
    const user = await t.user();
    const publication = { identityKey: user.key, nodeAddr: t.bytes(40) };
    demandOk(
      await user.call(EndpointService.method.publishEndpoint, publication),
      "PublishEndpoint",
    );
    return { caller: user, fields: { identityKey: user.key } };
  },
};

/** oneChunk is a whole blob in one chunk. */
function oneChunk(chunk: Uint8Array) {
  return { blobId: sha256(chunk), totalSize: BigInt(chunk.length), chunk };
}

/** withDevice registers a device of a new user, on the session that the user has. */
async function withDevice(t: Trial): Promise<{ user: User; deviceId: Uint8Array }> {
  const [user, deviceId] = [await t.newUser(), t.bytes(16)];
  const answer = await user.call(DeviceService.method.registerDevice, { deviceId });
  demandOk(answer, "RegisterDevice");
  return { user, deviceId };
}

async function withBundle(t: Trial): Promise<User> {
  const user = await t.user();
  const stored = { tokenHash: sha256(recoveryToken(user.key)), bundle: t.bytes(40) };
  const answer = await user.call(RecoveryService.method.storeRecoveryBundle, stored);
  demandOk(answer, "StoreRecoveryBundle");
  return user;
}

/** recoveryToken is one per user, so that pooled users do not run into a bound of bundles. */
function recoveryToken(key: Uint8Array): Uint8Array {
  return sha256(Buffer.concat([key, Buffer.from("recovery token")]));
}
