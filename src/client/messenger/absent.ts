// Members of an MLS group who are in the group record no more, as the server last told: nothing can be
// enqueued for them until somebody commits their removal (I-08, I-18).

import { hexOf } from "../bytes.ts";

export interface Absent {
  of(conversationId: Uint8Array): readonly Uint8Array[];
  set(conversationId: Uint8Array, keys: readonly Uint8Array[]): void;
}

export function createAbsent(): Absent {
  const known = new Map<string, readonly Uint8Array[]>();
  return {
    of: (conversationId) => known.get(hexOf(conversationId)) ?? [],
    set: (conversationId, keys) => void known.set(hexOf(conversationId), keys),
  };
}
