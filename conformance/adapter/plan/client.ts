// Vectors of what a client keeps and sends inside: padding, attachments, recovery, transcripts.

import type { ClientVector, Fields } from "../../../vectors/format.ts";
import type { Json } from "../protocol.ts";
import { type Expectation, refusal, type Step } from "../step.ts";
import { contentSteps } from "./messages.ts";

/** clientSteps by the format of the vector. */
export function clientSteps(vector: ClientVector): readonly Step[] {
  const { format, bytes, inputs, decoded, stage } = vector;
  switch (format) {
    case "Content":
    case "TranscriptRecord":
      return contentSteps(vector);
    case "padding": {
      const unpad = { op: "padding.unpad", args: { bytes }, expect: outcome(vector) };
      if (stage !== null) return [unpad];
      const content = decoded?.content ?? null;
      return [unpad, { op: "padding.pad", args: { content }, expect: { ok: { bytes } } }];
    }
    case "attachment": {
      const args: Json = { blob: bytes, ...inputs };
      return [{ op: "attachment.open", args, expect: outcome(vector) }];
    }
    case "recovery-code":
      return [{ op: "recovery.code", args: { text: bytes }, expect: outcome(vector) }];
    case "recovery-bundle": {
      const args: Json = { bundle: bytes, ...inputs };
      return [{ op: "recovery.open", args, expect: outcome(vector, "contents") }];
    }
    case "transcript-body":
      return [
        {
          op: "transcript.read",
          args: { body: bytes, ...inputs },
          expect: outcome(vector, "hashes"),
        },
      ];
    case "transcript":
      return [
        { op: "transcript.open", args: { file: bytes, ...inputs }, expect: outcome(vector, "key") },
      ];
  }
}

/** outcome: what stands under `onTheWay` is compared where an adapter gives it. */
function outcome({ stage, decoded }: ClientVector, onTheWay = ""): Expectation {
  if (stage !== null) {
    const expected = refusal(stage, stage === "blob-id" ? "blob.hash" : "local.invalid");
    return { ...expected, ...("err" in expected && { details: { stage, ...decoded } }) };
  }
  const { [onTheWay]: between, ...ok } = { ...decoded } as Record<string, Fields[string]>;
  return { ok, ifGiven: between === undefined ? {} : { [onTheWay]: between } };
}
