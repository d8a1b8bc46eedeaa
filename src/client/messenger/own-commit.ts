// An own commit that came back as the first of its epoch: it is in force (spec/client/client.md, Commits).

import { findConversation } from "../store/conversations.ts";
import { without } from "./bytes.ts";
import type { Change } from "./change.ts";
import { type Context, read } from "./context.ts";
import { type LiveGroup, saveLive, withoutCommit } from "./groups.ts";
import { dropQueuedCommit, membersOf, putAll, welcomeEntry } from "./outbox-entries.ts";
import type { Step } from "./step.ts";
import { traceEpoch } from "./trace.ts";

/** ownCommitStep merges the pending commit; with it, the Welcomes of those it added go into the outbox. */
export async function ownCommitStep(context: Context, live: LiveGroup): Promise<Step> {
  const { pending, conversationId } = live;
  if (pending === undefined) throw new Error("a commit is under way without its state");
  const conversation = await read(context, findConversation(conversationId));
  const merged = withoutCommit(live, pending.merge(live.member));
  const gone = without(pending.removed, membersOf(merged));
  const isRecorded = conversation?.kind === "group" && gone.length + pending.added.length > 0;
  const duty: Change = { phase: "won", forget: gone, admit: pending.added };
  const group = { ...merged, change: isRecorded ? duty : undefined };
  return {
    ...{ what: "commit", group, newEpoch: true, sender: live.member.identityKey },
    epoch: live.member.epoch,
    *store() {
      yield* saveLive(group);
      // It has come back, so everybody has it, even when the answer to sending it was lost.
      yield* dropQueuedCommit(pending.message);
      yield* putAll(welcomesOf(context, group, pending));
    },
    stored() {
      traceEpoch(context.trace, group, "own-commit");
      const { epoch, identityKey: by } = group.member;
      const { added } = pending;
      context.news.changes.push({
        ...{ conversationId, epoch, by, added, removed: gone, active: true },
      });
    },
  };
}

/** welcomesOf answers an entry of the outbox for each of those whom a commit has added. */
export function welcomesOf(
  context: Context,
  group: LiveGroup,
  { welcome, added }: { welcome: Uint8Array | undefined; added: readonly Uint8Array[] },
) {
  if (welcome === undefined) return [];
  return added.map((key) => welcomeEntry(group, key, welcome, context.now()));
}
