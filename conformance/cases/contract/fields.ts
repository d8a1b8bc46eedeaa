// The field rules of the method table as cases: a valid request with one field missing, too short, too
// long, at its limit or beyond. The ids follow from the table: `<family>.<method>.<field>-<value>`.

import type { FieldRule, Method } from "../../../src/registry/methods.ts";
import type { RuleSlug } from "../../../src/registry/rules.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { Request } from "../requests/request.ts";
import { callMethod, kebab, validRequest } from "../requests.ts";
import { common } from "./common.ts";
import { spoilt, type Variant, variantsOf } from "./variants.ts";

const ERRATA: Readonly<Partial<Record<RuleSlug, readonly string[]>>> = {
  "auth.username": ["C-105", "C-108"],
  "auth.request-length": ["C-26"],
  "auth.upload-length": ["C-26"],
  "auth.finalization-length": ["C-26", "S-04"],
  "auth.identity-key": ["S-04"],
  "keys.hybrid-length": ["C-47"],
  "keys.batch-limit": ["C-113"],
  "channel.peer-key": ["C-55"],
  "channel.group-id": ["C-55"],
  "channel.member-key": ["C-55"],
  "group.cursor": ["C-113"],
  "moderation.channel-id-length": ["C-57"],
  "moderation.message-id-length": ["C-37"],
  "moderation.cursor": ["C-113"],
  "user.username": ["C-105"],
  "kt.reason": ["C-54"],
  "device.device-id": ["C-68"],
  "federation.payload-not-empty": ["C-105"],
  "federation.channel-id-length": ["C-57"],
  "federation.message-id-length": ["C-37"],
  "federation.batch-limit": ["C-113"],
  "federation.username": ["C-105"],
};

/** Rules whose bounds are no matter of pass or fail alone (C-45): their chapter has cases by hand. */
const BY_HAND: readonly RuleSlug[] = ["keys.package-size"];

/** fieldCases are the cases of the field rules of a method. */
export function fieldCases(method: Method): readonly Case[] {
  return method.fields
    .filter(({ rule }) => !BY_HAND.includes(rule))
    .flatMap((field) =>
      variantsOf(method, field).map((variant) =>
        variant.good ? keptCase(method, field, variant) : brokenCase(method, field, variant),
      ),
    );
}

function keptCase(method: Method, field: FieldRule, variant: Variant): Case {
  return defineCase({
    ...fieldCommon(method, field, variant),
    expects: "Ok",
    async run(t) {
      const request = await requestWith(t, method, field);
      t.status(await callSpoilt(request, method, field, variant), Status.Ok);
    },
  });
}

function brokenCase(method: Method, field: FieldRule, variant: Variant): Case {
  // Whoever spoils the key that names the owner names somebody else at the same time (I-24), and so
  // does who spoils the key of a method that is for one's own key without the table saying so.
  const isOwner = method.access === "OWNER" && field.path === method.ownerField;
  const allowed =
    isOwner || method.name === "RevokeKey"
      ? [Status.BadRequest, Status.Forbidden, Status.Unauthorized]
      : [Status.BadRequest];
  const registers = method.name === "OpaqueRegisterFinish";
  return defineCase({
    ...fieldCommon(method, field, variant),
    expects: `BadRequest${isOwner ? ", or Forbidden" : ""}${registers ? ", and nothing kept" : ""}`,
    checks: registers ? ["answer", "nothing-kept"] : ["answer"],
    async run(t) {
      const request = await requestWith(t, method, field);
      t.refused(await callSpoilt(request, method, field, variant), allowed);
      if (registers) await stillFree(t, method, request);
    },
  });
}

function fieldCommon(method: Method, { path, rule }: FieldRule, { slug }: Variant) {
  const isKeyLength = path.startsWith("identity_key") && slug.endsWith("-bytes");
  return common(method, `${kebab(path.replaceAll(".", "-"))}-${slug}`, {
    rules: isKeyLength ? [rule, "limits.field-lengths"] : [rule],
    sends: `${method.name} with ${path}: ${slug.replace("-", " ")}`,
    errata: ERRATA[rule] ?? [],
  });
}

// The valid request of 400 takes the form for two; group_id and member_keys belong to the other one.
async function requestWith(t: Trial, method: Method, { path }: FieldRule): Promise<Request> {
  const request = await validRequest(t, method);
  const isGroupForm = path === "group_id" || path === "member_keys";
  if (method.name !== "CreateChannel" || !isGroupForm) return request;
  return { ...request, fields: { groupId: t.bytes(32), memberKeys: [request.fields.peerKey] } };
}

function callSpoilt({ caller, fields }: Request, method: Method, field: FieldRule, to: Variant) {
  return callMethod(caller, method, spoilt(method, field, to, fields));
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
