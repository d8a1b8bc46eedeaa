// Authorisation faults: each lets one kind of caller in at one method, or at those of one family, and is
// otherwise the intact server. Two at the end of each list shut out who may come in.

import { FAMILIES } from "../../src/registry/families.ts";
import { METHODS, type Method, needsSession } from "../../src/registry/methods.ts";
import { hasValidRequest, kebab } from "../cases/requests.ts";
import type { Mutant } from "./mutant.ts";

const ACCESS = "src/rpc/access.ts";
const CREDENTIALS = "src/rpc/credentials.ts";

type Kills = [string, ...string[]];

const TABLE = METHODS.filter(hasValidRequest);

/** Methods whose callers show a session, and those that let nobody else in. */
const GUARDED = TABLE.filter((method) => needsSession(method) || method.access === "PEER");

const cell = (caller: string, method: Method) =>
  `access.${caller}.${method.id}-${kebab(method.name)}`;
const cells = (caller: string, methods: readonly Method[]) =>
  methods.map((method) => cell(caller, method)) as Kills;
const withAccess = (...access: Method["access"][]) =>
  TABLE.filter((method) => access.includes(method.access));
const named = (...names: readonly string[]) => TABLE.filter(({ name }) => names.includes(name));
const contract = (method: Method, slug: string) => `${method.family}.${kebab(method.name)}.${slug}`;

/** A caller that comes out of nowhere, with every right that a session can have. */
const MADE_UP = `{
    const none = new Uint8Array(32);
    const session = { tokenHash: none, identityKey: none, deviceId: none.subarray(32), expiresAt: 0 };
    return { kind: "session", session, admin: true };
  }`;

/** Where a made-up session is found out later all the same, the caller is told something else. */
const SELF_GUARDED = ["RegisterDevice", "DeleteAccount"];
const OTHER_STATUS = 'throw new RpcError(Status.Forbidden, "sessions.unauthorized");';

function fault(method: Method | undefined): string {
  return method && SELF_GUARDED.includes(method.name) ? OTHER_STATUS : MADE_UP;
}

const IDENTIFY = 'if (method.access === "PEER") return peerOrClient(connection, credentials);';

const NOBODY: readonly Mutant[] = [
  ...GUARDED.map((method) => ({
    id: `access.nobody.${kebab(method.name)}-open`,
    file: CREDENTIALS,
    find: IDENTIFY,
    replace: `if (connection.binding === undefined && method.name === "${method.name}") ${fault(method)}
  ${IDENTIFY}`,
    kills: [cell("nobody", method)] as Kills,
  })),
  {
    id: "access.nobody.open-methods-closed",
    file: CREDENTIALS,
    find: 'if (!needsSession(method)) return { kind: "nobody" };',
    replace: 'if (!needsSession(method) && method.family === "auth") return { kind: "nobody" };',
    kills: ["access.nobody.751-fetch-recovery-bundle", "access.nobody.802-health"],
  },
];

const EXPIRED: readonly Mutant[] = FAMILIES.filter((family) =>
  GUARDED.some((method) => method.family === family),
).map((family) => ({
  id: `access.expired.${family}-open`,
  file: CREDENTIALS,
  find: IDENTIFY,
  replace: `const { binding } = connection;
  const isOver = binding !== undefined && (await credentials.sessions(binding)) === undefined;
  if (isOver && method.family === "${family}") ${fault(GUARDED.find((one) => one.family === family))}
  ${IDENTIFY}`,
  kills: ["access.expired.every-method"],
}));

const OPERATOR: readonly Mutant[] = [
  ...FAMILIES.flatMap((family) => {
    const closed = TABLE.filter(
      (method) => method.family === family && needsSession(method) && !method.openToOperator,
    );
    if (closed.length === 0) return [];
    return [
      {
        id: `access.operator.${family}-open`,
        file: ACCESS,
        find: 'demand(method.openToOperator, Status.Forbidden, "sessions.operator-token");',
        replace: `demand(
      method.openToOperator || method.family === "${family}",
      Status.Forbidden,
      "sessions.operator-token",
    );`,
        kills: closed.map((method) => contract(method, "operator-token")) as Kills,
      },
    ];
  }),
  {
    id: "access.operator.shut-out",
    file: ACCESS,
    find: 'demand(method.openToOperator, Status.Forbidden, "sessions.operator-token");',
    replace: 'demand(false, Status.Forbidden, "sessions.operator-token");',
    kills: TABLE.filter(({ openToOperator }) => openToOperator).map((method) =>
      contract(method, "operator-token"),
    ) as Kills,
  },
];

