// Was a call refused for the stated reason? ErrorDetail.code may say so (F14). A code that we do not
// know says nothing; one that names a rule must name a rule of the case.

import { METHODS } from "../../src/registry/methods.ts";
import { RULES } from "../../src/registry/rules.ts";
import { Status } from "../../src/registry/statuses.ts";
import type { Answer } from "./peer.ts";

/** Rules that stand for the status itself, so that they fit every case that expects it. */
const OF_STATUS: Readonly<Record<number, readonly string[]>> = {
  [Status.Unauthorized]: ["sessions.unauthorized", "auth.login-refused"],
  [Status.Forbidden]: [
    "delivery.own-inbox",
    "keys.own-key",
    "p2p.own-key",
    "sessions.operator-token",
  ],
  [Status.RateLimited]: ["limits.rate-limit"],
  [Status.Unavailable]: ["transport.drain"],
};

/** otherReason answers the code of a refusal that has another reason than the case, or undefined. */
export function otherReason(
  { status, code }: Answer,
  rules: readonly string[],
  hasDetail: boolean,
): string | undefined {
  if (!hasDetail || code === undefined) return undefined;
  const named = rulesOf(code);
  if (named.length === 0) return undefined;
  const fitting = [...rules, ...(OF_STATUS[status] ?? [])];
  return named.some((rule) => fitting.includes(rule)) ? undefined : code;
}

/** Tokens of the errata that services answer, with the rules they stand for; others are in the method table. */
const OF_TOKEN: Readonly<Record<string, readonly string[]>> = {
  PAYLOAD_TOO_LARGE: ["framing.payload-too-large"],
  BATCH_TOO_LARGE: ["delivery.batch-bytes"],
};

// A code is a slug, or a token of the errata that stands for the rules it is listed with.
function rulesOf(code: string): readonly string[] {
  if (Object.hasOwn(RULES, code)) return [code];
  const ofTable = METHODS.flatMap(({ fields }) => fields)
    .filter((field) => field.code === code)
    .map(({ rule }) => rule);
  return [...(OF_TOKEN[code] ?? []), ...ofTable];
}
