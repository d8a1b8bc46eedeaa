// What a messenger does, step by step, for a demonstration or a log. It names sizes, epochs and keys,
// never plaintext.

import type { GroupMember } from "../../crypto/mls/group-member.ts";

export type MessageKind = "application" | "commit" | "proposal" | "welcome";

export type TraceEvent =
  /** A payload that the server took. */
  | {
      readonly kind: "sent";
      readonly what: MessageKind;
      readonly conversationId: Uint8Array | undefined;
      /** Size of the payload in bytes, envelope included. */
      readonly bytes: number;
      readonly recipients: number;
      /** True when it went inside a hybrid envelope. */
      readonly enveloped: boolean;
      /** True when it went on a connection without a session. */
      readonly anonymous: boolean;
      /** Undefined for a Welcome and for what is inside an envelope. */
      readonly epoch: bigint | undefined;
    }
  /** A payload that came out of an inbox and was understood. */
  | {
      readonly kind: "received";
      readonly what: MessageKind;
      /** The inbox; empty for the default one, undefined for a message that was held. */
      readonly channelId: Uint8Array | undefined;
      readonly seq: bigint | undefined;
      readonly bytes: number;
      readonly enveloped: boolean;
      readonly sender: Uint8Array | undefined;
      /** The epoch that the message belongs to. */
      readonly epoch: bigint | undefined;
    }
  /** The group of a conversation is in this epoch now. */
  | {
      readonly kind: "epoch";
      readonly cause: "created" | "joined" | "own-commit" | "commit";
      readonly conversationId: Uint8Array;
      readonly groupId: Uint8Array;
      readonly epoch: bigint;
      readonly members: number;
      /** Equal for all members of an epoch. */
      readonly epochAuthenticator: Uint8Array;
    }
  /** An own commit that came second; what it was to change is tried again. */
  | { readonly kind: "lost"; readonly conversationId: Uint8Array; readonly epoch: bigint }
  /** A session was opened. */
  | { readonly kind: "logged-in"; readonly username: string };

export type Trace = (event: TraceEvent) => void;

/** traceEpoch tells in which epoch a group is now. */
export function traceEpoch(
  trace: Trace,
  { conversationId, member }: { conversationId: Uint8Array; member: GroupMember },
  cause: Extract<TraceEvent, { kind: "epoch" }>["cause"],
): void {
  const { groupId, epoch, epochAuthenticator } = member;
  const members = member.active ? member.members.length : 0;
  trace({ kind: "epoch", cause, conversationId, groupId, epoch, members, epochAuthenticator });
}
