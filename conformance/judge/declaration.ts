// What a subject declares: families, readings, limits. It comes from the ready line, from a preset
// file, or from the command line; what is not declared is not inferred.

import { type Feature, isFeature } from "../../src/registry/families.ts";
import {
  defaultProfile,
  isProfileFlag,
  PROFILE_FLAGS,
  type ProfileFlag,
} from "../../src/registry/profile.ts";
import type { TestLimits } from "./subject.ts";

export interface Declaration {
  readonly name: string;
  readonly version: string;
  readonly features: ReadonlySet<Feature>;
  /** One value per flag; a flag that the subject omits has its default. */
  readonly profile: Readonly<Record<ProfileFlag, string>>;
  readonly limits: TestLimits | undefined;
  /** Words that are no feature, flag or value of ours; reported and ignored. */
  readonly unknown: readonly string[];
}

/** readDeclaration reads a ready line or a preset. */
export function readDeclaration(line: Readonly<Record<string, unknown>>): Declaration {
  const unknown: string[] = [];
  const words = Array.isArray(line.features) ? line.features.map(String) : [];
  const given = Object.entries((line.profile ?? {}) as Record<string, unknown>);
  const profile: Record<ProfileFlag, string> = defaultProfile();
  for (const [flag, value] of given) {
    if (isProfileFlag(flag) && isReading(flag, String(value))) profile[flag] = String(value);
    else unknown.push(`${flag}=${value}`);
  }
  return {
    name: String(line.name ?? "unnamed"),
    version: String(line.version ?? "unknown"),
    features: new Set(words.filter(isFeature)),
    profile,
    limits: line.limits as TestLimits | undefined,
    unknown: [...words.filter((word) => !isFeature(word)), ...unknown],
  };
}

/** isReading tells a value that a flag can have. */
export function isReading(flag: ProfileFlag, value: string): boolean {
  return (PROFILE_FLAGS[flag] as readonly string[]).includes(value);
}
