// Leaving a group: a member proposes the removal of its own leaf, and another commits it
// (spec/client/client.md, client.leave).

import { type Conversation, saveConversation } from "../store/conversations.ts";
import { deleteGroup } from "../store/groups.ts";
import { putOutgoing } from "../store/outbox.ts";
import { demandIdle } from "./changes.ts";
import { type Context, write } from "./context.ts";
import { type LiveGroup, saveLive, withoutCommit } from "./groups.ts";
import { flushIfReachable } from "./outbox.ts";
import { dropQueuedProposals, proposalEntry } from "./outbox-entries.ts";
import { leaveRecord } from "./record.ts";
import { sendingGroup } from "./sending-group.ts";

/** leaveGroup counts the conversation as left from now on. It throws as changeGroup does. */
export async function leaveGroup(context: Context, conversation: Conversation): Promise<void> {
  const live = await demandIdle(context, conversation);
  if (live.member.members.length === 1) return leaveAlone(context, conversation, live);
  await write(context, () => saveConversation({ ...conversation, left: true }));
  await propose(context, live);
  await flushIfReachable(context);
}

/**
 * leaveAgain proposes it once more when a commit that did not know of the proposal has ended its epoch.
 * When nobody commits it, since the others are away or about to leave themselves, we go without.
 */
export async function leaveAgain(context: Context, conversation: Conversation): Promise<void> {
  const live = await sendingGroup(context, conversation.id);
  if (!conversation.left || live === undefined) return;
  const { change, member } = live;
  const isProposed = change?.phase === "leaving" && change.epoch === member.epoch;
  if (!isProposed) return propose(context, live);
  if (context.overdue.rounds(member) >= PATIENCE) await leaveAlone(context, conversation, live);
}

/** How many rounds the others have to commit our removal. */
const PATIENCE = 20;

async function propose(context: Context, live: LiveGroup): Promise<void> {
  const { next, message } = await live.member.leave();
  const group = withoutCommit(live, next, { phase: "leaving", epoch: next.epoch });
  await write(context, function* () {
    yield* saveLive(group);
    yield* dropQueuedProposals(live.conversationId);
    yield* putOutgoing(proposalEntry(group, message, context.now()));
  });
  context.groups.remember(group);
}

/** Nobody can commit the removal: the record loses us, and we lose the keys. */
async function leaveAlone(
  context: Context,
  conversation: Conversation,
  live: LiveGroup,
): Promise<void> {
  const { groupId, identityKey } = live.member;
  await leaveRecord(context, groupId, [identityKey]);
  await write(context, function* () {
    yield* saveConversation({ ...conversation, left: true });
    yield* deleteGroup(groupId);
  });
  context.groups.forget(live);
}
