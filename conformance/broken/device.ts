// Mutants of devices: registering, binding, revoking, push tokens. Views have a file of their own.

import type { Mutant } from "./mutant.ts";

const SERVICE = "src/services/device.ts";
const DEVICES = "src/storage/sql/devices.ts";
const FIELDS = "src/rpc/fields.ts";

const METHODS = ["register-device", "list-devices", "revoke-device", "register-push-token"];
const WITH_ID = METHODS.filter((name) => name !== "list-devices");

const ROOM = 'if (devices.length >= cap) return "too-many";';
const KNOWN = "if (!(yield* hasView(identityKey, deviceId))) {";
const BOUND_ELSEWHERE =
  'if (boundTo.length > 0 && Buffer.compare(boundTo, deviceId) !== 0) return "bound-elsewhere";';
const SESSION_DEVICE = '"UPDATE sessions SET device_id = ? WHERE token_hash = ?"';
const END_SESSIONS = "yield* endDeviceSessions(identityKey, deviceId);";
const DELETED = "if (removed.length === 0) return false;";

/** cases spells the generated cases of several methods: device.<method>.<slug>. */
function cases(methods: readonly string[], ...slugs: readonly string[]): [string, ...string[]] {
  const all = methods.flatMap((method) => slugs.map((slug) => `device.${method}.${slug}`));
  return all as [string, ...string[]];
}

const MESSAGES: readonly Mutant[] = [
  {
    id: "device.messages.register-says-nothing",
    file: SERVICE,
    find: `{ code: "DEVICE_LIMIT" });
      return { success: true };`,
    replace: `{ code: "DEVICE_LIMIT" });
      return {};`,
    kills: ["device.messages.register", "device.register.listed"],
  },
  {
    id: "device.messages.list-without-names",
    file: SERVICE,
    find: "deviceName: name,",
    replace: 'deviceName: "",',
    kills: ["device.messages.list", "device.register.listed"],
  },
  {
    id: "device.messages.revoke-says-nothing",
    file: SERVICE,
    find: `waits.recheck(identityKey);
      return { success: true };`,
    replace: `waits.recheck(identityKey);
      return {};`,
    kills: ["device.messages.revoke"],
  },
  {
    id: "device.messages.push-token-says-nothing",
    file: SERVICE,
    find: `"device.push-token");
      return { success: true };`,
    replace: `"device.push-token");
      return {};`,
    kills: ["device.messages.push-token", "device.push-token.set"],
  },
];

const REGISTERING: readonly Mutant[] = [
  {
    id: "device.methods.left-out",
    file: "src/services/all.ts",
    find: "...createDeviceService({ ...context, devices: stores.devices }),",
    replace: "",
    kills: [
      "methods.table.700-register-device",
      "methods.table.701-list-devices",
      "methods.table.702-revoke-device",
      "methods.table.710-register-push-token",
      "methods.repeated.701-list-devices",
      "methods.parallel.701-list-devices",
      ...cases(METHODS, "operator-token"),
    ],
  },
  {
    id: "device.fields.unchecked",
    file: FIELDS,
    find: "demand(held, Status.BadRequest, field.rule,",
    replace: 'demand(held || method.family === "device", Status.BadRequest, field.rule,',
    kills: cases(WITH_ID, "device-id-missing", "device-id-15-bytes", "device-id-17-bytes"),
  },
  {
    id: "device.access.no-session-is-forbidden",
    file: "src/rpc/credentials.ts",
    find: "demand(connection.binding !== undefined, Status.Unauthorized,",
    replace: "demand(connection.binding !== undefined, Status.Forbidden,",
    kills: cases(METHODS, "no-session"),
  },
  {
    id: "device.limit.none",
    file: DEVICES,
    find: ROOM,
    replace: "",
    kills: ["device.limit.sixth", "device.limit.at-once"],
  },
  {
    id: "device.limit.four",
    file: DEVICES,
    find: ROOM,
    replace: 'if (devices.length + 1 >= cap) return "too-many";',
    kills: ["device.limit.fifth", "device.limit.at-once"],
  },
  {
    id: "device.limit.other-code",
    file: SERVICE,
    find: '"DEVICE_LIMIT"',
    replace: '"TOO_MANY_DEVICES"',
    kills: ["device.limit.sixth"],
  },
  {
    id: "device.register.known-is-refused",
    file: DEVICES,
    find: KNOWN,
    replace: `if (yield* hasView(identityKey, deviceId)) return "too-many";
  {`,
    kills: [
      "device.register.known",
      "device.limit.sixth",
      "methods.repeated.700-register-device",
      "methods.parallel.700-register-device",
    ],
  },
  {
    id: "device.register.keeps-the-name",
    file: DEVICES,
    find: "DO UPDATE SET name = excluded.name",
    replace: "DO UPDATE SET name = devices.name",
    kills: ["device.register.known"],
  },
  {
    id: "device.list.time-in-seconds",
    file: SERVICE,
    find: "BigInt(registeredAt)",
    replace: "BigInt(Math.floor(registeredAt / 1000))",
    kills: ["device.register.listed"],
  },
  {
    id: "device.list.newest-only",
    file: SERVICE,
    find: "devices: found.map(",
    replace: "devices: found.slice(-1).map(",
    kills: ["device.list.own-devices", "device.limit.fifth", "device.one-key.two-devices"],
  },
  {
    id: "device.name.any-length",
    file: SERVICE,
    find: 'demand(isShort, Status.BadRequest, "device.name-length");',
    replace: "",
    kills: ["device.name.257-bytes"],
  },
  {
    id: "device.name.limit-excluded",
    file: SERVICE,
    find: "Buffer.byteLength(name) <= LIMITS",
    replace: "Buffer.byteLength(name) < LIMITS",
    kills: ["device.name.256-bytes"],
  },
  {
    id: "device.list.forgets",
    file: "src/storage/sql/migrations.ts",
    find: "`CREATE TABLE devices (",
    replace: "`CREATE TEMP TABLE devices (",
    kills: ["device.survives-restart.keeps-all"],
  },
];

