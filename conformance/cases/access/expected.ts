// What each kind of caller is answered to a valid request: the access column of spec/methods.md, and the
// methods whose chapter says more than the column can.

import type { Access, Method } from "../../../src/registry/methods.ts";
import type { RuleSlug } from "../../../src/registry/rules.ts";
import { Status } from "../../../src/registry/statuses.ts";

/** Who calls; the columns of the matrix. */
export const CALLERS = [
  "nobody",
  "expired",
  "banned",
  "revoked-device",
  "other-user",
  "ordinary-user",
  "administrator",
  "peer",
] as const;

export type CallerName = (typeof CALLERS)[number];

type Allowed = readonly Status[];
type Row = Readonly<Record<CallerName, Allowed>>;

const OK: Allowed = [Status.Ok];
const OUT: Allowed = [Status.Unauthorized];
/** C-42: a foreign key is refused with either; so is whoever was banned (C-63). */
const EITHER: Allowed = [Status.Forbidden, Status.Unauthorized];
const CLOSED: Allowed = [Status.Forbidden];
const ABSENT: Allowed = [Status.NotFound];

/** What a federation listener says to the call of a client: the documents do not tell. */
const ELSEWHERE: Allowed = [Status.UnknownMethod, Status.Unauthorized, Status.Forbidden];

const OPEN: Row = {
  nobody: OK,
  expired: OK,
  banned: OK,
  "revoked-device": OK,
  "other-user": OK,
  "ordinary-user": OK,
  administrator: OK,
  peer: [...OK, ...ELSEWHERE],
};

/** A row for those who have a live session; whose session ended is Unauthorized everywhere. */
function sessionRow(other: Allowed, ordinary: Allowed, administrator: Allowed): Row {
  return {
    nobody: OUT,
    expired: OUT,
    banned: EITHER,
    "revoked-device": OUT,
    "other-user": other,
    "ordinary-user": ordinary,
    administrator,
    peer: ELSEWHERE,
  };
}

const BY_ACCESS: Readonly<Record<Access, Row>> = {
  NONE: OPEN,
  SESSION: sessionRow(OK, OK, OK),
  OWNER: sessionRow(EITHER, OK, EITHER),
  MEMBER: sessionRow(CLOSED, OK, CLOSED),
  ADMIN: sessionRow(CLOSED, CLOSED, OK),
  PEER: { ...sessionRow(CLOSED, CLOSED, CLOSED), peer: OK },
  TOKEN_POSSESSION: OPEN,
};

/** Methods for every session whose request names what belongs to somebody. */
const BY_METHOD: Readonly<Record<string, Row>> = {
  BanUser: sessionRow(CLOSED, CLOSED, OK), // moderation.ban-right
  UnbanUser: sessionRow(CLOSED, CLOSED, OK),
  RevokeKey: sessionRow(EITHER, OK, EITHER), // kt.own-key: an administrator is no owner
  RevokeDevice: sessionRow(ABSENT, OK, ABSENT), // device.own-devices
  RegisterPushToken: sessionRow(ABSENT, OK, ABSENT), // device.push-token
  DeleteRecoveryBundle: sessionRow(CLOSED, OK, CLOSED), // recovery.foreign-hash
};

/**
 * allowedFor are the statuses that a caller may meet at a method. Where sessions travel in the body
 * alone a client is nobody to the calls between servers, which ignore the trailer (I-13).
 */
export function allowedFor(
  caller: CallerName,
  { name, access }: Method,
  session: string = "both",
): Allowed {
  if (access === "PEER" && session === "body" && caller !== "peer") return EITHER;
  return (BY_METHOD[name] ?? BY_ACCESS[access])[caller];
}

const RULES_BY_METHOD: Readonly<Record<string, RuleSlug>> = {
  BanUser: "moderation.ban-right",
  UnbanUser: "moderation.ban-right",
  RevokeKey: "kt.own-key",
  RevokeDevice: "device.own-devices",
  RegisterPushToken: "device.push-token",
  DeleteRecoveryBundle: "recovery.foreign-hash",
  FetchRecoveryBundle: "recovery.token",
};

/** permissionRule says who may call a method. */
export function permissionRule({ name, access, accessRule }: Method): RuleSlug {
  const own = RULES_BY_METHOD[name];
  if (own !== undefined) return own;
  if (access === "NONE") return "sessions.open-methods";
  return accessRule || "methods.table";
}
