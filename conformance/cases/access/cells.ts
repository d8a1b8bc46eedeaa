// The cells of the authorisation matrix for callers that cost nothing to make: a case per method.

import type { Feature } from "../../../src/registry/families.ts";
import { METHODS, type Method, needsSession } from "../../../src/registry/methods.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { beginLogin } from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { tableCaseOf } from "../methods/table.ts";
import type { Request } from "../requests/request.ts";
import {
  callMethod,
  featuresOf,
  hasValidRequest,
  kebab,
  validRequest,
  whenOf,
} from "../requests.ts";
import { allowedFor, permissionRule } from "./expected.ts";

type CellCaller = "nobody" | "other-user" | "ordinary-user" | "peer";

const SENDS: Readonly<Record<CellCaller, string>> = {
  nobody: "on a connection without a session",
  "other-user": "from a user who has nothing to do with it",
  "ordinary-user": "from the user whom it concerns, who has no office",
  peer: "from another server on the federation listener",
};

/** Methods that an ordinary user has nothing of its own to ask of. */
const OFFICES = ["BanUser", "UnbanUser"];

/** Methods that leave their caller's session or account in another state. */
const SPENDING = ["OpaqueLoginFinish", "RegisterDevice", "DeleteAccount"];

const FEDERATED: readonly Feature[] = ["federation"];

export const cellCases: readonly Case[] = METHODS.filter(hasValidRequest).flatMap((method) =>
  (Object.keys(SENDS) as CellCaller[]).map((caller) => cellCase(caller, method)),
);

function cellCase(caller: CellCaller, method: Method): Case {
  const allowed = allowedFor(caller, method);
  const isPeer = caller === "peer";
  const isOut = (isPeer || caller === "nobody") && needsSession(method);
  return defineCase({
    id: `access.${caller}.${method.id}-${kebab(method.name)}`,
    rules: isOut ? ["sessions.unauthorized"] : [permissionRule(method)],
    twin: tableCaseOf(method),
    features: [...new Set(["auth" as const, ...featuresOf(method), ...(isPeer ? FEDERATED : [])])],
    when: {
      ...whenOf(method),
      ...(isPeer && { federation: ["on"] }),
      ...(method.openWithSealedSender && caller === "nobody" && { "sealed-sender": ["off"] }),
    },
    sends: `a valid ${method.name} ${SENDS[caller]}`,
    expects: allowed.map(statusName).join(" or "),
    errata: ["C-29", "C-42"],
    async run(t) {
      const request = await requestOf(t, caller, method);
      const answer = await callMethod(request.caller, method, request.fields);
      const here = allowedFor(caller, method, t.profile.session);
      if (here.includes(Status.Ok)) t.status(answer, ...here);
      else t.refused(answer, here);
    },
  });
}

async function requestOf(t: Trial, name: CellCaller, method: Method): Promise<Request> {
  const request = await validRequest(t, method);
  if (name === "peer") return { ...request, caller: await t.federation().peer() };
  if (name === "nobody") {
    return method.access === "NONE" ? request : { ...request, caller: await t.peer() };
  }
  const isOwn = needsSession(method) && method.access !== "ADMIN" && !OFFICES.includes(method.name);
  if (name === "ordinary-user" && isOwn) return request;
  const caller = await (SPENDING.includes(method.name) ? t.newUser() : t.user());
  return { caller, fields: await fieldsFor(t, caller, method, request) };
}

/**
 * fieldsFor are the fields of a request for another caller: a login is bound to its connection (C-24),
 * and the hash of a recovery token belongs to who stored it first.
 */
export async function fieldsFor(
  t: Trial,
  { peer, account }: User,
  { name }: Method,
  { fields }: Request,
): Promise<Request["fields"]> {
  if (name === "OpaqueLoginFinish") return beginLogin(peer, account);
  return name === "StoreRecoveryBundle" ? { ...fields, tokenHash: t.bytes(32) } : fields;
}
