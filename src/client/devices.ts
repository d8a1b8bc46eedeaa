// The devices of an account (spec/services/device.md). To the server a device is a view of the inbox, a
// push token and a session; all of them have the one identity key of the account. Only one device holds the
// state of the MLS groups: the others see what is queued, and cannot read it (C-115).

import { defaultBackend } from "../crypto/backend/default.ts";
import { PushPlatform } from "../gen/qpc/v1/device_pb.ts";
import { DeviceService } from "../gen/qpc/v1/methods_pb.ts";
import type { Database, Operation } from "../storage/sql/statement.ts";
import { sameBytes } from "./bytes.ts";
import { createClient } from "./client.ts";
import type { Session } from "./session.ts";
import { loadAccount, saveAccount } from "./store/account.ts";

export interface Device {
  /** 16 bytes. */
  readonly deviceId: Uint8Array;
  readonly name: string;
  /** Unix milliseconds, by the server's clock. */
  readonly registeredAt: number;
  /** True for the one that this store belongs to. */
  readonly isOwn: boolean;
}

const ID_BYTES = 16;
/** The end of the calendar of JavaScript: no date can be made of what a server claims beyond it. */
const LATEST_MS = 8_640_000_000_000_000;

/** DeviceSession is a session with the store of its account. */
export interface DeviceSession extends Session {
  readonly database: Database;
}

/**
 * registerDevice makes this store a device of the account and binds the session to it, and answers its
 * device_id (16 bytes); a store that is one already keeps its ID and changes its name (at most 256 bytes).
 * The ID is stored first, so a call that broke off can be repeated. It throws CallError: Forbidden with code
 * DEVICE_LIMIT for a sixth device, Forbidden for a session of another device.
 */
export async function registerDevice(
  { database, ...session }: DeviceSession,
  deviceName: string,
): Promise<Uint8Array> {
  const deviceId = await database.write(ownDeviceId(defaultBackend.randomBytes(ID_BYTES)));
  await devicesOf(session).registerDevice({ deviceId, deviceName });
  return deviceId;
}

/** listDevices answers the devices of the account, as the server knows them. */
export async function listDevices({
  database,
  ...session
}: DeviceSession): Promise<readonly Device[]> {
  const { devices } = await devicesOf(session).listDevices({});
  const own = (await database.read(loadAccount()))?.deviceId;
  return devices.map(({ deviceId, deviceName, registeredAtMs }) => ({
    deviceId,
    name: deviceName,
    registeredAt: Math.min(Number(registeredAtMs), LATEST_MS),
    isOwn: own !== undefined && sameBytes(own, deviceId),
  }));
}

/**
 * revokeDevice removes a device, with its view and its sessions; the own one as well, after which this
 * store belongs to none. It throws CallError NotFound when the account has no such device.
 */
export async function revokeDevice(
  { database, ...session }: DeviceSession,
  deviceId: Uint8Array,
): Promise<void> {
  await devicesOf(session).revokeDevice({ deviceId });
  await database.write(forgetDeviceId(deviceId));
}

export type PushTokenPlatform = "apns" | "fcm";

const PLATFORMS = { apns: PushPlatform.APNS, fcm: PushPlatform.FCM } as const;

/**
 * setPushToken tells the server where to wake this device, and no more with an empty token (at most 4,096
 * bytes). It throws RangeError before registerDevice.
 */
export async function setPushToken(
  { database, ...session }: DeviceSession,
  platform: PushTokenPlatform,
  token: Uint8Array,
): Promise<void> {
  const deviceId = (await database.read(loadAccount()))?.deviceId;
  if (deviceId === undefined) throw new RangeError("this store is no device yet");
  const request = { deviceId, platform: PLATFORMS[platform], token };
  await devicesOf(session).registerPushToken(request);
}

function devicesOf({ caller, credentials }: Session) {
  return createClient(DeviceService, caller, credentials);
}

function* ownDeviceId(otherwise: Uint8Array): Operation<Uint8Array> {
  const account = yield* loadAccount();
  if (account === undefined) throw new Error("there is no account whose device this could be");
  if (account.deviceId) return account.deviceId;
  yield* saveAccount({ ...account, deviceId: otherwise });
  return otherwise;
}

function* forgetDeviceId(revoked: Uint8Array): Operation<void> {
  const account = yield* loadAccount();
  if (!account?.deviceId || !sameBytes(account.deviceId, revoked)) return;
  const { deviceId: _gone, ...rest } = account;
  yield* saveAccount(rest);
}
