// Changing a group: from a wish to a commit that won, in as many attempts as others make necessary
// (spec/client/client.md, Commits).

import { hexOf, sameBytes } from "../bytes.ts";
import type { Conversation } from "../store/conversations.ts";
import { includesKey, without } from "./bytes.ts";
import type { Duty, Wish } from "./change.ts";
import { openChannel } from "./channels.ts";
import { commit, storeGroup } from "./commit.ts";
import type { Context } from "./context.ts";
import { MessengerError, Unreachable } from "./errors.ts";
import { type LiveGroup, withoutCommit } from "./groups.ts";
import { fetchInbox } from "./inbox.ts";
import type { FailedOutgoing } from "./news.ts";
import { flush } from "./outbox.ts";
import { membersOf } from "./outbox-entries.ts";
import { leaveRecord } from "./record.ts";
import { demandGroup } from "./sending-group.ts";

/** Progress: `done` when the group has changed, `queued` when it will once the server can be reached. */
export type Progress = "done" | "queued";

/** Of so many that commit at once one wins each time, so everybody is through after as many attempts. */
const MOST_ATTEMPTS = 1000;

/**
 * changeGroup stores the wish, then works on it until it is fulfilled, by us or by others. It throws
 * MessengerError `inactive` and `change-pending`, and the error of a commit that the server refused.
 */
export async function changeGroup(
  context: Context,
  conversation: Conversation,
  wish: Wish,
): Promise<Progress> {
  const group = await demandIdle(context, conversation);
  const { groupId } = group.member;
  await storeGroup(context, withoutCommit(group, group.member, { phase: "wanted", ...wish }));
  context.dropped.delete(hexOf(groupId));
  try {
    const progress = await pursue(context, groupId);
    if (context.dropped.has(hexOf(groupId))) await demandGroup(context, conversation);
    // The Welcomes of those who were added wait there.
    await flush(context);
    return progress;
  } catch (error) {
    if (error instanceof Unreachable) return "queued";
    throw error;
  }
}

/** demandIdle finishes an earlier change first. It throws MessengerError `inactive`, `change-pending`. */
export async function demandIdle(context: Context, conversation: Conversation): Promise<LiveGroup> {
  const { groupId } = (await demandGroup(context, conversation)).member;
  if ((await pursue(context, groupId)) === "done") return demandGroup(context, conversation);
  throw new MessengerError("change-pending", "an earlier change of the group is under way");
}

/** pursue does what is left to do of the change of a group, if there is one. It throws as changeGroup does, and Unreachable. */
export async function pursue(context: Context, groupId: Uint8Array): Promise<Progress> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const live = await context.groups.find(groupId);
    const change = live?.change;
    if (live === undefined || change === undefined || change.phase === "leaving") return "done";
    if (change.phase === "wanted") await commitOnTop(context, live);
    else if (change.phase === "won") await alignRecord(context, live, change);
    else if (!(await isDecided(context, live))) return "queued";
  }
  return "queued";
}

/** A commit is made on top of all that the server has: another would be sure to lose. */
async function commitOnTop(context: Context, live: LiveGroup): Promise<void> {
  await fetchInbox(context, live.conversationId);
  const now = await context.groups.find(live.member.groupId);
  if (now?.change?.phase === "wanted") await commit(context, now, now.change);
}

/** isDecided sends the commit, and looks whether it or another has come out of the inbox. */
async function isDecided(context: Context, live: LiveGroup): Promise<boolean> {
  const { failed } = context.news;
  const before = failed.length;
  await flush(context);
  const isOurs = ({ kind, conversationId }: FailedOutgoing) =>
    kind === "commit" && conversationId && sameBytes(conversationId, live.conversationId);
  const failure = failed.slice(before).find(isOurs);
  if (failure) throw failure.error;
  await fetchInbox(context, live.conversationId);
  const now = await context.groups.find(live.member.groupId);
  const isTheSame = now?.pendingHash && live.pendingHash;
  return !isTheSame || !sameBytes(now.pendingHash, live.pendingHash);
}

/**
 * The record follows the group: whoever the commit has removed leaves it afterwards, since before it could
 * not reach him (I-18). Others may have changed the group since; what counts is who is in it now.
 */
async function alignRecord(context: Context, live: LiveGroup, duty: Duty): Promise<void> {
  const { groupId } = live.member;
  await fetchInbox(context, live.conversationId);
  const now = (await context.groups.find(groupId)) ?? live;
  if (now.member.active) {
    const members = membersOf(now);
    await leaveRecord(context, groupId, without(duty.forget, members));
    const admit = duty.admit.filter((key) => includesKey(members, key));
    if (admit.length > 0) {
      await openChannel(context, { kind: "group", groupRecordId: groupId }, admit);
    }
  }
  if (now.change?.phase === "won") await storeGroup(context, withoutCommit(now, now.member));
}
