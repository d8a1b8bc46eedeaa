// What a conversation's group looks like from here.

import type { Member } from "../../crypto/mls/group-member.ts";
import { type Context, conversationOf, read } from "./context.ts";
import { MessengerError, Unreachable } from "./errors.ts";
import { describeSender, meet, type Sender } from "./people.ts";
import { sendingGroup } from "./sending-group.ts";

export interface GroupView {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  /** 32 bytes, equal for all members of an epoch. */
  readonly epochAuthenticator: Uint8Array;
  /** In ascending order of leaf index. */
  readonly members: readonly (Sender & { readonly identityKey: Uint8Array })[];
}

/** viewGroup throws MessengerError `unknown-conversation`, and `inactive` for one that we have left. */
export async function viewGroup(context: Context, id: Uint8Array): Promise<GroupView> {
  await conversationOf(context, id);
  const group = await sendingGroup(context, id);
  if (group === undefined) {
    throw new MessengerError("inactive", "this account is not (any more) in the conversation");
  }
  const { groupId, epoch, epochAuthenticator, members } = group.member;
  await meetThem(context, members);
  const described = members.map(async ({ identityKey }) => ({
    identityKey,
    ...(await read(context, describeSender(context, identityKey))),
  }));
  return { groupId, epoch, epochAuthenticator, members: await Promise.all(described) };
}

/** Who the members are is a courtesy: without the server, those who are not known stay unknown. */
async function meetThem(context: Context, members: readonly Member[]): Promise<void> {
  try {
    for (const { identityKey } of members) await meet(context, identityKey);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
  }
}
