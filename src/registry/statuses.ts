// Status codes of the response frame (spec/status.md).

import type { RuleSlug } from "./rules.ts";

/** Status holds the assigned codes under the names of spec/status.md. 6 and 7 are reserved. */
export const Status = {
  Ok: 0,
  BadRequest: 1,
  Unauthorized: 2,
  Forbidden: 3,
  NotFound: 4,
  RateLimited: 5,
  DeadlineExceeded: 8,
  Unavailable: 9,
  Internal: 10,
  UnknownMethod: 11,
} as const;
export type Status = (typeof Status)[keyof typeof Status];
export type StatusName = keyof typeof Status;

export interface StatusRow {
  readonly number: Status;
  readonly name: StatusName;
  readonly rule: RuleSlug;
}

/** STATUSES is the table of spec/status.md, in numeric order. */
export const STATUSES: readonly StatusRow[] = [
  { number: Status.Ok, name: "Ok", rule: "status.ok" },
  { number: Status.BadRequest, name: "BadRequest", rule: "status.bad-request" },
  { number: Status.Unauthorized, name: "Unauthorized", rule: "status.unauthorized" },
  { number: Status.Forbidden, name: "Forbidden", rule: "status.forbidden" },
  { number: Status.NotFound, name: "NotFound", rule: "status.not-found" },
  { number: Status.RateLimited, name: "RateLimited", rule: "status.rate-limited" },
  { number: Status.DeadlineExceeded, name: "DeadlineExceeded", rule: "status.deadline-exceeded" },
  { number: Status.Unavailable, name: "Unavailable", rule: "status.unavailable" },
  { number: Status.Internal, name: "Internal", rule: "status.internal" },
  { number: Status.UnknownMethod, name: "UnknownMethod", rule: "status.unknown-method" },
];

/** statusName names a code for people: "BadRequest (1)", or "unassigned (7)". */
export function statusName(code: number): string {
  const row = STATUSES.find(({ number }) => number === code);
  return `${row ? row.name : "unassigned"} (${code})`;
}

/** isStatus tells an assigned code from any other number. */
export function isStatus(code: number): code is Status {
  return STATUSES.some(({ number }) => number === code);
}
