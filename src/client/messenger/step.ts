// A step: what one received payload is to change, decided before anything is stored.

import type { Operation } from "../../storage/sql/statement.ts";
import type { ClientFault } from "../faults.ts";
import type { LiveGroup } from "./groups.ts";
import type { MessageKind } from "./trace.ts";

export interface Step {
  readonly what: MessageKind;
  /** Runs in the transaction that moves the cursor. */
  store(): Operation<void>;
  /** What the group is afterwards. */
  readonly group?: LiveGroup;
  /** True when the group is in another epoch than before, so that held messages may fit. */
  readonly newEpoch?: boolean;
  readonly sender?: Uint8Array;
  readonly epoch?: bigint;
  readonly fault?: ClientFault;
  /** Runs when everything is stored. */
  stored?(): void;
}

/** CatchUp processes the inbox of a channel; a Welcome to a group may depend on what lies there. */
export type CatchUp = (channelId: Uint8Array) => Promise<void>;

/** refused is the step of a payload that changes nothing. */
export function refused(fault: ClientFault): Step {
  return { what: "application", *store() {}, fault };
}
