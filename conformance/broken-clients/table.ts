// Cases that every method of the table has, as mutants name them.

import { METHODS } from "../../src/registry/methods.ts";
import { kebab } from "../cases/requests.ts";

type Ids = readonly [string, ...string[]];

/** ofEveryMethod is `client-calls.<method>.<slug>` for all 49. */
export function ofEveryMethod(slug: "ok" | "no-message" | "refusal"): Ids {
  return METHODS.map(({ name }) => `client-calls.${kebab(name)}.${slug}`) as unknown as Ids;
}

/** ofMethodsWithFields leaves out the methods whose response has no fields, and so no bytes. */
export function ofMethodsWithFields(slug: "ok"): Ids {
  const methods = METHODS.filter(({ output }) => output.fields.length > 0);
  return methods.map(({ name }) => `client-calls.${kebab(name)}.${slug}`) as unknown as Ids;
}