const OTHERS: readonly Mutant[] = [
  ...withAccess("OWNER").map((method) => ({
    id: `access.other-user.${kebab(method.name)}-open`,
    file: ACCESS,
    find: "demand(own, Status.Forbidden, method.accessRule);",
    replace: `demand(own || method.name === "${method.name}", Status.Forbidden, method.accessRule);`,
    kills: [
      cell("other-user", method),
      ...(method.family === "p2p" ? [contract(method, "other-owner")] : []),
    ] as Kills,
  })),
  ...withAccess("MEMBER").map((method) => ({
    id: `access.other-user.${kebab(method.name)}-open`,
    file: ACCESS,
    find: "demand(isMember, Status.Forbidden, method.accessRule);",
    replace: `demand(
        isMember || method.name === "${method.name}",
        Status.Forbidden,
        method.accessRule,
      );`,
    kills: [cell("other-user", method), contract(method, "stranger")] as Kills,
  })),
  ...withAccess("ADMIN").map((method) => ({
    id: `access.ordinary-user.${kebab(method.name)}-open`,
    file: ACCESS,
    find: "demand(caller.admin, Status.Forbidden, method.accessRule);",
    replace: `demand(
        caller.admin || method.name === "${method.name}",
        Status.Forbidden,
        method.accessRule,
      );`,
    kills: [
      cell("ordinary-user", method),
      cell("other-user", method),
      contract(method, "ordinary-user"),
    ] as Kills,
  })),
  // The handlers know their peer too, so that a client gets through to no effect; it is told NotFound.
  ...withAccess("PEER").map((method) => ({
    id: `access.ordinary-user.${kebab(method.name)}-not-found`,
    file: ACCESS,
    find: 'demand(caller.kind === "peer", Status.Forbidden, method.accessRule);',
    replace: `const status = method.name === "${method.name}" ? Status.NotFound : Status.Forbidden;
    demand(caller.kind === "peer", status, method.accessRule);`,
    kills: [cell("ordinary-user", method), cell("other-user", method)] as Kills,
  })),
  {
    id: "access.other-user.no-record-as-stranger",
    file: ACCESS,
    find: 'demand(isMember !== undefined, Status.NotFound, "group.no-record");',
    replace: "",
    kills: withAccess("MEMBER").map((method) => contract(method, "no-record")) as Kills,
  },
  {
    id: "access.administrator.every-inbox-open",
    file: ACCESS,
    find: "demand(own, Status.Forbidden, method.accessRule);",
    replace: "demand(own || caller.admin, Status.Forbidden, method.accessRule);",
    kills: ["access.administrator.every-method"],
  },
  {
    id: "access.administrator.every-group-open",
    file: ACCESS,
    find: "demand(isMember, Status.Forbidden, method.accessRule);",
    replace: "demand(isMember || caller.admin, Status.Forbidden, method.accessRule);",
    kills: ["access.administrator.every-method"],
  },
];

/** Permissions that the table cannot say: a service, or the storage, decides. */
const DECIDED_LATER: readonly Mutant[] = [
  {
    id: "access.other-user.ban-user-open",
    file: "src/services/moderation.ts",
    find: 'demand(isCreator, Status.Forbidden, "moderation.ban-right");',
    replace: "",
    kills: [
      ...cells("ordinary-user", named("BanUser", "UnbanUser")),
      ...cells("other-user", named("BanUser", "UnbanUser")),
    ],
  },
  {
    id: "access.other-user.revoke-key-open",
    file: "src/services/kt.ts",
    find: 'demand(mayRevoke(caller, identityKey), Status.Forbidden, "kt.own-key");',
    replace: "",
    kills: cells("other-user", named("RevokeKey")),
  },
  {
    id: "access.other-user.revoke-device-open",
    file: "src/services/device.ts",
    find: 'demand(revoked, Status.NotFound, "device.own-devices");',
    replace: "",
    kills: cells("other-user", named("RevokeDevice")),
  },
  {
    id: "access.other-user.register-push-token-open",
    file: "src/services/device.ts",
    find: 'demand(known, Status.NotFound, "device.push-token");',
    replace: "",
    kills: cells("other-user", named("RegisterPushToken")),
  },
  {
    id: "access.other-user.delete-recovery-bundle-open",
    file: "src/services/recovery.ts",
    find: 'demand(removed !== "foreign", Status.Forbidden, "recovery.foreign-hash");',
    replace: "",
    kills: cells("other-user", named("DeleteRecoveryBundle")),
  },
  {
    id: "access.banned.sessions-live-on",
    file: "src/storage/sql/moderation.ts",
    find: "yield* endSessions(ban.identityKey);",
    replace: "",
    kills: ["access.banned.every-method"],
  },
  {
    id: "access.revoked-device.sessions-live-on",
    file: "src/storage/sql/devices.ts",
    find: "yield* endDeviceSessions(identityKey, deviceId);",
    replace: "",
    kills: ["access.revoked-device.every-method"],
  },
];

