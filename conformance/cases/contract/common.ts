// What the generated cases of a method have in common.

import type { Method } from "../../../src/registry/methods.ts";
import type { CaseSpec } from "../../judge/case.ts";
import { tableCaseOf } from "../methods/table.ts";
import { featuresOf, kebab, whenOf } from "../requests.ts";

type Common = Pick<CaseSpec, "id" | "rules" | "features" | "when" | "sends" | "errata" | "twin">;

/** common makes the id `<family>.<method>.<slug>` and takes what must be declared from the table. */
export function common(
  method: Method,
  slug: string,
  spec: Pick<CaseSpec, "rules" | "sends" | "errata">,
): Common {
  return {
    id: `${method.family}.${kebab(method.name)}.${slug}`,
    twin: tableCaseOf(method),
    features: featuresOf(method),
    when: whenOf(method),
    ...spec,
  };
}
