// A step is one request of a vector to the adapter, and what its reply must be.

import type { Fields, Topic } from "../../vectors/format.ts";
import type { Deviation } from "./compare.ts";
import type { ErrorClass, Json } from "./protocol.ts";

export type Expectation =
  /** Every field of `ok` must be equal; those of `ifGiven` where the reply has them. */
  | { readonly ok: Fields; readonly ifGiven?: Fields }
  /** judge answers the deviation of a good reply. */
  | { readonly judge: (ok: Json) => Deviation | undefined }
  /** An error of one of these classes; `details` must be equal where the reply has them. */
  | {
      readonly err: readonly ErrorClass[];
      readonly details: Json;
      /** A detail without which the refusal may have been for another reason. */
      readonly needs?: string;
    };

export interface Step {
  readonly op: string;
  readonly args: Json;
  readonly expect: Expectation;
}

/** Plan is what is asked for one vector, one step after the other. */
export interface Plan {
  readonly id: string;
  readonly rule: string;
  readonly topic: Topic;
  readonly steps: () => readonly Step[];
}

/** refusal expects an error; `stage` is compared where the adapter names one. */
export function refusal(stage: string | null, ...err: readonly ErrorClass[]): Expectation {
  return { err, details: { stage } };
}
