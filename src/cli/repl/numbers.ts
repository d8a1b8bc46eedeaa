// How messages are referred to in the REPL: (1), (2) … in each conversation, in the order of its history.
// A number stays with its message while the REPL runs, whatever comes in or goes.

import { hexOf } from "../../client/bytes.ts";
import type { HistoryEntry } from "../../client/messenger/history.ts";
import type { Messenger } from "../../client/messenger.ts";
import { UsageError } from "../../server/options.ts";
import type { Numbering } from "../talk/describe.ts";

export interface Numbers extends Numbering {
  /** load numbers the messages of a conversation that were there before, once. */
  load(conversationId: Uint8Array): Promise<void>;
  /** entry answers the message with a number; the last one without. It throws UsageError. */
  entry(conversationId: Uint8Array, number: string | undefined): Promise<HistoryEntry>;
}

export function createNumbers(messenger: Messenger): Numbers {
  const known = new Map<string, string[]>();
  const all = (id: Uint8Array) => messenger.history(id, Number.MAX_SAFE_INTEGER);

  const load = async (conversationId: Uint8Array) => {
    if (known.has(hexOf(conversationId))) return;
    const contents = (await all(conversationId)).map(({ contentId }) => hexOf(contentId));
    known.set(hexOf(conversationId), contents);
  };
  const find = (conversationId: Uint8Array, contentId: Uint8Array) => {
    const at = known.get(hexOf(conversationId))?.indexOf(hexOf(contentId)) ?? -1;
    return at >= 0 ? at + 1 : undefined;
  };
  const of = (conversationId: Uint8Array, contentId: Uint8Array) => {
    const contents = known.get(hexOf(conversationId)) ?? [];
    known.set(hexOf(conversationId), contents);
    return find(conversationId, contentId) ?? contents.push(hexOf(contentId));
  };
  return {
    load,
    of,
    find,
    async entry(conversationId, number) {
      await load(conversationId);
      const entries = await all(conversationId);
      for (const { contentId } of entries) of(conversationId, contentId);
      const wanted = known.get(hexOf(conversationId))?.[Number(number) - 1];
      const entry = number
        ? entries.find(({ contentId }) => hexOf(contentId) === wanted)
        : entries.at(-1);
      if (entry) return entry;
      throw new UsageError(number ? `there is no message (${number})` : "there is no message yet");
    },
  };
}
