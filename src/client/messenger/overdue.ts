// Proposals that wait for a commit, and for how many rounds they have been seen waiting.

import type { GroupMember } from "../../crypto/mls/group-member.ts";
import { hexOf } from "../bytes.ts";

export interface Overdue {
  /** rounds answers how often it was asked before about this group in this epoch. */
  rounds(member: GroupMember): number;
}

export function createOverdue(): Overdue {
  const seen = new Map<string, { readonly epoch: bigint; readonly rounds: number }>();
  return {
    rounds({ groupId, epoch }) {
      const before = seen.get(hexOf(groupId));
      const rounds = before?.epoch === epoch ? before.rounds + 1 : 0;
      seen.set(hexOf(groupId), { epoch, rounds });
      return rounds;
    },
  };
}
