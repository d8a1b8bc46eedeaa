// The group record on the server, which follows the MLS group (spec/services/group.md, I-18).

import { GroupService } from "../../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../../registry/limits.ts";
import { CallError } from "../call.ts";
import { createClient } from "../client.ts";
import type { Context } from "./context.ts";

const KEY_BYTES = 32;

/**
 * recordMembers answers undefined when there is no record, none that we may see, and for lists that cannot be
 * right: more members than a group may have, or keys that do not ascend, which would never end.
 */
export async function recordMembers(
  { link }: { readonly link: Pick<Context["link"], "caller"> },
  groupId: Uint8Array,
): Promise<readonly Uint8Array[] | undefined> {
  const groups = createClient(GroupService, link.caller);
  const keys: Uint8Array[] = [];
  try {
    for (;;) {
      const afterKey = keys.at(-1) ?? new Uint8Array(0);
      const { members } = await groups.listGroupMembers({ groupId, afterKey });
      if (members.length === 0) return keys;
      for (const { identityKey } of members) {
        const isNext =
          identityKey.length === KEY_BYTES &&
          Buffer.compare(identityKey, keys.at(-1) ?? afterKey) > 0;
        if (!isNext || keys.length === LIMITS.groupMembers.value) return undefined;
        keys.push(identityKey);
      }
    }
  } catch (error) {
    if (error instanceof CallError) return undefined;
    throw error;
  }
}

/** leaveRecord takes keys out of the record of a group. */
export async function leaveRecord(
  { link }: Context,
  groupId: Uint8Array,
  keys: readonly Uint8Array[],
): Promise<void> {
  const groups = createClient(GroupService, link.caller);
  for (const memberKey of keys) {
    try {
      await groups.removeMember({ groupId, memberKey });
    } catch (error) {
      // Whoever refuses this has no such record, or has removed us from it: nothing is left to do.
      if (!(error instanceof CallError)) throw error;
    }
  }
}

/** askToRotate sends event 1003 to the other members, and answers to how many (C-60). */
export async function askToRotate({ link }: Context, groupId: Uint8Array): Promise<number> {
  const groups = createClient(GroupService, link.caller);
  return (await groups.rotateKeys({ groupId })).notified;
}
