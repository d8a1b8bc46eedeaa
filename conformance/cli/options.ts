// Options that commands share, and how a usage error is told.

import { isProfileFlag, PROFILE_FLAGS, type ProfileFlag } from "../../src/registry/profile.ts";
import type { Tier } from "../judge/case.ts";
import { isReading } from "../judge/declaration.ts";
import { UsageError } from "../judge/errors.ts";

/** Exit codes of qpc-conformance; when several apply, the order is 6, 3, 1, 5, 4. */
export const Exit = {
  AsExpected: 0,
  Failure: 1,
  Usage: 2,
  SubjectUnusable: 3,
  StaleBaseline: 4,
  NothingRan: 5,
  Harness: 6,
} as const;

/** wholeNumber reads an option that is a whole number of at least `least`. Throws UsageError. */
export function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${name} takes a whole number of at least ${least}, not ${text}`);
}

/** tierOf reads --tier. Throws UsageError. */
export function tierOf(text: string): Tier {
  if (text === "smoke" || text === "default" || text === "full") return text;
  throw new UsageError(`--tier is smoke, default or full, not ${text}`);
}

/** profileOf reads --profile flag=value, given any number of times. Throws UsageError. */
export function profileOf(words: readonly string[]): Partial<Record<ProfileFlag, string>> {
  const profile: Partial<Record<ProfileFlag, string>> = {};
  for (const word of words) {
    const [flag = "", value = ""] = word.split("=", 2);
    if (!isProfileFlag(flag)) {
      throw new UsageError(
        `--profile ${word}: the flags are ${Object.keys(PROFILE_FLAGS).join(", ")}`,
      );
    }
    if (!isReading(flag, value)) {
      throw new UsageError(`--profile ${flag}= is one of ${PROFILE_FLAGS[flag].join(", ")}`);
    }
    profile[flag] = value;
  }
  return profile;
}
