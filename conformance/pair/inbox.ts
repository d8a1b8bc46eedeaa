// What cases about inboxes share.

import { DeliveryService } from "../../src/gen/qpc/v1/methods_pb.ts";
import type { SdkCall, SdkConnection } from "../client/sdk.ts";
import { demandOk } from "../judge/account.ts";
import type { User } from "../judge/user.ts";
import type { PairTrial } from "./trial.ts";

const { enqueue, fetchWait } = DeliveryService.method;

/** A time that no case gets to the end of, and one that is soon over, in milliseconds. */
export const LONG_MS = 20_000;
export const SHORT_MS = 500;

/** waitForMessage has the SDK wait on the inbox of a user of the judge's, by a token in the body. */
export function waitForMessage(
  t: PairTrial,
  on: SdkConnection,
  { key, token }: User,
  timeoutMs = LONG_MS,
): SdkCall {
  const request = { recipientKey: key, timeoutMs: BigInt(LONG_MS) };
  return t.call(on, fetchWait, request, { token, timeoutMs });
}

/** put has a user of the judge's enqueue for another, and answers the seq. */
export async function put(from: User, to: User, payload: Uint8Array): Promise<bigint> {
  const answer = await from.call(enqueue, { recipientKey: to.key, payload });
  demandOk(answer, "Enqueue");
  return answer.message().seq;
}
