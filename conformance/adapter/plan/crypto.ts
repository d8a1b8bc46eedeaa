// Vectors of the hybrid envelope, of OPAQUE and of MLS.

import { nobleBackend } from "../../../src/crypto/backend/noble.ts";
import { openEnvelope } from "../../../src/crypto/hybrid/envelope.ts";
import { HybridError } from "../../../src/crypto/hybrid/error.ts";
import { materialise } from "../../../vectors/bytes.ts";
import type { HybridVector, MlsVector, OpaqueVector } from "../../../vectors/format.ts";
import { loadVectors } from "../../../vectors/load.ts";
import { compare, type Deviation, readBytes } from "../compare.ts";
import { type ErrorClass, type Json, show } from "../protocol.ts";
import { refusal, type Step } from "../step.ts";

/** hybridSteps: flips are one request each, after one that shows that the envelope opens unharmed. */
export function hybridSteps(vector: HybridVector): readonly Step[] {
  const { step, bytes, inputs, stage, decoded, flips } = vector;
  const ok = { ...decoded?.outputs };
  if (step === "public-key") {
    return [{ op: "hybrid.public-key", args: { private_key: bytes }, expect: { ok } }];
  }
  if (step === "check-key") {
    const expect = stage === null ? { ok } : refusal(stage, "local.invalid");
    return [{ op: "hybrid.check-key", args: { public_key: bytes }, expect }];
  }
  if (step === "seal") {
    const { public_key, aad } = inputs;
    const args = { public_key, aad, plaintext: bytes };
    return [{ op: "hybrid.seal", args, expect: { judge: (sealed) => opens(vector, sealed) } }];
  }
  const { private_key, aad } = inputs;
  const opening = (envelope: object) => ({
    op: "hybrid.open",
    args: { private_key, aad, envelope },
  });
  const classes: readonly ErrorClass[] =
    vector.rule === "hybrid-envelope.version" ? ["hybrid.version", "hybrid.auth"] : ["hybrid.auth"];
  if (stage === null) return [{ ...opening(bytes), expect: { ok } }];
  const expect = refusal(stage, ...classes);
  if (flips === null) return [{ ...opening(bytes), expect }];
  const envelope = Buffer.from(materialise(bytes));
  const flipped = Array.from({ length: flips.last - flips.first + 1 }, (_, count) => {
    const at = flips.first + count;
    const hex = Buffer.from(envelope.with(at, (envelope[at] ?? 0) ^ flips.mask)).toString("hex");
    return { ...opening({ hex }), expect };
  });
  return [{ ...opening(bytes), expect: { judge: hasPlaintext } }, ...flipped];
}

function hasPlaintext({ plaintext }: Json): Deviation | undefined {
  if (readBytes(plaintext)) return undefined;
  return { expected: "plaintext: bytes", got: show(plaintext) };
}

/** opens: whoever seals takes randomness of its own, so the runner opens what came. */
function opens({ bytes, inputs }: HybridVector, ok: Json): Deviation | undefined {
  const envelope = readBytes(ok.envelope);
  const privateKey = privateKeyOf(JSON.stringify(inputs.public_key));
  if (envelope === undefined) return { expected: "envelope: bytes", got: show(ok) };
  try {
    const aad = materialise(inputs.aad ?? { hex: "" });
    const plaintext = Buffer.from(
      openEnvelope(privateKey, envelope, { aad, backend: nobleBackend }),
    ).toString("hex");
    return compare(bytes, { hex: plaintext }, "opened");
  } catch (error) {
    if (!(error instanceof HybridError)) throw error;
    return { expected: "envelope: one that opens", got: show(ok.envelope) };
  }
}

function privateKeyOf(publicKey: string): Uint8Array {
  const { vectors } = loadVectors("hybrid/envelope");
  const pair = vectors.find(
    ({ step, decoded }) =>
      step === "public-key" && JSON.stringify(decoded?.outputs.public_key) === publicKey,
  );
  if (pair === undefined) throw new Error(`no vector has the private key of ${publicKey}`);
  return materialise(pair.bytes);
}

const SERVER_STEPS: readonly string[] = [
  "CreateRegistrationResponse",
  "GenerateKE2",
  "ServerFinish",
];

/** opaqueSteps: random values are given, so an adapter whose library takes none answers unsupported. */
export function opaqueSteps(vector: OpaqueVector): readonly Step[] {
  const { step, bytes, inputs, stage, decoded } = vector;
  const op = SERVER_STEPS.includes(step) ? "opaque.server" : "opaque.client";
  const args = { step, message: bytes, inputs };
  if (decoded === null) return [{ op, args, expect: refusal(stage, ...opaqueClasses(stage)) }];
  return [{ op, args, expect: { ok: decoded.outputs, ifGiven: decoded.intermediates } }];
}

function opaqueClasses(stage: string | null): readonly ErrorClass[] {
  const isMalformed = stage === "length" || stage === "element";
  return isMalformed ? ["msg.decode", "opaque.auth"] : ["opaque.auth"];
}

/** mlsSteps: a whole life of a member is one request, `at` says which message it refused. */
export function mlsSteps(vector: MlsVector): readonly Step[] {
  const { step, bytes, inputs, stage, decoded, messages } = vector;
  const json = { bytes, inputs, messages: messages.map(({ message }) => message) };
  const request = { op: "mls.vector", args: { kind: step, json } };
  if (stage === null) {
    const learned = messages.map((received) => received.decoded);
    return [{ ...request, expect: { ok: { decoded, messages: learned } } }];
  }
  if (messages.length === 0) return [{ ...request, expect: refusal(stage, "mls.reject") }];
  const details = { stage, at: messages.length - 1 };
  return [{ ...request, expect: { err: ["mls.reject"], details, needs: "at" } }];
}
