// The method table: each method of a declared family is there, each of a missing one and each number
// beside the table is not (spec/methods.md, C-01).

import { FAMILIES } from "../../../src/registry/families.ts";
import { METHODS, type Method } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import { Unsupported } from "../../judge/errors.ts";
import type { Trial } from "../../judge/trial.ts";
import { callMethod, hasValidRequest, kebab, validRequest } from "../requests.ts";
import { expectUnknownMethod, UNKNOWN_METHOD_CHECKS } from "../unknown-method.ts";

/** Gaps and ends of categories. */
const RESERVED = [99, 104, 199, 206, 299, 305, 399, 409, 414, 499, 512, 803, 906, 949, 951, 999];

const CORE = METHODS.filter(hasValidRequest);
const OTHERS = METHODS.filter((method) => !hasValidRequest(method));

/** tableCaseOf is the case in which a method of a core family succeeds. */
export function tableCaseOf(method: Method): string {
  return `methods.table.${method.id}-${kebab(method.name)}`;
}

export const tableCases: readonly Case[] = [
  ...CORE.map((method) =>
    defineCase({
      id: tableCaseOf(method),
      rules: ["methods.table", "status.ok", "framing.protobuf-payload"],
      features: method.access === "NONE" ? [method.family] : ["auth", method.family],
      sends: `a valid ${method.name} request`,
      expects: `Ok with ${method.output.name}`,
      checks: ["implemented", "answer"],
      async run(t) {
        const { caller, fields } = await validRequest(t, method);
        const answer = await callMethod(caller, method, fields);
        t.check("implemented", answer.status !== Status.UnknownMethod, {
          expected: "any status but UnknownMethod",
          got: "UnknownMethod",
        });
        t.status(answer, Status.Ok);
        // It throws, which is a failure, when the payload is another message.
        if (method.provenance === "documented" || t.profile.reconstructed === "draft") {
          answer.message();
        }
      },
    }),
  ),

  ...OTHERS.map((method) =>
    defineCase({
      id: `methods.missing-family.${method.id}-${kebab(method.name)}`,
      rules: ["methods.missing-family", "status.unknown-method"],
      twin: "methods.table.802-health",
      reading: "unknown-method",
      features: ["health"],
      sends: `an empty ${method.name} to a server that does not declare ${method.family}`,
      expects: "UnknownMethod",
      checks: UNKNOWN_METHOD_CHECKS,
      errata: ["C-01", "C-10"],
      async run(t) {
        requireMissing(t, method);
        await expectUnknownMethod(t, method.id);
      },
    }),
  ),

  ...RESERVED.map((id) =>
    defineCase({
      id: `methods.reserved.${id}`,
      rules: ["methods.reserved", "status.unknown-method"],
      twin: "methods.table.802-health",
      reading: "unknown-method",
      features: ["health"],
      sends: `an empty request with method_id ${id}`,
      expects: "UnknownMethod",
      checks: UNKNOWN_METHOD_CHECKS,
      errata: ["C-10"],
      run: (t) => expectUnknownMethod(t, id),
    }),
  ),
];

// Only what the subject says of itself tells a family that is missing from one that is there.
function requireMissing({ subject: { declaration } }: Trial, { family }: Method): void {
  if (declaration === undefined) {
    throw new Unsupported(
      `needs a preset that says which of ${FAMILIES.length} families are there`,
    );
  }
  if (declaration.features.has(family)) throw new Unsupported(`feature ${family} is declared`);
}
