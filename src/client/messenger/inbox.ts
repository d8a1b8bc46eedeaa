// Reading an inbox: in ascending seq, each message to its end before the next, and the acknowledgement
// last (spec/services/delivery.md, spec/client/client.md).

import type { Envelope, FetchResponse } from "../../gen/qpc/v1/delivery_pb.ts";
import { DeliveryService } from "../../gen/qpc/v1/methods_pb.ts";
import { Status } from "../../registry/statuses.ts";
import { CallError } from "../call.ts";
import { createClient, ResponseError } from "../client.ts";
import { ClientFault } from "../faults.ts";
import { listConversations } from "../store/conversations.ts";
import { cursor } from "../store/inboxes.ts";
import { includesKey } from "./bytes.ts";
import { type Context, read } from "./context.ts";
import { take } from "./incoming.ts";
import { addFault } from "./news.ts";
import { DEFAULT_CHANNEL } from "./outbox-entries.ts";
import { sendingGroup } from "./sending-group.ts";
import type { CatchUp } from "./step.ts";

/** What one visit to an inbox takes at most: a server that always has more must not keep us for ever. */
const MOST_FETCHES = 100;
const MOST_MESSAGES = 10_000;

/** No server counts so far, not in nanoseconds: taken, it would hide all later messages ([client.seq-bound]). */
const LARGEST_SEQ = 2n ** 63n - 1n;

/**
 * fetchInbox processes what an inbox holds, 10,000 messages or 100 answers at most. What it leaves, and what is
 * left when it throws, waits for the next time. No inbox that is `underWay` already is read on the way.
 */
export async function fetchInbox(
  context: Context,
  channelId: Uint8Array,
  underWay: readonly Uint8Array[] = [],
): Promise<void> {
  // A Welcome that lies in the inbox which it wants read first would be met there again, for ever.
  const reading = [...underWay, channelId];
  const catchUp: CatchUp = async (other) => {
    if (!includesKey(reading, other)) await fetchInbox(context, other, reading);
  };
  const delivery = createClient(DeliveryService, context.link.caller);
  const { identityKey: recipientKey, deviceId } = context.account();
  const inbox = { recipientKey, channelId, ...(deviceId && { deviceId }) };
  let taken = 0;
  for (let fetches = 0; fetches < MOST_FETCHES; fetches++) {
    const payloads = await fetched(channelId, () => delivery.fetch(inbox));
    const inOrder = [...payloads].sort((a, b) => (a.seq < b.seq ? -1 : Number(a.seq > b.seq)));
    let last: bigint | undefined;
    const takenBefore = taken;
    for (const { seq, data } of inOrder) {
      if (seq > LARGEST_SEQ) {
        const fault = new ClientFault("malformed", `a message with seq ${seq} is not taken`);
        addFault(context.news, { fault, channelId, seq });
        break;
      }
      const done = await read(context, cursor(channelId));
      if (taken === MOST_MESSAGES) break;
      last = seq;
      if (seq <= done) continue;
      taken += 1;
      await take(context, { channelId, seq, data }, catchUp);
    }
    if (last === undefined) return;
    const isAcknowledged = await acknowledged(() => delivery.ack({ ...inbox, seqUpTo: last }));
    if (!isAcknowledged || taken === takenBefore) return;
  }
}

/**
 * fetchAll processes the default inbox, then that of every conversation, those just joined included. An inbox
 * that the server does not give out keeps nobody from the others; it throws at the end then.
 */
export async function fetchAll(context: Context): Promise<void> {
  const refusals: Error[] = [];
  const fetchNext = async (channelId: Uint8Array) => {
    try {
      await fetchInbox(context, channelId);
    } catch (error) {
      if (!(error instanceof CallError || error instanceof ResponseError)) throw error;
      refusals.push(error);
    }
  };
  await fetchNext(DEFAULT_CHANNEL);
  for (const { id, left } of await read(context, listConversations())) {
    // Whoever waits for his removal to be committed still has to see it.
    const isOver = left && (await sendingGroup(context, id)) === undefined;
    if (!isOver) await fetchNext(id);
  }
  const [first] = refusals;
  if (first) throw first;
}

/** What could not be acknowledged comes again, and is known by its seq; what it led to stands. */
async function acknowledged(ack: () => Promise<unknown>): Promise<boolean> {
  try {
    await ack();
    return true;
  } catch (error) {
    if (error instanceof CallError || error instanceof ResponseError) return false;
    throw error;
  }
}

/** A channel that is not ours any more, or that went with its last member, holds nothing. */
async function fetched(
  channelId: Uint8Array,
  fetch: () => Promise<FetchResponse>,
): Promise<readonly Envelope[]> {
  try {
    return (await fetch()).payloads;
  } catch (error) {
    if (channelId.length > 0 && error instanceof CallError && GONE.includes(error.status))
      return [];
    throw error;
  }
}

const GONE: readonly Status[] = [Status.Forbidden, Status.NotFound];
