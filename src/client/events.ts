// What a server tells of its own accord: from a push frame to the message of its event (spec/events.md).

import type { Message } from "@bufbuild/protobuf";
import { EVENTS } from "../registry/events.ts";
import { decodeStrictly } from "../rpc/decode.ts";
import type { EventFrame } from "../rpc/event-inbox.ts";

/**
 * EventFault says why an event is ignored:
 * - `unknown`: no event has this number [events.unknown]
 * - `undecodable`: the payload is not the message of its event
 */
export type EventFault = "unknown" | "undecodable";

/** EventError: nobody is told of this event. What it announced lies in its queue [events.queue-remains]. */
export class EventError extends Error {
  override name = "EventError";
  readonly fault: EventFault;
  constructor(fault: EventFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** readEvent answers the message that the event type selects. It throws EventError. */
export function readEvent({ eventType, payload }: EventFrame): Message {
  const event = EVENTS.find(({ id }) => id === eventType);
  if (event === undefined) throw new EventError("unknown", `there is no event ${eventType}`);
  try {
    return decodeStrictly(event.message, payload);
  } catch (cause) {
    throw new EventError("undecodable", `event ${eventType} is no ${event.message.name}`, {
      cause,
    });
  }
}
