// The columns of the authorisation matrix whose caller costs something to make: one case each, with a
// check per method. Every request is made while its caller may still make it.

import { DeviceService, ModerationService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { METHODS, type Method } from "../../../src/registry/methods.ts";
import type { ProfileFlag } from "../../../src/registry/profile.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import type { Request } from "../requests/request.ts";
import { callMethod, hasValidRequest, kebab, validRequest, whenOf } from "../requests.ts";
import { fieldsFor } from "./cells.ts";
import { allowedFor, type CallerName, permissionRule } from "./expected.ts";

const A_DAY_AND_AN_HOUR = 25 * 3_600_000;

const ROWS = METHODS.filter(hasValidRequest);

export const columnCases: readonly Case[] = [
  column("expired", {
    rules: ["sessions.expiry", "sessions.unauthorized"],
    hooks: ["clock.advance"],
    sends: "a valid request of every method with a session that is 25 h old",
    errata: ["C-23"],
    async run(t) {
      const caller = await t.newUser();
      const requests = await prepare(t, caller);
      await t.hook("clock.advance", A_DAY_AND_AN_HOUR);
      await callAll(t, "expired", caller, requests);
    },
  }),

  column("banned", {
    rules: ["moderation.ban", "sessions.unauthorized"],
    features: ["moderation"],
    sends: "a valid request of every method with a session that a ban has ended",
    errata: ["C-63", "I-07"],
    async run(t) {
      const caller = await t.newUser();
      const requests = await prepare(t, caller);
      const ban = { identityKey: caller.key, reason: "matrix" };
      demandOk(await (await t.admin()).call(ModerationService.method.banUser, ban), "BanUser");
      await callAll(t, "banned", caller, requests);
    },
  }),

  column("revoked-device", {
    rules: ["device.revoke", "sessions.unauthorized"],
    features: ["device"],
    sends: "a valid request of every method with a session whose device is revoked",
    errata: ["C-103", "I-11"],
    async run(t) {
      const caller = await t.newUser();
      const requests = await prepare(t, caller);
      const { registerDevice, revokeDevice } = DeviceService.method;
      const device = { deviceId: t.bytes(16), deviceName: "lost" };
      demandOk(await caller.call(registerDevice, device), "RegisterDevice");
      const owner = await t.logIn(caller.account);
      demandOk(await owner.call(revokeDevice, device), "RevokeDevice");
      await callAll(t, "revoked-device", caller, requests);
    },
  }),

  // On a server of its own, because the last call deletes the administrator.
  column("administrator", {
    rules: ["sessions.own-identity", ...new Set(ROWS.map(permissionRule))],
    server: {},
    sends: "a valid request of every method, made for an ordinary user, from an administrator",
    errata: ["C-42", "C-62"],
    async run(t) {
      const requests = await prepare(t, await t.newUser());
      const caller = await t.admin();
      await callAll(t, "administrator", caller, requests);
    },
  }),
];

function column(caller: CallerName, spec: Omit<CaseSpec, "id" | "expects">): Case {
  return defineCase({
    id: `access.${caller}.every-method`,
    twin: "methods.table.203-peek",
    expects: "the status of the matrix to each",
    checks: ROWS.map(checkOf),
    when: { reconstructed: ["draft"] },
    ...spec,
    features: ["auth", "delivery", ...(spec.features ?? [])],
  });
}

type Requests = ReadonlyMap<Method, Request>;

// All requests are those of one user, so that nothing but its session stands between it and an Ok.
async function prepare(t: Trial, own: User): Promise<Requests> {
  const other = await t.newUser();
  const requests = new Map<Method, Request>();
  for (const method of ROWS.filter((row) => isDeclared(t, row))) {
    const free = [other, own];
    const request = await validRequest(
      { ...t, user: async () => free.pop() ?? (await t.user()) },
      method,
    );
    const fields =
      method.name === "RevokeKey" ? { ...request.fields, identityKey: own.key } : request.fields;
    requests.set(method, { ...request, fields });
  }
  return requests;
}

function isDeclared({ subject, profile }: Trial, method: Method): boolean {
  const readings = Object.entries(whenOf(method)) as [ProfileFlag, readonly string[]][];
  const fits = readings.every(([flag, values]) => values.includes(profile[flag]));
  return fits && (subject.declaration?.features.has(method.family) ?? true);
}

// What changes the caller comes last: another binding, or the end of an administrator's account.
async function callAll(
  t: Trial,
  name: CallerName,
  caller: User,
  requests: Requests,
): Promise<void> {
  const late = name === "administrator" ? ["DeleteAccount"] : ["OpaqueLoginFinish"];
  const inOrder = ROWS.toSorted((a, b) => late.indexOf(a.name) - late.indexOf(b.name));
  for (const method of inOrder) {
    const request = requests.get(method);
    if (request === undefined) {
      const evidence = { expected: "a declared family", got: "none", observed: "not declared" };
      t.check(checkOf(method), true, evidence);
      continue;
    }
    const allowed = allowedFor(name, method, t.profile.session);
    const isLogin = method.name === "OpaqueLoginFinish";
    const from = isLogin && name === "administrator" ? await t.admin() : caller;
    const fields = await fieldsFor(t, isLogin ? await loginOn(t, from) : from, method, request);
    const answer = await callMethod(from, method, fields);
    const id = checkOf(method);
    if (allowed.includes(Status.Ok)) {
      const [expected, got] = [allowed.map(statusName).join(" or "), statusName(answer.status)];
      t.check(id, allowed.includes(answer.status as Status), { expected, got, observed: got });
    } else t.refused(answer, allowed, id);
  }
}

// A banned user cannot log in any more, but anybody can log in on its connection.
async function loginOn(t: Trial, { peer }: User): Promise<User> {
  return { ...(await t.user()), peer };
}

function checkOf({ id, name }: Method): string {
  return `${id}-${kebab(name)}`;
}
