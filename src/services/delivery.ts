// Delivery (200-205): spec/services/delivery.md. Payloads are opaque and never reordered. Lengths,
// batch sizes and the ownership of an inbox are checked by the dispatcher from the method table.

import { createHash } from "node:crypto";
import { DeliveryService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import type { SessionLookup } from "../rpc/credentials.ts";
import { demand, RpcError } from "../rpc/error.ts";
import type { PushHub } from "../rpc/push.ts";
import { type Call, type ComposedMethod, callerSession, compose } from "../rpc/service.ts";
import {
  type ChannelStore,
  type DeliveryStore,
  type Enqueued,
  type Inbox,
  InboxFull,
  type Outgoing,
  type StoredEnvelope,
} from "../storage/stores.ts";
import { newMessage } from "./events.ts";
import type { Waits } from "./waits.ts";

export interface DeliveryDependencies {
  readonly deliveries: DeliveryStore;
  readonly channels: ChannelStore;
  readonly sessions: SessionLookup;
  readonly waits: Waits;
  readonly pushes: PushHub;
  readonly clock: Clock;
  /** Longest wait of a FetchWait, in milliseconds (C-16). */
  readonly waitCapMs: number;
}

/** Read is what Fetch, FetchWait and Peek have in common. */
interface Read {
  readonly recipientKey: Uint8Array;
  readonly channelId: Uint8Array;
  readonly limit: number;
}

/** Post is what Enqueue and BatchEnqueue have in common. */
interface Post {
  readonly payload: Uint8Array;
  readonly channelId: Uint8Array;
  readonly ttlSecs: number;
  readonly messageId: Uint8Array;
}

/** The view of a caller that names no device (I-04). */
const UNSCOPED = new Uint8Array(0);

/** createDeliveryService answers 200 to 205. */
export function createDeliveryService(dependencies: DeliveryDependencies): ComposedMethod[] {
  const { deliveries, channels, sessions, waits, pushes, clock } = dependencies;

  async function post(
    recipients: readonly Uint8Array[],
    message: Post,
    call: Call,
  ): Promise<readonly Enqueued[]> {
    const sender = callerSession(call).identityKey;
    await demandMembers(message.channelId, [sender, ...recipients]);
    const now = clock.now();
    const batch = recipients.map((recipient) => outgoing(sender, recipient, message, now));
    const stored = await store(batch, now);
    batch.forEach((entry, index) => {
      const { seq, duplicate } = stored[index] as Enqueued;
      if (duplicate) return;
      waits.signal(entry);
      pushes.push(entry.recipient, () => newMessage(entry, seq));
    });
    return stored;
  }

  async function store(batch: readonly Outgoing[], now: number): Promise<readonly Enqueued[]> {
    try {
      return await deliveries.enqueue(batch, now);
    } catch (error) {
      if (error instanceof InboxFull) {
        throw new RpcError(Status.RateLimited, "delivery.inbox-cap");
      }
      throw error;
    }
  }

  // C-58: a channel admits its members and nobody else; an unregistered ID is NotFound.
  async function demandMembers(channelId: Uint8Array, keys: readonly Uint8Array[]): Promise<void> {
    if (channelId.length === 0) return;
    const channel = await channels.find(channelId);
    demand(channel !== undefined, Status.NotFound, "delivery.channel-unknown");
    const admitted = keys.every((key) => includes(channel.members, key));
    demand(admitted, Status.Forbidden, "delivery.channel-members");
  }

  // I-18: who was a member once may still read what is queued for it there.
  async function demandReader({ recipientKey, channelId }: Omit<Read, "limit">): Promise<Inbox> {
    const inbox = { recipient: recipientKey, channelId };
    if (channelId.length === 0) return inbox;
    const channel = await channels.find(channelId);
    demand(channel !== undefined, Status.NotFound, "delivery.channel-unknown");
    const { members, formerMembers } = channel;
    const known = includes(members, recipientKey) || includes(formerMembers, recipientKey);
    demand(known, Status.Forbidden, "delivery.channel-members");
    return inbox;
  }

  function look(inbox: Inbox, { limit }: Read): Promise<readonly StoredEnvelope[]> {
    return deliveries.view(inbox, UNSCOPED, {
      limit: limit === 0 ? LIMITS.fetchDefault.value : limit,
      maxBytes: LIMITS.framePayload.value,
      now: clock.now(),
    });
  }

  async function fetch(request: Read) {
    const inbox = await demandReader(request);
    return { payloads: [...(await look(inbox, request))] };
  }

  async function fetchWait(request: Read & { timeoutMs: bigint }, call: Call) {
    const inbox = await demandReader(request);
    const cap = BigInt(dependencies.waitCapMs);
    const ms = Number(request.timeoutMs < cap ? request.timeoutMs : cap);
    const { tokenHash, expiresAt } = callerSession(call);
    const untilExpiry = Math.max(0, expiresAt - clock.now());
    const waiter = waits.register(inbox, Math.min(ms, untilExpiry), call.signal());
    try {
      for (let wake: string = "signal"; ; wake = await waiter.next()) {
        // I-06: a session that ended gets nothing that was enqueued after its end. What was seen
        // before the session was found alive is older than its end.
        const payloads = [...(await look(inbox, request))];
        const alive = (await sessions(tokenHash)) !== undefined;
        demand(alive, Status.Unauthorized, "sessions.unauthorized");
        if (payloads.length > 0 || wake !== "signal") return { payloads };
      }
    } finally {
      waiter.done();
    }
  }

  return compose(
    DeliveryService,
    {
      async enqueue(request, call) {
        const [stored] = await post([request.recipientKey], request, call);
        const { seq, duplicate } = stored as Enqueued;
        return { seq, duplicate };
      },
      fetch,
      fetchWait,
      peek: fetch,
      async ack({ recipientKey, channelId, seqUpTo }) {
        const inbox = await demandReader({ recipientKey, channelId });
        await deliveries.ack(inbox, UNSCOPED, seqUpTo);
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

function outgoing(sender: Uint8Array, recipient: Uint8Array, post: Post, now: number): Outgoing {
  const { payload, channelId, messageId } = post;
  const asked = post.ttlSecs === 0 ? LIMITS.ttlDefault.value : post.ttlSecs;
  const ttlMs = Math.min(asked, LIMITS.ttlMaximum.value) * 1000;
  const message = { recipient, channelId, payload, expiresAt: now + ttlMs };
  if (messageId.length === 0) return message;
  const until = now + Math.max(ttlMs, LIMITS.dedupWindow.value);
  return { ...message, dedup: { hash: dedupHash(sender, message, messageId), until } };
}

// C-37: the scope of a message_id is (sender, recipient, channel), so that nobody suppresses another
// sender's message. Every part but the channel has a fixed length, so the joined bytes are unambiguous.
function dedupHash(sender: Uint8Array, inbox: Inbox, messageId: Uint8Array): Uint8Array {
  const parts = [sender, inbox.recipient, messageId, inbox.channelId];
  return createHash("sha256").update(Buffer.concat(parts)).digest();
}

function includes(keys: readonly Uint8Array[], key: Uint8Array): boolean {
  return keys.some((other) => Buffer.compare(other, key) === 0);
}
