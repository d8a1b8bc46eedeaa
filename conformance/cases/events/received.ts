// What the cases of spec/events.md share: connections that wait for events, and reading them.

import { setTimeout as sleep } from "node:timers/promises";
import { fromBinary } from "@bufbuild/protobuf";
import { PushEventType } from "../../../src/gen/qpc/v1/push_event_type_pb.ts";
import {
  type NewMessage,
  NewMessageSchema,
  PushEventSchema,
} from "../../../src/gen/qpc/v1/push_pb.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { ReceivedEvent } from "../../judge/event-log.ts";
import type { Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { sameBytes } from "../delivery/inbox.ts";

/** How long an event may take, in milliseconds. */
export const EVENT_MS = 2000;

/** eventCase is a case for a server that declares events. */
export function eventCase(spec: Omit<CaseSpec, "features">): Case {
  return defineCase({
    ...spec,
    features: ["auth", "delivery", "push"],
    when: { push: ["on"], ...spec.when },
  });
}

/**
 * announcement waits for the event about a message. Without reconstructed fields any event 1000 is
 * taken for it, so the connection must be one that got none before.
 */
export function announcement(
  t: Trial,
  { events }: Peer,
  recipientKey: Uint8Array,
  seq: bigint,
): Promise<ReceivedEvent | undefined> {
  return events.find((event) => {
    if (!isNewMessage(event)) return false;
    if (t.profile.reconstructed !== "draft") return true;
    const message = readNewMessage(t, event);
    return message?.seq === seq && sameBytes(message.recipientKey, recipientKey);
  }, EVENT_MS);
}

/** announced counts the events 1000 that came to a connection so far. */
export function announced({ events }: Peer): number {
  return events.all().filter(isNewMessage).length;
}

/** countAnnounced waits until `most` events 1000 came, or no more do, and answers their number. */
export async function countAnnounced(peer: Peer, most: number): Promise<number> {
  const end = performance.now() + EVENT_MS;
  while (announced(peer) < most && performance.now() < end) await sleep(20);
  return announced(peer);
}

/** arrives checks that the event about a message comes to a connection. */
export async function arrives(
  t: Trial,
  check: string,
  peer: Peer,
  recipientKey: Uint8Array,
  seq: bigint,
): Promise<void> {
  const event = await announcement(t, peer, recipientKey, seq);
  t.check(check, event !== undefined, {
    expected: `event 1000 about seq ${seq}`,
    got: peer.events.all().length > 0 ? "events, but not this one" : "no event",
  });
}

/** isNewMessage tells event 1000. */
export function isNewMessage({ eventType }: ReceivedEvent): boolean {
  return eventType === PushEventType.NEW_MESSAGE;
}

/** readNewMessage decodes an event as the profile says; undefined when it is no such message. */
export function readNewMessage(t: Trial, event: ReceivedEvent): NewMessage | undefined {
  return readAs(t.profile["push-payload"], event);
}

/** readAs decodes an event in one of the two forms of C-18, "bare" or "oneof". */
export function readAs(
  form: string | undefined,
  { payload }: ReceivedEvent,
): NewMessage | undefined {
  try {
    if (form === "bare") return fromBinary(NewMessageSchema, payload);
    const { event } = fromBinary(PushEventSchema, payload);
    return event.case === "newMessage" ? event.value : undefined;
  } catch {
    return undefined;
  }
}
