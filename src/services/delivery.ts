// Delivery (200-205): spec/services/delivery.md. Payloads are opaque and never reordered. Lengths,
// batch sizes and the ownership of an inbox are checked by the dispatcher from the method table.

import { DeliveryService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import type { SessionLookup } from "../rpc/credentials.ts";
import { demand } from "../rpc/error.ts";
import type { PushHub } from "../rpc/push.ts";
import {
  type Call,
  type ComposedMethod,
  callerSession,
  compose,
  type LiveSession,
} from "../rpc/service.ts";
import type { ChannelStore } from "../storage/stores/channels.ts";
import type { DeliveryStore, Enqueued, Inbox } from "../storage/stores.ts";
import { type BanLookup, createChannelAccess } from "./channel-access.ts";
import type { DeliveryProofs } from "./delivery-proofs.ts";
import type { ServiceLimits } from "./limits.ts";
import { createPoster } from "./posting.ts";
import type { Router } from "./routing.ts";
import type { Waits } from "./waits.ts";

export interface DeliveryDependencies {
  readonly deliveries: DeliveryStore;
  readonly channels: ChannelStore;
  readonly bans: BanLookup;
  readonly sessions: SessionLookup;
  readonly waits: Waits;
  readonly pushes: PushHub;
  readonly router: Router;
  readonly clock: Clock;
  readonly limits: Pick<ServiceLimits, "waitMs">;
  /** Signs receipts; undefined where none are given (C-40). */
  readonly proofs: DeliveryProofs | undefined;
}

/** Read is what Fetch, FetchWait and Peek have in common. */
interface Read {
  readonly recipientKey: Uint8Array;
  readonly channelId: Uint8Array;
  readonly limit: number;
  /** The device whose view is read; empty for the unscoped one (I-04). */
  readonly deviceId: Uint8Array;
}

/** createDeliveryService answers 200 to 205. */
export function createDeliveryService(dependencies: DeliveryDependencies): ComposedMethod[] {
  const { deliveries, sessions, waits, clock, limits, proofs } = dependencies;
  const { demandReader } = createChannelAccess(dependencies);
  const post = createPoster(dependencies);

  async function openInbox(request: Omit<Read, "limit">, call: Call): Promise<Inbox> {
    const inbox = { recipient: request.recipientKey, channelId: request.channelId };
    demandOwnView(request.deviceId, callerSession(call));
    await demandReader(inbox);
    return inbox;
  }

  function look(inbox: Inbox, { limit, deviceId }: Read) {
    return deliveries.view(inbox, deviceId, {
      limit: limit === 0 ? LIMITS.fetchDefault.value : limit,
      maxBytes: LIMITS.framePayload.value,
      now: clock.now(),
    });
  }

  async function fetch(request: Read, call: Call) {
    const inbox = await openInbox(request, call);
    const payloads = await look(inbox, request);
    demand(payloads !== undefined, Status.NotFound, "device.unregistered");
    return { payloads: [...payloads] };
  }

  async function fetchWait(request: Read & { timeoutMs: bigint }, call: Call) {
    const inbox = await openInbox(request, call);
    const cap = BigInt(limits.waitMs);
    const ms = Number(request.timeoutMs < cap ? request.timeoutMs : cap);
    const { tokenHash, expiresAt } = callerSession(call);
    const untilExpiry = Math.max(0, expiresAt - clock.now());
    const waiter = waits.register(inbox, Math.min(ms, untilExpiry), call.signal());
    try {
      for (let wake: string = "signal"; ; wake = await waiter.next()) {
        // I-06: a session that ended gets nothing that was enqueued after its end. What was seen
        // before the session was found alive is older than its end.
        const payloads = await look(inbox, request);
        const alive = (await sessions(tokenHash)) !== undefined;
        demand(alive, Status.Unauthorized, "sessions.unauthorized");
        demand(payloads !== undefined, Status.NotFound, "device.unregistered");
        if (payloads.length > 0 || wake !== "signal") return { payloads: [...payloads] };
      }
    } finally {
      waiter.done();
    }
  }

  return compose(
    DeliveryService,
    {
      async enqueue(request, call) {
        const receipt = proofs?.receipt(request.payload, clock.now());
        const message = receipt ? { ...request, receipt } : request;
        const [stored] = await post([request.recipientKey], message, call);
        const { seq, duplicate, receipt: kept } = stored as Enqueued;
        const inbox = { recipient: request.recipientKey, channelId: request.channelId };
        // A duplicate is proved as its first copy was: who repeats a call has lost the first answer.
        // What a peer has queued has no receipt here and is not ours to prove.
        const deliveryProof = kept && proofs?.prove(inbox, seq, kept);
        return { seq, duplicate, ...(deliveryProof && { deliveryProof }) };
      },
      fetch,
      fetchWait,
      peek: fetch,
      async ack(request, call) {
        const inbox = await openInbox(request, call);
        const known = await deliveries.ack(inbox, request.deviceId, request.seqUpTo);
        demand(known, Status.NotFound, "device.unregistered");
        return {};
      },
      async batchEnqueue(request, call) {
        const stored = await post(request.recipientKeys, request, call);
        return { seqs: stored.map(({ seq }) => seq) };
      },
    },
    ["fetchWait"],
  );
}

// C-103: a session that is bound to a device reads the view of that device or the unscoped one.
function demandOwnView(deviceId: Uint8Array, session: LiveSession): void {
  const isFree = deviceId.length === 0 || session.deviceId.length === 0;
  const isOwn = isFree || Buffer.compare(deviceId, session.deviceId) === 0;
  demand(isOwn, Status.Forbidden, "device.other-device");
}
