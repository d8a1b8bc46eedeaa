// Frame vectors: frame.decode for each, frame.encode for what is accepted.

import { LIMITS } from "../../../src/registry/limits.ts";
import type { FrameVector } from "../../../vectors/format.ts";
import type { ErrorClass } from "../protocol.ts";
import { refusal, type Step } from "../step.ts";

/** frameSteps: `kind` is request, response or push. */
export function frameSteps(kind: string, vector: FrameVector<object>): readonly Step[] {
  const { bytes, stage, decoded } = vector;
  const decode = { op: "frame.decode", args: { kind, bytes } };
  if (stage !== null) return [{ ...decode, expect: refusal(stage, classOf(vector)) }];
  const { payload_len: _, ...fields } = { ...decoded };
  // What a client makes of a status or an event is not in the frame that is written.
  const { treat_as: _t, message: _m, ...args } = fields as Record<string, unknown>;
  return [
    { ...decode, expect: { ok: fields } },
    { op: "frame.encode", args: { kind, ...args }, expect: { ok: { bytes } } },
  ];
}

function classOf({ stage, decoded }: FrameVector<object>): ErrorClass {
  if (stage === "end") return "frame.trailing";
  const isTooLarge = stage === "header" && Number(decoded?.payload_len) > LIMITS.framePayload.value;
  return isTooLarge ? "frame.too_large" : "frame.truncated";
}
