// The events that services emit (spec/events.md). Typing and presence have no emitter (C-19).

import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { PushEventType } from "../gen/qpc/v1/push_event_type_pb.ts";
import { GroupMembershipChangeSchema, NewMessageSchema } from "../gen/qpc/v1/push_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import type { PushEvent, PushHub } from "../rpc/push.ts";
import type { Outgoing } from "../storage/stores.ts";

/** newMessage is event 1000 for a stored message; data stays empty when it would overflow a frame (I-05). */
export function newMessage({ recipient, channelId, payload }: Outgoing, seq: bigint): PushEvent {
  const bare = { recipientKey: recipient, channelId, seq };
  const full = encode({ ...bare, data: payload });
  const fits = full.length <= LIMITS.framePayload.value;
  return { eventType: PushEventType.NEW_MESSAGE, payload: fits ? full : encode(bare) };
}

/** announceMembership pushes event 1003 to some keys; a rotation has no member_key. */
export function announceMembership(
  pushes: PushHub,
  receivers: readonly Uint8Array[],
  change: MessageInitShape<typeof GroupMembershipChangeSchema>,
): void {
  for (const receiver of receivers) pushes.push(receiver, () => membershipChange(change));
}

function membershipChange(change: MessageInitShape<typeof GroupMembershipChangeSchema>): PushEvent {
  const message = create(GroupMembershipChangeSchema, change);
  const payload = toBinary(GroupMembershipChangeSchema, message);
  return { eventType: PushEventType.MEMBERSHIP, payload };
}

function encode(message: MessageInitShape<typeof NewMessageSchema>): Uint8Array {
  return toBinary(NewMessageSchema, create(NewMessageSchema, message));
}
