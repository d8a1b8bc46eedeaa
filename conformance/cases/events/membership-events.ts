// Reading event 1003, for the cases of groups and of events.

import { fromBinary } from "@bufbuild/protobuf";
import { PushEventType } from "../../../src/gen/qpc/v1/push_event_type_pb.ts";
import {
  type GroupMembershipChange,
  GroupMembershipChangeSchema,
  PushEventSchema,
} from "../../../src/gen/qpc/v1/push_pb.ts";
import type { ReceivedEvent } from "../../judge/event-log.ts";
import type { Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { sameBytes } from "../delivery/inbox.ts";
import { EVENT_MS } from "./received.ts";

/** Change is what an event 1003 says. */
export type Change = Pick<GroupMembershipChange, "groupId" | "memberKey" | "change">;

/** changeArrives checks that an event 1003 with exactly these fields comes to a connection. */
export async function changeArrives(
  t: Trial,
  check: string,
  { events }: Peer,
  { groupId, memberKey, change }: Change,
): Promise<void> {
  const event = await events.find((received) => {
    const message = readChange(t, received);
    return (
      message?.change === change &&
      sameBytes(message.groupId, groupId) &&
      sameBytes(message.memberKey, memberKey)
    );
  }, EVENT_MS);
  t.check(check, event !== undefined, {
    expected: `event 1003 with change ${change}`,
    got: events.all().length > 0 ? "events, but not this one" : "no event",
  });
}

/** changesOf answers the events 1003 about a group that came to a connection so far. */
export function changesOf(
  t: Trial,
  { events }: Peer,
  groupId: Uint8Array,
): readonly GroupMembershipChange[] {
  return events
    .all()
    .map((event) => readChange(t, event))
    .filter((message) => message !== undefined)
    .filter((message) => sameBytes(message.groupId, groupId));
}

function readChange(
  t: Trial,
  { eventType, payload }: ReceivedEvent,
): GroupMembershipChange | undefined {
  if (eventType !== PushEventType.MEMBERSHIP) return undefined;
  try {
    if (t.profile["push-payload"] === "bare") {
      return fromBinary(GroupMembershipChangeSchema, payload);
    }
    const { event } = fromBinary(PushEventSchema, payload);
    return event.case === "membership" ? event.value : undefined;
  } catch {
    return undefined;
  }
}
