// Push event types (spec/events.md): the frame's event_type selects a bare message (C-18).

import type { DescMessage } from "@bufbuild/protobuf";
import { PushEventType, PushEventTypeSchema } from "../gen/qpc/v1/push_event_type_pb.ts";
import {
  GroupMembershipChangeSchema,
  NewMessageSchema,
  PresenceUpdateSchema,
  TypingIndicatorSchema,
} from "../gen/qpc/v1/push_pb.ts";
import type { RuleSlug } from "./rules.ts";

export interface EventRow {
  readonly id: number;
  /** Constant of the documents, as in `PUSH_NEW_MESSAGE`. */
  readonly constant: string;
  readonly message: DescMessage;
  readonly rule: RuleSlug;
}

/** EVENTS is the table of spec/events.md, in order of the IDs. */
export const EVENTS: readonly EventRow[] = [
  row(PushEventType.NEW_MESSAGE, NewMessageSchema, "events.new-message"),
  row(PushEventType.TYPING, TypingIndicatorSchema, "events.typing"),
  row(PushEventType.PRESENCE, PresenceUpdateSchema, "events.presence"),
  row(PushEventType.MEMBERSHIP, GroupMembershipChangeSchema, "events.membership"),
];

function row(id: number, message: DescMessage, rule: RuleSlug): EventRow {
  const name = PushEventTypeSchema.values.find((value) => value.number === id)?.name;
  if (name === undefined) throw new Error(`event ${id} is not in push_event_type.proto`);
  return { id, constant: name.replace("PUSH_EVENT_TYPE_", "PUSH_"), message, rule };
}
