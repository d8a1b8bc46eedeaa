// How the OPAQUE vectors state their steps and their values. Spec: crypto/opaque.md.

import { createHash } from "node:crypto";
import { deriveDiffieHellmanKeyPair } from "../../src/crypto/opaque/noble/oprf.ts";
import type { Hex } from "../bytes.ts";
import type { OpaqueStep, OpaqueVector } from "../format.ts";

const RULE = "opaque.parameters";
const SIZES = "opaque.wire-sizes";

export interface Stated {
  readonly inputs: Record<string, Hex>;
  readonly intermediates?: Record<string, Hex>;
  readonly outputs: Record<string, Hex>;
  readonly comment?: string;
}

/** accepted states a step and all that comes of it. */
export function accepted(
  id: string,
  step: OpaqueStep,
  bytes: Uint8Array,
  rest: Stated,
): OpaqueVector {
  const { inputs, intermediates = {}, outputs, comment = "" } = rest;
  return {
    id: `opaque.${id}`,
    rule: RULE,
    expect: "accept",
    stage: null,
    step,
    bytes: hex(bytes),
    inputs,
    decoded: { intermediates, outputs },
    comment,
  };
}

/** refused states a message that the step must refuse, and with which fault. */
export function refused(
  id: string,
  step: OpaqueStep,
  stage: OpaqueVector["stage"],
  bytes: Uint8Array,
  inputs: Record<string, Hex>,
): OpaqueVector {
  return {
    id: `opaque.refused.${id}`,
    rule: stage === "length" ? SIZES : RULE,
    expect: "reject",
    stage,
    step,
    bytes: hex(bytes),
    inputs,
    decoded: null,
    comment: "",
  };
}

/** fixed is a value that looks random and is the same for ever: SHA-512 of a label, cut. */
export function fixed(label: string, size = 32): Uint8Array {
  const digest = createHash("sha512").update(`qpc opaque vectors: ${label}`).digest();
  return new Uint8Array(digest.subarray(0, size));
}

/** scalar is a fixed private key: below the group order and not zero. */
export function scalar(label: string): Uint8Array {
  return deriveDiffieHellmanKeyPair(fixed(label)).privateKey;
}

/** hex states bytes. */
export function hex(bytes: Uint8Array): Hex {
  return { hex: Buffer.from(bytes).toString("hex") };
}
