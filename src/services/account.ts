// The end of an account (950): spec/services/account.md; C-73, I-08.

import { revocationEntry } from "../crypto/kt/entries.ts";
import { leafHash } from "../crypto/kt/hash.ts";
import { AccountService } from "../gen/qpc/v1/methods_pb.ts";
import { MembershipChange } from "../gen/qpc/v1/push_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { demand } from "../rpc/error.ts";
import type { PushHub } from "../rpc/push.ts";
import { type ComposedMethod, callerSession, compose } from "../rpc/service.ts";
import type { AccountStore } from "../storage/stores/account.ts";
import { announceMembership } from "./events.ts";
import type { Waits } from "./waits.ts";

export interface AccountDependencies {
  readonly accounts: AccountStore;
  readonly waits: Waits;
  readonly pushes: PushHub;
  readonly clock: Clock;
}

/** createAccountService answers 950. */
export function createAccountService(dependencies: AccountDependencies): ComposedMethod[] {
  const { accounts, waits, pushes, clock } = dependencies;
  return compose(AccountService, {
    async deleteAccount(_request, call) {
      const { identityKey } = callerSession(call);
      const now = clock.now();
      const deletion = {
        identityKey,
        leafHash: leafHash(revocationEntry(identityKey, "user_revoked", now)),
        nameHeldUntil: now + LIMITS.usernameHold.value,
      };
      const left = await accounts.delete(deletion, now);
      // Another call was faster, and with the account went the session of this one.
      demand(left !== undefined, Status.Unauthorized, "sessions.unauthorized");
      const change = MembershipChange.REMOVED;
      for (const { groupId, members } of left) {
        announceMembership(pushes, members, { groupId, memberKey: identityKey, change });
      }
      // I-06: waits on this inbox find their session gone.
      waits.recheck(identityKey);
      return { success: true };
    },
  });
}
