// The group in which a conversation goes on (spec/client/client.md, client.direct-group-id).

import type { Conversation } from "../store/conversations.ts";
import type { Context } from "./context.ts";
import { MessengerError } from "./errors.ts";
import type { LiveGroup } from "./groups.ts";

/**
 * sendingGroup answers the active group of a conversation; of several, the one with the highest
 * generation. Undefined when this account is in none.
 */
export async function sendingGroup(
  { groups }: Context,
  conversationId: Uint8Array,
): Promise<LiveGroup | undefined> {
  return (await groups.of(conversationId)).findLast(({ member }) => member.active);
}

/** demandGroup throws MessengerError `inactive` when there is none, or when we are about to leave it. */
export async function demandGroup(
  context: Context,
  { id, left }: Conversation,
): Promise<LiveGroup> {
  const group = left ? undefined : await sendingGroup(context, id);
  if (group) return group;
  throw new MessengerError("inactive", "this account is not (any more) in the conversation");
}
