// What the cases of push events have in common: events as bytes, and those that an SDK handed out.

import type { EventRow } from "../../../src/registry/events.ts";
import { readBytes } from "../../adapter/compare.ts";
import { show } from "../../adapter/protocol.ts";
import { hex, toHex } from "../../cases/bytes.ts";
import { kebab } from "../../cases/requests.ts";
import { listOf, type SdkConnection } from "../../client/sdk.ts";
import type { ClientTrial } from "../../client/trial.ts";
import { messageBytes, sampleOf } from "../messages.ts";
import type { Scene } from "../scene.ts";

/** NEW_MESSAGE is the event that most cases push. */
export const NEW_MESSAGE = 1000;

/** Time for an event that should not be handed out to be handed out after all. */
export const STRAY_MS = 60;

/** newMessage is a NewMessage with this seq alone, which is below 16,384. */
export function newMessage(seq: number): Buffer {
  return Buffer.from(seq < 128 ? [0x18, seq] : [0x18, (seq & 127) | 128, seq >> 7]);
}

/** sampleEvent is a message of the event with every field. */
export function sampleEvent({ message }: EventRow): Uint8Array {
  return sampleOf(message.name);
}

/** slugOf names an event in case ids: `new-message`. */
export function slugOf({ message }: EventRow): string {
  return kebab(message.name);
}

/** brokenEvent is a vector that is no message of the event, by its name. */
export function brokenEvent({ message }: EventRow, name: string): Uint8Array {
  const bytes = messageBytes(message.name, name);
  if (bytes === undefined) throw new Error(`there is no vector ${name} of ${message.name}`);
  return bytes;
}

/** taken waits for events and spells them, each as `1000:1801`. Throws when the SDK refuses. */
export async function taken(
  t: ClientTrial,
  sdk: SdkConnection,
  want: number,
  timeoutMs?: number,
): Promise<readonly string[]> {
  const ok = t.ok(await sdk.events(want, timeoutMs), "events");
  return listOf(ok, "events").map(({ event, body }) => {
    const bytes = readBytes(body);
    return `${event}:${bytes ? toHex(bytes) : show(body)}`;
  });
}

/** spell is an event as `taken` spells it. */
export function spell(event: number, payload: Uint8Array): string {
  return `${event}:${toHex(payload)}`;
}

/** expectEvents checks that these NewMessages were handed out, in this order. */
export function expectEvents(
  t: ClientTrial,
  got: readonly string[],
  seqs: readonly number[],
  id = "events",
): void {
  const wanted = seqs.map((seq) => spell(NEW_MESSAGE, newMessage(seq))).join(" ");
  t.check(id, got.join(" ") === wanted, { expected: wanted, got: got.join(" ") || "nothing" });
}

/** The event that follows what must be dropped, so that nobody waits for what does not come. */
const MARKER = { event: NEW_MESSAGE, payload: hex("187f") } as const;

/**
 * dropped pushes a good event behind what the case has pushed, and checks that this one alone is handed
 * out, and that the connection lives.
 */
export async function dropped(t: ClientTrial, { sdk, server, peer }: Scene): Promise<void> {
  // The answer to a call comes after what was pushed before it, on a path that keeps the order.
  await t.connectionLives(sdk, server);
  await peer.event(MARKER.event, MARKER.payload);
  const first = await taken(t, sdk, 1);
  const stray = await taken(t, sdk, 1, STRAY_MS);
  const wanted = spell(MARKER.event, MARKER.payload);
  t.check("events", first.length === 1 && first[0] === wanted && stray.length === 0, {
    expected: `${wanted} alone`,
    got: [...first, ...stray].join(" ") || "nothing",
  });
}
