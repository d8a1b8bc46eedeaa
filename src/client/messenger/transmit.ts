// An entry of the outbox on its way: Enqueue for one recipient, BatchEnqueue for several
// (spec/services/delivery.md).

import { DeliveryService } from "../../gen/qpc/v1/methods_pb.ts";
import { createClient } from "../client.ts";
import { ClientFault } from "../faults.ts";
import { type Receipt, verifyReceipt } from "../receipts.ts";
import type { Outgoing } from "../store/outbox.ts";
import type { Context } from "./context.ts";
import { addFault } from "./news.ts";

/** transmit makes the call. It throws CallError, ResponseError, Unreachable and the errors of a login. */
export async function transmit(context: Context, entry: Outgoing): Promise<void> {
  const { link } = context;
  const delivery = createClient(DeliveryService, entry.sealed ? link.anonymous : link.caller);
  const { recipients, payload, channelId, ttlSecs, messageId } = entry;
  const common = { payload, channelId, ttlSecs, messageId };
  const [recipientKey] = recipients;
  if (recipientKey === undefined) return;
  if (recipients.length > 1) {
    await delivery.batchEnqueue({ ...common, recipientKeys: [...recipients] });
    return;
  }
  const receipt = await delivery.enqueue({ ...common, recipientKey });
  await checkReceipt(context, { channelId, recipientKey, payload }, receipt);
}

/** A receipt that does not hold is told, and the message counts as taken: the server said so. */
async function checkReceipt(
  { news, signingKey }: Context,
  sent: Parameters<typeof verifyReceipt>[1],
  receipt: Receipt,
): Promise<void> {
  try {
    const key = await signingKey();
    if (key && receipt.deliveryProof.length > 0) verifyReceipt(key, sent, receipt);
  } catch (error) {
    if (!(error instanceof ClientFault)) throw error;
    addFault(news, { fault: error, channelId: undefined, seq: undefined });
  }
}
