// What the cases of groups share: calls of 410 to 413 and what they must have answered.

import { GroupService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk } from "../../judge/account.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { toHex } from "../bytes.ts";

const { removeMember, updateGroupMetadata, listGroupMembers, rotateKeys } = GroupService.method;

/** Pages of a list that is asked for without a limit: as many as it may take to be complete. */
const MOST_PAGES = 100;

/** removal asks 410 to remove a member. */
export function removal(user: User, groupId: Uint8Array, member: { readonly key: Uint8Array }) {
  return user.call(removeMember, { groupId, memberKey: member.key });
}

/** removed removes on the way of a case and answers whether the key was a member. */
export async function removed(user: User, groupId: Uint8Array, member: User): Promise<boolean> {
  const answer = await removal(user, groupId, member);
  demandOk(answer, "RemoveMember");
  return answer.message().removed;
}

/** Metadata is what 411 may change. */
export interface Metadata {
  readonly name?: string;
  readonly description?: string;
  readonly settings?: Uint8Array;
}

/** described changes metadata on the way of a case and answers the revision. */
export async function described(
  user: User,
  groupId: Uint8Array,
  change: Metadata,
): Promise<bigint> {
  const answer = await user.call(updateGroupMetadata, { groupId, ...change });
  demandOk(answer, "UpdateGroupMetadata");
  return answer.message().revision;
}

/** page asks 412 for members after a key. */
export function page(
  user: User,
  groupId: Uint8Array,
  limit = 0,
  afterKey: Uint8Array = new Uint8Array(0),
) {
  return user.call(listGroupMembers, { groupId, limit, afterKey });
}

/** listed reads the whole list, page after page, and answers the keys in hex as they came. */
export async function listed(
  user: User,
  groupId: Uint8Array,
  limit = 0,
): Promise<readonly string[]> {
  const keys: string[] = [];
  let after: Uint8Array = new Uint8Array(0);
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const answer = await page(user, groupId, limit, after);
    demandOk(answer, "ListGroupMembers");
    const { members } = answer.message();
    const last = members.at(-1);
    if (last === undefined) return keys;
    keys.push(...members.map(({ identityKey }) => toHex(identityKey)));
    after = last.identityKey;
  }
  return keys;
}

/** isListed checks that a list has exactly these users, each once, in ascending order of their keys. */
export function isListed(
  t: Trial,
  check: string,
  list: readonly string[],
  users: readonly User[],
): void {
  const expected = users.map(({ key }) => toHex(key)).sort();
  t.check(check, list.join() === expected.join(), {
    expected: expected.join(", "),
    got: list.join(", ") || "nobody",
  });
}

/** rotation asks 413 for new keys. */
export function rotation(user: User, groupId: Uint8Array) {
  return user.call(rotateKeys, { groupId });
}