const BINDING: readonly Mutant[] = [
  {
    id: "device.binds.never",
    file: DEVICES,
    find: SESSION_DEVICE,
    replace: '"UPDATE sessions SET device_id = ? WHERE token_hash = ? AND 1 = 0"',
    kills: [
      "device.binds.second-device",
      "device.other-device.bound-session",
      "device.revoke.ends-its-session",
      "device.revoke.token-in-body",
      "device.revoke.its-sessions-alone",
      "device.revoke.own-device",
      "device.revoke.pending-wait",
      "device.survives-restart.keeps-all",
      "events.ended-session.revoked-device",
      "sessions.device.once",
    ],
  },
  {
    id: "device.binds.anew",
    file: DEVICES,
    find: BOUND_ELSEWHERE,
    replace: "",
    kills: ["device.binds.second-device"],
  },
  {
    id: "device.binds.bad-request",
    file: SERVICE,
    find: 'Status.Forbidden, "device.binds"',
    replace: 'Status.BadRequest, "device.binds"',
    kills: ["device.binds.second-device"],
  },
  {
    id: "sessions.device.trailer-ignored",
    file: "src/rpc/dispatch.ts",
    find: "const caller = await bindNamedDevice(request, identified, credentials);",
    replace: "const caller = identified;",
    kills: [
      "sessions.device.trailer",
      "sessions.device.empty-token",
      "sessions.device.token-in-body",
    ],
  },
  {
    id: "sessions.device.login-names-none",
    file: "src/services/auth.ts",
    find: "if (device.length > 0) await devices.bind(session.tokenHash, device);",
    replace: "",
    kills: ["sessions.device.login-finish"],
  },
  {
    id: "sessions.device.any-name-binds",
    file: DEVICES,
    find: "if (!(yield* hasView(session.identityKey, deviceId))) return none;",
    replace: "",
    kills: ["sessions.device.unregistered-name", "sessions.device.foreign-name"],
  },
];

