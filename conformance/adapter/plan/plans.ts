// Every golden vector as requests to an adapter.

import type { Topic, Topics, Vector } from "../../../vectors/format.ts";
import { loadVectors, TOPICS } from "../../../vectors/load.ts";
import type { Plan, Step } from "../step.ts";
import { clientSteps } from "./client.ts";
import { hybridSteps, mlsSteps, opaqueSteps } from "./crypto.ts";
import { frameSteps } from "./frames.ts";
import { deliveryProofSteps, proofSteps, safetyNumberSteps } from "./keys-and-logs.ts";
import { messageSteps } from "./messages.ts";

/** plansOf reads the vectors of some topics; steps are made when they are asked for. */
export function plansOf(topics: readonly Topic[]): readonly Plan[] {
  return topics.flatMap((topic) =>
    loadVectors(topic).vectors.map((vector: Vector) => ({
      id: vector.id,
      rule: vector.rule,
      topic,
      steps: () => stepsOf(topic, vector),
    })),
  );
}

/** topicsMatching: `*` stays within a segment, `**` crosses slashes. */
export function topicsMatching(globs: readonly string[]): readonly Topic[] {
  const patterns = globs.map((glob) => {
    const source = glob
      .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
      .replace(/\*\*?/g, (stars) => (stars === "**" ? ".*" : "[^/]*"));
    return new RegExp(`^${source}$`);
  });
  return TOPICS.filter((topic) => globs.length === 0 || patterns.some((one) => one.test(topic)));
}

// A topic fixes what its vectors are, as format.ts says; the file of that topic was read.
function stepsOf(topic: Topic, vector: Vector): readonly Step[] {
  const as = <T extends Topic>(_: T) => vector as Topics[T];
  switch (topic) {
    case "frames/request":
    case "frames/response":
    case "frames/push":
      return frameSteps(topic.slice("frames/".length), as(topic));
    case "hybrid/envelope":
      return hybridSteps(as(topic));
    case "identity/delivery-proofs":
      return deliveryProofSteps(as(topic));
    case "identity/safety-numbers":
      return safetyNumberSteps(as(topic));
    case "kt/proofs":
      return proofSteps(as(topic));
    case "mls/group":
      return mlsSteps(as(topic));
    case "opaque/flow":
      return opaqueSteps(as(topic));
    case "client/attachment":
    case "client/content":
    case "client/padding":
    case "client/recovery":
    case "client/transcript":
      return clientSteps(as(topic));
    default:
      return messageSteps(as(topic));
  }
}
