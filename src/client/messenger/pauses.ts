// When the server asked for patience, and for which part of the outbox (spec/status.md).

import { hexOf } from "../bytes.ts";

export interface Pauses {
  /** pause holds back a conversation, or everything when it is undefined, for so many milliseconds. */
  pause(conversationId: Uint8Array | undefined, now: number, ms: number): void;
  isPaused(conversationId: Uint8Array | undefined, now: number): boolean;
}

const EVERYTHING = "";

export function createPauses(): Pauses {
  const until = new Map<string, number>();
  const keyOf = (id: Uint8Array | undefined) => (id ? hexOf(id) : EVERYTHING);
  return {
    pause(conversationId, now, ms) {
      until.set(keyOf(conversationId), now + ms);
    },
    isPaused(conversationId, now) {
      return [EVERYTHING, keyOf(conversationId)].some((key) => (until.get(key) ?? 0) > now);
    },
  };
}
