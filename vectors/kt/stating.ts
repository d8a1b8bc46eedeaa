// How the vectors of the log are stated. Spec: crypto/key-transparency.md.

import type { Fields, ProofVector } from "../format.ts";

export interface Stated {
  readonly check: ProofVector["check"];
  readonly name: string;
  readonly rule: string;
  /** Hex. */
  readonly bytes: string;
  readonly asked?: ProofVector["asked"];
  readonly comment?: string;
}

/** accepted states bytes that hold, and what they say. */
export function accepted(stated: Stated, decoded: Fields): ProofVector {
  return vector(stated, "accept", null, decoded);
}

/** rejected states bytes with one fault, and which check finds it. */
export function rejected(stated: Stated, stage: "leaf" | "path"): ProofVector {
  return vector(stated, "reject", stage, null);
}

function vector(
  { check, name, rule, bytes, asked = null, comment = "" }: Stated,
  expect: ProofVector["expect"],
  stage: ProofVector["stage"],
  decoded: ProofVector["decoded"],
): ProofVector {
  const id = `kt.${check}.${name}`;
  return { id, rule, expect, stage, check, asked, bytes: { hex: bytes }, decoded, comment };
}
