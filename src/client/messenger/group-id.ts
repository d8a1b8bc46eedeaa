// MLS group IDs of this protocol (spec/client/client.md, client.direct-group-id and client.group-id).

import { hexOf } from "../bytes.ts";

/** GroupAddress says which conversation an MLS group belongs to. */
export type GroupAddress =
  | { readonly kind: "direct"; readonly channelId: Uint8Array; readonly generation: number }
  | { readonly kind: "group"; readonly recordId: Uint8Array };

export const CHANNEL_BYTES = 16;
export const RECORD_BYTES = 32;
const GENERATION_BYTES = 4;
const MOST_GENERATIONS = 2 ** 32 - 1;

/** readGroupId answers undefined for an ID that no group of this protocol has. */
export function readGroupId(groupId: Uint8Array): GroupAddress | undefined {
  if (groupId.length === RECORD_BYTES) return { kind: "group", recordId: groupId };
  if (groupId.length !== CHANNEL_BYTES + GENERATION_BYTES) return undefined;
  return {
    kind: "direct",
    channelId: groupId.slice(0, CHANNEL_BYTES),
    generation: viewOf(groupId).getUint32(CHANNEL_BYTES),
  };
}

/** directGroupId is channel_id (16 bytes) and generation (u32). */
export function directGroupId(channelId: Uint8Array, generation: number): Uint8Array {
  const groupId = new Uint8Array(CHANNEL_BYTES + GENERATION_BYTES);
  groupId.set(channelId);
  viewOf(groupId).setUint32(CHANNEL_BYTES, generation);
  return groupId;
}

/**
 * nextGeneration answers the generation of the next group that `own` starts with `peer`: the seconds since
 * 1970, or more if a known one is as high. So it is higher than those that somebody who lost his state
 * has forgotten. The smaller key takes even ones and the other odd ones, so that two who start at once
 * make two groups with two IDs, and both go on in the higher. It throws RangeError after 2^32.
 */
export function nextGeneration(
  own: Uint8Array,
  peer: Uint8Array,
  known: readonly number[],
  now: number,
): number {
  const parity = hexOf(own) < hexOf(peer) ? 0 : 1;
  const least = Math.max(Math.floor(now / 1000), ...known.map((generation) => generation + 1));
  const next = least % 2 === parity ? least : least + 1;
  if (next > MOST_GENERATIONS) throw new RangeError("no generation is left in this conversation");
  return next;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
