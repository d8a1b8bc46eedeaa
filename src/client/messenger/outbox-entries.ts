// Entries of the outbox: how each kind is addressed, and for how long the server keeps it.

import { LIMITS } from "../../registry/limits.ts";
import type { Operation } from "../../storage/sql/statement.ts";
import { sameBytes } from "../bytes.ts";
import {
  listOutgoing,
  type Outgoing,
  putOutgoing,
  type QueuedOutgoing,
  removeOutgoing,
} from "../store/outbox.ts";
import { without } from "./bytes.ts";
import type { LiveGroup } from "./groups.ts";
import { uuidV7 } from "./uuid.ts";

/** The default inbox of a recipient. */
export const DEFAULT_CHANNEL = new Uint8Array(0);

/** Handshake messages are worth nothing without each other, so the server keeps them as long as it can. */
const HANDSHAKE_TTL = LIMITS.ttlMaximum.value;

/** commitEntry goes to all members of the epoch that it ends, the sender included (client.commit-batch). */
export function commitEntry(group: LiveGroup, payload: Uint8Array, now: number): Outgoing {
  return handshake(group, "commit", membersOf(group), payload, now);
}

export function proposalEntry(group: LiveGroup, payload: Uint8Array, now: number): Outgoing {
  return handshake(group, "proposal", othersOf(group), payload, now);
}

/** welcomeEntry goes to the default inbox: who is welcomed does not know the channel yet (I-18). */
export function welcomeEntry(
  { conversationId }: LiveGroup,
  recipient: Uint8Array,
  payload: Uint8Array,
  now: number,
): Outgoing {
  return {
    ...{ conversationId, kind: "welcome", recipients: [recipient], payload },
    ...{
      channelId: DEFAULT_CHANNEL,
      messageId: uuidV7(now),
      ttlSecs: HANDSHAKE_TTL,
      sealed: false,
    },
  };
}

export interface ApplicationEntry {
  readonly group: LiveGroup;
  /** The MLSMessage; empty when it cannot be encrypted yet. */
  readonly payload: Uint8Array;
  readonly contentId: Uint8Array;
  /** 0 = the message stays. */
  readonly expireSecs: number;
  readonly anonymous: boolean;
}

export function applicationEntry(entry: ApplicationEntry, now: number): Outgoing {
  const { group, payload, contentId, expireSecs, anonymous } = entry;
  return {
    ...{ kind: "application", conversationId: group.conversationId, payload, contentId },
    ...{ recipients: othersOf(group), channelId: group.conversationId, messageId: uuidV7(now) },
    ...{ ttlSecs: Math.min(expireSecs, LIMITS.ttlMaximum.value), sealed: anonymous },
  };
}

export function membersOf({ member }: LiveGroup): Uint8Array[] {
  return member.members.map(({ identityKey }) => identityKey);
}

export function othersOf(group: LiveGroup): Uint8Array[] {
  return without(membersOf(group), [group.member.identityKey]);
}

/** dropQueuedCommit takes a commit that lost out of the outbox, if it has not been sent yet. */
export function* dropQueuedCommit(message: Uint8Array): Operation<void> {
  const isIt = ({ kind, payload }: QueuedOutgoing) =>
    kind === "commit" && sameBytes(payload, message);
  const queued = (yield* listOutgoing()).find(isIt);
  if (queued) yield* removeOutgoing(queued.id);
}

/** dropQueuedProposals takes proposals of an epoch that is over out of the outbox. */
export function* dropQueuedProposals(conversationId: Uint8Array): Operation<void> {
  for (const { id, kind, ...entry } of yield* listOutgoing()) {
    const isOurs = entry.conversationId && sameBytes(entry.conversationId, conversationId);
    if (kind === "proposal" && isOurs) yield* removeOutgoing(id);
  }
}

/** putAll appends several entries. */
export function* putAll(entries: readonly Outgoing[]): Operation<void> {
  for (const entry of entries) yield* putOutgoing(entry);
}

function handshake(
  { conversationId }: LiveGroup,
  kind: "commit" | "proposal",
  recipients: Uint8Array[],
  payload: Uint8Array,
  now: number,
): Outgoing {
  return {
    ...{ conversationId, kind, recipients, payload, channelId: conversationId },
    ...{ messageId: uuidV7(now), ttlSecs: HANDSHAKE_TTL, sealed: false },
  };
}
