// What the tests of channels and groups share: events 1003 that were pushed, and many keys.

import { fromBinary } from "@bufbuild/protobuf";
import { PushEventType } from "../../gen/qpc/v1/push_event_type_pb.ts";
import { GroupMembershipChangeSchema } from "../../gen/qpc/v1/push_pb.ts";
import type { Host } from "./host.ts";

/** changesPushed answers the events 1003 so far; users are told by the first byte of their keys. */
export function changesPushed({ pushed }: Pick<Host, "pushed">) {
  return pushed
    .filter(({ event }) => event.eventType === PushEventType.MEMBERSHIP)
    .map(({ to, event }) => {
      const message = fromBinary(GroupMembershipChangeSchema, event.payload);
      const { groupId, memberKey, change } = message;
      return { to: to[0], groupId, member: memberKey[0], change };
    });
}

/** keysOf makes different keys that no user of a host has. */
export function keysOf(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const key = Buffer.alloc(32, 0xff);
    key.writeUInt32BE(index);
    return new Uint8Array(key);
  });
}
