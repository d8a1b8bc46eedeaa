// Why a case cannot run against a subject: a feature that is not declared, another reading, or a hook
// that a running server cannot have.

import type { Feature } from "../../src/registry/families.ts";
import type { ProfileFlag } from "../../src/registry/profile.ts";
import type { Case } from "./case.ts";
import type { Declaration } from "./declaration.ts";

/** Families that a flag switches off: one that is declared and off is as good as not declared. */
const SWITCHES: Readonly<Partial<Record<Feature, ProfileFlag>>> = {
  group: "groups",
  moderation: "moderation",
  kt: "kt",
  blob: "blobs",
  device: "devices",
  federation: "federation",
  push: "push",
};

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
  for (const feature of spec.features) {
    const flag = SWITCHES[feature];
    // A case that names the flag itself, in `when` or for a server of its own, knows what it wants.
    const isNamed =
      flag !== undefined && (flag in spec.when || flag in (spec.server.profile ?? {}));
    if (flag !== undefined && !isNamed && profile[flag] === "off") {
      return `needs ${feature}, this is ${flag}=off`;
    }
  }
  if (!isRunning || spec.needs !== "own-server") return undefined;
  const hooks = spec.hooks.map((hook) => `the hook ${hook}`).join(" and ");
  return `needs ${hooks || "a server of its own"}: use --command`;
}