const PEERS: readonly Mutant[] = [
  {
    id: "access.peer.shut-out",
    file: ACCESS,
    find: 'demand(caller.kind === "peer", Status.Forbidden, method.accessRule);',
    replace: "demand(false, Status.Forbidden, method.accessRule);",
    kills: cells("peer", withAccess("PEER")),
  },
  {
    id: "access.peer.told-not-found",
    file: "src/rpc/dispatch.ts",
    find: "const composed = table.get(incoming.frame.methodId);",
    replace: `const composed = table.get(incoming.frame.methodId);
    const isPeer = incoming.connection.peerDomain !== undefined;
    if (isPeer && composed?.method.family !== "federation") {
      return { status: Status.NotFound, payload: EMPTY };
    }`,
    kills: TABLE.filter(({ access }) => access !== "PEER").map((method) =>
      cell("peer", method),
    ) as Kills,
  },
];

const SHUT_OUT: readonly Mutant[] = [
  {
    id: "access.ordinary-user.sessions-shut-out",
    file: ACCESS,
    find: 'if (caller.kind !== "session") return;',
    replace: `if (caller.kind !== "session") return;
  demand(method.access !== "SESSION", Status.Forbidden, "sessions.own-identity");`,
    kills: TABLE.filter(
      ({ access, name }) => access === "SESSION" && name !== "BanUser" && name !== "UnbanUser",
    ).map((method) => cell("ordinary-user", method)) as Kills,
  },
  {
    id: "access.other-user.sessions-shut-out",
    file: ACCESS,
    find: 'if (caller.kind !== "session") return;',
    replace: `if (caller.kind !== "session") return;
  demand(method.access !== "SESSION", Status.Unauthorized, "sessions.unauthorized");`,
    kills: TABLE.filter(({ access, name }) => access === "SESSION" && name !== "RevokeKey").map(
      (method) => cell("other-user", method),
    ) as Kills,
  },
  {
    id: "access.ordinary-user.owners-shut-out",
    file: ACCESS,
    find: "demand(own, Status.Forbidden, method.accessRule);",
    replace: "demand(!own, Status.Forbidden, method.accessRule);",
    kills: cells("ordinary-user", withAccess("OWNER")),
  },
  {
    id: "access.ordinary-user.members-shut-out",
    file: ACCESS,
    find: "demand(isMember, Status.Forbidden, method.accessRule);",
    replace: "demand(!isMember, Status.Forbidden, method.accessRule);",
    kills: cells("ordinary-user", withAccess("MEMBER")),
  },
  {
    id: "access.ordinary-user.open-methods-closed",
    file: CREDENTIALS,
    find: 'if (!needsSession(method)) return { kind: "nobody" };',
    replace: `if (!needsSession(method)) {
    demand(connection.binding === undefined, Status.Unauthorized, "sessions.unauthorized");
    return { kind: "nobody" };
  }`,
    kills: ["ordinary-user", "other-user"].flatMap((caller) =>
      cells(caller, withAccess("NONE", "TOKEN_POSSESSION")),
    ) as Kills,
  },
  {
    id: "access.nobody.registration-shut-out",
    file: CREDENTIALS,
    find: 'if (!needsSession(method)) return { kind: "nobody" };',
    replace: "",
    kills: cells("nobody", withAccess("NONE")),
  },
];

export const ACCESS_MUTANTS: readonly Mutant[] = [
  ...NOBODY,
  ...EXPIRED,
  ...OPERATOR,
  ...OTHERS,
  ...DECIDED_LATER,
  ...PEERS,
  ...SHUT_OUT,
];
