// A case for a pair: what the judge has the SDK do, and what SDK and server must make of it together.

import type { Feature } from "../../src/registry/families.ts";
import { type CaseMeta, type MetaSpec, withDefaults } from "../judge/case.ts";
import type { PairTrial } from "./trial.ts";

export interface PairCaseSpec extends MetaSpec {
  readonly run: (trial: PairTrial) => Promise<void>;
  /** Operations that the adapter must declare; default: `call`. */
  readonly ops?: readonly string[];
  /** Families that the server must declare. */
  readonly features?: readonly Feature[];
}

/** PairCase has the defaults filled in; the check `frames` is about the bytes that went through. */
export interface PairCase extends CaseMeta {
  readonly run: PairCaseSpec["run"];
  readonly ops: readonly string[];
  readonly features: readonly Feature[];
}

const PAIR_MS = 60_000;

/** definePairCase fills in the defaults. It throws when the id is not one of a pair case. */
export function definePairCase(spec: PairCaseSpec): PairCase {
  if (!spec.id.startsWith("pair-")) throw new Error(`${spec.id} does not begin with pair-`);
  const checks = [...(spec.checks ?? ["answer"]), "frames"];
  return { ops: ["call"], features: [], ...withDefaults({ ms: PAIR_MS, ...spec, checks }) };
}
