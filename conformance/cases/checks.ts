// Checks that many chapters make beside the answer that a case is about.

import { type Status, statusName } from "../../src/registry/statuses.ts";
import type { Answer } from "../judge/peer.ts";
import type { Trial } from "../judge/trial.ts";

/** isStatus checks the status of a further answer. */
export function isStatus(t: Trial, check: string, { status }: Answer, expected: Status): void {
  t.check(check, status === expected, { expected: statusName(expected), got: statusName(status) });
}

/** equals checks a value by how it is written. */
export function equals(t: Trial, check: string, got: unknown, expected: unknown): void {
  t.check(check, `${got}` === `${expected}`, { expected: `${expected}`, got: `${got}` });
}
