// Mutants of the views that devices have of an inbox: cursors, the floor, and who reads which.

import type { Mutant } from "./mutant.ts";

const DELIVERY = "src/services/delivery.ts";
const DEVICES = "src/storage/sql/devices.ts";
const VIEWS = "src/storage/sql/views.ts";

export const DEVICE_VIEW_MUTANTS: readonly Mutant[] = [
  {
    id: "device.view.always-unscoped",
    file: DELIVERY,
    find: "return deliveries.view(inbox, deviceId, {",
    replace: "return deliveries.view(inbox, deviceId.subarray(0, 0), {",
    kills: [
      "device.view.own-cursor",
      "device.view.limit",
      "device.view.wait",
      "device.removal.unscoped-ack",
      "device.unregistered.unknown",
      "device.unregistered.foreign",
      "device.revoke.view-is-gone",
    ],
  },
  {
    id: "device.view.one-cursor-for-all",
    file: VIEWS,
    find: "INSERT INTO cursors (inbox_id, device_id, seq) VALUES (?, ?, ?)",
    replace: "INSERT INTO cursors (inbox_id, device_id, seq) VALUES (?, substr(?, 1, 0), ?)",
    kills: ["device.view.own-cursor", "device.removal.lowest-device"],
  },
  {
    id: "device.view.cursor-of-a-namesake",
    file: VIEWS,
    find: "LEFT JOIN cursors ON cursors.inbox_id = inboxes.id AND cursors.device_id = ?",
    replace: "LEFT JOIN cursors ON cursors.device_id = ?",
    kills: ["device.view.same-id-elsewhere"],
  },
  {
    id: "device.view.starts-at-the-end",
    file: VIEWS,
    find: "after: higher(cursor, floor),",
    replace: 'after: deviceId.length > 0 ? integer(row, "last_seq") : higher(cursor, floor),',
    kills: [
      "device.view.own-cursor",
      "device.view.batch",
      "device.new-device.sees-what-is-queued",
      "device.new-device.after-unscoped-acks",
      "device.new-device.registered-anew",
    ],
  },
  {
    id: "device.view.limit-ignored",
    file: DELIVERY,
    find: "limit: limit === 0 ?",
    replace: "limit: limit === 0 || deviceId.length > 0 ?",
    kills: ["device.view.limit"],
  },
  {
    id: "device.view.unscoped-is-another-device",
    file: DELIVERY,
    find: "const isFree = deviceId.length === 0 ||",
    replace: "const isFree =",
    kills: ["device.view.own-device"],
  },
  {
    id: "device.other-device.open",
    file: DELIVERY,
    find: "demandOwnView(request.deviceId, callerSession(call));",
    replace: "",
    kills: [
      "device.other-device.bound-session",
      "device.survives-restart.keeps-all",
      "sessions.device.trailer",
    ],
  },
  {
    id: "device.unregistered.has-a-view",
    file: VIEWS,
    find: "return found.length === 1;",
    replace: "return found.length >= 0;",
    kills: ["device.unregistered.unknown", "device.unregistered.foreign"],
  },
  {
    id: "device.unregistered.anybodys-view",
    file: VIEWS,
    find: '"SELECT registered_at FROM devices WHERE identity_key = ? AND device_id = ?"',
    replace:
      '"SELECT registered_at FROM devices WHERE (identity_key = ? OR 1 = 1) AND device_id = ?"',
    kills: ["device.unregistered.foreign", "sessions.device.foreign-name"],
  },
  {
    id: "device.removal.first-device",
    file: VIEWS,
    find: "(SELECT MIN(COALESCE(cursors.seq, 0)) FROM devices",
    replace: "(SELECT MAX(COALESCE(cursors.seq, 0)) FROM devices",
    kills: [
      "device.view.own-cursor",
      "device.removal.unscoped-ack",
      "device.removal.lowest-device",
      "device.new-device.sees-what-is-queued",
      "device.new-device.registered-anew",
    ],
  },
  {
    id: "device.removal.unscoped-decides",
    file: VIEWS,
    find: "WHERE devices.identity_key = inboxes.recipient),",
    replace: "WHERE length(devices.identity_key) > length(inboxes.recipient)),",
    kills: [
      "device.removal.unscoped-ack",
      "device.removal.every-device",
      "device.removal.revoked-device",
      "device.new-device.after-unscoped-acks",
    ],
  },
  {
    id: "device.removal.revoked-device-counts",
    file: DEVICES,
    find: "yield* dropCursors(identityKey, deviceId);",
    replace: "",
    kills: [
      "device.removal.revoked-device",
      "device.removal.no-device-left",
      "device.new-device.registered-anew",
    ],
  },
];
