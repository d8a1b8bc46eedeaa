// The method table: each method of a declared family is there, and each number beside the table is not
// (spec/methods.md, C-01).

import { METHODS, type Method } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import {
  callMethod,
  featuresOf,
  hasValidRequest,
  kebab,
  validRequest,
  whenOf,
} from "../requests.ts";
import { expectUnknownMethod, UNKNOWN_METHOD_CHECKS } from "../unknown-method.ts";

/** Gaps and ends of categories. */
const RESERVED = [99, 104, 199, 206, 299, 305, 399, 409, 414, 499, 512, 803, 906, 949, 951, 999];

/** tableCaseOf is the case in which a method succeeds. */
export function tableCaseOf(method: Method): string {
  return `methods.table.${method.id}-${kebab(method.name)}`;
}

export const tableCases: readonly Case[] = [
  ...METHODS.filter(hasValidRequest).map((method) =>
    defineCase({
      id: tableCaseOf(method),
      rules: ["methods.table", "status.ok", "framing.protobuf-payload"],
      features: featuresOf(method),
      when: whenOf(method),
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
