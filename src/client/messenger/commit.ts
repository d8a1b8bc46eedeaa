// An own commit on its way into the outbox (spec/client/client.md, Commits).

import type { PendingCommit } from "../../crypto/mls/group-member.ts";
import { MlsError } from "../../crypto/mls/group-member.ts";
import { putOutgoing } from "../store/outbox.ts";
import { includesKey, without } from "./bytes.ts";
import type { Change, Wish } from "./change.ts";
import { type Context, write } from "./context.ts";
import { type LiveGroup, saveLive, withoutCommit } from "./groups.ts";
import { commitEntry, membersOf } from "./outbox-entries.ts";

/**
 * commit makes the commit that fulfils what is still to be wished for, and puts it into the outbox; a wish
 * that is fulfilled already is taken away. It throws MlsError, having taken the wish away.
 */
export async function commit(context: Context, live: LiveGroup, wish: Wanted): Promise<void> {
  const { member } = live;
  const members = membersOf(live);
  const remove = wish.remove.filter((key) => includesKey(members, key));
  const add = await stillToAdd(context, wish, without(members, remove));
  const isIdle = add.length + remove.length === 0 && !wish.renew && !member.hasProposals;
  if (isIdle) return storeGroup(context, withoutCommit(live, member));

  const pending = await committed(context, live, { add, remove });
  const { renew, lost } = wish;
  const made = { add, remove, renew, commit: pending.encode() };
  const change = { phase: "sent", ...made, ...(lost && { lost }) } as const;
  const pendingHash = context.backend.sha256(pending.message);
  const group = { ...live, change, pending, pendingHash };
  const entry = commitEntry(group, pending.message, context.now());
  const recipients = without(entry.recipients, context.absent.of(live.conversationId));
  await write(context, function* () {
    yield* saveLive(group);
    yield* putOutgoing({ ...entry, recipients });
  });
  context.groups.remember(group);
}

type Wanted = Extract<Change, { phase: "wanted" }>;

/** storeGroup stores a group, then remembers it. */
export async function storeGroup(context: Context, group: LiveGroup): Promise<void> {
  await write(context, () => saveLive(group));
  context.groups.remember(group);
}

async function committed(
  context: Context,
  live: LiveGroup,
  change: Pick<Wish, "add" | "remove">,
): Promise<PendingCommit> {
  try {
    return await live.member.commit(change);
  } catch (error) {
    // Tried again it would fail again, and nothing else could be changed.
    if (error instanceof MlsError) await storeGroup(context, withoutCommit(live, live.member));
    throw error;
  }
}

/** Somebody else may have added the same person; and a KeyPackage may have run out while we waited. */
async function stillToAdd(
  context: Context,
  { add }: Wish,
  members: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const wanted: Uint8Array[] = [];
  for (const keyPackage of add) {
    try {
      const { identityKey } = await context.mls.inspectKeyPackage(keyPackage, context.now());
      if (!includesKey(members, identityKey)) wanted.push(keyPackage);
    } catch (error) {
      if (!(error instanceof MlsError)) throw error;
    }
  }
  return wanted;
}
