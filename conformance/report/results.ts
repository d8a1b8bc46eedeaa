// results.json: the whole run in one document, checked against its schema before it is written.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { LIMITS } from "../../src/registry/limits.ts";
import { METHODS } from "../../src/registry/methods.ts";
import { RULES } from "../../src/registry/rules.ts";
import type { Tier } from "../judge/case.ts";
import { HarnessError } from "../judge/errors.ts";
import { type CaseResult, VERDICTS, type Verdict } from "../judge/verdict.ts";
import schema from "./results.schema.json" with { type: "json" };

export const SUITE_VERSION = "0.1.0";
export const SPEC_VERSION = "qpc-2.0";

export interface RunInfo {
  readonly seed: number;
  readonly tier: Tier;
  readonly target: string;
  /** What the subject declared; null when nothing. */
  readonly preset: object | null;
}

export type Totals = Readonly<Record<Verdict | "selected", number>>;

export interface Results {
  readonly v: 1;
  readonly run: RunInfo & {
    readonly suite: string;
    readonly spec: string;
    readonly registry_sha256: string;
    readonly vectors_sha256: string;
  };
  readonly totals: Totals;
  /** The same counts by the first segment of the case ids: families and core chapters. */
  readonly groups: Readonly<Record<string, Totals>>;
  readonly cases: readonly CaseResult[];
}

/** buildResults makes the document. Throws HarnessError when it does not fit its own schema. */
export function buildResults(info: RunInfo, cases: readonly CaseResult[]): Results {
  const results: Results = {
    v: 1,
    run: {
      suite: SUITE_VERSION,
      spec: SPEC_VERSION,
      registry_sha256: registryDigest(),
      vectors_sha256: vectorsDigest(),
      ...info,
    },
    totals: totalsOf(cases),
    groups: Object.fromEntries(groupsOf(cases).map(([group, own]) => [group, totalsOf(own)])),
    cases,
  };
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(schema);
  if (!validate(JSON.parse(JSON.stringify(results)))) {
    throw new HarnessError(
      `results.json does not fit its schema: ${JSON.stringify(validate.errors)}`,
    );
  }
  return results;
}

/** groupsOf sorts results by the first segment of their ids. */
export function groupsOf(cases: readonly CaseResult[]): [string, CaseResult[]][] {
  return [...Map.groupBy(cases, ({ id }) => id.split(".")[0] ?? id)].sort();
}

/** totalsOf counts verdicts; `selected` is the sum of the others. */
export function totalsOf(cases: readonly CaseResult[]): Totals {
  const totals = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0]));
  for (const { verdict } of cases) totals[verdict] = (totals[verdict] ?? 0) + 1;
  return { selected: cases.length, ...totals } as Totals;
}

// What the verdicts rest on: rules, method table and limits.
function registryDigest(): string {
  const methods = METHODS.map(({ descriptor: _, input, output, ...row }) => ({
    ...row,
    input: input.typeName,
    output: output.typeName,
  }));
  return sha256([JSON.stringify([RULES, methods, LIMITS])]);
}

function vectorsDigest(): string {
  const root = fileURLToPath(new URL("../../vectors/", import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".json"),
  );
  return sha256(files.sort().flatMap((name) => [name, readFileSync(join(root, name))]));
}

function sha256(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
