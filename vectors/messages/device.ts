// Messages of 700 to 710, and the device in a list of them. Spec: services/device.md.

import type { MessageVector, VectorFile } from "../format.ts";
import {
  bool,
  bytes,
  type Message,
  messageFile,
  messageVectors,
  requestVectors,
  text,
  uint64,
} from "./message-vectors.ts";
import { enumeration, list } from "./special-fields.ts";

const DEVICE = "44".repeat(16);
const SUCCESS = [bool(1, "success")];

// 700
const registerDeviceRequest: Message = {
  name: "RegisterDeviceRequest",
  fields: [bytes(1, "device_id", DEVICE), text(2, "device_name", "laptop")],
};
const registerDeviceResponse: Message = { name: "RegisterDeviceResponse", fields: SUCCESS };

// 701
const device: Message = {
  name: "Device",
  fields: [
    bytes(1, "device_id", DEVICE),
    text(2, "device_name", "laptop"),
    uint64(3, "registered_at_ms", 1_700_000_000_000n),
  ],
};
const listDevicesRequest: Message = { name: "ListDevicesRequest", fields: [] };
const listDevicesResponse: Message = {
  name: "ListDevicesResponse",
  fields: [list(1, "devices", device)],
};

// 702
const revokeDeviceRequest: Message = {
  name: "RevokeDeviceRequest",
  fields: [bytes(1, "device_id", DEVICE)],
};
const revokeDeviceResponse: Message = { name: "RevokeDeviceResponse", fields: SUCCESS };

// 710: platform 2 is FCM.
const registerPushTokenRequest: Message = {
  name: "RegisterPushTokenRequest",
  fields: [
    bytes(1, "device_id", DEVICE),
    enumeration(2, "platform", 2, 2),
    bytes(3, "token", "c0ffee"),
  ],
};
const registerPushTokenResponse: Message = { name: "RegisterPushTokenResponse", fields: SUCCESS };

/** deviceMessages is messages/device.json. */
export function deviceMessages(): VectorFile<MessageVector> {
  return messageFile("device", [
    requestVectors(registerDeviceRequest),
    messageVectors(registerDeviceResponse),
    requestVectors(listDevicesRequest),
    messageVectors(listDevicesResponse),
    messageVectors(device),
    requestVectors(revokeDeviceRequest),
    messageVectors(revokeDeviceResponse),
    requestVectors(registerPushTokenRequest),
    messageVectors(registerPushTokenResponse),
  ]);
}
