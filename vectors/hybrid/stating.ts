// How the vectors of the hybrid envelope are stated. Spec: crypto/hybrid-envelope.md.

import { type Bytes, hex } from "../bytes.ts";
import type { HybridVector } from "../format.ts";

export type Values = Readonly<Record<string, Uint8Array>>;

export interface Stated {
  /** The name of the rule within the chapter. */
  readonly rule: string;
  readonly bytes: Uint8Array;
  readonly inputs?: Values;
  readonly comment?: string;
}

/** accepted states a step, the values on the way, and what comes of it. */
export function accepted(
  step: HybridVector["step"],
  name: string,
  { intermediates = {}, outputs, ...stated }: Stated & { intermediates?: Values; outputs: Values },
): HybridVector {
  const decoded = { intermediates: hexes(intermediates), outputs: hexes(outputs) };
  return vector(step, name, stated, { expect: "accept", stage: null, decoded, flips: null });
}

/** rejected states bytes that the step refuses. With `flips`, it refuses each of these changes. */
export function rejected(
  step: "check-key" | "open",
  name: string,
  { flips = null, ...stated }: Stated & { flips?: HybridVector["flips"] },
): HybridVector {
  const stage = step === "open" ? "open" : "key";
  return vector(step, name, stated, { expect: "reject", stage, decoded: null, flips });
}

function vector(
  step: HybridVector["step"],
  name: string,
  { rule, bytes, inputs = {}, comment = "" }: Stated,
  verdict: Pick<HybridVector, "expect" | "stage" | "decoded" | "flips">,
): HybridVector {
  return {
    id: `hybrid-envelope.${step}.${name}`,
    rule: `hybrid-envelope.${rule}`,
    expect: verdict.expect,
    stage: verdict.stage,
    step,
    bytes: hex(bytes),
    inputs: hexes(inputs),
    flips: verdict.flips,
    decoded: verdict.decoded,
    comment,
  };
}

function hexes(values: Values): Readonly<Record<string, Bytes>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, hex(value)]));
}
