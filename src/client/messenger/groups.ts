// The groups of this client as live values: decoded once, then replaced by what each step leaves behind.
// What is here is what is stored: callers write first and `remember` afterwards.

import type { GroupMember, PendingCommit } from "../../crypto/mls/group-member.ts";
import type { Mls } from "../../crypto/mls/mls.ts";
import type { Database, Operation } from "../../storage/sql/statement.ts";
import { hexOf } from "../bytes.ts";
import { findGroup, groupsOf, type StoredGroup, saveGroup } from "../store/groups.ts";
import { type Change, decodeChange, encodeChange } from "./change.ts";

export interface LiveGroup {
  readonly conversationId: Uint8Array;
  /** Identity key of whoever made the group; in a group record, of its first member. */
  readonly creator: Uint8Array;
  readonly member: GroupMember;
  readonly change: Change | undefined;
  /** The own commit while `change` is `sent`. */
  readonly pending: PendingCommit | undefined;
  /** SHA-256 of the message of `pending`. */
  readonly pendingHash: Uint8Array | undefined;
}

export interface Groups {
  find(groupId: Uint8Array): Promise<LiveGroup | undefined>;
  /** of answers all groups of a conversation, in ascending order of their IDs. */
  of(conversationId: Uint8Array): Promise<readonly LiveGroup[]>;
  /** remember takes what was stored just now. */
  remember(group: LiveGroup): void;
  /** forget takes a group away that was deleted just now. */
  forget(group: LiveGroup): void;
}

export function createGroups(database: Database, mls: Mls): Groups {
  const live = new Map<string, LiveGroup>();
  /** Group IDs of the conversations that were read whole. */
  const complete = new Map<string, Set<string>>();

  const remember = (group: LiveGroup): LiveGroup => {
    const key = hexOf(group.member.groupId);
    live.set(key, group);
    complete.get(hexOf(group.conversationId))?.add(key);
    return group;
  };
  const take = (stored: StoredGroup) =>
    live.get(hexOf(stored.groupId)) ?? remember(decodeGroup(stored, mls));
  const readWhole = async (conversationId: Uint8Array) => {
    const read = (await database.read(groupsOf(conversationId))).map(take);
    const keys = new Set(read.map(({ member }) => hexOf(member.groupId)));
    complete.set(hexOf(conversationId), keys);
    return keys;
  };
  return {
    async find(groupId) {
      const known = live.get(hexOf(groupId));
      if (known) return known;
      const stored = await database.read(findGroup(groupId));
      return stored && take(stored);
    },
    async of(conversationId) {
      const keys = complete.get(hexOf(conversationId)) ?? (await readWhole(conversationId));
      return [...keys].sort().flatMap((key) => live.get(key) ?? []);
    },
    remember,
    forget({ conversationId, member }) {
      live.delete(hexOf(member.groupId));
      complete.get(hexOf(conversationId))?.delete(hexOf(member.groupId));
    },
  };
}

/** saveLive stores a group as it is. */
export function* saveLive(group: LiveGroup): Operation<void> {
  const { conversationId, creator, member, change, pendingHash } = group;
  yield* saveGroup({
    groupId: member.groupId,
    conversationId,
    creator,
    state: member.encode(),
    epoch: member.epoch,
    ...(change && { pending: encodeChange(change) }),
    ...(pendingHash && { pendingHash }),
  });
}

/** withoutCommit answers a group in which no own commit is under way; `change` may still be wanted. */
export function withoutCommit(
  { conversationId, creator }: Pick<LiveGroup, "conversationId" | "creator">,
  member: GroupMember,
  change?: Change,
): LiveGroup {
  const nothing = { pending: undefined, pendingHash: undefined };
  return { conversationId, creator, member, change, ...nothing };
}

function decodeGroup(stored: StoredGroup, mls: Mls): LiveGroup {
  const { conversationId, creator, state, pending, pendingHash } = stored;
  const change = pending && decodeChange(pending);
  return {
    ...{ conversationId, creator, change, pendingHash },
    member: mls.decode(state),
    pending: change?.phase === "sent" ? mls.decodePending(change.commit) : undefined,
  };
}
