// What a command of the REPL is, and what it works with.

import type { Conversation } from "../../client/store/conversations.ts";
import { UsageError } from "../../server/options.ts";
import type { Operands } from "../operands.ts";
import { loadLabels } from "../talk/labels.ts";
import type { Talk } from "../talk/talk.ts";
import type { Numbers } from "./numbers.ts";

export interface Repl extends Talk {
  readonly numbers: Numbers;
  /** The password of the account. */
  readonly password: string;
  /** ask answers the next line; undefined at the end of the input. */
  ask(question: string): Promise<string | undefined>;
  /** The ID of the conversation that lines go to. */
  current: Uint8Array | undefined;
  /** Its label, as in `@bob`. */
  place: string | undefined;
  /** Aborted by Ctrl-C, to end what takes long. */
  readonly interrupted: AbortSignal;
  /** True when no more lines are read. */
  isOver: boolean;
}

export interface ReplCommand {
  /** With the slash; the first is the name, the others are as good. */
  readonly names: readonly [string, ...string[]];
  readonly operands: Operands;
  readonly help: string;
  /** True to go and see afterwards what the server has got to say. */
  readonly isFollowed?: boolean;
  run(repl: Repl, operands: readonly string[]): unknown;
}

/** currentConversation throws UsageError when none is chosen. */
export async function currentConversation(repl: Repl): Promise<Conversation> {
  const { current, messenger } = repl;
  const id = current && Buffer.from(current);
  const found = (await messenger.conversations()).find((conversation) =>
    id?.equals(conversation.id),
  );
  if (found) return found;
  throw new UsageError("no conversation is chosen: /dm USER, /create-group NAME or /switch");
}

/** enter makes a conversation the one that lines go to. */
export async function enter(repl: Repl, conversation: Conversation): Promise<void> {
  await repl.numbers.load(conversation.id);
  repl.current = conversation.id;
  repl.place = (await loadLabels(repl.messenger)).place(conversation);
  repl.print(`* talking in ${repl.place}`);
}
