// Putting messages into inboxes: what Enqueue and BatchEnqueue have in common, and what they cause
// (spec/services/delivery.md).

import { createHash } from "node:crypto";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { demand, RpcError } from "../rpc/error.ts";
import type { PushHub } from "../rpc/push.ts";
import { type Call, callerSession } from "../rpc/service.ts";
import type { ChannelStore } from "../storage/stores/channels.ts";
import {
  type DeliveryStore,
  type Enqueued,
  type Inbox,
  InboxFull,
  type Outgoing,
} from "../storage/stores.ts";
import { type BanLookup, createChannelAccess } from "./channel-access.ts";
import { newMessage } from "./events.ts";
import type { Router } from "./routing.ts";
import type { Waits } from "./waits.ts";

export interface PostingDependencies {
  readonly deliveries: DeliveryStore;
  readonly channels: ChannelStore;
  readonly bans: BanLookup;
  readonly waits: Waits;
  readonly pushes: PushHub;
  readonly router: Router;
  readonly clock: Clock;
}

/** Post is what Enqueue and BatchEnqueue have in common. */
export interface Post {
  readonly payload: Uint8Array;
  readonly channelId: Uint8Array;
  readonly ttlSecs: number;
  readonly messageId: Uint8Array;
  /** Handed back with the answer, and with that of every duplicate (C-40). */
  readonly receipt?: Uint8Array;
}

/** Poster queues one message for some recipients, all or none, and answers one entry each, in order. */
export type Poster = (
  recipients: readonly Uint8Array[],
  message: Post,
  call: Call,
) => Promise<readonly Enqueued[]>;

/** Stands for the sender of a sealed message in the scope of its message_id (C-37, C-114). */
const SEALED = Buffer.from("qpc sealed sender v1");

/** createPoster queues for local recipients and has the messages for others relayed (I-19). */
export function createPoster(dependencies: PostingDependencies): Poster {
  const { router, clock } = dependencies;
  const { demandMembers } = createChannelAccess(dependencies);
  const queue = createQueue(dependencies);

  async function post(
    recipients: readonly Uint8Array[],
    message: Post,
    call: Call,
  ): Promise<readonly Enqueued[]> {
    const sender = senderOf(call);
    // The payload is stored once per recipient, in one transaction.
    const fits = recipients.length * message.payload.length <= LIMITS.batchBytes.value;
    demand(fits, Status.BadRequest, "delivery.batch-bytes", { code: "BATCH_TOO_LARGE" });
    await demandMembers(message.channelId, sender, recipients);
    const queueHere = (keys: readonly Uint8Array[]) => {
      const now = clock.now();
      const batch = keys.map((recipient) => outgoing(sender, recipient, message, now));
      return queue(batch, now);
    };
    // Channels and their members are of this server (C-56).
    if (message.channelId.length > 0) return queueHere(recipients);
    const messageId = relayedId(sender, message.messageId);
    return router.deliver(recipients, { ...message, messageId }, queueHere);
  }

  return post;
}

/** Queue stores messages, all or none, and answers one entry each, in order. */
export type Queue = (batch: readonly Outgoing[], now: number) => Promise<readonly Enqueued[]>;

/** createQueue puts messages into inboxes, wakes who waits for them and pushes event 1000. */
export function createQueue(
  dependencies: Pick<PostingDependencies, "deliveries" | "waits" | "pushes">,
): Queue {
  const { deliveries, waits, pushes } = dependencies;

  async function queue(batch: readonly Outgoing[], now: number): Promise<readonly Enqueued[]> {
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

  return queue;
}

// With a sealed sender a call may come from nobody; of anybody else the key is known (C-41).
function senderOf(call: Call): Uint8Array | undefined {
  return call.caller.kind === "nobody" ? undefined : callerSession(call).identityKey;
}

function scopeOf(sender: Uint8Array | undefined): Uint8Array {
  return sender ?? SEALED;
}

/** outgoing is a message as it is queued; the sender (32 bytes) is the scope of its message_id. */
export function outgoing(
  sender: Uint8Array | undefined,
  recipient: Uint8Array,
  post: Post,
  now: number,
): Outgoing {
  const { payload, channelId, messageId } = post;
  const asked = post.ttlSecs === 0 ? LIMITS.ttlDefault.value : post.ttlSecs;
  const ttlMs = Math.min(asked, LIMITS.ttlMaximum.value) * 1000;
  const message = { recipient, channelId, payload, expiresAt: now + ttlMs };
  const proved = post.receipt ? { ...message, receipt: post.receipt } : message;
  if (messageId.length === 0) return proved;
  const until = now + Math.max(ttlMs, LIMITS.dedupWindow.value);
  const hash = dedupHash(sender, message, messageId);
  return { ...proved, dedup: { hash, until } };
}

// A peer knows the domain of a sender and no more, so that two users of this server with one message_id
// would suppress each other there. What is relayed stands for both, and is the same in a retry.
function relayedId(sender: Uint8Array | undefined, messageId: Uint8Array): Uint8Array {
  if (messageId.length === 0) return messageId;
  const parts = [scopeOf(sender), messageId];
  return createHash("sha256").update(Buffer.concat(parts)).digest().subarray(0, messageId.length);
}

// C-37: the scope of a message_id is (sender, recipient, channel), so that nobody suppresses another
// sender's message; all sealed senders are one. Every part but the channel has a fixed length, and the
// label no key's, so the joined bytes are unambiguous.
function dedupHash(
  sender: Uint8Array | undefined,
  inbox: Inbox,
  messageId: Uint8Array,
): Uint8Array {
  const parts = [scopeOf(sender), inbox.recipient, messageId, inbox.channelId];
  return createHash("sha256").update(Buffer.concat(parts)).digest();
}
