// Vectors of the transparency log, of safety numbers and of delivery proofs.

import { fromBinary } from "@bufbuild/protobuf";
import { ConsistencyProofSchema, InclusionProofSchema } from "../../../src/gen/qpc/v1/kt_pb.ts";
import { materialise } from "../../../vectors/bytes.ts";
import { fieldsOf } from "../../../vectors/decoded-fields.ts";
import type {
  DeliveryProofVector,
  ProofVector,
  SafetyNumberVector,
} from "../../../vectors/format.ts";
import { refusal, type Step } from "../step.ts";

const LEAF_BYTES = 32;

/** proofSteps: proofs are sent decoded as well, so that judging them needs no Protobuf. */
export function proofSteps({ check, asked, bytes, stage, decoded }: ProofVector): readonly Step[] {
  const data = materialise(bytes);
  if (check === "entry") {
    const { leaf_hash = null, ...args } = { ...decoded };
    return [{ op: "kt.entry", args, expect: { ok: { entry: bytes, leaf_hash } } }];
  }
  if (check === "root") {
    const leaves = Array.from({ length: data.length / LEAF_BYTES }, (_, at) => ({
      hex: Buffer.from(data.subarray(at * LEAF_BYTES, (at + 1) * LEAF_BYTES)).toString("hex"),
    }));
    return [{ op: "kt.root", args: { leaves }, expect: { ok: { root: decoded?.root ?? null } } }];
  }
  const type = check === "inclusion" ? InclusionProofSchema : ConsistencyProofSchema;
  const proof = fieldsOf(type, fromBinary(type, data));
  const expect = stage === null ? { ok: {} } : refusal(stage, "kt.mismatch");
  return [{ op: `kt.${check}`, args: { ...asked, proof, bytes }, expect }];
}

/** safetyNumberSteps: the hashes on the way are compared where an adapter gives them. */
export function safetyNumberSteps(vector: SafetyNumberVector): readonly Step[] {
  const { bytes, peer_key, stage, decoded } = vector;
  const args = { own_key: bytes, peer_key };
  if (decoded === null) {
    return [{ op: "safety-number", args, expect: refusal(stage, "local.invalid") }];
  }
  const { number, ...ifGiven } = decoded;
  return [{ op: "safety-number", args, expect: { ok: { number }, ifGiven } }];
}

/** deliveryProofSteps: the receipt, the key that must have signed it, and what it is shown for. */
export function deliveryProofSteps(vector: DeliveryProofVector): readonly Step[] {
  const { bytes, signing_key, recipient_key, channel_id, seq, payload, stage, decoded } = vector;
  const args = { proof: bytes, signing_key, recipient_key, channel_id, seq, payload };
  const op = "delivery-proof.verify";
  if (decoded === null) return [{ op, args, expect: refusal(stage, "local.invalid") }];
  const { time_ms, statement } = decoded;
  return [{ op, args, expect: { ok: { time_ms }, ifGiven: { statement } } }];
}
