// Group records (410-413): spec/services/group.md. The dispatcher lets members in and nobody else; a
// record that is gone by the time a handler looks is answered as one that never was.

import { GroupService } from "../gen/qpc/v1/methods_pb.ts";
import { MembershipChange } from "../gen/qpc/v1/push_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { demand } from "../rpc/error.ts";
import type { PushHub } from "../rpc/push.ts";
import { type ComposedMethod, callerSession, compose } from "../rpc/service.ts";
import type { GroupStore } from "../storage/stores/groups.ts";
import { announceMembership } from "./events.ts";

export interface GroupDependencies {
  readonly groups: GroupStore;
  readonly pushes: PushHub;
  readonly clock: Clock;
}

const FROM_THE_START = new Uint8Array(0);

/** createGroupService answers 410 to 413. */
export function createGroupService({ groups, pushes, clock }: GroupDependencies): ComposedMethod[] {
  return compose(GroupService, {
    async removeMember({ groupId, memberKey }) {
      const removal = await groups.remove(groupId, memberKey, clock.now());
      demand(removal !== undefined, Status.NotFound, "group.no-record");
      const { removed, members } = removal;
      if (removed) {
        const change = MembershipChange.REMOVED;
        announceMembership(pushes, [...members, memberKey], { groupId, memberKey, change });
      }
      return { removed };
    },

    async updateGroupMetadata({ groupId, ...change }) {
      const revision = await groups.describe(groupId, change);
      demand(revision !== undefined, Status.NotFound, "group.no-record");
      return { revision };
    },

    async listGroupMembers({ groupId, limit, afterKey }) {
      // All members that a record can have fit one frame, so that a limit is all that cuts a list.
      const most = LIMITS.groupMembers.value;
      const wanted = limit === 0 ? most : Math.min(limit, most);
      const found = await groups.members(groupId, afterKey, wanted);
      return {
        members: found.map(({ identityKey, username, joinedAt }) => ({
          identityKey,
          username,
          joinedAtMs: BigInt(joinedAt),
        })),
      };
    },

    async rotateKeys({ groupId }, call) {
      const caller = callerSession(call).identityKey;
      const members = await groups.members(groupId, FROM_THE_START, LIMITS.groupMembers.value);
      const others = members
        .map(({ identityKey }) => identityKey)
        .filter((key) => Buffer.compare(key, caller) !== 0);
      const change = MembershipChange.KEYS_ROTATED;
      announceMembership(pushes, others, { groupId, change });
      return { notified: others.length };
    },
  });
}
