// One round with the server: what is there is processed, what was begun is finished, what waits is sent
// (spec/client/client.md).

import { CallError } from "../call.ts";
import { ClientFault } from "../faults.ts";
import { listConversations } from "../store/conversations.ts";
import { deleteExpired } from "../store/messages.ts";
import { listOutgoing } from "../store/outbox.ts";
import { NOTHING_WISHED } from "./change.ts";
import { pursue } from "./changes.ts";
import { storeGroup } from "./commit.ts";
import { type Context, read, write } from "./context.ts";
import type { LiveGroup } from "./groups.ts";
import { fetchAll, fetchInbox } from "./inbox.ts";
import { leaveAgain } from "./leaving.ts";
import { addFault, type News, takeNews } from "./news.ts";
import { flush } from "./outbox.ts";

export interface SyncReport extends News {
  /** Entries that still wait in the outbox. */
  readonly waiting: number;
}

/** syncAll throws Unreachable and the errors of a login; what it had done by then stays done. */
export async function syncAll(context: Context): Promise<void> {
  await write(context, () => deleteExpired(context.now()));
  await fetchAll(context);
  await finish(context);
  await keepKeysFresh(context);
}

/** Whoever has published keys goes on doing so, before the last is taken (keys.clients-refresh). */
async function keepKeysFresh({ account, publisher, news }: Context): Promise<void> {
  if (account().hybridKey === undefined) return;
  try {
    await publisher.refresh();
  } catch (error) {
    if (error instanceof CallError) return;
    if (!(error instanceof ClientFault)) throw error;
    addFault(news, { fault: error, channelId: undefined, seq: undefined });
  }
}

/** syncChannel does the same for one inbox, after an event that named it. */
export async function syncChannel(context: Context, channelId: Uint8Array): Promise<void> {
  await fetchInbox(context, channelId);
  await finish(context);
}

/** finish goes on with what was begun, in every conversation, then sends what waits. */
async function finish(context: Context): Promise<void> {
  for (const conversation of await read(context, listConversations())) {
    for (const group of await context.groups.of(conversation.id)) {
      if (!conversation.left) await stepIn(context, group);
      await pursue(context, group.member.groupId);
    }
    await leaveAgain(context, conversation);
  }
  await flush(context);
}

/** How many rounds the member whose turn it is has to commit a proposal, before everybody else does. */
const PATIENCE = 3;

/** Whoever should commit the proposals of this epoch may be away, or be about to leave himself. */
async function stepIn(context: Context, group: LiveGroup): Promise<void> {
  const { member, change } = group;
  if (!member.active || !member.hasProposals || change !== undefined) return;
  if (context.overdue.rounds(member) < PATIENCE) return;
  await storeGroup(context, { ...group, change: { phase: "wanted", ...NOTHING_WISHED } });
}

/** takeReport takes the news. */
export async function takeReport(context: Context): Promise<SyncReport> {
  const waiting = await read(context, listOutgoing());
  return { ...takeNews(context.news), waiting: waiting.length };
}
