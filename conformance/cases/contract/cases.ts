// The field rules of the method table as cases, for the methods of auth and keys: a valid request with
// one field missing, too short, too long, at its limit or beyond (spec/services/auth.md, keys.md).
// The ids follow from the table: `<family>.<method>.<field>-<value>`.

import type { Family } from "../../../src/registry/families.ts";
import { type FieldRule, METHODS, type Method } from "../../../src/registry/methods.ts";
import type { RuleSlug } from "../../../src/registry/rules.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { tableCaseOf } from "../methods/table.ts";
import { callMethod, kebab, type Request, validRequest } from "../requests.ts";
import { type Variant, variantsOf } from "./variants.ts";

const FAMILIES: readonly Family[] = ["auth", "keys"];

const ERRATA: Readonly<Partial<Record<RuleSlug, readonly string[]>>> = {
  "auth.username": ["C-105", "C-108"],
  "auth.request-length": ["C-26"],
  "auth.upload-length": ["C-26"],
  "auth.finalization-length": ["C-26", "S-04"],
  "auth.identity-key": ["S-04"],
  "keys.package-size": ["C-45"],
  "keys.hybrid-length": ["C-47"],
  "keys.batch-limit": ["C-113"],
};

export const contractCases: readonly Case[] = METHODS.filter(({ family }) =>
  FAMILIES.includes(family),
).flatMap((method) => [
  ...method.fields.flatMap((field) =>
    variantsOf(method, field).map((variant) =>
      variant.good ? keptCase(method, field, variant) : brokenCase(method, field, variant),
    ),
  ),
  ...(method.access === "NONE" ? [] : [noSessionCase(method)]),
]);

function keptCase(method: Method, field: FieldRule, variant: Variant): Case {
  return defineCase({
    ...common(method, field, variant),
    expects: "Ok",
    async run(t) {
      const request = await validRequest(t, method);
      t.status(await callSpoilt(request, method, field, variant), Status.Ok);
    },
  });
}

function brokenCase(method: Method, field: FieldRule, variant: Variant): Case {
  // Whoever spoils the key that names the owner names somebody else at the same time (I-24).
  const isOwner = field.path === method.ownerField;
  const allowed = isOwner
    ? [Status.BadRequest, Status.Forbidden, Status.Unauthorized]
    : [Status.BadRequest];
  const registers = method.name === "OpaqueRegisterFinish";
  return defineCase({
    ...common(method, field, variant),
    expects: `BadRequest${isOwner ? ", or Forbidden" : ""}${registers ? ", and nothing kept" : ""}`,
    twin: tableCaseOf(method),
    checks: registers ? ["answer", "nothing-kept"] : ["answer"],
    async run(t) {
      const request = await validRequest(t, method);
      t.refused(await callSpoilt(request, method, field, variant), allowed);
      if (registers) await stillFree(t, method, request);
    },
  });
}

function noSessionCase(method: Method): Case {
  return defineCase({
    id: `${method.family}.${kebab(method.name)}.no-session`,
    rules: ["sessions.unauthorized"],
    features: ["auth", method.family],
    twin: tableCaseOf(method),
    sends: `a valid ${method.name} on a connection without a session`,
    expects: "Unauthorized",
    errata: ["C-29"],
    async run(t) {
      const { fields } = await validRequest(t, method);
      t.refused(await callMethod(await t.peer(), method, fields), Status.Unauthorized);
    },
  });
}

type Common = Pick<CaseSpec, "id" | "rules" | "features" | "sends" | "errata">;

function common(method: Method, { path, rule }: FieldRule, { slug }: Variant): Common {
  const isKeyLength = path.startsWith("identity_key") && slug.endsWith("-bytes");
  return {
    id: `${method.family}.${kebab(method.name)}.${kebab(path)}-${slug}`,
    rules: [rule, ...(isKeyLength ? (["limits.field-lengths"] as const) : [])],
    features: method.family === "auth" ? ["auth"] : ["auth", method.family],
    sends: `${method.name} with ${path}: ${slug.replace("-", " ")}`,
    errata: ERRATA[rule] ?? [],
  };
}

function callSpoilt({ caller, fields }: Request, method: Method, field: FieldRule, to: Variant) {
  const name = method.input.fields.find(({ name }) => name === field.path)?.localName ?? "";
  return callMethod(caller, method, { ...fields, [name]: to.spoil(fields[name]) });
}

// The valid request registers: the refused one took neither the name nor the key.
async function stillFree(t: Trial, method: Method, { caller, fields }: Request): Promise<void> {
  const answer = await callMethod(caller, method, fields);
  const { success } = answer.message() as { success?: boolean };
  t.check("nothing-kept", answer.status === Status.Ok && success === true, {
    expected: "the same registration succeeds with the field put right",
    got: `status ${answer.status}, success ${success}`,
  });
}
