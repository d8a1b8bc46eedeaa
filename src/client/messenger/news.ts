// What came in and what went wrong since the user was last told.

import type { Content } from "../../gen/qpc/client/v1/content_pb.ts";
import type { ClientFault } from "../faults.ts";

/**
 * SenderTrust is how far a sender is known: `own` is this account, `verified` a contact whose safety
 * number was compared, `pinned` one whose key came from the server's log, `revoked` one whose key is
 * revoked, `unknown` anybody else.
 */
export type SenderTrust = "own" | "verified" | "pinned" | "unknown" | "revoked";

export interface ReceivedMessage {
  readonly conversationId: Uint8Array;
  /** Identity key, 32 bytes. */
  readonly sender: Uint8Array;
  /** Username of a contact; undefined when the key is nobody's that we know. */
  readonly senderName: string | undefined;
  readonly trust: SenderTrust;
  readonly content: Content;
  /** Unix milliseconds by the own clock. */
  readonly receivedAt: number;
}

/** GroupChange: the members of a conversation are others than before, or their keys are. */
export interface GroupChange {
  readonly conversationId: Uint8Array;
  readonly epoch: bigint;
  /** Who made the commit; undefined when this account was welcomed. */
  readonly by: Uint8Array | undefined;
  readonly added: readonly Uint8Array[];
  readonly removed: readonly Uint8Array[];
  /** False when this account is no member any more. */
  readonly active: boolean;
}

export interface ReportedFault {
  readonly fault: ClientFault;
  /** The inbox it came from; empty for the default one; undefined for what was no inbox. */
  readonly channelId: Uint8Array | undefined;
  /** Undefined for a message that was held before. */
  readonly seq: bigint | undefined;
}

/** FailedOutgoing: something that the server will not take, whatever is tried. It left the outbox. */
export interface FailedOutgoing {
  readonly conversationId: Uint8Array | undefined;
  readonly kind: "application" | "commit" | "proposal" | "welcome";
  /** The message that was not sent; undefined when none is shown. */
  readonly contentId: Uint8Array | undefined;
  readonly error: Error;
}

/** News collects until it is taken. */
export interface News {
  readonly received: ReceivedMessage[];
  readonly changes: GroupChange[];
  /** The newest 1,000. */
  readonly faults: ReportedFault[];
  /** How many faults before those were left out. */
  faultsLeftOut: number;
  readonly failed: FailedOutgoing[];
}

const MOST_FAULTS = 1000;

export function emptyNews(): News {
  return { received: [], changes: [], faults: [], faultsLeftOut: 0, failed: [] };
}

/** addFault keeps the newest faults: garbage costs its sender nothing, and must not fill our memory. */
export function addFault(news: News, reported: ReportedFault): void {
  news.faults.push(reported);
  if (news.faults.length <= MOST_FAULTS) return;
  news.faults.shift();
  news.faultsLeftOut += 1;
}

/** takeNews answers what has been collected, and empties the collection. */
export function takeNews(news: News): News {
  const { received, changes, faults, faultsLeftOut, failed } = news;
  news.faultsLeftOut = 0;
  return {
    received: received.splice(0),
    changes: changes.splice(0),
    faults: faults.splice(0),
    faultsLeftOut,
    failed: failed.splice(0),
  };
}

export function hasNews({ received, changes, faults, failed }: News): boolean {
  return received.length + changes.length + faults.length + failed.length > 0;
}