const REVOKING: readonly Mutant[] = [
  {
    id: "device.revoke.sessions-live-on",
    file: DEVICES,
    find: END_SESSIONS,
    replace: "",
    kills: [
      "device.revoke.ends-its-session",
      "device.revoke.token-in-body",
      "device.revoke.its-sessions-alone",
      "device.revoke.own-device",
      "device.revoke.pending-wait",
      "events.ended-session.revoked-device",
      "sessions.device.login-finish",
      "sessions.device.empty-token",
      "sessions.device.token-in-body",
      "sessions.device.once",
    ],
  },
  {
    id: "device.revoke.all-sessions",
    file: DEVICES,
    find: END_SESSIONS,
    replace: 'yield q("DELETE FROM sessions WHERE identity_key = ?", identityKey);',
    kills: [
      "device.revoke.its-sessions-alone",
      "device.revoke.view-is-gone",
      "device.removal.revoked-device",
      "sessions.device.login-finish",
      "sessions.device.once",
    ],
  },
  {
    id: "device.revoke.waits-go-on",
    file: SERVICE,
    find: "waits.recheck(identityKey);",
    replace: "",
    kills: ["device.revoke.pending-wait"],
  },
  {
    id: "device.revoke.anybodys-device",
    file: DEVICES,
    find: '"DELETE FROM devices WHERE identity_key = ? AND device_id = ? RETURNING device_id"',
    replace:
      '"DELETE FROM devices WHERE (identity_key = ? OR 1 = 1) AND device_id = ? RETURNING device_id"',
    kills: ["device.own-devices.foreign"],
  },
  {
    id: "device.revoke.unknown-is-ok",
    file: DEVICES,
    find: DELETED,
    replace: "",
    kills: ["device.own-devices.unknown", "device.own-devices.foreign"],
  },
  {
    id: "device.revoke.second-is-internal",
    file: DEVICES,
    find: DELETED,
    replace: 'if (removed.length === 0) throw new Error("no such device");',
    kills: [
      "device.own-devices.unknown",
      "methods.repeated.702-revoke-device",
      "methods.parallel.702-revoke-device",
    ],
  },
  {
    id: "device.revoke.still-pushed-to",
    file: "src/rpc/push.ts",
    find: "if ((await sessions(tokenHash)) !== undefined) return true;",
    replace: "if (tokenHash.length > 0) return true;",
    kills: ["events.ended-session.revoked-device"],
  },
  {
    id: "device.pushes.first-connection-only",
    file: "src/rpc/push.ts",
    find: "void send(connection, frame).catch(ignore);",
    replace: "return void send(connection, frame).catch(ignore);",
    kills: ["events.receivers.every-device"],
  },
];

const TOKENS: readonly Mutant[] = [
  {
    id: "device.push-token.must-not-be-empty",
    file: SERVICE,
    find: "const isShort = token.length <= LIMITS.pushToken.value;",
    replace: "const isShort = token.length > 0 && token.length <= LIMITS.pushToken.value;",
    kills: ["device.push-token.set"],
  },
  {
    id: "device.push-token.once",
    file: DEVICES,
    find: "AND device_id = ? RETURNING device_id`",
    replace: "AND device_id = ? AND push_token IS NULL RETURNING device_id`",
    kills: [
      "device.push-token.set",
      "methods.repeated.710-register-push-token",
      "methods.parallel.710-register-push-token",
    ],
  },
  {
    id: "device.push-token.any-device",
    file: DEVICES,
    find: "return changed.length === 1;",
    replace: "return changed.length >= 0;",
    kills: ["device.push-token.other-device"],
  },
  {
    id: "device.push-platform.any",
    file: SERVICE,
    find: "demand(PLATFORMS.includes(platform), Status.BadRequest,",
    replace: "demand(platform > 0, Status.BadRequest,",
    kills: ["device.register-push-token.platform-unassigned"],
  },
  {
    id: "device.push-platform.missing-is-not-found",
    file: FIELDS,
    find: "demand(held, Status.BadRequest, field.rule,",
    replace: "demand(held, Status.NotFound, field.rule,",
    kills: ["device.register-push-token.platform-missing"],
  },
  {
    id: "device.token-length.any",
    file: SERVICE,
    find: 'demand(isShort, Status.BadRequest, "device.token-length");',
    replace: "",
    kills: ["device.token-length.4097-bytes"],
  },
  {
    id: "device.token-length.limit-excluded",
    file: SERVICE,
    find: "token.length <= LIMITS.pushToken.value",
    replace: "token.length < LIMITS.pushToken.value",
    kills: ["device.token-length.4096-bytes"],
  },
];

export const DEVICE_MUTANTS: readonly Mutant[] = [
  ...MESSAGES,
  ...REGISTERING,
  ...BINDING,
  ...REVOKING,
  ...TOKENS,
];
