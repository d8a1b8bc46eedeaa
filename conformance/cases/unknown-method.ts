// What a call of a number that is no method of the subject must meet (C-10).

import { Status } from "../../src/registry/statuses.ts";
import type { Trial } from "../judge/trial.ts";
import { frame } from "./frames.ts";

/** Checks that expectUnknownMethod makes. */
export const UNKNOWN_METHOD_CHECKS = ["answer", "connection-lives"] as const;

/**
 * expectUnknownMethod sends an empty request under `id` and goes by the reading of `unknown-method`. A
 * subject that declares a reset gets a warning with it; one that declares nothing is only disputed.
 */
export async function expectUnknownMethod(t: Trial, id: number): Promise<void> {
  const peer = await t.peer();
  const got = await peer.send(frame(id, 2, new Uint8Array(0)));
  if (t.reading === "reset") {
    t.reaction(got, "reset");
    const declared = t.profile["unknown-method"] === "reset";
    if (declared && got.kind === "reset") {
      const evidence = { expected: "status 11", got: "a reset, as declared" };
      t.check("reading", false, evidence, "warn");
    }
  } else {
    t.reaction(got, Status.UnknownMethod);
  }
  await t.connectionLives(peer);
}
