// Why a case cannot run against a subject: a feature that is not declared, another reading, or a hook
// that a running server cannot have.

import type { ProfileFlag } from "../../src/registry/profile.ts";
import type { Case } from "./case.ts";
import type { Declaration } from "./declaration.ts";

/** excuseOf answers the reason, or undefined when the case can run. */
export function excuseOf(
  spec: Case,
  profile: Readonly<Record<ProfileFlag, string>>,
  declaration: Declaration | undefined,
  isRunning: boolean,
): string | undefined {
  const missing = spec.features.find((one) => declaration && !declaration.features.has(one));
  if (missing) return `feature ${missing} is not declared`;
  for (const [flag, values] of Object.entries(spec.when)) {
    const value = profile[flag as ProfileFlag];
    if (!values.includes(value)) {
      return `needs ${flag}=${values.join(" or ")}, this is ${flag}=${value}`;
    }
  }
  if (!isRunning || spec.needs !== "own-server") return undefined;
  const hooks = spec.hooks.map((hook) => `the hook ${hook}`).join(" and ");
  return `needs ${hooks || "a server of its own"}: use --command`;
}
