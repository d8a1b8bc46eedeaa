// Which cases run: by glob, by chapter, by tier. Twins of selected cases come along.

import type { CaseMeta, Tier } from "./case.ts";

export interface Selection {
  /** Globs over case ids; none = all. `*` stays within a segment, `**` crosses dots. */
  readonly run: readonly string[];
  readonly skip: readonly string[];
  /** First segments of case ids; none = all. */
  readonly groups: readonly string[];
  readonly tier: Tier;
  /** Only cases whose first rule stands in the documents, not in a reconstruction. */
  readonly documentedOnly: boolean;
}

const TIERS: readonly Tier[] = ["smoke", "default", "full"];

/** selectCases keeps the order of `all`. */
export function selectCases<C extends CaseMeta>(
  all: readonly C[],
  { run, skip, groups, tier, documentedOnly }: Selection,
  provenanceOf: (spec: C) => string,
): readonly C[] {
  const wanted = run.map(globToRegExp);
  const unwanted = skip.map(globToRegExp);
  const chosen = all.filter(
    (spec) =>
      (wanted.length === 0 || wanted.some((glob) => glob.test(spec.id))) &&
      !unwanted.some((glob) => glob.test(spec.id)) &&
      (groups.length === 0 || groups.includes(spec.id.split(".")[0] ?? "")) &&
      TIERS.indexOf(spec.tier) <= TIERS.indexOf(tier) &&
      (!documentedOnly || provenanceOf(spec) === "documented"),
  );
  return withTwins(chosen, all);
}

/** withTwins adds the twins of cases, and theirs. */
export function withTwins<C extends CaseMeta>(
  chosen: readonly C[],
  all: readonly C[],
): readonly C[] {
  const ids = new Set(chosen.map(({ id }) => id));
  for (const id of ids) {
    const twin = all.find((spec) => spec.id === id)?.twin;
    if (twin) ids.add(twin);
  }
  return all.filter(({ id }) => ids.has(id));
}

function globToRegExp(glob: string): RegExp {
  const source = glob
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replace(/\*\*?/g, (stars) => (stars === "**" ? ".*" : "[^.]*"));
  return new RegExp(`^${source}$`);
}
