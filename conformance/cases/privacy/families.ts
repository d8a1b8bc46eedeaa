// What a refusal of each family says of the values that it refuses: nothing (spec/status.md).

import { ScalarType } from "@bufbuild/protobuf";
import { FAMILIES, type Family } from "../../../src/registry/families.ts";
import { METHODS, type Method } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { Fields } from "../requests/request.ts";
import { callMethod, featuresOf, whenOf } from "../requests.ts";
import { isPrivate, type Secret, secretsOf } from "./steps.ts";

/** Auth has cases of its own, Health and DeleteAccount refuse no value, peers are no users. */
const ELSEWHERE: readonly Family[] = ["auth", "health", "account", "federation"];

const ROWS = FAMILIES.filter((family) => !ELSEWHERE.includes(family)).map((family) => ({
  family,
  methods: METHODS.filter((method) => method.family === family),
}));

export const familyCases: readonly Case[] = ROWS.map(({ family, methods }) =>
  defineCase({
    id: `privacy.refused-values.${family}`,
    rules: ["status.detail-private"],
    features: [...new Set(["auth" as const, ...methods.flatMap(featuresOf)])],
    when: Object.assign({}, ...methods.map(whenOf)),
    sends: `to each ${family} method, per field of bytes, 31 bytes of the key of a user in it alone`,
    expects: "refusals, and payloads that hold neither the value nor anything else of the user",
    checks: ["refused", "private"],
    errata: ["C-11"],
    async run(t) {
      const user = await t.user();
      const part = user.key.subarray(1);
      const requests = methods.flatMap((method) =>
        spoilt(method, part).map((fields) => callMethod(user, method, fields)),
      );
      const answers = await Promise.all(requests);
      const refused = answers.filter(({ status }) => status !== Status.Ok);
      t.check("refused", refused.length > 0, { expected: "refusals", got: "Ok to everything" });
      const value: Secret = { what: "the value sent", bytes: part };
      isPrivate(
        t,
        "private",
        refused.map(({ payload }) => payload),
        [...secretsOf(user), value],
      );
    },
  }),
);

function spoilt({ input }: Method, value: Uint8Array): readonly Fields[] {
  return input.fields.flatMap((field): Fields[] => {
    if (field.scalar !== ScalarType.BYTES) return [];
    return [{ [field.localName]: field.fieldKind === "list" ? [value] : value }];
  });
}
