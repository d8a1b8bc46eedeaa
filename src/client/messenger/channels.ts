// The channel of a conversation, as the server names it (spec/services/channel.md). It is a lie of the server
// when one channel belongs to two conversations, and nothing is stored then.

import { ChannelService } from "../../gen/qpc/v1/methods_pb.ts";
import { sameBytes } from "../bytes.ts";
import { createClient, ResponseError } from "../client.ts";
import {
  type Conversation,
  findByGroupRecord,
  findByPeer,
  findConversation,
} from "../store/conversations.ts";
import { type Context, read } from "./context.ts";
import { CHANNEL_BYTES } from "./group-id.ts";

/** Place is what a channel is for: a pair, or a group record. */
export type Place =
  | { readonly kind: "direct"; readonly peerKey: Uint8Array }
  | { readonly kind: "group"; readonly groupRecordId: Uint8Array };

export interface Channel {
  /** The channel_id, 16 bytes. */
  readonly id: Uint8Array;
  /** The conversation that is stored for it. */
  readonly known: Conversation | undefined;
}

/**
 * openChannel asks for the channel of a place; `memberKeys` are added to a group record. It throws
 * ResponseError when the answer does not fit what is stored, and CallError.
 */
export async function openChannel(
  context: Context,
  place: Place,
  memberKeys: readonly Uint8Array[] = [],
): Promise<Channel> {
  const channels = createClient(ChannelService, context.link.caller);
  const request =
    place.kind === "direct"
      ? { peerKey: place.peerKey }
      : { groupId: place.groupRecordId, memberKeys: [...memberKeys] };
  const { channelId: id } = await channels.createChannel(request);
  const known = await read(context, findConversation(id));
  const fits = id.length === CHANNEL_BYTES && (known === undefined || isFor(known, place));
  if (fits && !(await isElsewhere(context, place, id))) return { id, known };
  throw new ResponseError("CreateChannel: the channel of another conversation");
}

/** knownChannel answers the channel of a place when its conversation is stored; it asks nobody. */
export async function knownChannel(context: Context, place: Place): Promise<Channel | undefined> {
  const known = await read(
    context,
    place.kind === "direct" ? findByPeer(place.peerKey) : findByGroupRecord(place.groupRecordId),
  );
  return known && { id: known.id, known };
}

/** newConversation is what a channel begins with. */
export function newConversation(id: Uint8Array, place: Place, name = ""): Conversation {
  return { id, ...place, name, expireSecs: 0, left: false };
}

function isFor({ peerKey, groupRecordId }: Conversation, place: Place): boolean {
  const [stored, wanted] =
    place.kind === "direct" ? [peerKey, place.peerKey] : [groupRecordId, place.groupRecordId];
  return stored !== undefined && sameBytes(stored, wanted);
}

async function isElsewhere(context: Context, place: Place, id: Uint8Array): Promise<boolean> {
  if (place.kind === "direct") return false;
  const conversation = await read(context, findByGroupRecord(place.groupRecordId));
  return conversation !== undefined && !sameBytes(conversation.id, id);
}
