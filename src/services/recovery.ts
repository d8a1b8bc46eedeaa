// Recovery bundles (750-752): spec/services/recovery.md. Whoever holds the token gets the bundle;
// the server knows the hash of the token and never keeps the token (C-66).

import { createHash } from "node:crypto";
import { RecoveryService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { demand } from "../rpc/error.ts";
import type { RateLimiter } from "../rpc/rate-limit.ts";
import { type ComposedMethod, callerSession, compose } from "../rpc/service.ts";
import type { RecoveryStore } from "../storage/stores/recovery.ts";

export interface RecoveryDependencies {
  readonly recovery: RecoveryStore;
  /** Fetches per IP address. */
  readonly fetchRate: RateLimiter;
  readonly clock: Clock;
}

/** createRecoveryService answers 750 to 752. */
export function createRecoveryService(dependencies: RecoveryDependencies): ComposedMethod[] {
  const { recovery, fetchRate, clock } = dependencies;
  return compose(RecoveryService, {
    async storeRecoveryBundle({ tokenHash, bundle }, call) {
      const fits = bundle.length <= LIMITS.recoveryBundle.value;
      demand(fits, Status.BadRequest, "recovery.bundle-size");
      const { identityKey } = callerSession(call);
      const stored = await recovery.store(
        { tokenHash, identityKey, bundle },
        LIMITS.recoveryBundles.value,
        clock.now(),
      );
      demand(stored !== "foreign", Status.Forbidden, "recovery.foreign-hash");
      demand(stored !== "full", Status.Forbidden, "recovery.bundle-cap");
      return { success: true };
    },

    async fetchRecoveryBundle({ recoveryToken }, { connection }) {
      const wait = fetchRate.take(connection.host);
      demand(wait === 0, Status.RateLimited, "recovery.rate", { retryAfterMs: wait });
      const tokenHash = createHash("sha256").update(recoveryToken).digest();
      const bundle = await recovery.fetch(tokenHash);
      demand(bundle !== undefined, Status.NotFound, "recovery.unknown");
      return { bundle };
    },

    async deleteRecoveryBundle({ tokenHash }, call) {
      const removed = await recovery.remove(tokenHash, callerSession(call).identityKey);
      demand(removed !== "foreign", Status.Forbidden, "recovery.foreign-hash");
      return { success: removed === "removed" };
    },
  });
}
