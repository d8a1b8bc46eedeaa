// From what a person types, `bob`, `@bob` or `#team`, to a conversation.

import { Unreachable } from "../../client/messenger/errors.ts";
import type { Messenger } from "../../client/messenger.ts";
import type { Conversation } from "../../client/store/conversations.ts";
import { UsageError } from "../../server/options.ts";
import { loadLabels } from "./labels.ts";

/** findConversation answers the one that goes by this name here, if any; it asks nobody. */
export async function findConversation(
  messenger: Messenger,
  to: string,
): Promise<Conversation | undefined> {
  const labels = await loadLabels(messenger);
  const named = (await messenger.conversations()).filter((conversation) => {
    const label = labels.place(conversation);
    return label === to || label.slice(1) === to;
  });
  const current = named.filter(({ left }) => !left);
  const [found, ...others] = current.length > 0 ? current : named.slice(-1);
  if (others.length === 0) return found;
  throw new UsageError(`several conversations are called ${to}; say @${to} or #${to}`);
}

/** demandConversation throws UsageError when there is none. */
export async function demandConversation(messenger: Messenger, to: string): Promise<Conversation> {
  const found = await findConversation(messenger, to);
  if (found) return found;
  throw new UsageError(`there is no conversation ${to} here`);
}

/** demandGroup throws UsageError for what is no group of this account. */
export async function demandGroup(messenger: Messenger, to: string): Promise<Conversation> {
  const found = await findConversation(messenger, to.startsWith("#") ? to : `#${to}`);
  if (found) return found;
  throw new UsageError(`there is no group ${to} here`);
}

/**
 * conversationWith answers the group of this name, or the conversation with the user of this name, which
 * begins if need be. The user is resolved every time, so that a key that changed is noticed before anything
 * is sent; without the server, what is known of him counts.
 */
export async function conversationWith(messenger: Messenger, to: string): Promise<Conversation> {
  const found = await findConversation(messenger, to);
  if (found?.kind === "group") return found;
  if (to.startsWith("#")) throw new UsageError(`there is no group ${to} here`);
  try {
    return await messenger.startDirect(to.replace(/^@/, ""));
  } catch (error) {
    if (found && error instanceof Unreachable) return found;
    throw error;
  }
}

/** demandFreeName throws UsageError for a name that would not tell a group from others. */
export async function demandFreeName(messenger: Messenger, name: string): Promise<void> {
  if (/^[@#]|\s|[\p{Cc}\p{Cf}]/u.test(name) || name === "") {
    throw new UsageError("a group has a name without spaces that does not begin with @ or #");
  }
  if (await findConversation(messenger, `#${name}`)) {
    throw new UsageError(`there is a group ${name} already`);
  }
}
